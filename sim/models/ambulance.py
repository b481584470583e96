"""An ambulance's phone, and the seats that look at its stream, as models."""

from typing import Any

from sim.ambulance import Ambulance
from sim.call import Camera
from sim.clock import PortError, Process
from sim.journal import Journal
from sim.models.radio import PRESS, PUBLISH
from sim.models.service import ModelledService
from sim.ports import Picture


class ModelledAmbulancePhone:
    def __init__(self, journal: Journal, service: ModelledService) -> None:
        self._journal, self._service, self._env = journal, service, service.env
        self._enrolled: set[str] = set()

    def enrol(self, unit: Ambulance) -> Process[None]:
        self._enrolled.add(unit.name)
        yield self._env.timeout(0)

    def start(self, unit: Ambulance) -> Process[None]:
        if unit.name not in self._enrolled:
            raise PortError("this phone is not enrolled")
        service = self._service
        yield from service.on_air(unit, PRESS)
        service.open(unit)
        service.iccs.tell(unit.name, "ambulance.started", amk=unit.amk, centres=[unit.amk, *unit.centres])
        yield self._env.timeout(service.machine_s(unit, "request_s"))
        yield from service.on_air(unit, PUBLISH)
        self._record(unit, "media.connected")
        service.session(unit).published.succeed()

    def end(self, unit: Ambulance) -> Process[None]:
        yield from self._service.on_air(unit, PRESS)
        self._service.end_stream(unit, because="crew")

    def wait_end(self, unit: Ambulance) -> Process[str]:
        session = self._service.session(unit)
        yield session.ended
        self._record(unit, "media.stopped", because=session.because)
        return session.because

    def switch_off(self, unit: Ambulance) -> Process[None]:
        self._enrolled.discard(unit.name)
        yield self._env.timeout(0)

    def _record(self, unit: Ambulance, event: str, **facts: Any) -> None:
        self._journal.record(event, call=unit.name, session=unit.session, actor=unit.films, **facts)


class ModelledAmbulanceDesk:
    def __init__(self, service: ModelledService) -> None:
        self._service = service
        self._watching: set[tuple[str, str]] = set()  # (unit, centre)

    def watch(self, unit: Ambulance, centre: str) -> Process[Picture]:
        self._going(unit, centre)
        if (unit.name, centre) not in self._watching:
            self._watching.add((unit.name, centre))
            yield from self._service.invite(unit, "operator", centre=centre)
        return Picture(whep_url=f"model:{unit.name}", whep_token=centre)

    def leave(self, unit: Ambulance, centre: str) -> Process[None]:
        self._going(unit, centre)
        self._watching.discard((unit.name, centre))
        yield self._service.env.timeout(0)

    def switch_camera(self, unit: Ambulance, centre: str, camera: Camera) -> Process[None]:
        self._going(unit, centre)
        yield from self._service.switch_camera(unit, camera, centre=centre)

    def invite(self, unit: Ambulance, centre: str, role: str) -> Process[Picture]:
        self._going(unit, centre)
        return (yield from self._service.invite(unit, role, centre=centre))

    def end(self, unit: Ambulance, centre: str) -> Process[None]:
        self._named(unit, centre)
        if centre != unit.amk:
            raise PortError(f"409 the crew or {unit.amk} ends this stream")
        self._service.end_stream(unit, because="operator")
        yield self._service.env.timeout(0)

    def intrude(self, unit: Ambulance, centre: str) -> Process[Picture | None]:
        yield self._service.env.timeout(0)
        return None if centre not in unit.may_look else Picture(f"model:{unit.name}", centre)

    def _named(self, unit: Ambulance, centre: str) -> None:
        if centre not in unit.may_look:
            raise PortError(f"404 {centre} has no such stream")

    def _going(self, unit: Ambulance, centre: str) -> None:
        self._named(unit, centre)
        if self._service.session(unit).ended.triggered:
            raise PortError("409 the stream has ended")
