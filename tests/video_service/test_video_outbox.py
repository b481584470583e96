"""How often an SMS is tried, by which route, and what became of it: pure, with a clock in the hand."""

import math
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from video_service.message import Message, Submit
from video_service.outbox import ANSWER_WITHIN_S, Outbox, Outcome
from video_service.route import Route, RouteState
from video_service.sms_route import Answer, Receipt, Said

NUMBER = "+4710000001"
SLOWER = Answer(Said.SLOWER, reason="throttled")
REFUSED = Answer(Said.REFUSED, reason="refused (0x08)")
NEVER = Answer(Said.NEVER, reason="bad number")


def accepted(carrier_id: str = "id-1") -> Answer:
    return Answer(Said.ACCEPTED, carrier_id)


class Box:
    """An outbox whose routes are up, and what it told."""

    def __init__(self, routes: int = 1, minds_silence: bool = True, up: bool = True) -> None:
        self.told: list[Outcome] = []
        known = [Route(f"carrier {n + 1}", minds_silence) for n in range(routes)]
        self.box = Outbox(self.told.append, known, give_up_s=120.0)
        for route in range(routes if up else 0):
            self.box.up(route, -1.0)

    def put(self, reference: str = "a", parts: int = 1, now: float = 0.0) -> str:
        message = Message(f"m-{len(self.told)}-{reference}", reference, NUMBER, "text", "requested", now)
        self.box.put(message, parts, now)
        return message.id

    def submits(self, now: float) -> list[Submit]:
        """Everything that goes out now."""
        self.box.look(now)
        found = []
        while submit := self.box.next_submit(now):
            found.append(submit)
        return found

    def one(self, now: float) -> Submit:
        [submit] = self.submits(now)
        return submit

    @property
    def events(self) -> list[str]:
        return [outcome.event.removeprefix("sms.") for outcome in self.told]

    @property
    def last(self) -> dict[str, object]:
        return self.told[-1].facts


def test_sent_accepted_delivered() -> None:
    it = Box()
    it.put()
    submit = it.one(0.0)
    it.box.answered(submit.token, accepted(), 0.1)
    for carrier_id, state in (("id-1", "ENROUTE"), ("another's", "DELIVRD"), ("id-1", "DELIVRD")):
        it.box.receipt(0, Receipt(carrier_id, NUMBER, state), 1.0)
    it.box.receipt(0, Receipt("id-1", NUMBER, "DELIVRD"), 2.0)  # once more
    it.box.receipt(0, Receipt("id-1", NUMBER, "UNDELIV"), 3.0)  # contradicts itself
    assert it.events == ["submitted", "accepted", "delivered"]
    assert it.told[0].facts == {"try": 1, "route": "carrier 1", "because": "requested"}
    assert it.told[1].facts == {"carrier_ids": ["id-1"], "route": "carrier 1"}
    assert it.box.quiet_s(1.0) is None


def test_a_long_text_is_accepted_and_delivered_when_all_parts_are() -> None:
    it = Box()
    it.put(parts=3)
    submits = it.submits(0.0)
    assert [submit.part.index for submit in submits] == [0, 1, 2]
    for submit in submits:
        assert it.events == ["submitted"]
        it.box.answered(submit.token, accepted(f"id-{submit.part.index}"), 0.1)
    assert it.last["carrier_ids"] == ["id-0", "id-1", "id-2"]
    for n in range(3):
        assert "delivered" not in it.events
        it.box.receipt(0, Receipt(f"id-{n}", NUMBER, "DELIVRD"), 1.0)
    assert it.events == ["submitted", "accepted", "delivered"]


def test_a_throttled_part_is_sent_again_without_the_accepted_ones() -> None:
    it = Box()
    it.put(parts=3)
    first, second, third = it.submits(0.0)
    it.box.answered(first.token, accepted("id-0"), 0.1)
    it.box.answered(second.token, SLOWER, 0.1)
    it.box.answered(third.token, accepted("id-2"), 0.1)
    assert it.submits(0.2) == []
    again = it.one(0.5)
    assert again.part is second.part
    it.box.answered(again.token, accepted("id-1"), 0.6)
    assert it.events == ["submitted", "accepted"]  # and no failed try
    assert it.last["carrier_ids"] == ["id-0", "id-1", "id-2"]


