"""The rules of moods: what each may say, what it makes of a carrier, when it comes by the hour."""

from dataclasses import replace
from typing import Any

import pytest
from carriers_lab import TELENOR, TELIA

from fake_carriers.fate import fate
from fake_carriers.moods import MALFORMED, Behaviour, Mood, Trouble, behaviour

MONDAY, DAY, HOUR = 0.0, 86400.0, 3600.0


@pytest.mark.parametrize(
    "fields",
    [
        {"kind": "outage", "how": "refuse"},
        {"kind": "outage", "how": "drop"},
        {"kind": "outage", "how": "silent"},
        {"kind": "outage", "how": "silent", "swallowed": "later"},
        {"kind": "slow", "response_s": 0.1},
        {"kind": "throttled", "rate_per_s": 0.5},
        {"kind": "queue_full"},
        {"kind": "loss", "share": 1.0},
        {"kind": "duplicates", "share": 0.5},
        *({"kind": "malformed", "how": how, "share": 0.5} for how in MALFORMED),
    ],
)
def test_every_mood_of_the_contract_is_one(fields: dict[str, Any]) -> None:
    mood = Mood(**fields)
    assert {name: getattr(mood, name) for name in fields} == fields


def test_what_is_left_out_has_a_meaning() -> None:
    assert Mood("outage", how="silent").swallowed == "lost"
    assert Mood("duplicates", share=1.0).after_s == 1.0


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"kind": "sulking"}, "kind is 'sulking': it must be one of outage, slow"),
        ({"kind": "outage"}, "how is '': outage needs one of refuse, drop, silent"),
        ({"kind": "outage", "how": "length"}, "how is 'length'"),
        ({"kind": "slow", "response_s": 1.0, "how": "drop"}, "how does not go with slow: leave it out"),
        ({"kind": "outage", "how": "drop", "swallowed": "lost"}, "swallowed goes with a silent outage only"),
        ({"kind": "outage", "how": "silent", "swallowed": "kept"}, "swallowed is 'kept'"),
        ({"kind": "slow"}, "response_s is 0.0: slow needs it above 0"),
        ({"kind": "slow", "response_s": -1.0}, "response_s"),
        ({"kind": "slow", "response_s": float("nan")}, "response_s"),
        ({"kind": "slow", "response_s": float("inf")}, "response_s"),
        ({"kind": "throttled", "rate_per_s": 0.0}, "rate_per_s"),
        ({"kind": "throttled", "rate_per_s": float("inf")}, "rate_per_s"),
        ({"kind": "loss", "share": 1.1}, "share is 1.1: loss needs it above 0 and at most 1"),
        ({"kind": "queue_full", "share": 0.1}, "share does not go with queue_full"),
        ({"kind": "loss", "share": 0.1, "after_s": 1.0}, "after_s does not go with loss"),
        ({"kind": "duplicates", "share": 0.1, "after_s": -1.0}, "after_s"),
        ({"kind": "malformed", "how": "silent", "share": 0.1}, "how is 'silent'"),
        ({"kind": "malformed", "how": "cut"}, "share"),
    ],
)
def test_a_mood_that_is_none_is_refused_by_field(fields: dict[str, Any], told: str) -> None:
    with pytest.raises(ValueError, match=told):
        Mood(**fields)


def test_what_moods_make_of_a_carrier() -> None:
    assert behaviour(TELENOR, ()) == Behaviour(TELENOR)
    silent = behaviour(TELENOR, [Mood("outage", how="silent", swallowed="later")])
    assert (silent.outage, silent.swallowed, silent.carrier) == ("silent", "later", TELENOR)
    assert behaviour(TELENOR, [Mood("slow", response_s=2.0)]).response_s == 2.0
    assert behaviour(TELENOR, [Mood("queue_full")]).queue_full
    assert behaviour(TELENOR, [Mood("throttled", rate_per_s=3.0)]).carrier.rate_per_s == 3.0
    storm = behaviour(TELENOR, [Mood("duplicates", share=0.5, after_s=4.0)]).carrier
    assert (storm.duplicates, storm.duplicate_after_s) == (0.5, 4.0)
    broken = behaviour(TELENOR, [Mood("malformed", how="cut", share=0.25)])
    assert (broken.malformed, broken.malformed_share) == ("cut", 0.25)


def test_moods_add_up_and_of_two_of_a_kind_the_later_holds() -> None:
    now = behaviour(TELENOR, [Mood("slow", response_s=1.0), Mood("queue_full"), Mood("slow", response_s=5.0)])
    assert (now.response_s, now.queue_full) == (5.0, True)
    ended = behaviour(TELENOR, [Mood("outage", how="silent"), Mood("outage", how="refuse")])
    assert ended.outage == "refuse"


def test_a_loss_leaves_the_other_ends_their_shares() -> None:
    carrier = replace(TELENOR, undeliverable=0.3)
    lossy = behaviour(carrier, [Mood("loss", share=1.0)]).carrier
    assert (lossy.loss, lossy.undeliverable) == (0.7, 0.3)


def test_a_mood_of_loss_moves_no_other_draw() -> None:
    lossy = behaviour(TELENOR, [Mood("loss", share=0.5)]).carrier
    pairs = [(fate(1, TELENOR, "+4710000001", n, n), fate(1, lossy, "+4710000001", n, n)) for n in range(100)]
    kept = [(a, b) for a, b in pairs if b.delay_s is not None]
    assert 30 < len(kept) < 70
    assert all(a == b for a, b in kept)


def on(days: str, begins: str, ends: str, week_s: float) -> bool:
    return Trouble(days, begins, ends, Mood("queue_full")).now(week_s % (7 * DAY))


def test_a_trouble_is_on_from_its_beginning_to_before_its_end() -> None:
    assert not on("mon", "07:30", "08:00", MONDAY + 7.5 * HOUR - 1)
    assert on("mon", "07:30", "08:00", MONDAY + 7.5 * HOUR)
    assert on("mon", "07:30", "08:00", MONDAY + 8 * HOUR - 1)
    assert not on("mon", "07:30", "08:00", MONDAY + 8 * HOUR)
    assert not on("mon", "07:30", "08:00", DAY + 7.5 * HOUR)


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        ("mon-fri", [True] * 5 + [False] * 2),
        ("sat-sun", [False] * 5 + [True] * 2),
        ("wed", [False, False, True, False, False, False, False]),
        ("sat-mon", [True, False, False, False, False, True, True]),
    ],
)
def test_a_trouble_has_its_days(days: str, expected: list[bool]) -> None:
    assert [on(days, "11:00", "13:00", day * DAY + 12 * HOUR) for day in range(7)] == expected


def test_a_trouble_may_last_past_midnight_and_past_the_week() -> None:
    assert on("sun", "23:00", "01:00", 7 * DAY - 1)
    assert on("sun", "23:00", "01:00", MONDAY + HOUR - 1)
    assert not on("sun", "23:00", "01:00", MONDAY + HOUR)
    assert on("mon", "00:00", "24:00", DAY - 1)
    assert not on("mon", "00:00", "24:00", DAY)
    assert on("mon", "06:00", "06:00", DAY + 6 * HOUR - 1)  # a whole day


def test_a_trouble_belongs_to_its_carrier_s_file() -> None:
    trouble = Trouble("mon", "07:30", "08:00", Mood("queue_full"))
    assert replace(TELIA, troubles=(trouble,)).troubles == (trouble,)
    assert TELIA.troubles == ()
