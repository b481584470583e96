"""Where centres stand on the schematic map: AMK at their places, LV as a crowd in their health region."""

import tomllib
from typing import Any

from sim.nation import DATA, Nation


def places_of(nation: Nation) -> dict[str, Any]:
    """`map`: outline, AMK and crowds, in degrees; `regions`: of every centre."""
    drawn = tomllib.loads((DATA / "maps" / "norway.toml").read_text(encoding="utf-8"))
    return {"map": drawn, "regions": {centre.name: centre.region for centre in nation.centres}}
