"""The rule of the queue: examples in words, and what holds after any order of moves."""

from collections import Counter
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from fake_iccs.centre import OVER
from fake_iccs.distribution import Centre, Distribution, Happening, Refused, Unknown

BERGEN, STORD, FORDE, LV = "AMK Bergen", "AMK Stord", "AMK Førde", "LV Voss"


def three() -> Distribution:
    return Distribution(
        [
            Centre(BERGEN, "AMK", "113", 2, overflow=(STORD, LV), overflow_after_s=30),
            Centre(STORD, "AMK", "113", 1),
            Centre(LV, "LV", "116117", 1, overflow=(STORD,), overflow_after_s=10),
        ]
    )


def four() -> Distribution:
    """And one more of the line, which Stord helps."""
    return Distribution(
        [three().centre(c) for c in (BERGEN, STORD, LV)]
        + [Centre(FORDE, "AMK", "113", 2, overflow=(STORD,), overflow_after_s=20)]
    )


def told(happened: list[Happening]) -> list[tuple[str, str | None, Any]]:
    """Each happening with the fact that matters most."""
    return [(h.event, h.call, h.facts.get("seat") or h.facts.get("centre")) for h in happened]


def test_the_longest_idle_seat_is_offered_the_first_call() -> None:
    d = three()
    assert told(d.place("a", "113", BERGEN, 0)) == [
        ("call.placed", "a", BERGEN),
        ("call.queued", "a", BERGEN),
        ("call.offered", "a", f"{BERGEN}/1"),
    ]
    d.answer("a", f"{BERGEN}/1", 1)
    d.hang_up("a", "caller", 2)
    assert told(d.place("b", "113", BERGEN, 3))[-1] == ("call.offered", "b", f"{BERGEN}/2")
    assert told(d.place("c", "113", BERGEN, 3))[-1] == ("call.offered", "c", f"{BERGEN}/1")
    assert told(d.place("d", "113", BERGEN, 3))[-1] == ("call.queued", "d", BERGEN)


def test_an_overdue_call_is_offered_to_the_overflow_centres_in_order() -> None:
    d = three()
    for call in "abcdef":
        d.place(call, "113", BERGEN, 0)
    assert d.next_due() == 30
    assert d.tick(29.9) == []
    assert told(d.tick(30)) == [("call.offered", "c", f"{STORD}/1"), ("call.offered", "d", f"{LV}/1")]
    assert d.next_due() is None
    assert told(d.answer("c", f"{STORD}/1", 31)) == [("call.answered", "c", f"{STORD}/1")]
    assert told(d.hang_up("c", "operator", 32)) == [
        ("call.ended", "c", None),
        ("call.offered", "e", f"{STORD}/1"),  # overdue, and Stord has no call of its own
    ]


def test_a_centre_takes_its_own_calls_before_it_helps() -> None:
    d = three()
    d.place("own", "113", STORD, 0)
    d.answer("own", f"{STORD}/1", 0)
    for call in "abcd":
        d.place(call, "113", BERGEN, 0)
    d.sign(f"{LV}/1", "away", 0)
    d.tick(30)
    d.place("late", "113", STORD, 40)
    assert told(d.hang_up("own", "caller", 41))[-1] == ("call.offered", "late", f"{STORD}/1")


def test_urgent_calls_go_before_normal_ones_each_in_the_order_they_came() -> None:
    d = three()
    d.place("own", "113", STORD, 0)
    d.place("a", "113", STORD, 1)
    d.place("b", "113", STORD, 2, "urgent")
    d.place("c", "113", STORD, 3, "urgent")
    assert d.seat_state(f"{STORD}/1") == "offered"  # an offer is not taken back for an urgent call
    d.answer("own", f"{STORD}/1", 4)
    d.hang_up("own", "caller", 5)
    order = []
    for now in (6, 7, 8):
        order.append(d.seat(f"{STORD}/1").call or "")
        d.answer(order[-1], f"{STORD}/1", now)
        d.hang_up(order[-1], "caller", now)
    assert order == ["b", "c", "a"]


