"""The nation's calls through locust: `locust -f scenarios/locustfile.py --scenario FILE.toml`.

`--headless`, `--html`, `--csv`, `--processes N`, `--master` and `--worker` work as always; users, spawn rate
and run time come from the scenario. `lab113 load FILE.toml` is a front to this.
"""

from sim.load.player import Caller
from sim.load.swarm import KeepOpen

__all__ = ["Caller", "KeepOpen"]
