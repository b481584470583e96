"""The rule of fates: the study's numbers, the same message the same fate."""

from dataclasses import replace
from functools import cache
from statistics import quantiles

import pytest
from carriers_lab import ICE, NUMBER, TELENOR, TELIA, quick
from hypothesis import given, settings
from hypothesis import strategies as st

from fake_carriers.fate import Carrier, Fate, fate
from fake_carriers.state import State

N = 12_000


@cache
def fates(carrier: Carrier, n: int) -> list[Fate]:
    return [fate(1, carrier, NUMBER, ordinal, ordinal) for ordinal in range(n)]


@pytest.mark.parametrize(
    ("carrier", "factor", "n", "width"),
    [(TELENOR, 1.0, N, 1.0), (TELIA, 1.1, 5000, 2.0), (ICE, 1.4, 5000, 2.0)],
)
def test_delays_have_the_quantiles_of_the_study(
    carrier: Carrier, factor: float, n: int, width: float
) -> None:
    """carriers.md 7.2: median 4.05, p95 12.0, p99 28.1 s; the intervals are above 4 standard errors wide."""
    delays = [drawn.delay_s for drawn in fates(carrier, n) if drawn.delay_s is not None]
    percent = quantiles(delays, n=100)
    assert percent[49] / factor == pytest.approx(4.05, abs=0.12 * width)
    assert percent[94] / factor == pytest.approx(12.0, abs=0.6 * width)
    assert percent[98] / factor == pytest.approx(28.5, abs=4.0 * width)
    assert 0 < min(delays) <= max(delays) <= carrier.delay_s_max


def test_losses_and_duplicates_have_their_shares() -> None:
    drawn = fates(TELENOR, N)
    lost = sum(one.delay_s is None for one in drawn)
    assert 0.007 * N < lost < 0.013 * N
    assert {one.end for one in drawn} == {State.DELIVRD, State.LOST}
    assert 5 <= sum(one.duplicate_after_s == TELENOR.duplicate_after_s for one in drawn) <= 40
    assert all(one.duplicate_after_s is None for one in drawn if one.delay_s is None)


def test_receipts_follow_one_to_four_seconds_later() -> None:
    receipts = [one.receipt_s for one in fates(TELENOR, 2000)]
    assert 1 <= min(receipts) < 1.1
    assert 3.9 < max(receipts) <= 4
    assert 2.4 < sum(receipts) / len(receipts) < 2.6


def test_the_same_message_has_the_same_fate_and_others_have_others() -> None:
    one = fate(1, TELENOR, NUMBER, 0, 0)
    assert fate(1, TELENOR, NUMBER, 0, 99) == one
    others = [
        fate(2, TELENOR, NUMBER, 0, 0),
        fate(1, TELENOR, NUMBER, 1, 0),
        fate(1, TELENOR, "+4710000002", 0, 0),
        fate(1, replace(TELENOR, name="other"), NUMBER, 0, 0),
    ]
    assert len({one, *others}) == 5


def test_a_parameter_moves_only_what_it_is_about() -> None:
    """Common random numbers: a lossier carrier loses more messages and delays the rest exactly as before."""
    calm, lossy = fates(TELENOR, 500), fates(replace(TELENOR, loss=0.3), 500)
    kept = [(a, b) for a, b in zip(calm, lossy, strict=True) if b.delay_s is not None]
    assert 300 < len(kept) < 400
    assert all(a == b for a, b in kept)


ENDS = {
    "loss": State.LOST,
    "undeliverable": State.UNDELIV,
    "expired": State.EXPIRED,
    "rejected": State.REJECTD,
    "accepted_only": State.ACCEPTD,
    "unknown": State.UNKNOWN,
}


@pytest.mark.parametrize(("share", "end"), ENDS.items())
def test_every_end_can_be_forced(share: str, end: State) -> None:
    drawn = fate(1, quick(TELENOR, **{share: 1.0}), NUMBER, 0, 0)
    assert drawn == Fate(0.0 if end.arrives else None, None, 0.0, end)


