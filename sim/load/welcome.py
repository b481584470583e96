"""What a conductor is told when it joins a country: all that its stories need."""

import hashlib
import json
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict

from sim.live.ambulance import ServiceDoors
from sim.nation import Nation
from sim.resolve import Resolved, resolve
from sim.scenario import Scenario


class Welcome(BaseModel):
    """A country at one moment. Without parts (`iccs_url` empty) only arrivals are played."""

    model_config = ConfigDict(frozen=True)

    scenario: Scenario
    nation: Nation
    seed: int
    digest: str
    ends: dict[str, str]  # how each call ends in the plan
    folder: Path
    stamp_secret: str
    iccs_url: str = ""
    carriers_url: str = ""
    doors: ServiceDoors | None = None
    host: str | None = None  # where the country is, when that is not loopback

    def as_json(self) -> dict[str, Any]:
        """What `Welcome.model_validate` reads again: the scenario as its file has it."""
        return self.model_dump(mode="json", exclude_unset=True, by_alias=True)

    def resolved(self) -> Resolved:
        """The calls, drawn again from the same seed. Raises ValueError when they are not the country's."""
        resolved = resolve(self.scenario, self.nation, self.seed)
        if digest_of(resolved) != self.digest:
            raise ValueError(
                "the calls that this lab113 lays out from the seed are not the country's: "
                "use the same version of lab113 on every machine"
            )
        return resolved


def digest_of(resolved: Resolved) -> str:
    """Equal for equal calls, whoever laid them out."""
    calls = json.dumps(resolved.as_tables()["calls"], sort_keys=True)
    return hashlib.sha256(calls.encode()).hexdigest()[:16]