def test_a_part_without_an_answer_is_sent_again_alone() -> None:
    it = Box()
    it.put(parts=2)
    first, second = it.submits(0.0)
    it.box.answered(first.token, accepted("id-0"), 0.1)
    it.box.heard(0, 0.1)
    assert it.submits(5.0) == []
    again = it.one(5.5)
    assert again.part is second.part
    it.box.answered(again.token, accepted("id-1"), 6.0)
    assert it.events == ["submitted", "failed", "submitted", "accepted"]


def test_a_receipt_that_says_undeliverable_is_not_final() -> None:
    it = Box()
    it.put()
    it.box.answered(it.one(0.0).token, accepted(), 0.1)
    it.box.receipt(0, Receipt("id-1", NUMBER, "UNDELIV"), 1.0)
    assert it.events == ["submitted", "accepted", "failed"]
    assert it.last == {"reason": "not delivered (UNDELIV)", "final": False}


def test_a_receipt_before_its_answer_is_not_lost_and_not_kept_for_ever() -> None:
    it = Box()
    it.put()
    submit = it.one(0.0)
    it.box.receipt(0, Receipt("id-1", NUMBER, "DELIVRD"), 0.1)
    it.box.answered(submit.token, accepted(), 0.2)
    assert it.events == ["submitted", "accepted", "delivered"]
    it.put("b", now=1.0)
    submit = it.one(1.0)
    it.box.receipt(0, Receipt("id-2", NUMBER, "DELIVRD"), 1.0)
    it.box.receipt(0, Receipt("another", NUMBER, "DELIVRD"), 65.0)
    it.box.answered(submit.token, accepted("id-2"), 65.0)
    assert it.events.count("delivered") == 1


def test_a_receipt_may_come_by_the_other_connection_and_ids_may_repeat() -> None:
    it = Box(routes=2)
    it.put()
    it.box.answered(it.one(0.0).token, accepted("7"), 0.1)
    it.box.receipt(1, Receipt("7", "4710000099", "UNDELIV"), 1.0)  # the other SMSC's own 7
    assert it.events == ["submitted", "accepted"]
    it.box.receipt(1, Receipt("7", NUMBER.removeprefix("+"), "DELIVRD"), 2.0)
    assert it.events == ["submitted", "accepted", "delivered"]


def test_an_answer_that_comes_twice_or_to_nobody_is_nothing() -> None:
    it = Box()
    it.put()
    submit = it.one(0.0)
    it.box.answered(12345, accepted(), 0.1)
    it.box.answered(submit.token, accepted(), 0.1)
    it.box.answered(submit.token, accepted("id-2"), 0.2)
    it.box.answered(submit.token, REFUSED, 0.2)
    assert it.events == ["submitted", "accepted"]


# ---- no connection


def test_without_a_connection_the_operator_is_told_at_once_and_it_is_given_up_in_the_end() -> None:
    it = Box(up=False)
    it.put()
    assert it.submits(0.0) == []
    assert it.told == []  # it is still connecting
    it.box.down(0, "connection refused", 0.1)
    assert it.submits(0.1) == []
    assert it.last == {
        "reason": "carrier 1: connection refused",
        "final": False,
        "next": "when a carrier can be reached again",
    }
    for n in range(60):
        it.box.down(0, "connection refused", 1.0 + n)
        assert it.submits(1.0 + n) == []
    assert it.events == ["failed"]  # not each time
    quiet_s = it.box.quiet_s(60.0)
    assert quiet_s == 60.0
    it.box.look(120.0)
    assert it.last == {"reason": "carrier 1: connection refused; gave up after 120 s", "final": True}
    it.box.up(0, 121.0)
    assert it.submits(121.0) == []


