"""A phone by itself: what reaches it, what waits, what its screen keeps."""

from typing import Any

import pytest
from carriers_lab import NUMBER

from fake_carriers.handsets import SHOWN_MAX, Arrival, Handset


class Hall:
    """Where phones are tried: what they had and what their screens told."""

    def __init__(self, simulated: bool) -> None:
        self.received: list[tuple[str, float]] = []
        self.shown: list[tuple[str, dict[str, Any], str | None]] = []
        self.handset = Handset(NUMBER, simulated, lambda *told: self.shown.append(told))

    def arrival(self, arrival_id: str, octets: bytes | None = None) -> Arrival:
        def received(now: float) -> None:
            self.received.append((arrival_id, now))

        return Arrival(arrival_id, "113", f"text {arrival_id}", octets, received)

    def arrive(self, arrival_id: str, now: float = 0.0) -> bool:
        return self.handset.arrive(self.arrival(arrival_id), now)


def test_a_simulated_phone_takes_what_comes_and_shows_it() -> None:
    hall = Hall(simulated=True)
    assert hall.arrive("a", 5.0)
    shown = {"message_id": "a", "from": "113", "text": "text a", "at": 5.0}
    assert (list(hall.handset.screen), hall.received) == ([shown], [("a", 5.0)])
    assert hall.shown == [(NUMBER, shown, None)]
    assert hall.handset.waiting == 0


def test_what_is_no_text_is_shown_as_octets_too() -> None:
    hall = Hall(simulated=True)
    hall.handset.arrive(hall.arrival("a", b"\x00\xff"), 0.0)
    assert hall.handset.screen[0]["binary"] == "00ff"


def test_a_full_screen_lets_the_oldest_go() -> None:
    hall = Hall(simulated=True)
    for n in range(SHOWN_MAX + 2):
        hall.arrive(str(n))
    assert [shown["message_id"] for shown in hall.handset.screen] == [str(n) for n in range(2, SHOWN_MAX + 2)]
    assert [left for _, _, left in hall.shown][-3:] == [None, "0", "1"]


@pytest.mark.parametrize(
    ("power", "coverage", "reached"),
    [(True, True, True), (False, True, False), (True, False, False), (False, False, False)],
)
def test_only_a_phone_that_is_on_and_in_coverage_is_reached(
    power: bool, coverage: bool, reached: bool
) -> None:
    hall = Hall(simulated=True)
    hall.handset.switch(0.0, power, coverage)
    assert hall.handset.reachable == reached == hall.arrive("a")
    assert hall.handset.waiting == (not reached)


def test_switching_on_brings_what_waits_in_its_order_and_coverage_alone_does_not() -> None:
    hall = Hall(simulated=True)
    hall.handset.switch(0.0, power=False)
    for name in "abc":
        hall.arrive(name)
    hall.handset.switch(1.0, coverage=False)
    hall.handset.switch(2.0, coverage=True)
    assert hall.received == []
    hall.handset.switch(3.0, power=True)
    assert hall.received == [("a", 3.0), ("b", 3.0), ("c", 3.0)]


def test_without_a_phone_an_attached_number_is_off_even_when_it_is_switched_on() -> None:
    hall = Hall(simulated=False)
    assert not hall.handset.power
    hall.handset.switch(0.0, power=True)
    assert not hall.arrive("a")


def test_a_connected_phone_says_when_it_has_a_message() -> None:
    hall, got = Hall(simulated=False), []  # type: ignore[var-annotated]
    hall.arrive("a")
    hall.handset.connect(got.append, 1.0)
    assert ([arrival.arrival_id for arrival in got], hall.received) == (["a"], [])
    hall.handset.got("a", 2.0)
    hall.handset.got("a", 3.0)  # once more is nothing more
    assert hall.received == [("a", 2.0)]
    assert [shown["message_id"] for shown in hall.handset.screen] == ["a"]


def test_a_connected_phone_can_be_switched_off_and_out_of_coverage() -> None:
    hall, got = Hall(simulated=False), []  # type: ignore[var-annotated]
    hall.handset.connect(got.append, 0.0)
    hall.handset.switch(1.0, power=False)
    hall.arrive("a")
    assert got == []
    hall.handset.switch(2.0, power=True)
    assert [arrival.arrival_id for arrival in got] == ["a"]


def test_what_was_taken_back_is_not_offered_again() -> None:
    hall, got = Hall(simulated=False), []  # type: ignore[var-annotated]
    hall.arrive("a")
    hall.arrive("b")
    hall.handset.forget("a")
    hall.handset.forget("no such")
    hall.handset.connect(got.append, 0.0)
    assert [arrival.arrival_id for arrival in got] == ["b"]
    hall.handset.got("a", 1.0)
    assert hall.received == []


def test_a_phone_that_has_been_replaced_is_told_once() -> None:
    hall, old, new = Hall(simulated=False), [], []  # type: ignore[var-annotated]
    first = old.append
    hall.handset.connect(first, 0.0)
    hall.handset.connect(new.append, 1.0)
    hall.handset.disconnect(first)
    assert (old, hall.handset.attached) == ([None], True)
    hall.arrive("a")
    assert [arrival.arrival_id for arrival in new] == ["a"]
