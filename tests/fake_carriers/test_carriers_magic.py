"""Magic numbers: each one does what it says, by way of a session and of a phone."""

import pytest
from carriers_lab import Bench, End, ended, short
from hypothesis import given
from hypothesis import strategies as st

from fake_carriers.magic import MAGIC, magic_number, magic_of
from fake_carriers.smpp import Command, Status
from fake_carriers.state import State


def number(n: int) -> str:
    return f"+47109900{n:02}"


@pytest.mark.parametrize("n", MAGIC)
def test_a_carrier_s_prefix_9900_and_two_digits(n: int) -> None:
    assert magic_of(number(n)) is MAGIC[n]
    assert magic_of(f"+47129900{n:02}") is MAGIC[n]


@pytest.mark.parametrize(
    "text", ["+4710990000", "+4710990099", "+47109900015", "+4610990001", "+4710000001", ""]
)
def test_all_others_are_not(text: str) -> None:
    assert magic_of(text) is None


@pytest.mark.parametrize("prefix", ["+4710", "+474", "+47123", "+47"])
def test_every_range_has_its_magic_numbers(prefix: str) -> None:
    for n, magic in MAGIC.items():
        assert magic_of(magic_number(prefix, n)) is magic


@given(st.text(max_size=15))
def test_no_text_crashes_it(text: str) -> None:
    magic_of(text)


@pytest.mark.parametrize(
    ("n", "after_s", "state", "shown", "shown_later"),
    [
        (1, 0, "DELIVRD", 1, 1),
        (3, 1, "UNDELIV", 0, 0),
        (4, 1, "EXPIRED", 0, 0),
        (5, 1, "REJECTD", 0, 0),
        (6, 0, "ACCEPTD", 1, 1),
        (7, 0, "UNKNOWN", 1, 1),
        (8, 0, "DELIVRD", 1, 2),
        (9, 60, "DELIVRD", 1, 1),
    ],
)
def test_a_magic_end_is_told_in_time(
    n: int, after_s: float, state: str, shown: int, shown_later: int
) -> None:
    bench = Bench(simulated=True)
    end = End(bench)
    message_id = end.submitted(destination_addr=number(n)[1:])
    if after_s:
        bench.advance(after_s - 0.5)
        assert (ended(bench, message_id), end.states()) == (State.ENROUTE, [])
        bench.advance(0.5)
    else:
        bench.advance(0)
    assert (ended(bench, message_id).name, end.states()) == (state, [state])
    assert bench.screen(number(n)) == ["hei"] * shown
    bench.advance(1.0)
    assert bench.screen(number(n)) == ["hei"] * shown_later


def test_a_magic_loss_is_silent() -> None:
    bench = Bench(simulated=True)
    end = End(bench)
    message_id = end.submitted(destination_addr=number(2)[1:])
    bench.advance(1000)
    assert (ended(bench, message_id), end.heard, bench.screen(number(2))) == (State.LOST, [], [])


@pytest.mark.parametrize("n", [10, 11, 12, 13])
def test_a_magic_answer_is_given_and_nothing_taken(n: int) -> None:
    bench = Bench(simulated=True)
    end = End(bench)
    assert end.submit(destination_addr=number(n)[1:]).status == Status[MAGIC[n].answer]
    assert not list(bench.network.parts)


def test_a_magic_silence_and_a_magic_late_answer() -> None:
    bench = Bench(simulated=True)
    end = End(bench)
    silent = end.put(Command.SUBMIT_SM, short(destination_addr=number(14)[1:]))
    late = end.put(Command.SUBMIT_SM, short(destination_addr=number(15)[1:]))
    bench.advance(19.9)
    assert bench.screen(number(15)) == ["hei"]
    assert end.answer(late) is None
    bench.advance(0.1)
    answered = end.answer(late)
    assert answered is not None
    assert answered.status == Status.ROK
    bench.advance(1000)
    assert end.answer(silent) is None
    assert bench.screen(number(14)) == []
