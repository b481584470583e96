"""The Iccs port: the same body against the model and against fake_iccs."""

from dataclasses import replace

import pytest

from sim.clock import PortError, Process
from sim.resolve import Resolved
from sim.sessions import call_table
from sim.stories import Stage

EVENTS = (
    "call.placed",
    "call.queued",
    "call.answered",
    "call.abandoned",
    "call.ended",
    "consent.asked",
    "consent.given",
    "consent.refused",
)


def test_a_call_is_placed_offered_answered_talked_and_ended(world) -> None:
    def body(stage: Stage, resolved: Resolved) -> Process[None]:
        iccs, call = stage.ports.iccs, resolved.calls[0]
        yield from iccs.place(call)
        offered = yield from iccs.hear(call, "call.offered")
        yield from iccs.answer(call, offered.facts["seat"])
        yield from iccs.answer(call, offered.facts["seat"])  # again: nothing more happens
        answered = yield from iccs.hear(call, "call.answered", after=offered.n)
        assert answered.facts["seat"] == offered.facts["seat"]
        yield from iccs.ask(call)
        yield from iccs.hear(call, "consent.asked", after=answered.n)
        yield from iccs.reply(call, True)
        given = yield from iccs.hear(call, "consent.given", "consent.refused")
        assert (given.event, given.facts["how"]) == ("consent.given", "spoken")
        yield from iccs.hang_up(call, by="operator")
        yield from iccs.hang_up(call, by="operator")  # again: nothing more happens
        ended = yield from iccs.hear(call, "call.ended")
        assert ended.facts["by"] == "operator"

    assert world(body).trace(*EVENTS) == [
        "call.placed",
        "call.queued",
        "call.answered",
        "consent.asked spoken",
        "consent.given spoken",
        "call.ended",
    ]


def test_a_caller_who_hangs_up_in_the_queue_has_abandoned_and_cannot_be_answered(world) -> None:
    def body(stage: Stage, resolved: Resolved) -> Process[None]:
        iccs, call = stage.ports.iccs, resolved.calls[0]
        yield from iccs.place(call)
        offered = yield from iccs.hear(call, "call.offered")
        yield from iccs.hang_up(call, by="caller")
        yield from iccs.hear(call, "call.abandoned")
        with pytest.raises(PortError):
            yield from iccs.answer(call, offered.facts["seat"])

    assert world(body).trace(*EVENTS) == ["call.placed", "call.queued", "call.abandoned"]


def test_two_calls_get_two_seats_in_the_order_of_their_arrival(world) -> None:
    seats = []

    def body(stage: Stage, resolved: Resolved) -> Process[None]:
        iccs = stage.ports.iccs
        for call in resolved.calls:
            yield from iccs.place(call)
        for call in resolved.calls:
            offered = yield from iccs.hear(call, "call.offered")
            seats.append(offered.facts["seat"])

    world(body)
    assert seats == ["AMK Eksempel/1", "AMK Eksempel/2"]


def test_an_urgent_call_goes_before_a_normal_one_that_came_first(world) -> None:
    order = []

    def body(stage: Stage, resolved: Resolved) -> Process[None]:
        iccs = stage.ports.iccs
        given = [(f"call-{n}", "urgent" if n == 4 else "normal") for n in range(1, 5)]
        one, two, normal, urgent = (replace(resolved.calls[0], name=n, priority=p) for n, p in given)
        for call in (one, two, normal, urgent):  # there are two seats
            yield from iccs.place(call)
        yield from iccs.answer(one, (yield from iccs.hear(one, "call.offered")).facts["seat"])
        yield from iccs.hang_up(one, by="operator")
        for call in (urgent, normal):
            order.append((yield from iccs.hear(call, "call.offered")).facts["seat"])
            yield from iccs.answer(call, order[-1])
            yield from iccs.hang_up(call, by="operator")

    world(body)
    assert order == ["AMK Eksempel/1"] * 2


def test_a_call_is_transferred_to_another_centre(world) -> None:
    def body(stage: Stage, resolved: Resolved) -> Process[None]:
        iccs, call = stage.ports.iccs, resolved.calls[0]
        yield from iccs.place(call)
        offered = yield from iccs.hear(call, "call.offered")
        yield from iccs.answer(call, offered.facts["seat"])
        yield from iccs.transfer(call, "LV Eksempel")
        again = yield from iccs.hear(call, "call.offered", after=offered.n)
        assert again.facts["seat"] == "LV Eksempel/1"

    assert "call.transferred" in world(body).trace("call.transferred")


def test_an_answer_to_the_spoken_question_that_was_given_already_is_refused(world) -> None:
    def body(stage: Stage, resolved: Resolved) -> Process[None]:
        iccs, call = stage.ports.iccs, resolved.calls[0]
        yield from iccs.place(call)
        offered = yield from iccs.hear(call, "call.offered")
        yield from iccs.answer(call, offered.facts["seat"])
        yield from iccs.ask(call)
        yield from iccs.reply(call, True)  # the operator ticked it for the caller
        with pytest.raises(PortError, match="answered already"):
            yield from iccs.reply(call, False)

    world(body)


def test_a_caller_without_a_smartphone_says_why_the_answer_is_no(world) -> None:
    def body(stage: Stage, resolved: Resolved) -> Process[None]:
        iccs, call = stage.ports.iccs, resolved.calls[0]
        yield from iccs.place(call)
        offered = yield from iccs.hear(call, "call.offered")
        yield from iccs.answer(call, offered.facts["seat"])
        yield from iccs.ask(call)
        yield from iccs.reply(call, False, "no_smartphone")
        refused = yield from iccs.hear(call, "consent.refused")
        assert refused.facts["because"] == "no_smartphone"
        yield from iccs.hang_up(call, by="operator")
        yield from iccs.hear(call, "call.ended")

    (row,) = [row for row in call_table(world(body).records) if row.name == "call-1"]
    assert row.outcome == "no_smartphone"