def test_a_helper_takes_the_urgent_overdue_call_first_wherever_it_waits() -> None:
    d = three()
    for seat in (f"{BERGEN}/1", f"{BERGEN}/2", f"{LV}/1"):
        d.sign(seat, "away", 0)
    d.place("own", "113", STORD, 0)
    d.answer("own", f"{STORD}/1", 0)
    d.place("overdue first", "116117", LV, 1)
    d.place("normal", "113", BERGEN, 2)
    d.place("urgent", "113", BERGEN, 3, "urgent")
    d.tick(33)
    assert told(d.hang_up("own", "caller", 33))[-1] == ("call.offered", "urgent", f"{STORD}/1")
    d.answer("urgent", f"{STORD}/1", 34)
    assert told(d.hang_up("urgent", "caller", 35))[-1] == ("call.offered", "overdue first", f"{STORD}/1")


def test_a_normal_call_that_is_overdue_does_not_wait_for_an_urgent_one_that_is_not() -> None:
    d = three()
    for seat in (f"{BERGEN}/1", f"{BERGEN}/2", f"{LV}/1"):
        d.sign(seat, "away", 0)
    d.place("normal", "113", BERGEN, 0)
    d.place("urgent", "113", BERGEN, 20, "urgent")
    assert told(d.tick(30)) == [("call.offered", "normal", f"{STORD}/1")]


def test_a_seat_that_goes_away_gives_its_offer_back_in_the_old_place() -> None:
    d = three()
    for call in "abc":
        d.place(call, "113", BERGEN, 0)
    assert told(d.sign(f"{BERGEN}/1", "away", 1)) == [
        ("seat.state", None, f"{BERGEN}/1"),
        ("call.queued", "a", BERGEN),
    ]
    d.answer("b", f"{BERGEN}/2", 2)
    assert told(d.hang_up("b", "caller", 3))[-1] == ("call.offered", "a", f"{BERGEN}/2")
    assert told(d.sign(f"{BERGEN}/1", "free", 4))[-1] == ("call.offered", "c", f"{BERGEN}/1")
    assert d.sign(f"{BERGEN}/1", "free", 5) == []


def test_away_during_a_call_counts_from_its_end() -> None:
    d = three()
    d.place("a", "113", BERGEN, 0)
    d.answer("a", f"{BERGEN}/1", 0)
    d.sign(f"{BERGEN}/1", "away", 1)
    assert d.seat_state(f"{BERGEN}/1") == "busy"
    d.hang_up("a", "operator", 2)
    assert d.seat_state(f"{BERGEN}/1") == "away"


def test_an_operator_may_pick_up_another_waiting_call() -> None:
    d = three()
    for call in "abc":
        d.place(call, "113", BERGEN, 0)
    assert told(d.answer("c", f"{BERGEN}/1", 1)) == [
        ("call.answered", "c", f"{BERGEN}/1"),
        ("call.queued", "a", BERGEN),
    ]
    assert d.answer("c", f"{BERGEN}/1", 2) == []  # the same seat again
    assert told(d.answer("b", f"{BERGEN}/2", 3)) == [("call.answered", "b", f"{BERGEN}/2")]


def test_a_seat_may_take_the_call_that_rings_at_its_neighbour() -> None:
    d = three()
    d.place("a", "113", BERGEN, 0)
    d.answer("a", f"{BERGEN}/2", 1)
    assert d.seat_state(f"{BERGEN}/1") == "free"
    assert told(d.place("b", "113", BERGEN, 2))[-1] == ("call.offered", "b", f"{BERGEN}/1")


def test_a_transfer_goes_to_the_end_of_the_other_queue() -> None:
    d = three()
    d.place("s", "113", STORD, 0)
    d.place("a", "113", BERGEN, 0)
    d.answer("a", f"{BERGEN}/1", 1)
    assert told(d.transfer("a", STORD, 2)) == [("call.transferred", "a", STORD), ("call.queued", "a", STORD)]
    assert d.seat_state(f"{BERGEN}/1") == "free"
    assert told(d.hang_up("a", "caller", 3)) == [("call.ended", "a", None)]  # it was answered once


