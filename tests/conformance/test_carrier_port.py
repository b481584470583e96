"""The carriers: the same submits, the same moods, against the model and against fake_carriers."""

from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from carrier_driver import DOOR, SEED, Case, Sent, modelled, real_carriers

from fake_carriers.fate import Carrier as Rule
from fake_carriers.fate import fate

LATE_S = 0.5  # a noisy machine
Tell = Callable[[Case], list[Sent]]


@pytest.fixture(scope="module", params=["modelled", "real"])
def carriers(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tell]:
    if request.param == "modelled":
        yield modelled
    else:
        with real_carriers(Path(tmp_path_factory.mktemp("carriers"))) as real:
            yield real


def numbers(block: int, count: int) -> list[str]:
    """Of Telenor; a block for each test, so that no message of another one comes in between."""
    return [f"+4710{block:03}{n:03}" for n in range(count)]


def about(expected: float) -> object:
    """Not earlier, and at most as late as a noisy machine is."""
    return pytest.approx(expected + LATE_S / 2, abs=LATE_S / 2 + 0.02)


def test_the_same_messages_meet_the_same_fates(carriers: Tell) -> None:
    changes = {"loss": 0.25, "duplicates": 0.3, "duplicate_after_s": 0.3, "undeliverable": 0.1}
    case = Case([(0.0, number) for number in numbers(1, 12) * 2], 1.6, changes)
    rule = next(Rule(**c.model_dump(exclude={"sources"})) for c in case.resolved().carriers if c.name == DOOR)
    told, ordinal = carriers(case), Counter[str]()
    ends = Counter[str]()
    for n, sent in enumerate(told):
        drawn = fate(SEED, rule, sent.number, ordinal[sent.number], n)
        ordinal[sent.number] += 1
        ends[drawn.end.name] += 1
        assert sent.status == "ROK"
        due_s = [] if drawn.delay_s is None else [drawn.delay_s]
        due_s += [due_s[0] + 0.3] if drawn.duplicate_after_s is not None else []
        assert sent.arrived_s == [about(s) for s in due_s], (n, drawn)
        assert sent.state == (drawn.end.name if drawn.end.name == "UNDELIV" else None)
    assert {"LOST", "UNDELIV", "DELIVRD"} == set(ends)  # this seed has them all
    assert any(len(sent.arrived_s) == 2 for sent in told)


def test_a_throttled_carrier_lets_a_seconds_worth_through_at_once(carriers: Tell) -> None:
    told = carriers(
        Case([(0.0, n) for n in numbers(2, 30)], 0.8, moods=[{"kind": "throttled", "rate_per_s": 10}])
    )
    statuses = [sent.status for sent in told]
    assert statuses[:10] == ["ROK"] * 10
    assert 10 <= statuses.count("ROK") <= 12  # a slow machine's clock goes on meanwhile
    assert set(statuses[12:]) == {"RTHROTTLED"}
    assert [len(sent.arrived_s) for sent in told] == [int(status == "ROK") for status in statuses]


def test_what_a_silent_carrier_forgets_is_never_heard_of(carriers: Tell) -> None:
    silent = {"kind": "outage", "how": "silent", "for_s": 0.6}
    first, second = numbers(3, 2)
    told = carriers(Case([(0.1, first), (0.9, second)], 2.2, moods=[silent]))
    assert (told[0].status, told[0].arrived_s) == (None, [])
    assert (told[1].status, len(told[1].arrived_s)) == ("ROK", 1)


def test_what_a_silent_carrier_does_later_is_answered_and_delivered_then(carriers: Tell) -> None:
    silent = {"kind": "outage", "how": "silent", "swallowed": "later", "for_s": 0.8}
    [sent] = carriers(Case([(0.1, number) for number in numbers(4, 1)], 2.4, moods=[silent]))
    assert sent.status == "ROK"
    assert sent.answered_s == pytest.approx(0.7, abs=0.2 + LATE_S)
    assert len(sent.arrived_s) == 1
    assert sent.arrived_s[0] > 0.5


def test_a_slow_response_does_not_hold_up_the_message(carriers: Tell) -> None:
    told = carriers(Case([(0.0, n) for n in numbers(5, 3)], 1.8, moods=[{"kind": "slow", "response_s": 1.0}]))
    for sent in told:
        assert (sent.status, sent.answered_s, len(sent.arrived_s)) == ("ROK", about(1.0), 1)
        assert sent.arrived_s[0] < 1.0 + LATE_S


def test_a_full_queue_turns_every_message_away(carriers: Tell) -> None:
    told = carriers(Case([(0.0, n) for n in numbers(6, 3)], 0.5, moods=[{"kind": "queue_full"}]))
    assert [(sent.status, sent.arrived_s) for sent in told] == [("RMSGQFUL", [])] * 3


def test_a_queue_has_room_again_when_messages_have_left_it(carriers: Tell) -> None:
    submits = [(0.0, n) for n in numbers(7, 4)] + [(1.2, n) for n in numbers(8, 2)]
    told = carriers(Case(submits, 2.2, {"queue_max": 2}))
    assert [sent.status for sent in told] == ["ROK", "ROK", "RMSGQFUL", "RMSGQFUL", "ROK", "ROK"]


def test_so_many_may_wait_for_their_answers_and_no_more(carriers: Tell) -> None:
    told = carriers(
        Case([(0.0, n) for n in numbers(9, 4)], 1.4, {"window": 2}, [{"kind": "slow", "response_s": 0.5}])
    )
    assert [sent.status for sent in told] == ["ROK", "ROK", "RTHROTTLED", "RTHROTTLED"]


@pytest.mark.parametrize(("how", "status"), [("refuse", "RSYSERR"), ("drop", "")])
def test_an_outage_takes_nothing(carriers: Tell, how: str, status: str) -> None:
    [sent] = carriers(
        Case([(0.3, n) for n in numbers(10, 1)], 0.8, moods=[{"kind": "outage", "how": how, "at_s": 0.2}])
    )
    assert (sent.status, sent.arrived_s) == (status, [])


def test_moods_of_loss_and_of_duplicates(carriers: Tell) -> None:
    lost = carriers(Case([(0.0, n) for n in numbers(11, 4)], 1.0, moods=[{"kind": "loss", "share": 1}]))
    assert [(sent.status, sent.arrived_s, sent.state) for sent in lost] == [("ROK", [], None)] * 4
    twice = {"kind": "duplicates", "share": 1, "after_s": 0.2}
    told = carriers(Case([(0.0, n) for n in numbers(12, 4)], 1.5, moods=[twice]))
    assert [len(sent.arrived_s) for sent in told] == [2] * 4


def test_magic_numbers_force_an_outcome(carriers: Tell) -> None:
    wanted = {3: "ROK", 4: "ROK", 8: "ROK", 10: "RTHROTTLED", 11: "RMSGQFUL", 12: "RSYSERR", 14: None}
    told = carriers(Case([(0.0, f"+47109900{magic:02}") for magic in wanted], 2.2))
    assert [sent.status for sent in told] == list(wanted.values())
    assert [sent.state for sent in told] == ["UNDELIV", "EXPIRED", None, None, None, None, None]
    assert [len(sent.arrived_s) for sent in told] == [0, 0, 2, 0, 0, 0, 0]
