"""The ports: everything that differs between the modes. Stories know these and nothing else.

Each has a modelled and a real implementation, and one conformance test body that runs on both.
A method is a SimPy process; it may raise PortError. Every port takes the call (or the ambulance) it is about.
"""

from dataclasses import dataclass, field
from typing import Any, Protocol

from sim.acts import Act, Moment
from sim.ambulance import Ambulance
from sim.call import Call, Camera, Filmed, Mishap, Value
from sim.clock import Process


@dataclass(frozen=True, slots=True)
class Heard:
    """An event of a call or stream as its control room tells it; `n` counts up within it."""

    n: int
    event: str
    facts: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Picture:
    """Where a viewer finds a session's picture, and the key to it."""

    whep_url: str
    whep_token: str


class Iccs(Protocol):
    """The control room: queue, seats, and the words spoken on the call."""

    def place(self, call: Call) -> Process[None]:
        """The caller rings; returns when the call is queued."""

    def hear(self, call: Filmed, *events: str, after: int = 0) -> Process[Heard]:
        """The first of its events of these names with n > `after`; past ones count, else it is waited for."""

    def answer(self, call: Call, seat: str) -> Process[None]:
        """The operator at `seat` takes the call. Again for the same seat: nothing more happens."""

    def ask(self, call: Call) -> Process[None]:
        """The operator asks aloud for consent to video."""

    def reply(self, call: Call, yes: bool, because: str | None = None) -> Process[None]:
        """The caller answers the spoken question, and may say why: "no_smartphone"."""

    def guide(self, call: Call, parameter: str, value: Value) -> Process[None]:
        """The operator tells the caller aloud to bring this parameter of his scene to this value."""

    def transfer(self, call: Call, centre: str) -> Process[None]:
        """Hand the call to another centre's queue."""

    def hang_up(self, call: Call, by: str) -> Process[None]:
        """End the call, by "caller" or "operator"; before an answer it is abandoned. Again: nothing more."""


class VideoDesk(Protocol):
    """What the operator's seat can do with the video service."""

    def request(self, call: Call) -> Process[Picture]:
        """Ask for a session: the link goes to the caller. Again: the same session."""

    def switch_camera(self, call: Call, camera: Camera) -> Process[None]:
        """Tell the phone to show this camera."""

    def invite(self, call: Call, role: str) -> Process[Picture]:
        """A look for a resource person. Again for the same role: the same look."""

    def end(self, call: Call) -> Process[None]:
        """End the session: every picture stops."""


class Handset(Protocol):
    """The caller's phone."""

    def switch_on(self, call: Call) -> Process[None]:
        """The phone registers with its carrier and gets ready to film. Again: nothing more."""

    def next_sms(self, call: Call) -> Process[str]:
        """Wait for the next message and return the link in it."""

    def open(self, call: Call, link: str) -> Process[None]:
        """Open the link in the phone's browser."""

    def consent(self, call: Call) -> Process[None]:
        """Press yes on the page."""

    def refuse(self, call: Call) -> Process[None]:
        """Press no on the page."""

    def publish(self, call: Call) -> Process[None]:
        """Camera on; returns when the picture's connection stands."""

    def change(self, call: Call, parameter: str, value: Value) -> Process[None]:
        """The caller does something: what the phone films changes; returns when a frame shows it."""

    def befall(self, call: Call, mishap: Mishap) -> Process[None]:
        """Something happens to the page that films; returns when the picture goes out again, if it is to."""

    def wait_end(self, call: Call) -> Process[str]:
        """Film until told to stop; returns why."""

    def switch_off(self, call: Call) -> Process[None]:
        """Everything on the phone ends. Again: nothing more."""


class Viewer(Protocol):
    """Somebody who looks: `who` is "operator", a resource person's role, or a centre that a stream names."""

    def watch(self, call: Filmed, who: str, picture: Picture) -> Process[None]:
        """Connect; waits while nobody publishes."""

    def wait_for_camera(self, call: Filmed, who: str, camera: Camera | None) -> Process[None]:
        """Wait until a frame of this camera (None = any) has been seen."""

    def over(self, call: Filmed, who: str, because: str) -> Process[None]:
        """From now on nothing may be seen; whatever is, is stray."""

    def leave(self, call: Filmed, who: str) -> Process[None]:
        """Close the picture."""


class Operator(Protocol):
    """Who decides at the seat: a script, or a person."""

    def decide(self, call: Call, moment: Moment) -> Process[Act]:
        """The next act in this moment, returned when it is due; asked anew whenever something happens."""


class AmbulancePhone(Protocol):
    """An ambulance's phone, in the hands of its crew."""

    def enrol(self, unit: Ambulance) -> Process[None]:
        """An administrator makes a code, and the phone spends it. Again: nothing more."""

    def start(self, unit: Ambulance) -> Process[None]:
        """The crew starts its stream; returns when the picture's connection stands."""

    def end(self, unit: Ambulance) -> Process[None]:
        """The crew ends its stream. Again: nothing more."""

    def wait_end(self, unit: Ambulance) -> Process[str]:
        """Film until told to stop; returns why."""

    def switch_off(self, unit: Ambulance) -> Process[None]:
        """Everything on the phone ends. Again: nothing more."""


class AmbulanceDesk(Protocol):
    """What a seat of a named centre can do with an ambulance's stream."""

    def watch(self, unit: Ambulance, centre: str) -> Process[Picture]:
        """The seat's own place. Again: the same."""

    def leave(self, unit: Ambulance, centre: str) -> Process[None]:
        """The seat gives its place back; the stream goes on."""

    def switch_camera(self, unit: Ambulance, centre: str, camera: Camera) -> Process[None]:
        """Tell the phone to show this camera."""

    def invite(self, unit: Ambulance, centre: str, role: str) -> Process[Picture]:
        """A look for a resource person. Again for the same role: the same look."""

    def end(self, unit: Ambulance, centre: str) -> Process[None]:
        """End the stream: every picture stops. Only the unit's own AMK can."""

    def intrude(self, unit: Ambulance, centre: str) -> Process[Picture | None]:
        """A centre that the stream does not name asks for it at every door. None: refused, as it must be."""


@dataclass(frozen=True, slots=True)
class Ports:
    iccs: Iccs
    desk: VideoDesk
    handset: Handset
    viewer: Viewer
    operator: Operator
    ambulance_phone: AmbulancePhone
    ambulance_desk: AmbulanceDesk
