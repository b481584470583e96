"""An ambulance's stream as the stories know it: everything chosen, everything drawn, nothing left open."""

from dataclasses import dataclass
from typing import Literal

from sim.call import PhoneKind, session_name


@dataclass(frozen=True, slots=True)
class Watcher:
    """A seat of a centre that looks. Waits in seconds."""

    centre: str
    after_s: float  # from the news that the stream has begun
    leaves_after_s: float | None  # from its press; None: it stays to the end


@dataclass(frozen=True, slots=True)
class Guest:
    """A resource person whom a watching centre gives a look. Times in seconds."""

    role: str
    by: str
    at_s: float  # after that centre's first picture
    joins_after_s: float


@dataclass(frozen=True, slots=True)
class Ambulance:
    """One unit, its phone and its stream. `name` is the unit's, and its row in the table of calls."""

    name: str
    at_s: float
    amk: str
    centres: tuple[str, ...]  # who may look beside the AMK
    scene: str
    scene_seed: int
    phone: PhoneKind
    radio: str | None
    films_s: float  # from the moment when the picture's connection stands
    ends: Literal["crew", "amk"]
    watchers: tuple[Watcher, ...]  # the AMK's first
    invites: tuple[Guest, ...]
    switches_camera_at_s: tuple[float, ...]  # by the AMK, after its first picture
    intruders: tuple[str, ...]  # centres that were not named, and try to look all the same
    title: str = ""
    outcome: str | None = None  # how it must end, when the scenario says so

    @property
    def radio_seed(self) -> int:
        return self.scene_seed

    @property
    def session(self) -> str:
        """The lab's name of the stream, the same on both clocks."""
        return session_name(self.name)

    @property
    def films(self) -> str:
        return "crew"

    @property
    def may_look(self) -> tuple[str, ...]:
        """The centres that the stream names."""
        return self.amk, *self.centres

    def seat(self, centre: str) -> str:
        """How the journal names who looks at this centre: the AMK's seat has the stream."""
        return "operator" if centre == self.amk else centre

    @property
    def meant_for(self) -> frozenset[str]:
        """Everyone who may see it, as the journal names them."""
        return frozenset([*map(self.seat, self.may_look), *(guest.role for guest in self.invites)])