def test_a_seat_freed_by_a_transfer_takes_its_own_call_before_it_helps() -> None:
    d = three()
    d.sign(f"{LV}/1", "away", 0)
    d.place("overdue", "116117", LV, 0)
    d.place("first", "113", STORD, 1)
    d.place("own", "113", STORD, 1)
    assert told(d.transfer("first", LV, 20))[-1] == ("call.offered", "own", f"{STORD}/1")


def test_wrong_moves_are_refused_with_the_reason() -> None:
    d = three()
    for call in "abc":
        d.place(call, "113", BERGEN, 0)
    d.answer("a", f"{BERGEN}/1", 0)
    with pytest.raises(Refused, match="busy with call 'a'"):
        d.answer("c", f"{BERGEN}/1", 1)
    with pytest.raises(Refused, match="answered already, by AMK Bergen/1"):
        d.answer("a", f"{BERGEN}/2", 1)
    with pytest.raises(Refused, match="transfer it to LV Voss first"):
        d.answer("c", f"{LV}/1", 1)
    with pytest.raises(Refused, match="placed already"):
        d.place("a", "113", BERGEN, 1)
    with pytest.raises(Refused, match="at AMK Bergen already"):
        d.transfer("a", BERGEN, 1)
    d.sign(f"{LV}/1", "away", 1)
    d.place("v", "116117", LV, 1)
    with pytest.raises(Refused, match="sign it free"):
        d.answer("v", f"{LV}/1", 1)
    d.hang_up("v", "caller", 2)
    assert d.hang_up("v", "caller", 3) == []
    with pytest.raises(Refused, match="is over"):
        d.answer("v", f"{LV}/1", 3)
    with pytest.raises(Refused, match="is over"):
        d.transfer("v", STORD, 3)


def test_an_unknown_name_is_answered_with_the_nearest() -> None:
    d = three()
    d.place("call-17", "113", BERGEN, 0)
    with pytest.raises(Unknown, match=r"no centre 'AMK Bergn'; the nearest is 'AMK Bergen'"):
        d.place("x", "113", "AMK Bergn", 0)
    with pytest.raises(Unknown, match=r"the nearest is 'AMK Bergen/2'"):
        d.answer("call-17", "AMK Berge/2", 0)
    with pytest.raises(Unknown, match=r"the nearest is 'call-17'"):
        d.hang_up("call-71", "caller", 0)


def test_bad_centres_are_named() -> None:
    with pytest.raises(ValueError, match="twice"):
        Distribution([Centre("A", "AMK", "113", 1), Centre("A", "LV", "116117", 1)])
    with pytest.raises(Unknown, match="no centre 'B'"):
        Distribution([Centre("A", "AMK", "113", 1, overflow=("B",))])
    with pytest.raises(ValueError, match="'/'"):
        Centre("A/B", "AMK", "113", 1)
    with pytest.raises(ValueError, match="itself"):
        Centre("A", "AMK", "113", 1, overflow=("A",))
    with pytest.raises(ValueError, match="0 or more"):
        Centre("A", "AMK", "113", -1)


def test_the_memory_of_ended_calls_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fake_iccs.distribution.ENDED_KEPT", 3)
    d = three()
    for n in range(10):
        d.place(f"c{n}", "113", BERGEN, n)
        d.hang_up(f"c{n}", "caller", n)
    assert d.hang_up("c9", "caller", 10) == []
    with pytest.raises(Unknown):
        d.call("c0")


def test_a_closed_centres_new_calls_ring_at_the_other_and_say_where_they_were_made_to() -> None:
    d = four()
    assert d.route(FORDE, BERGEN, 0) == [
        Happening("centre.routed", None, {"centre": FORDE, "to": BERGEN, "before": None})
    ]
    assert d.route(FORDE, BERGEN, 1) == []
    placed, queued, offered = d.place("a", "113", FORDE, 2)
    assert placed.facts["centre"] == FORDE
    assert queued.facts == {"centre": BERGEN, "routed_from": FORDE}
    assert offered.facts == {"seat": f"{BERGEN}/1"}
    assert (d.call("a").centre, d.call("a").routed_from) == (BERGEN, FORDE)
    assert [d.seat_state(f"{FORDE}/{n}") for n in (1, 2)] == ["closed", "closed"]
    assert d.route(FORDE, None, 3)[0].facts == {"centre": FORDE, "to": None, "before": BERGEN}
    assert told(d.place("b", "113", FORDE, 4))[-1] == ("call.offered", "b", f"{FORDE}/1")
    assert d.call("a").centre == BERGEN  # decided when it came


