"""Stories whose ports fail: the failure is noted, the call is hung up, and the others go on."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import simpy
from sim_rig import Instead, call, resolved, tell, trace

from sim.acts import Act, Answer, AskForVideo, HangUp, Moment
from sim.call import Call
from sim.clock import PortError, Process
from sim.journal import Record
from sim.ports import Ports
from sim.resolve import Resolved
from sim.sessions import CallRow, call_table


def broken(port: str, method: str) -> Callable[[Ports], Ports]:
    """Ports of which one method fails for call-1."""

    def change(ports: Ports) -> Ports:
        real = getattr(ports, port)

        def fails(call: Call, *arguments: Any, **more: Any) -> Process[Any]:
            if call.name == "call-1":
                raise PortError(f"{method}: 500 out of order")
            return (yield from getattr(real, method)(call, *arguments, **more))

        return replace(ports, **{port: Instead(real, **{method: fails})})

    return change


def failures(records: list[Record]) -> list[str]:
    return [f"{r.actor}: {r.facts['detail']}" for r in records if r.event == "port.failed"]


def two() -> Resolved:
    """One seat: the second call needs what the first leaves, at the lab's limit of 100 s if not before."""
    doctor = {"role": "doctor", "at_s": 2, "joins_after_s": 3}
    everything = {"invites": [doctor], "switches_camera_at_s": [4]}
    made = resolved(
        call({"patience_s": 500}, everything), call({"patience_s": 500}, at_s=90), limits={"call_s": 100}
    )
    one_seat = tuple(centre.model_copy(update={"seats": 1}) for centre in made.centres)
    return replace(made, centres=one_seat)


BROKEN = [
    # port, method, outcome and number of ends of call-1, what is noted
    ("handset", "switch_on", "no_link", 1, ["lab: switch_on: 500 out of order"]),
    ("iccs", "place", "unfinished", 0, ["lab: place: 500 out of order", "lab: no call 'call-1'"]),
    ("iccs", "reply", "voice", 1, ["lab: reply: 500 out of order"]),
    ("iccs", "ask", "voice", 1, ["operator: AskForVideo: ask: 500 out of order"]),
    ("iccs", "answer", "abandoned", 1, ["operator: Answer: answer: 500 out of order"]),
    (
        "iccs",
        "hear",
        "abandoned",
        1,
        ["operator: hears nothing more: hear: 500", "lab: hear: 500 out of order"],
    ),
    ("desk", "request", "voice", 1, ["operator: SendLink: request: 500 out of order"]),
    ("desk", "end", "seen", 1, ["operator: EndVideo: end: 500 out of order"]),
    ("desk", "switch_camera", "seen", 1, ["operator: SwitchCamera: switch_camera: 500 out of order"]),
    ("desk", "invite", "seen", 1, ["operator: Invite: invite: 500 out of order"]),
    ("handset", "next_sms", "no_link", 1, ["caller: next_sms: 500 out of order"]),
    ("handset", "open", "no_link", 1, ["caller: open: 500 out of order"]),
    ("handset", "consent", "not_seen", 1, ["caller: consent: 500 out of order"]),
    ("handset", "publish", "not_seen", 1, ["caller: publish: 500 out of order"]),
    ("handset", "wait_end", "seen", 1, ["caller: wait_end: 500 out of order"]),
    ("handset", "switch_off", "seen", 1, ["lab: switch_off: 500 out of order"]),
    ("viewer", "watch", "not_seen", 1, ["operator: watch: 500 out of order"]),
    ("viewer", "wait_for_camera", "seen", 1, ["operator: wait_for_camera: 500 out of order"]),
    ("viewer", "over", "seen", 1, ["operator: over: 500 out of order"]),
    ("viewer", "leave", "seen", 1, ["operator: leave: 500 out of order"]),
]


@pytest.mark.parametrize(
    ("port", "method", "outcome", "ends", "noted"), BROKEN, ids=[f"{row[0]}.{row[1]}" for row in BROKEN]
)
def test_a_port_that_fails_harms_its_own_call_only(
    port: str, method: str, outcome: str, ends: int, noted: list[str]
) -> None:
    records = tell(two(), broken(port, method))
    rows = {row.name: row for row in call_table(records)}
    assert (rows["call-2"].outcome, rows["call-2"].ends, rows["call-2"].failures) == ("seen", 1, [])
    one = rows.get("call-1", CallRow("call-1"))
    assert one.ends == ends
    if ends:
        assert one.outcome == outcome
    for wanted, told in zip(noted, failures(records), strict=False):
        assert told.startswith(wanted)
    assert len(failures(records)) >= len(noted)


class Hasty:
    """An operator who asks for video and hangs up before the caller has replied."""

    def __init__(self, env: simpy.Environment) -> None:
        self._env = env

    def decide(self, call: Call, moment: Moment) -> Process[Act]:
        while moment.offered_s is None:
            yield self._env.event()
        yield self._env.timeout(0.5)
        if moment.answered_s is None:
            return Answer()
        return AskForVideo() if moment.asked_s is None else HangUp()


def test_a_caller_who_is_hung_up_on_while_he_thinks_says_nothing_more() -> None:
    def hasty(ports: Ports) -> Ports:
        return replace(ports, operator=Hasty(ports.handset._env))  # type: ignore[attr-defined]

    records = tell(resolved(call({"replies_after_s": 9})), hasty)
    assert [event for _, event in trace(records)] == [
        "call.placed",
        "call.queued",
        "call.answered",
        "consent.asked",
        "call.ended",
    ]


def test_a_phone_that_never_films_is_ended_by_the_operator_who_gives_up() -> None:
    def stuck(ports: Ports) -> Ports:
        def publish(call: Call) -> Process[None]:
            yield ports.handset._env.event()  # type: ignore[attr-defined]

        return replace(ports, handset=Instead(ports.handset, publish=publish))

    records = tell(resolved(call(operator={"gives_up_after_s": 30})), stuck)
    assert trace(records, "call-1", "video.ended", "call.ended") == [(37, "video.ended"), (41, "call.ended")]
    assert call_table(records)[0].outcome == "not_seen"


def test_a_camera_that_is_never_shown_is_noted_and_not_waited_for_for_ever() -> None:
    def blind(ports: Ports) -> Ports:
        real = ports.viewer

        def wait_for_camera(call: Call, who: str, camera: str | None) -> Process[None]:
            if camera is None:
                yield from real.wait_for_camera(call, who, None)
            else:
                yield ports.handset._env.event()  # type: ignore[attr-defined]

        return replace(ports, viewer=Instead(real, wait_for_camera=wait_for_camera))

    made = resolved(call(operator={"switches_camera_at_s": [1], "holds_video_s": 100}))
    records = tell(made, blind)
    assert failures(records) == ["operator: no frame of front camera within 20 s"]
    assert call_table(records)[0].outcome == "seen"


def test_a_bug_is_not_taken_for_a_failure_of_a_part() -> None:
    def buggy(ports: Ports) -> Ports:
        def place(call: Call) -> Process[None]:
            yield from ()
            raise KeyError("bug")

        return replace(ports, iccs=Instead(ports.iccs, place=place))

    with pytest.raises(KeyError, match="bug"):
        tell(resolved(call()), buggy)
