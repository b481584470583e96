"""The video service as a model: a session's states, and the operator's desk."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import simpy

from draws import uniform
from sim.call import Call, Camera, Filmed
from sim.clock import PortError, Process
from sim.models.carrier import ModelledCarrier
from sim.models.iccs import ModelledIccs
from sim.models.outbox import ModelledOutbox
from sim.models.radio import GIVEN_UP_AFTER_S, Flight, ModelledRadio
from sim.nation import Machines
from sim.ports import Picture


@dataclass(slots=True)
class ModelledSession:
    """One session; the events fire once, `camera_changed` is renewed at each switch."""

    settled: simpy.Event  # no (further) SMS is wanted
    published: simpy.Event
    ended: simpy.Event
    camera_changed: simpy.Event
    because: str = ""
    camera: Camera = "back"

    def settle(self) -> None:
        """The caller has the link, or needs none any more. Again: nothing more."""
        if not self.settled.triggered:
            self.settled.succeed()


class ModelledService:
    """All sessions, by call, and what the machines take: drawn per call and purpose."""

    def __init__(
        self,
        env: simpy.Environment,
        iccs: ModelledIccs,
        carrier: ModelledCarrier,
        outbox: ModelledOutbox,
        machines: Machines,
        seed: int,
    ) -> None:
        self.env, self.iccs, self.carrier, self._outbox = env, iccs, carrier, outbox
        self._machines, self._seed = machines, seed
        self._sessions: dict[str, ModelledSession] = {}
        self._radios: dict[str, ModelledRadio] = {}
        iccs.on_hang_up = lambda call: self.end(call, because="operator")

    def machine_s(self, call: Filmed, purpose: str, who: str = "") -> float:
        """What the machines take for this, in seconds; the same call, the same draw."""
        u = uniform(self._seed, f"machine/{purpose}", f"{call.name}/{who}")
        return float(getattr(self._machines, purpose).at(u))

    def radio(self, call: Filmed) -> ModelledRadio | None:
        """The radio of the call's phone, from the first time that it is asked for; None: unimpaired."""
        if call.radio is not None and call.name not in self._radios:
            self._radios[call.name] = ModelledRadio(call, self.env.now)
        return self._radios.get(call.name)

    def on_air(self, call: Filmed, flights: Sequence[Flight]) -> Process[None]:
        """These words pass the radio of the call's phone; without one in no time. Raises PortError."""
        radio = self.radio(call)
        if radio is None:
            return
        wait_s = radio.takes_s(flights, self.env.now)
        yield self.env.timeout(min(wait_s, GIVEN_UP_AFTER_S))
        if wait_s > GIVEN_UP_AFTER_S:
            raise PortError("the radio let nothing through for too long")

    def open(self, call: Filmed) -> bool:
        """Make the call's session; False when it is there already."""
        if call.name in self._sessions:
            return False
        event = self.env.event
        self._sessions[call.name] = ModelledSession(event(), event(), event(), event())
        return True

    def send_link(self, call: Call) -> None:
        """By SMS, until a carrier has it; when none takes it, the session is over."""
        settled = self.session(call).settled
        self._outbox.send(call, f"link:{call.name}", settled, lambda: self.end(call, because="sms_failed"))

    def session(self, call: Filmed) -> ModelledSession:
        """Raises PortError when no session was asked for."""
        if call.name not in self._sessions:
            raise PortError(f"{call.name} has no video session")
        return self._sessions[call.name]

    def end(self, call: Filmed, because: str, told: str = "video.ended") -> None:
        session = self._sessions.get(call.name)
        if session is not None and not session.ended.triggered:
            session.because = because
            session.ended.succeed()
            session.settle()
            self.iccs.tell(call.name, told, because=because)

    def end_stream(self, unit: Filmed, because: str) -> None:
        """The same of an ambulance's."""
        self.end(unit, because, told="ambulance.ended")

    def switch_camera(self, call: Filmed, camera: Camera, **facts: Any) -> Process[None]:
        """Raises PortError while no phone is connected."""
        session = self.session(call)
        if not session.published.triggered or session.ended.triggered:
            raise PortError("no phone is connected")
        self.iccs.tell(call.name, "camera.requested", camera=camera, **facts)
        yield self.env.timeout(0)
        session.camera = camera
        told, session.camera_changed = session.camera_changed, self.env.event()
        told.succeed()

    def invite(self, call: Filmed, role: str, **facts: Any) -> Process[Picture]:
        """Raises PortError when there is no session."""
        self.session(call)
        self.iccs.tell(call.name, "viewer.invited", role=role, **facts)
        yield self.env.timeout(0)
        return Picture(whep_url=f"model:{call.name}", whep_token=role)


class ModelledVideoDesk:
    def __init__(self, service: ModelledService) -> None:
        self._service = service

    def request(self, call: Call) -> Process[Picture]:
        service = self._service
        service.iccs.check_video(call)
        if service.open(call):
            service.iccs.tell(call.name, "video.requested")
            yield service.env.timeout(service.machine_s(call, "request_s"))
            service.send_link(call)
        return Picture(whep_url=f"model:{call.name}", whep_token="")

    def switch_camera(self, call: Call, camera: Camera) -> Process[None]:
        yield from self._service.switch_camera(call, camera)

    def invite(self, call: Call, role: str) -> Process[Picture]:
        return (yield from self._service.invite(call, role))

    def end(self, call: Call) -> Process[None]:
        self._service.end(call, because="operator")
        yield self._service.env.timeout(0)