def test_who_has_a_seat_or_an_offer_at_closing_time_keeps_it_and_who_waits_waits_on() -> None:
    d = four()
    d.place("own", "113", STORD, 0)
    d.answer("own", f"{STORD}/1", 0)
    for call in "abcd":
        d.place(call, "113", FORDE, 0)
    d.answer("a", f"{FORDE}/1", 0)
    assert [h.event for h in d.route(FORDE, BERGEN, 1)] == ["centre.routed"]
    assert told(d.hang_up("a", "caller", 2)) == [("call.ended", "a", None)]  # its seat takes nobody
    with pytest.raises(Refused, match="AMK Førde is closed, AMK Bergen takes its calls"):
        d.answer("c", f"{FORDE}/1", 3)
    assert told(d.answer("b", f"{FORDE}/2", 3)) == [("call.answered", "b", f"{FORDE}/2")]  # it rang there
    d.hang_up("b", "caller", 4)
    d.tick(20)
    assert told(d.hang_up("own", "caller", 21))[-1] == (
        "call.offered",
        "c",
        f"{STORD}/1",
    )  # a neighbour helps
    assert d.queue_length(FORDE) == 1
    assert told(d.route(FORDE, None, 3600)) == [
        ("centre.routed", None, FORDE),
        ("call.offered", "d", f"{FORDE}/1"),  # which was idle first
    ]


def test_a_closed_centre_helps_nobody_until_it_opens() -> None:
    d = four()
    d.route(STORD, BERGEN, 0)
    for call in "abc":
        d.place(call, "113", FORDE, 1)
    assert d.tick(21) == []
    assert told(d.route(STORD, None, 30))[-1] == ("call.offered", "c", f"{STORD}/1")


def test_a_seat_that_is_signed_while_its_centre_is_closed_has_its_turn_when_it_opens() -> None:
    d = four()
    d.route(FORDE, BERGEN, 0)
    d.sign(f"{FORDE}/1", "away", 1)
    assert d.seat_state(f"{FORDE}/1") == "away"
    d.sign(f"{FORDE}/1", "free", 2)
    d.route(FORDE, None, 3)
    offers = [told(d.place(call, "113", FORDE, 4))[-1] for call in "ab"]
    assert [seat for _, _, seat in offers] == [f"{FORDE}/2", f"{FORDE}/1"]


def test_a_transfer_to_a_closed_centre_goes_where_its_calls_go() -> None:
    d = four()
    d.route(FORDE, BERGEN, 0)
    d.place("a", "113", STORD, 1)
    assert told(d.transfer("a", FORDE, 2)) == [
        ("call.transferred", "a", FORDE),
        ("call.queued", "a", BERGEN),
        ("call.offered", "a", f"{BERGEN}/1"),
    ]
    with pytest.raises(Refused, match="is at AMK Bergen already, which takes the calls of AMK Førde"):
        d.transfer("a", FORDE, 3)


def test_a_route_that_leads_nowhere_is_refused() -> None:
    d = four()
    d.route(FORDE, BERGEN, 0)
    for centre, to, why in [
        (BERGEN, BERGEN, "its own calls"),
        (STORD, FORDE, "AMK Førde is closed, AMK Bergen takes its calls"),
        (BERGEN, STORD, "AMK Bergen takes the calls of AMK Førde; open AMK Førde"),
        (STORD, LV, "LV Voss answers 116117"),
    ]:
        with pytest.raises(Refused, match=why):
            d.route(centre, to, 1)
        assert d.routed_to(centre) is None
    for centre, to in [("AMK Førd", BERGEN), (STORD, "AMK Førd")]:
        with pytest.raises(Unknown, match="the nearest is 'AMK Førde'"):
            d.route(centre, to, 1)
    assert d.route(FORDE, STORD, 2)[0].facts["before"] == BERGEN  # to another at once


