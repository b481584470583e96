"""What a scenario says under [[ambulances]]: a unit, its stream, who looks at it, and who must not."""

from typing import Literal

from pydantic import Field, field_validator

from sim.invitations import InvitationSpec, a_role_alone_will_do, each_role_once, rising
from sim.table import Seconds, Table


class WatcherSpec(Table):
    """A centre whose seat looks. `after_s` left out: as long as a call waits to be picked up (assumed)."""

    centre: str
    after_s: Seconds | None = None
    leaves_after_s: Seconds | None = None  # left out: it stays to the end


class GuestSpec(InvitationSpec):
    """A resource person. `at_s` counts from the first picture at the centre that invites."""

    by: str | None = None  # a watching centre; left out: the AMK


class AmbulanceSpec(Table):
    """One stream of one unit. The AMK's seat always looks; name it in `watchers` to choose when."""

    title: str = ""
    unit: str = Field(pattern=r"^[^/\x00-\x1f]{1,60}$")
    amk: str
    at_s: Seconds
    centres: tuple[str, ...] = ()  # who may look beside the AMK
    scene: str = "chest-pain"
    phone: Literal["live"] = "live"
    radio: str | None = None  # as a caller's
    films_s: Seconds | None = None  # left out: as an operator holds a caller's video (assumed)
    ends: Literal["crew", "amk"] = "crew"
    watchers: tuple[WatcherSpec, ...] = ()
    invites: tuple[GuestSpec, ...] = ()
    switches_camera_at_s: tuple[Seconds, ...] = ()  # by the AMK, after its first picture
    intruders: tuple[str, ...] = ()  # centres that are not named and try to look; each must be refused
    outcome: Literal["seen", "not_seen"] | None = None  # how it must end; checked when given

    _a_role_alone_will_do = field_validator("invites", mode="before")(a_role_alone_will_do)
    _each_role_once = field_validator("invites")(each_role_once)
    _in_order = field_validator("switches_camera_at_s")(rising)

    @property
    def may_look(self) -> tuple[str, ...]:
        return self.amk, *self.centres