def test_a_message_goes_out_as_soon_as_there_is_a_connection_again() -> None:
    it = Box()
    it.put()
    it.one(0.0)
    it.box.down(0, "connection lost", 0.1)
    assert it.last["next"] == "when a carrier can be reached again"
    assert it.submits(3.0) == []
    it.box.up(0, 3.0)
    again = it.one(3.0)
    assert it.last == {"try": 2, "route": "carrier 1", "because": "carrier 1: connection lost"}
    it.box.answered(again.token, accepted(), 3.1)
    assert it.events == ["submitted", "failed", "submitted", "accepted"]


def test_a_connection_that_comes_and_goes_does_not_make_a_copy_each_time() -> None:
    it = Box()
    it.put()
    now, at = 0.0, []
    while now < 119:
        it.box.up(0, now)
        at += [now for _ in it.submits(now)]
        it.box.down(0, "a PDU of 4 GB", now + 0.1)
        now += 0.5
    assert at == [0.0, 0.5, 20.5, 80.5]


# ---- a carrier that is silent, or late


def test_without_an_answer_within_5_s_the_next_route_gets_it_at_once() -> None:
    it = Box(routes=2)
    it.put()
    assert it.one(0.0).route == 0
    assert it.submits(4.9) == []
    other = it.one(5.0)
    assert other.route == 1
    assert it.told[1].facts == {
        "reason": "carrier 1: no answer within 5 s",
        "final": False,
        "next": "route 2 of 2",
    }
    it.box.answered(other.token, accepted(), 5.1)
    assert it.events == ["submitted", "failed", "submitted", "accepted"]


def test_a_route_that_is_known_to_be_silent_is_passed_over_until_it_is_heard() -> None:
    it = Box(routes=2)
    it.put("first")
    it.one(0.0)
    assert it.box.look(5.0) == [0]  # somebody should ask it
    it.put("second", now=6.0)
    assert {submit.route for submit in it.submits(6.0)} == {1}
    it.box.heard(0, 7.0)
    it.put("third", now=7.0)
    assert it.one(7.0).route == 0
    it.box.silent(0)
    it.put("fourth", now=8.0)
    assert it.one(8.0).route == 1


def test_into_the_silence_of_the_only_carrier_nothing_is_sent_until_it_is_heard() -> None:
    it = Box()
    it.put()
    it.one(0.0)
    it.put("another", now=1.0)
    it.one(1.0)
    for now in (5.0, 6.0, 30.0, 75.0):
        assert it.submits(now) == []
    assert it.events == ["submitted", "submitted", "failed", "failed"]
    assert it.last["next"] == "when a carrier can be reached again"
    it.box.heard(0, 75.0)
    assert len(it.submits(75.0)) == 2


def test_a_gateway_is_not_silent_because_one_carrier_behind_it_is() -> None:
    it = Box(minds_silence=False)
    it.put("telenor")
    it.one(0.0)
    assert it.submits(5.0) == []
    it.put("telia", now=5.1)
    assert it.one(5.1).part.message.reference == "telia"
    assert it.one(5.5).part.message.reference == "telenor"


def test_a_carrier_20_s_late_takes_two_copies_and_the_first_answer_counts() -> None:
    it = Box()
    it.put()
    now, answers, submits = 0.0, {}, []
    while now < 60:
        for submit in it.submits(now):
            submits.append(submit)
            answers[submit.token] = now + 20.0
        for token in [token for token, at in answers.items() if at <= now]:
            it.box.answered(token, accepted(f"id-{token}"), answers.pop(token))
        if math.isclose(now % 10, 5.0):  # it answers enquire_link all the time
            it.box.heard(0, now)
        now += 0.25
    assert len(submits) == 2
    assert it.events == ["submitted", "failed", "submitted", "accepted", "duplicated"]
    assert it.told[2].facts["because"] == "carrier 1: no answer within 5 s"
    assert it.told[3].facts["carrier_ids"] == [f"id-{submits[0].token}"]
    assert it.last == {"copies": 2, "route": "carrier 1", "carrier_id": f"id-{submits[1].token}"}


