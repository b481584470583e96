"""The rule of fates: the study's numbers, the same message the same fate."""

from dataclasses import replace
from functools import cache
from statistics import quantiles

import pytest
from carriers_lab import ICE, NUMBER, TELENOR, TELIA
from hypothesis import given, settings
from hypothesis import strategies as st

from fake_carriers.fate import DUPLICATE_AFTER_S, Carrier, Fate, carrier_of, fate

N = 20_000


@cache
def fates(carrier: Carrier, seed: int = 1, n: int = N) -> list[Fate]:
    return [fate(seed, carrier, NUMBER, ordinal, ordinal) for ordinal in range(n)]


@pytest.mark.parametrize(("carrier", "factor"), [(TELENOR, 1.0), (TELIA, 1.1), (ICE, 1.4)])
def test_delays_have_the_quantiles_of_the_study(carrier: Carrier, factor: float) -> None:
    """carriers.md 7.2: median 4.05, p95 12.0, p99 28.1 s; the intervals are above 4 standard errors wide."""
    delays = [drawn.delay_s for drawn in fates(carrier) if drawn.delay_s is not None]
    percent = quantiles(delays, n=100)
    assert 3.93 < percent[49] / factor < 4.17
    assert 11.4 < percent[94] / factor < 12.6
    assert 24.5 < percent[98] / factor < 32.5
    assert 0 < min(delays) <= max(delays) <= carrier.delay_s_max


def test_losses_and_duplicates_have_their_shares() -> None:
    drawn = fates(TELENOR)
    lost = sum(one.delay_s is None for one in drawn)
    assert 0.007 * N < lost < 0.013 * N
    assert 5 <= sum(one.duplicate_after_s == DUPLICATE_AFTER_S for one in drawn) <= 40
    assert all(one.duplicate_after_s is None for one in drawn if one.delay_s is None)


def test_receipts_follow_one_to_four_seconds_later() -> None:
    receipts = [one.receipt_s for one in fates(TELENOR, n=2000)]
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
    calm, lossy = fates(TELENOR, n=500), fates(replace(TELENOR, loss=0.3), n=500)
    kept = [(a, b) for a, b in zip(calm, lossy, strict=True) if b.delay_s is not None]
    assert 300 < len(kept) < 400
    assert all(a == b for a, b in kept)


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
        ("password", "too long for 3.4"),
    ],
)
def test_an_impossible_carrier_is_refused_by_field(field: str, value: object) -> None:
    with pytest.raises(ValueError, match=field):
        replace(TELENOR, **{field: value})  # type: ignore[arg-type]


def test_a_password_is_not_shown() -> None:
    assert "hush" not in repr(replace(TELENOR, password="hush"))


def test_the_longest_prefix_has_the_number() -> None:
    ported = replace(TELIA, prefixes=("+4711", NUMBER))
    assert carrier_of((TELENOR, ported, ICE), NUMBER) is ported
    assert carrier_of((TELENOR, ported, ICE), "+4710000002") is TELENOR


@pytest.mark.parametrize(
    "number", ["+4719000000", "4710000001", "+47100000x1", "", "+47", "+4710" + "0" * 20]
)
def test_an_unknown_number_is_refused(number: str) -> None:
    with pytest.raises(ValueError, match=r"no carrier has .*\+4710 \(telenor\)"):
        carrier_of((TELENOR, TELIA, ICE), number)
