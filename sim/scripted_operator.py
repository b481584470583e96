"""The operator as a script: what to do next is a pure rule of the script and the moment."""

from dataclasses import dataclass

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
from sim.call import Call, Camera, Script
from sim.clock import LiveEnvironment, Process
from sim.journal import Journal


@dataclass(frozen=True, slots=True)
class Due:
    """An act and when: `wait_s` after the scenario time `from_s`. `purpose` names the wait."""

    act: Act
    purpose: str
    from_s: float
    wait_s: float

    @property
    def at_s(self) -> float:
        return self.from_s + self.wait_s


def next_act(script: Script, m: Moment) -> Due | None:
    """What the script does next in this moment, or None when it waits for news."""
    if m.offered_s is None:
        return None
    if m.answered_s is None:
        return Due(Answer(), "picks_up", m.offered_s, script.picks_up_after_s)
    if not script.asks_video:
        return Due(HangUp(), "talks", m.answered_s, script.talks_s)
    if m.asked_s is None:
        return Due(AskForVideo(), "asks_video", m.answered_s, script.asks_video_after_s)
    if m.reply is None or m.reply_s is None:
        return None
    if not m.reply:
        return Due(HangUp(), "talks_on", m.reply_s, script.talks_on_s)
    if m.requested_s is None:
        return Due(SendLink(), "sends_link", m.reply_s, script.sends_link_after_s)
    if m.video_over_s is not None:
        return Due(HangUp(), "talks_on", m.video_over_s, script.talks_on_s)
    if m.seen_s is None:
        return Due(EndVideo(), "gives_up", m.requested_s, script.gives_up_after_s)
    return min(_while_seen(script, m, m.seen_s), key=lambda due: due.at_s)


def _while_seen(script: Script, m: Moment, seen_s: float) -> list[Due]:
    dues = [Due(EndVideo(), "holds_video", seen_s, script.holds_video_s)]
    if m.switches < len(script.switches_camera_at_s):
        camera: Camera = "back" if m.switches % 2 else "front"
        dues.append(Due(SwitchCamera(camera), "switches", seen_s, script.switches_camera_at_s[m.switches]))
    if m.guided < len(script.guides):
        told = script.guides[m.guided]
        dues.append(Due(Guide(told.parameter, told.value), "guides", seen_s, told.at_s))
    dues += [
        Due(Invite(i.role), "invites", seen_s, i.at_s) for i in script.invites if i.role not in m.invited
    ]
    return dues


class ScriptedOperator:
    """The Operator port, told by the call's script on either clock."""

    def __init__(self, env: simpy.Environment, journal: Journal) -> None:
        self.env, self.journal = env, journal

    def decide(self, call: Call, moment: Moment) -> Process[Act]:
        """Wait until the script's next act is due; wait for ever when only news can bring one."""
        due = next_act(call.operator, moment)
        if due is None:
            yield self.env.event()
            raise AssertionError("only news ends this wait")
        yield self.env.timeout(max(0.0, due.at_s - self.env.now))
        now = self.env.wall() if isinstance(self.env, LiveEnvironment) else self.env.now
        self.journal.record(
            "person.waited",
            call=call.name,
            actor="operator",
            purpose=due.purpose,
            drawn_s=due.wait_s,
            waited_s=round(now - due.from_s, 6),
        )
        return due.act
