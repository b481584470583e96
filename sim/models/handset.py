"""The caller's phone as a model."""

from typing import Any

from sim.call import Call, Mishap, Value
from sim.clock import PortError, Process
from sim.journal import Journal
from sim.models.radio import CONNECT_LIMIT_S, OPEN, PRESS, PUBLISH
from sim.models.service import ModelledService

BECAUSE = {"reload": "page reloaded", "lock": "phone locked", "close_tab": "tab closed"}


class ModelledHandset:
    def __init__(self, journal: Journal, service: ModelledService) -> None:
        self._journal, self._service, self._env = journal, service, service.env

    def switch_on(self, call: Call) -> Process[None]:
        self._service.carrier.attach(call.caller.number)
        yield self._env.timeout(0)

    def next_sms(self, call: Call) -> Process[str]:
        text: str = yield self._service.carrier.inbox(call.caller.number).get()
        return text

    def open(self, call: Call, link: str) -> Process[None]:
        yield from self._service.on_air(call, OPEN)
        session = self._service.session(call)
        if session.ended.triggered:
            self._record(call, "link.expired")
            raise PortError("410 this link is no longer valid")
        session.settle()
        self._record(call, "link.opened")
        yield self._env.timeout(0)

    def consent(self, call: Call) -> Process[None]:
        yield from self._service.on_air(call, PRESS)
        self._record(call, "consent.given", how="page")
        self._service.iccs.tell(call.name, "consent.given", how="page")
        yield self._env.timeout(0)

    def refuse(self, call: Call) -> Process[None]:
        yield from self._service.on_air(call, PRESS)
        self._record(call, "consent.refused", how="page")
        self._service.iccs.tell(call.name, "consent.refused", how="page")
        self._service.end(call, because="refused")
        yield self._env.timeout(0)

    def publish(self, call: Call) -> Process[None]:
        if call.caller.camera_fails:
            raise PortError("the camera never came on")
        yield from self._service.on_air(call, PUBLISH)
        if call.caller.media_blocked:
            yield self._env.timeout(CONNECT_LIMIT_S)
            raise PortError(f"no picture connection within {CONNECT_LIMIT_S:.0f} s")
        self._record(call, "media.connected")
        self._service.session(call).published.succeed()
        yield self._env.timeout(0)

    def change(self, call: Call, parameter: str, value: Value) -> Process[None]:
        from sim.models.scene import check

        try:
            check(call.caller.scene, {parameter: value})
        except ValueError as error:
            raise PortError(str(error)) from None
        self._record(call, "scene.changed", parameter=parameter, value=value)
        yield self._env.timeout(0)

    def befall(self, call: Call, mishap: Mishap) -> Process[None]:
        match mishap.does:
            case "reload":
                self._record(call, "media.lost", because=BECAUSE["reload"])
                yield self._env.timeout(self._service.machine_s(call, "setup_s", f"reload/{mishap.at_s:g}"))
                self._record(call, "media.recovered")
            case "lock":
                self._record(call, "media.lost", because=BECAUSE["lock"])
            case "unlock":
                self._record(call, "media.recovered")
            case "close_tab":
                self._record(call, "media.stopped", because=BECAUSE["close_tab"])
        yield self._env.timeout(0)

    def wait_end(self, call: Call) -> Process[str]:
        session = self._service.session(call)
        yield session.ended
        self._record(call, "media.stopped", because=session.because)
        return session.because

    def switch_off(self, call: Call) -> Process[None]:
        self._service.carrier.detach(call.caller.number)
        yield self._env.timeout(0)

    def _record(self, call: Call, event: str, **facts: Any) -> None:
        self._journal.record(event, call=call.name, session=call.session, actor="caller", **facts)
