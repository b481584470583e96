"""The scripted operator: a pure rule from script and moment to the next act, and a wait on the clock."""

from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest
import simpy
from hypothesis import given
from hypothesis import strategies as st
from sim_rig import call, resolved

from sim.acts import Act, Answer, AskForVideo, EndVideo, HangUp, Invite, Moment, SendLink, SwitchCamera
from sim.call import Invitation, Script
from sim.clock import within
from sim.journal import Journal
from sim.scripted_operator import Due, ScriptedOperator, next_act

SCRIPT = Script(
    asks_video=True,
    picks_up_after_s=2,
    asks_video_after_s=3,
    sends_link_after_s=1,
    gives_up_after_s=60,
    switches_camera_at_s=(4, 9),
    invites=(Invitation("doctor", 2, 5), Invitation("specialist", 6, 5)),
    holds_video_s=20,
    talks_s=30,
    talks_on_s=7,
)
VOICE = replace(SCRIPT, asks_video=False)
OFFERED: dict[str, Any] = {"offered_s": 10.0}
ANSWERED = {**OFFERED, "answered_s": 12.0}
ASKED = {**ANSWERED, "asked_s": 15.0}
NO = {**ASKED, "reply": False, "reply_s": 17.0}
YES = {**ASKED, "reply": True, "reply_s": 17.0}
REQUESTED = {**YES, "requested_s": 18.0}
SEEN = {**REQUESTED, "seen_s": 30.0}
OVER = {**SEEN, "video_over_s": 50.0}

MOMENTS: list[tuple[str, Script, dict[str, Any], Due | None]] = [
    ("nothing yet", SCRIPT, {}, None),
    ("offered", SCRIPT, OFFERED, Due(Answer(), "picks_up", 10, 2)),
    ("answered", SCRIPT, ANSWERED, Due(AskForVideo(), "asks_video", 12, 3)),
    ("answered, stays voice", VOICE, ANSWERED, Due(HangUp(), "talks", 12, 30)),
    ("waits for the reply", SCRIPT, ASKED, None),
    ("a no", SCRIPT, NO, Due(HangUp(), "talks_on", 17, 7)),
    ("a yes", SCRIPT, YES, Due(SendLink(), "sends_link", 17, 1)),
    ("waits for a picture", SCRIPT, REQUESTED, Due(EndVideo(), "gives_up", 18, 60)),
    ("refused on the page", SCRIPT, {**REQUESTED, "video_over_s": 25.0}, Due(HangUp(), "talks_on", 25, 7)),
    ("seen", SCRIPT, SEEN, Due(Invite("doctor"), "invites", 30, 2)),
    (
        "doctor invited",
        SCRIPT,
        {**SEEN, "invited": ("doctor",)},
        Due(SwitchCamera("front"), "switches", 30, 4),
    ),
    (
        "switched once",
        SCRIPT,
        {**SEEN, "invited": ("doctor",), "switches": 1},
        Due(Invite("specialist"), "invites", 30, 6),
    ),
    (
        "all invited",
        SCRIPT,
        {**SEEN, "invited": ("doctor", "specialist"), "switches": 1},
        Due(SwitchCamera("back"), "switches", 30, 9),
    ),
    (
        "all done",
        SCRIPT,
        {**SEEN, "invited": ("doctor", "specialist"), "switches": 2},
        Due(EndVideo(), "holds_video", 30, 20),
    ),
    ("video over", SCRIPT, OVER, Due(HangUp(), "talks_on", 50, 7)),
    (
        "an end before what was planned",
        replace(SCRIPT, holds_video_s=1),
        SEEN,
        Due(EndVideo(), "holds_video", 30, 1),
    ),
]


@pytest.mark.parametrize(("name", "script", "moment", "due"), MOMENTS, ids=[row[0] for row in MOMENTS])
def test_the_next_act(name: str, script: Script, moment: dict[str, Any], due: Due | None) -> None:
    assert next_act(script, Moment(**moment)) == due


SECONDS = st.floats(0, 100)
ROLES = st.lists(st.sampled_from("abcde"), unique=True, max_size=4)
SCRIPTS = st.builds(
    Script,
    asks_video=st.booleans(),
    picks_up_after_s=SECONDS,
    asks_video_after_s=SECONDS,
    sends_link_after_s=SECONDS,
    gives_up_after_s=SECONDS,
    switches_camera_at_s=st.lists(SECONDS, max_size=4).map(tuple),
    invites=ROLES.flatmap(
        lambda roles: st.tuples(*(st.builds(Invitation, st.just(r), SECONDS, SECONDS) for r in roles))
    ),
    holds_video_s=SECONDS,
    talks_s=SECONDS,
    talks_on_s=SECONDS,
)


@given(SCRIPTS, st.booleans(), st.booleans(), st.booleans())
def test_no_act_twice_time_never_back_and_always_a_hang_up(
    script: Script, says_yes: bool, is_seen: bool, refuses: bool
) -> None:
    m, now, acts = Moment(offered_s=0.0), 0.0, list[Act]()
    while not m.call_over:
        due = next_act(script, m)
        assert due is not None, "the script waits for news that has come"
        now = max(now, due.at_s)
        acts.append(due.act)
        _does(m, due.act, now, says_yes=says_yes, is_seen=is_seen, refuses=refuses)
        assert len(acts) < 20
    switches = [act for act in acts if isinstance(act, SwitchCamera)]
    others = [act for act in acts if not isinstance(act, SwitchCamera)]
    assert len(set(others)) == len(others)
    assert len(switches) <= len(script.switches_camera_at_s)
    assert all(a != b for a, b in pairwise(switches))  # front, back, front…
    assert [type(act) for act in acts].count(HangUp) == 1
    assert isinstance(acts[-1], HangUp)
    assert isinstance(acts[0], Answer)


def _does(m: Moment, act: Act, now: float, *, says_yes: bool, is_seen: bool, refuses: bool) -> None:
    """What a story makes of an act, the news that follow it included."""
    match act:
        case Answer():
            m.answered_s = now
        case AskForVideo():
            m.asked_s, m.reply, m.reply_s = now, says_yes, now + 1
        case SendLink():
            m.requested_s = now
            m.seen_s = now + 3 if is_seen else None
            m.video_over_s = now + 2 if refuses else None
        case SwitchCamera():
            m.switches += 1
        case Invite(role):
            m.invited = (*m.invited, role)
        case EndVideo():
            m.video_over_s = now
        case HangUp():
            m.call_over = True


def test_a_decision_comes_when_it_is_due_and_the_wait_is_journaled() -> None:
    env = simpy.Environment(initial_time=11.0)
    journal = Journal(lambda: env.now)
    [told] = resolved(call()).calls
    deciding = env.process(ScriptedOperator(env, journal).decide(told, Moment(offered_s=10.0)))
    assert env.run(until=deciding) == Answer()
    assert env.now == 12.0
    [waited] = journal.records
    assert (waited.event, waited.call, waited.actor) == ("person.waited", "call-1", "operator")
    assert waited.facts == {"purpose": "picks_up", "drawn_s": 2, "waited_s": 2.0}


def test_without_a_due_act_only_news_ends_the_wait() -> None:
    env = simpy.Environment()
    journal = Journal(lambda: env.now)
    [told] = resolved(call()).calls
    operator = ScriptedOperator(env, journal)
    waiting = env.process(within(env, 1000.0, operator.decide(told, Moment())))
    assert env.run(until=waiting) is None
    assert journal.records == []
