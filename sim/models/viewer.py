"""Somebody who looks, as a model: frames come when the machines' drawn time has passed."""

from collections.abc import Sequence
from typing import Any

import simpy

from sim.call import Camera, Filmed
from sim.clock import Process
from sim.journal import Journal
from sim.models.radio import KEYFRAME, KEYFRAME_WANTED, ORDER, Flight
from sim.models.service import ModelledService, ModelledSession


class ModelledViewer:
    def __init__(self, journal: Journal, service: ModelledService) -> None:
        self._journal, self._service, self._env = journal, service, service.env
        self._seen: dict[tuple[str, str], Camera] = {}
        self._news: dict[tuple[str, str], simpy.Event] = {}
        self._looking: dict[tuple[str, str], simpy.Process] = {}
        self._first_s: dict[tuple[str, str], float] = {}

    def watch(self, call: Filmed, who: str, picture: object) -> Process[None]:
        session = self._service.session(call)
        begun = self._env.now
        yield session.published
        self._record(call, who, "viewer.watching")
        late = self._env.now > begun  # the picture came after the viewer: the whole set-up is still to come
        first_s = self._service.machine_s(call, "setup_s" if late else "viewer_join_s", who)
        key = call.name, who
        self._news[key] = self._env.event()
        self._looking[key] = self._env.process(self._looks(call, who, session, first_s))

    def wait_for_camera(self, call: Filmed, who: str, camera: Camera | None) -> Process[None]:
        key = call.name, who
        while key not in self._seen or (camera is not None and self._seen[key] != camera):
            yield self._news[key]

    def over(self, call: Filmed, who: str, because: str) -> Process[None]:
        yield self._env.timeout(0)

    def leave(self, call: Filmed, who: str) -> Process[None]:
        looking = self._looking.get((call.name, who))
        if looking is not None:
            if looking.is_alive:
                looking.interrupt()
            self._measure(call, who)
            self._record(call, who, "viewer.left")
        yield self._env.timeout(0)

    def _looks(self, call: Filmed, who: str, session: ModelledSession, first_s: float) -> Process[None]:
        try:
            yield self._env.timeout(first_s) | session.ended
            yield from self._comes(call, session, (*KEYFRAME_WANTED, *KEYFRAME))
            while not session.ended.triggered:
                changed = session.camera_changed
                self._sees(call, who, session.camera)
                yield changed | session.ended
                if not session.ended.triggered:
                    yield self._env.timeout(self._service.machine_s(call, "camera_switch_s")) | session.ended
                    yield from self._comes(call, session, (*ORDER, *KEYFRAME))
        except simpy.Interrupt:
            return

    def _comes(self, call: Filmed, session: ModelledSession, flights: Sequence[Flight]) -> Process[None]:
        """What the phone's radio takes, unless the session ends first."""
        radio = self._service.radio(call)
        if radio is not None and not session.ended.triggered:
            yield self._env.timeout(radio.takes_s(flights, self._env.now)) | session.ended

    def _measure(self, call: Filmed, who: str) -> None:
        """How long the picture stood still, where a radio can make it."""
        radio, first_s = self._service.radio(call), self._first_s.get((call.name, who))
        if radio is not None and first_s is not None:
            freezes, frozen_s = radio.frozen_s(first_s, self._env.now)
            shown_s = self._env.now - first_s
            self._record(call, who, "viewer.measured", freezes=freezes, frozen_s=frozen_s, shown_s=shown_s)

    def _sees(self, call: Filmed, who: str, camera: Camera) -> None:
        key = call.name, who
        self._seen[key] = camera
        self._first_s.setdefault(key, self._env.now)
        self._record(call, who, "frame.first", camera=camera)
        told, self._news[key] = self._news[key], self._env.event()
        told.succeed()

    def _record(self, call: Filmed, who: str, event: str, **facts: Any) -> None:
        self._journal.record(event, call=call.name, session=call.session, actor=who, **facts)