def test_the_answer_to_an_earlier_try_counts_while_a_later_one_waits() -> None:
    it = Box()
    it.put()
    submit = it.one(0.0)
    it.box.look(5.0)
    it.box.answered(submit.token, accepted(), 5.2)
    assert it.events == ["submitted", "failed", "accepted"]
    assert it.submits(6.0) == it.submits(100.0) == []


def test_a_late_refusal_changes_nothing() -> None:
    it = Box(routes=2)
    it.put()
    first = it.one(0.0)
    second = it.one(5.0)
    it.box.answered(first.token, REFUSED, 6.0)
    assert it.submits(6.0) == []
    it.box.answered(second.token, accepted(), 6.1)
    assert it.events == ["submitted", "failed", "submitted", "accepted"]


def test_the_receipts_of_two_copies_do_not_confuse_the_state() -> None:
    it = Box(routes=2)
    it.put()
    first, second = it.one(0.0), it.one(5.0)
    it.box.answered(second.token, accepted("b"), 5.1)
    it.box.answered(first.token, accepted("a"), 20.0)
    it.box.receipt(1, Receipt("b", NUMBER, "UNDELIV"), 21.0)
    assert it.events[-1] == "duplicated"  # one copy may still arrive
    it.box.receipt(0, Receipt("a", NUMBER, "DELIVRD"), 22.0)
    it.box.receipt(1, Receipt("b", NUMBER, "DELIVRD"), 23.0)
    assert it.events == ["submitted", "failed", "submitted", "accepted", "duplicated", "delivered"]


def test_time_outs_grow_and_are_counted_for_each_route() -> None:
    it = Box(routes=2)
    it.put()
    within_s = []
    now = 0.0
    while len(within_s) < 6:
        for route in (0, 1):
            it.box.heard(route, now)
        for submit in it.submits(now):
            within_s.append((submit.route, submit.answer_by - submit.at))
        now += 0.25
        assert now < 300
    first, second, later = ANSWER_WITHIN_S
    assert within_s == [(0, first), (1, first), (0, second), (1, second), (0, later), (1, later)][:6]


# ---- a carrier that refuses, or says slower


def test_a_number_that_is_refused_is_not_tried_again() -> None:
    it = Box()
    it.put()
    it.box.answered(it.one(0.0).token, NEVER, 0.1)
    assert it.events == ["submitted", "failed"]
    assert it.last == {"reason": "carrier 1: bad number", "final": True}
    assert it.submits(100.0) == []


def test_what_is_refused_is_tried_on_the_other_route_and_then_again() -> None:
    it = Box(routes=2)
    it.put()
    it.box.answered(it.one(0.0).token, REFUSED, 0.1)
    assert it.last["next"] == "route 2 of 2"
    second = it.one(0.1)
    assert second.route == 1
    it.box.answered(second.token, REFUSED, 0.2)
    assert it.last["next"] == "again in 0.5 s"
    assert it.submits(0.6) == []
    assert it.one(0.8).route == 0


def test_a_carrier_that_refuses_for_75_s_gets_it_afterwards() -> None:
    it = Box()
    it.put()
    now = 0.0
    while "accepted" not in it.events:
        for submit in it.submits(now):
            it.box.answered(submit.token, REFUSED if now < 75 else accepted(), now)
        now += 0.25
    assert now < 81
    assert it.events.count("submitted") < 22


def throttled(rate_per_s: float, count: int, routes: int = 1, parts: int = 1) -> tuple[Box, float, int]:
    """Put `count` messages at once into token buckets; (box, when all were accepted, submits)."""
    it = Box(routes)
    for n in range(count):
        it.put(str(n), parts=parts)
    now, submits, buckets = 0.0, 0, [rate_per_s] * routes
    while it.events.count("accepted") < count:
        assert now < 60
        for submit in it.submits(now):
            submits += 1
            if takes := buckets[submit.route] >= 1:
                buckets[submit.route] -= 1
            it.box.answered(submit.token, accepted(f"id-{submit.token}") if takes else SLOWER, now)
        now += 0.05
        buckets = [min(rate_per_s, tokens + rate_per_s * 0.05) for tokens in buckets]
    return it, now, submits


