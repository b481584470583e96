"""The video service as a model: a session's states, and the operator's desk."""

from dataclasses import dataclass

import simpy

from draws import uniform
from sim.call import Call, Camera
from sim.clock import PortError, Process
from sim.models.carrier import ModelledCarrier
from sim.models.iccs import ModelledIccs
from sim.models.outbox import ModelledOutbox
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
        iccs.on_hang_up = lambda call: self.end(call, because="operator")

    def machine_s(self, call: Call, purpose: str, who: str = "") -> float:
        """What the machines take for this, in seconds; the same call, the same draw."""
        u = uniform(self._seed, f"machine/{purpose}", f"{call.name}/{who}")
        return float(getattr(self._machines, purpose).at(u))

    def open(self, call: Call) -> bool:
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

    def session(self, call: Call) -> ModelledSession:
        """Raises PortError when no session was asked for."""
        if call.name not in self._sessions:
            raise PortError(f"{call.name} has no video session")
        return self._sessions[call.name]

    def end(self, call: Call, because: str) -> None:
        session = self._sessions.get(call.name)
        if session is not None and not session.ended.triggered:
            session.because = because
            session.ended.succeed()
            session.settle()
            self.iccs.tell(call.name, "video.ended", because=because)


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
        session = self._service.session(call)
        if not session.published.triggered or session.ended.triggered:
            raise PortError("no phone is connected")
        self._service.iccs.tell(call.name, "camera.requested", camera=camera)
        yield self._service.env.timeout(0)
        session.camera = camera
        told, session.camera_changed = session.camera_changed, self._service.env.event()
        told.succeed()

    def invite(self, call: Call, role: str) -> Process[Picture]:
        self._service.session(call)
        self._service.iccs.tell(call.name, "viewer.invited", role=role)
        yield self._service.env.timeout(0)
        return Picture(whep_url=f"model:{call.name}", whep_token=role)

    def end(self, call: Call) -> Process[None]:
        self._service.end(call, because="operator")
        yield self._service.env.timeout(0)