def test_ends_have_their_shares_and_only_what_arrives_arrives_twice() -> None:
    carrier = quick(TELENOR, **dict.fromkeys(ENDS, 0.1), duplicates=1.0)
    drawn = fates(carrier, 6000)
    for end in ENDS.values():
        assert 500 < sum(one.end is end for one in drawn) < 700, end
    for one in drawn:
        assert (one.delay_s is not None) == one.end.arrives == (one.duplicate_after_s is not None)


def test_a_failure_is_told_when_the_carrier_gives_up_and_a_loss_never() -> None:
    given_up = fate(1, replace(TELENOR, loss=0.0, undeliverable=1.0), NUMBER, 0, 0)
    arrived = fate(1, replace(TELENOR, loss=0.0), NUMBER, 0, 0)
    assert arrived.delay_s is not None
    assert given_up.receipt_s == arrived.delay_s + arrived.receipt_s


def test_held_back_ones_come_so_much_later_and_nothing_else_moves() -> None:
    calm, held = fates(TELENOR, 500), fates(replace(TELENOR, held_back=0.2, held_back_s=7.0), 500)
    waits = [b.delay_s - a.delay_s for a, b in zip(calm, held, strict=True) if a.delay_s and b.delay_s]
    assert {round(wait, 6) for wait in waits} == {0.0, 7.0}
    assert 60 < sum(wait > 1 for wait in waits) < 140
    assert [a.receipt_s for a in calm] == [b.receipt_s for b in held]


def test_a_magic_number_has_its_fate_whatever_the_carrier_is() -> None:
    bad = replace(TELENOR, loss=1.0, lost_first=10)
    assert fate(1, bad, "+4710990001", 0, 0) == Fate(0.0, None, 0.0)
    assert fate(1, bad, "+4710990003", 0, 0) == Fate(None, None, 1.0, State.UNDELIV)
    assert fate(1, bad, "+4710990006", 5, 9) == Fate(0.0, None, 0.0, State.ACCEPTD)
    assert fate(1, bad, "+4710990008", 5, 9) == Fate(0.0, 1.0, 0.0)
    assert fate(1, bad, "+4710990009", 5, 9) == Fate(60.0, None, 0.0)


def test_the_first_are_lost() -> None:
    carrier = replace(TELENOR, loss=0.0, lost_first=2)
    assert [fate(1, carrier, NUMBER, 0, n).delay_s is None for n in range(4)] == [True, True, False, False]


@settings(deadline=None)
@given(
    st.integers(),
    st.floats(1e-9, 1e9),
    st.floats(0, 1e9),
    st.floats(1e-9, 1e9),
    st.floats(0, 1e6),
    st.floats(0, 1),
)
def test_no_carrier_breaks_the_rule(
    seed: int, median: float, sigma: float, alpha: float, cap: float, tail: float
) -> None:
    carrier = replace(
        TELENOR,
        delay_s_median=median,
        delay_s_sigma=sigma,
        tail_alpha=alpha,
        delay_s_max=cap,
        tail_share=tail,
    )
    delay_s = fate(seed, carrier, NUMBER, 0, 0).delay_s
    assert delay_s is None or 0 <= delay_s <= cap


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("loss", 1.1),
        ("loss", float("nan")),
        ("duplicates", -0.1),
        ("tail_share", 2),
        ("delay_s_median", 0),
        ("delay_s_max", float("inf")),
        ("receipt_s_max", 0.5),
        ("lost_first", -1),
        ("share", -1),
        ("prefixes", ()),
        ("prefixes", ("4710",)),
        ("name", ""),
        ("name", "æ"),
        ("system_id", "x" * 16),
        ("undeliverable", 1.1),
        ("held_back", float("nan")),
        ("held_back_s", -1),
        ("rate_per_s", float("inf")),
        ("session_rate_per_s", -1),
        ("window", -1),
        ("queue_max", float("nan")),
        ("duplicate_after_s", -1),
        ("retry_s", (30.0, -1.0)),
        ("retry_s", (float("nan"),)),
        ("ported", ("+47",)),
        ("message_ids", "Hex"),
        ("password", "too long for 3.4"),
    ],
)
def test_an_impossible_carrier_is_refused_by_field(field: str, value: object) -> None:
    with pytest.raises(ValueError, match=field):
        replace(TELENOR, **{field: value})  # type: ignore[arg-type]


def test_a_password_is_not_shown() -> None:
    assert "hush" not in repr(replace(TELENOR, password="hush"))