def test_60_links_at_once_into_10_a_second_are_through_in_a_few_seconds_and_none_is_doubled() -> None:
    it, took_s, submits = throttled(10.0, 60)
    assert took_s < 8  # 5 s is the least there is
    assert it.events.count("accepted") == 60
    assert not {"failed", "duplicated"} & set(it.events)
    assert submits < 150  # it does not hammer


def test_a_throttled_burst_of_long_ones_doubles_no_part() -> None:
    it, took_s, _ = throttled(10.0, 20, parts=2)
    assert took_s < 8
    ids = [i for told in it.told if told.event == "sms.accepted" for i in told.facts["carrier_ids"]]
    assert len(ids) == len(set(ids)) == 40
    assert "duplicated" not in it.events


def test_a_throttled_carrier_leaves_some_to_the_next_route() -> None:
    _, alone_s, _ = throttled(10.0, 60)
    it, together_s, _ = throttled(10.0, 60, routes=2)
    assert together_s < alone_s - 1
    assert "duplicated" not in it.events


def test_a_carrier_that_takes_nothing_for_long_is_asked_gently_the_operator_told_and_the_end_is_final() -> (
    None
):
    it = Box()
    it.put()
    now, submits = 0.0, 0
    while it.events[-1:] != ["failed"] or not it.last["final"]:
        for submit in it.submits(now):
            submits += 1
            it.box.answered(submit.token, SLOWER, now)
        now += 0.25
        assert now < 130
    assert it.events == ["submitted", "failed", "failed"]
    assert it.told[1].facts["next"] == "as soon as it is taken"
    assert submits < 80


def test_a_pause_that_a_carrier_asks_for_is_kept_within_reason() -> None:
    it = Box()
    it.put()
    it.box.answered(it.one(0.0).token, Answer(Said.SLOWER, pause_s=2.0), 0.0)
    assert it.submits(1.9) == []
    it.box.answered(it.one(2.0).token, Answer(Said.SLOWER, pause_s=86_400.0), 2.0)
    assert it.submits(11.9) == []
    assert len(it.submits(12.0)) == 1


def test_a_message_that_has_to_wait_for_others_is_told_as_delayed() -> None:
    it = Box()
    for n in range(11):
        it.put(str(n))
    it.submits(0.0)
    it.box.heard(0, 1.0)
    it.box.look(10.0)
    told = [outcome for outcome in it.told if outcome.reference == "10"]
    assert [outcome.facts for outcome in told] == [
        {"reason": "others are before it", "final": False, "next": "as soon as it is taken"}
    ]


def test_no_more_than_a_window_is_under_way() -> None:
    it = Box()
    for n in range(15):
        it.put(str(n))
    submits = it.submits(0.0)
    assert len(submits) == 10
    it.box.answered(submits[0].token, accepted(), 0.1)
    assert len(it.submits(0.1)) == 1


def test_a_burst_into_a_late_carrier_is_on_its_way_before_anything_is_sent_twice() -> None:
    it = Box()
    for n in range(30):
        it.put(str(n))
    sent: list[str] = []
    for now in (0.0, 5.0, 10.0):
        it.box.heard(0, now)
        sent += [submit.part.message.reference for submit in it.submits(now)]
    assert sent == [str(n) for n in range(30)]


# ---- what need not be sent any more


def test_what_is_settled_is_not_tried_again_but_a_late_answer_is_told() -> None:
    it = Box()
    it.put()
    submit = it.one(0.0)
    it.box.look(5.0)
    it.box.settle("a")
    it.box.heard(0, 5.1)
    assert it.submits(6.0) == it.submits(130.0) == []
    it.box.answered(submit.token, accepted(), 131.0)
    assert it.events == ["submitted", "failed", "accepted"]