CENTRES = (BERGEN, STORD, FORDE, LV)
SEATS = (f"{BERGEN}/1", f"{BERGEN}/2", f"{STORD}/1", f"{FORDE}/1", f"{FORDE}/2", f"{LV}/1")
CALLS = st.integers(0, 11).map(lambda n: f"c{n}")


class AnyOrder(RuleBasedStateMachine):
    """Moves in any order, the wrong ones too; a shadow is kept from the happenings alone."""

    def __init__(self) -> None:
        super().__init__()
        self.d, self.now = four(), 0.0
        self.placed: set[str] = set()
        self.over: Counter[str] = Counter()
        self.waits: dict[str, list[str]] = {centre: [] for centre in CENTRES}  # un-offered, in order
        self.order: dict[str, int] = {}
        self.at: dict[str, str] = {}  # call -> seat, offered or answered
        self.state: dict[str, str] = {}
        self.away: set[str] = set()
        self.centre: dict[str, str] = {}
        self.rank: dict[str, int] = {}
        self.closed: dict[str, str] = {}  # who takes its calls

    def tell(self, happened: list[Happening]) -> None:
        for event, call, facts in happened:
            if event == "centre.routed":
                self._routed(**facts)
                continue
            if call is None:
                (self.away.add if facts["state"] == "away" else self.away.discard)(facts["seat"])
                continue
            self.state[call] = event
            if event == "call.placed":
                self.placed.add(call)
                self.rank[call] = ("urgent", "normal").index(facts["priority"])
            elif event == "call.queued":
                self._queued(call, facts)
            elif event == "call.offered":
                self._offered(call, facts["seat"])
            elif event == "call.answered":
                assert facts["centre"] not in self.closed or self.at.get(call) == facts["seat"]
                self._out(call)
                self.at[call], self.centre[call] = facts["seat"], facts["centre"]
            else:
                self._out(call)
                if event != "call.transferred":
                    self.over[call] += 1

    def _out(self, call: str) -> None:
        self.at.pop(call, None)
        for waiting in self.waits.values():
            if call in waiting:
                waiting.remove(call)

    def _routed(self, centre: str, to: str | None, before: str | None) -> None:
        assert self.closed.pop(centre, None) == before
        if to is not None:
            self.closed[centre] = to

    def _queued(self, call: str, facts: dict[str, Any]) -> None:
        if "withdrawn_from" not in facts:
            assert facts["centre"] not in self.closed
            assert facts["centre"] == self.closed.get(facts.get("routed_from", ""), facts["centre"])
            self.order[call] = len(self.order) + max(self.order.values(), default=0) + 1
        self._out(call)
        self.centre[call] = facts["centre"]
        self.waits[facts["centre"]].append(call)
        self.waits[facts["centre"]].sort(key=lambda one: (self.rank[one], self.order[one]))

    def _offered(self, call: str, seat: str) -> None:
        centre, rooms = self.centre[call], self.waits[self.centre[call]]
        first = next(one for one in rooms if self.rank[one] == self.rank[call])
        assert first == call, f"{call} overtook {first}"
        assert seat not in self.at.values()
        assert seat not in self.away
        helper = seat.rsplit("/", 1)[0]
        assert helper not in self.closed
        if helper == centre:
            assert rooms[0] == call, "urgent calls first"
        else:
            assert helper in self.d.centre(centre).overflow
            assert not self.waits[helper], "own calls first"
            assert self.d.call(call).waits_since + self.d.centre(centre).overflow_after_s <= self.now
        self._out(call)
        self.at[call] = seat

    def move(self, name: str, *facts: str | None, **how: str) -> None:
        try:
            self.tell(getattr(self.d, name)(*facts, self.now, **how))
        except (Refused, Unknown):
            return

    @rule(call=CALLS, centre=st.sampled_from(CENTRES), priority=st.sampled_from(["urgent", "normal"]))
    def place(self, call: str, centre: str, priority: str) -> None:
        self.move("place", call, "113", centre, priority=priority)

    @rule(call=CALLS, seat=st.sampled_from(SEATS))
    def answer(self, call: str, seat: str) -> None:
        self.move("answer", call, seat)

    @rule(seat=st.sampled_from(SEATS))
    def answer_what_rings(self, seat: str) -> None:
        if (call := self.d.seat(seat).call) is not None:
            self.move("answer", call, seat)

    @rule(seat=st.sampled_from(SEATS))
    def hang_up_at(self, seat: str) -> None:
        if (call := self.d.seat(seat).call) is not None:
            self.move("hang_up", call, "operator")

    @rule(seat=st.sampled_from(SEATS))
    def pick_up(self, seat: str) -> None:
        """Of those that wait at the seat's centre the last."""
        for call in self.waits[seat.rsplit("/", 1)[0]][-1:]:
            self.move("answer", call, seat)

    @rule(call=CALLS)
    def hang_up(self, call: str) -> None:
        self.move("hang_up", call, "caller")

    @rule(call=CALLS, centre=st.sampled_from(CENTRES))
    def transfer(self, call: str, centre: str) -> None:
        self.move("transfer", call, centre)

    @rule(seat=st.sampled_from(SEATS), state=st.sampled_from(["free", "away"]))
    def sign(self, seat: str, state: str) -> None:
        self.move("sign", seat, state)

    @rule(centre=st.sampled_from(CENTRES[:3]), to=st.sampled_from([*CENTRES, None]))
    def route(self, centre: str, to: str | None) -> None:
        self.move("route", centre, to)

    @rule(wait=st.sampled_from([0.5, 5.0, 10.0, 30.0]))
    def time_goes(self, wait: float) -> None:
        """Time goes on as a driver lets it: no deadline is passed without a tick."""
        until = self.now + wait
        while (due := self.d.next_due()) is not None and due <= until:
            self.now = max(self.now, due)
            self.move("tick")
        self.now = until
        self.move("tick")

    @invariant()
    def a_seat_has_one_call_and_a_call_one_seat(self) -> None:
        assert len(set(self.at.values())) == len(self.at)
        for call, seat in self.at.items():
            assert self.d.seat(seat).call == call
            assert self.d.call(call).seat == seat

    @invariant()
    def no_call_is_lost_or_ends_twice(self) -> None:
        waiting = [call for calls in self.waits.values() for call in calls]
        assert sorted([*waiting, *self.at, *self.over]) == sorted(self.placed)
        assert set(self.over.values()) <= {1}
        for call in self.placed:
            standing = self.d.call(call)
            assert self.state[call] == f"call.{standing.state}"
            assert (call in self.over) == (standing.state in OVER)
            assert (call in waiting) == (standing.state == "queued")

    @invariant()
    def no_seat_idles_while_a_call_waits_for_it(self) -> None:
        for seat in SEATS:
            if self.d.seat_state(seat) != "free":
                continue
            centre = seat.rsplit("/", 1)[0]
            assert not self.waits[centre]
            for other in CENTRES:
                for call in self.waits[other]:
                    helps = centre in self.d.centre(other).overflow
                    assert not (helps and self.d.call(call).overflow_due <= self.now)

    @invariant()
    def every_route_ends_at_an_open_centre(self) -> None:
        assert not set(self.closed) & set(self.closed.values())
        assert self.closed == {c: to for c in CENTRES if (to := self.d.routed_to(c)) is not None}

    @invariant()
    def the_next_deadline_is_that_of_a_waiting_call(self) -> None:
        dues = [self.d.call(call).overflow_due for calls in self.waits.values() for call in calls]
        assert self.d.next_due() == min((due for due in dues if self.now < due < float("inf")), default=None)


class AfterClosing(AnyOrder):
    """The same, from a busy evening on: a room closes in which some are helped and some wait."""

    @initialize()
    def closes(self) -> None:
        for n in range(6):
            self.place(f"c{n}", FORDE, "normal")
        self.route(FORDE, BERGEN)


TestAnyOrder, TestAfterClosing = AnyOrder.TestCase, AfterClosing.TestCase
TestAnyOrder.settings = settings(max_examples=150, stateful_step_count=40, deadline=None)
TestAfterClosing.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
