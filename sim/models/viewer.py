"""Somebody who looks, as a model: frames come when the machines' drawn time has passed."""

from typing import Any

import simpy

from sim.call import Call, Camera
from sim.clock import Process
from sim.journal import Journal
from sim.models.service import ModelledService, ModelledSession


class ModelledViewer:
    def __init__(self, journal: Journal, service: ModelledService) -> None:
        self._journal, self._service, self._env = journal, service, service.env
        self._seen: dict[tuple[str, str], Camera] = {}
        self._news: dict[tuple[str, str], simpy.Event] = {}
        self._looking: dict[tuple[str, str], simpy.Process] = {}

    def watch(self, call: Call, who: str, picture: object) -> Process[None]:
        session = self._service.session(call)
        begun = self._env.now
        yield session.published
        self._record(call, who, "viewer.watching")
        late = self._env.now > begun  # the picture came after the viewer: the whole set-up is still to come
        first_s = self._service.machine_s(call, "setup_s" if late else "viewer_join_s", who)
        key = call.name, who
        self._news[key] = self._env.event()
        self._looking[key] = self._env.process(self._looks(call, who, session, first_s))

    def wait_for_camera(self, call: Call, who: str, camera: Camera | None) -> Process[None]:
        key = call.name, who
        while key not in self._seen or (camera is not None and self._seen[key] != camera):
            yield self._news[key]

    def over(self, call: Call, who: str, because: str) -> Process[None]:
        yield self._env.timeout(0)

    def leave(self, call: Call, who: str) -> Process[None]:
        looking = self._looking.get((call.name, who))
        if looking is not None:
            if looking.is_alive:
                looking.interrupt()
            self._record(call, who, "viewer.left")
        yield self._env.timeout(0)

    def _looks(self, call: Call, who: str, session: ModelledSession, first_s: float) -> Process[None]:
        try:
            yield self._env.timeout(first_s) | session.ended
            while not session.ended.triggered:
                changed = session.camera_changed
                self._sees(call, who, session.camera)
                yield changed | session.ended
                if not session.ended.triggered:
                    yield self._env.timeout(self._service.machine_s(call, "camera_switch_s")) | session.ended
        except simpy.Interrupt:
            return

    def _sees(self, call: Call, who: str, camera: Camera) -> None:
        key = call.name, who
        self._seen[key] = camera
        self._record(call, who, "frame.first", camera=camera)
        told, self._news[key] = self._news[key], self._env.event()
        told.succeed()

    def _record(self, call: Call, who: str, event: str, **facts: Any) -> None:
        self._journal.record(event, call=call.name, session=call.session, actor=who, **facts)
