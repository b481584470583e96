"""The Operator port: the same body on the virtual and on the wall clock, asked in the same moments."""

from typing import Any

from sim.acts import Answer, AskForVideo, HangUp, Moment, SendLink
from sim.clock import Process, within
from sim.resolve import Resolved
from sim.stories import Stage


def test_an_act_comes_when_it_is_due_and_not_before(world: Any) -> None:
    acts: list[tuple[str, bool]] = []

    def body(stage: Stage, resolved: Resolved) -> Process[None]:
        operator, call = stage.ports.operator, resolved.calls[0]
        begun = stage.env.now
        for moment, wait_s in (
            (Moment(offered_s=begun), call.operator.picks_up_after_s),
            (Moment(offered_s=begun, answered_s=begun), call.operator.asks_video_after_s),
            (
                Moment(offered_s=begun, answered_s=begun, asked_s=begun, reply=True, reply_s=begun),
                call.operator.sends_link_after_s,
            ),
        ):
            act = yield from operator.decide(call, moment)
            acts.append((type(act).__name__, stage.env.now >= begun + wait_s - 1e-6))

    told = world(body)
    assert acts == [(kind.__name__, True) for kind in (Answer, AskForVideo, SendLink)]
    waited = [r.facts["purpose"] for r in told.records if r.event == "person.waited"]
    assert waited == ["picks_up", "asks_video", "sends_link"]


def test_where_only_news_can_help_the_operator_waits_and_can_be_asked_anew(world: Any) -> None:
    acts: list[object] = []

    def body(stage: Stage, resolved: Resolved) -> Process[None]:
        operator, call, now = stage.ports.operator, resolved.calls[0], stage.env.now
        asked = Moment(offered_s=now, answered_s=now, asked_s=now)
        acts.append((yield from within(stage.env, 0.5, operator.decide(call, asked))))
        said_no = Moment(offered_s=now, answered_s=now, asked_s=now, reply=False, reply_s=now)
        acts.append((yield from operator.decide(call, said_no)))

    world(body)
    assert acts == [None, HangUp()]