def test_asking_again_replaces_what_nobody_has_taken() -> None:
    it = Box(up=False)
    it.put()
    it.put()
    it.box.up(0, 1.0)
    assert len(it.submits(1.0)) == 1


# ---- a gateway's receipt names our message


def test_a_receipt_with_our_reference_proves_that_an_unanswered_try_was_accepted() -> None:
    it = Box(minds_silence=False)
    name = it.put()
    submit = it.one(0.0)
    it.box.look(5.0)
    it.box.receipt(0, Receipt("g-1", NUMBER, "DELIVRD", name), 5.2)
    it.box.answered(submit.token, accepted("g-1"), 6.0)
    assert it.events == ["submitted", "failed", "accepted", "delivered"]
    assert it.submits(20.0) == []


def test_an_acceptance_without_an_id_is_known_by_its_reference() -> None:
    it = Box(minds_silence=False)
    name = it.put()
    it.box.answered(it.one(0.0).token, accepted(""), 0.1)
    it.box.receipt(0, Receipt("g-1", NUMBER, "DELIVRD", name), 1.0)
    it.box.receipt(0, Receipt("g-1", NUMBER, "DELIVRD", name), 2.0)
    it.box.receipt(0, Receipt("g-9", NUMBER, "DELIVRD", "nobody's"), 2.0)
    assert it.events == ["submitted", "accepted", "delivered"]


def test_health_can_be_read_from_the_routes() -> None:
    it = Box(up=False)
    [route] = it.box.routes
    assert route.state is RouteState.CONNECTING
    it.box.down(0, "refused", 0.0)
    assert (route.state, route.detail) == (RouteState.DOWN, "refused")
    it.box.up(0, 1.0)
    assert (route.state, route.detail) == (RouteState.UP, "")
    it.box.refusing(0, "the key is wrong")
    assert (route.state, route.is_usable) == (RouteState.REFUSING, True)


# ---- whatever comes


@given(st.lists(st.tuples(st.sampled_from("puAASRNltdhsgr"), st.integers(0, 999)), max_size=80))
def test_whatever_comes_no_accepted_part_is_sent_again_and_every_message_ends(moves: list[Any]) -> None:
    it = Box(routes=2)
    now, sent, alive = 0.0, [], [True, True]
    taken: set[int] = set()  # parts by identity

    def go_on() -> None:
        for submit in it.submits(now):
            assert id(submit.part) not in taken
            assert alive[submit.route]
            sent.append(submit)

    for move, n in moves:
        match move:
            case "p":
                it.put(f"r{n}", parts=1 + n % 3, now=now)
            case "u" | "d":
                alive[n % 2] = move == "u"
                it.box.up(n % 2, now) if move == "u" else it.box.down(n % 2, "lost", now)
                sent = [submit for submit in sent if alive[submit.route]]
            case "A" if sent:
                submit = sent.pop(n % len(sent))
                taken.add(id(submit.part))
                it.box.answered(submit.token, accepted(f"id-{n % 50}"), now)
            case "S" | "R" | "N" if sent:
                answer = {"S": SLOWER, "R": REFUSED, "N": NEVER}[move]
                it.box.answered(sent.pop(n % len(sent)).token, answer, now)
            case "t" | "l":
                now += n / (10 if move == "l" else 100)
            case "h" | "s":
                it.box.heard(n % 2, now) if move == "h" else it.box.silent(n % 2)
            case "g":
                it.box.settle(f"r{n}")
            case "r":
                it.box.receipt(n % 2, Receipt(f"id-{n % 50}", NUMBER, ("DELIVRD", "UNDELIV")[n % 2]), now)
        go_on()
        quiet_s = it.box.quiet_s(now)
        assert quiet_s is None or quiet_s > 0  # else the driver would spin
    it.box.look(now + 120.0)
    assert it.box.quiet_s(now + 120.0) is None
    for route in it.box.routes:
        assert route.under_way == set()
