"""What a live run is bound to besides its own parts."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Bindings:
    """Chosen on the command line; the scenario knows nothing of it."""

    target: str | None = None  # another video service
    target_key: str | None = None
    carriers_url: str | None = None  # carriers that run already, for a target whose SMPP points there
    person_at: str | None = None  # the centre whose one seat a person has, at the seat page
    iccs_port: int = 0
    farm_workers: int = 1  # processes that phones and viewers are spread over
    host: str | None = None  # the address that the parts listen at; None: loopback
    on_seat: Callable[[str], None] = lambda url: None  # told the seat page's address
