"""The operator's part: she decides, act by act; what she hears and sees changes what she decides next."""

from typing import Any

import simpy

from sim.acts import (
    Act,
    Answer,
    AskForVideo,
    EndVideo,
    Guide,
    HangUp,
    Invite,
    Moment,
    SendLink,
    SwitchCamera,
)
from sim.call import Call
from sim.clock import PortError, Process, give_up, race, unheard
from sim.ports import Heard
from sim.stories.stage import Stage
from sim.stories.video import look, resource_person, see_camera

_NEWS = (
    "call.offered",
    "call.answered",
    "call.abandoned",
    "call.ended",
    "consent.given",
    "consent.refused",
    "video.ended",
)


def operator(stage: Stage, call: Call) -> Process[None]:
    """Decide and act until the call is over; then wait for everyone who still looks."""
    yield from _Seat(stage, call).sits()


class _Seat:
    """One operator with one call. Everything she learns passes through `moment`."""

    def __init__(self, stage: Stage, call: Call) -> None:
        self.stage, self.call, self.env = stage, call, stage.env
        self.moment = Moment()
        self.news = stage.env.event()
        self.helpers: list[simpy.Process] = []

    def sits(self) -> Process[None]:
        ear = self.env.process(self._listens())
        try:
            while not self.moment.call_over:
                first, act = yield from race(
                    self.env, self.stage.ports.operator.decide(self.call, self.moment), self._next_news()
                )
                if first == 0 and not self.moment.call_over:
                    yield from self._tries(act)
            yield unheard(self.env.all_of([ear, *self.helpers]))
        finally:
            give_up(ear, *self.helpers)

    def _next_news(self) -> Process[None]:
        yield self.news

    def _wake(self) -> None:
        told, self.news = self.news, self.env.event()
        told.succeed()

    def _listens(self) -> Process[None]:
        n = 0
        try:
            while not self.moment.call_over:
                heard: Heard = yield from self.stage.ports.iccs.hear(self.call, *_NEWS, after=n)
                n = heard.n
                self._learns(heard)
                self._wake()
        except PortError as error:
            self.stage.failed(self.call, "operator", f"hears nothing more: {error}")

    def _learns(self, heard: Heard) -> None:
        m, now = self.moment, self.env.now
        match heard.event, heard.facts.get("how"):
            case "call.offered", _:
                m.offered_s, m.seat = now, heard.facts["seat"]
            case "call.answered", _:
                m.answered_s, m.seat = now, heard.facts["seat"]
            case ("consent.given" | "consent.refused") as said, "spoken":
                m.reply, m.reply_s = said == "consent.given", now
            case "consent.refused", "page":
                m.video_over_s = now
            case "video.ended", _:
                m.video_over_s = now if m.video_over_s is None else m.video_over_s
            case (("call.abandoned" | "call.ended"), _):
                m.call_over = True

    def _sees(self) -> None:
        self.moment.seen_s = self.env.now
        self._wake()

    def _tries(self, act: Act) -> Process[None]:
        try:
            yield from self._does(act)
        except PortError as error:
            self.stage.failed(self.call, "operator", f"{type(act).__name__}: {error}")
            if isinstance(act, SendLink):  # there will be no video; a person may ask again
                self.moment.video_over_s = self.env.now

    def _does(self, act: Act) -> Process[None]:
        m, call, iccs, desk = self.moment, self.call, self.stage.ports.iccs, self.stage.ports.desk
        match act:
            case Answer() if m.seat is not None:
                m.answered_s = self.env.now
                if not act.done:
                    yield from iccs.answer(call, m.seat)
            case AskForVideo():
                m.asked_s = self.env.now
                if not act.done:
                    yield from iccs.ask(call)
            case SendLink():
                m.requested_s = self.env.now
                picture = yield from desk.request(call)
                self._helped_by(look(self.stage, call, "operator", picture, self._sees))
            case SwitchCamera(camera):
                m.switches += 1
                if not act.done:
                    yield from desk.switch_camera(call, camera)
                self._helped_by(see_camera(self.stage, call, "operator", camera))
            case Guide(parameter, value):
                m.guided += 1
                yield from iccs.guide(call, parameter, value)
            case Invite(role):
                m.invited = (*m.invited, role)
                picture = yield from desk.invite(call, role)
                joins_after_s = next((i.joins_after_s for i in call.operator.invites if i.role == role), 0.0)
                self._helped_by(resource_person(self.stage, call, role, joins_after_s, picture))
            case EndVideo():
                m.video_over_s = self.env.now
                if m.seen_s is None and m.requested_s is not None:
                    waited_s = self.env.now - m.requested_s
                    self.stage.failed(call, "operator", f"no frame within {waited_s:.1f} s of the request")
                if not act.done:
                    yield from desk.end(call)
                yield from self._nothing_more("the operator ended the video")
            case HangUp():
                m.call_over = True
                if not act.done:
                    yield from iccs.hang_up(call, by="operator")
                yield from self._nothing_more("the operator hung up")

    def _nothing_more(self, because: str) -> Process[None]:
        """The end is when the seat's request was answered, whatever the service tells of it and when."""
        for who in ("operator", *self.moment.invited):
            yield from self.stage.ports.viewer.over(self.call, who, because)

    def _helped_by(self, work: Process[Any]) -> None:
        self.helpers.append(self.env.process(work))
