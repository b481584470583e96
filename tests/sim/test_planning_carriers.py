"""Carriers in trouble by the hour: as asked, and what comes of it."""

from dataclasses import fields
from math import inf

import numpy as np
import pytest
from pydantic import ValidationError

pytest.importorskip("numba", reason="the planning extra")

from scipy.stats import ks_2samp

from fake_carriers import fate
from sim.nation import DATA, load_nation
from sim.planning.answer import answer_of
from sim.planning.carriers import Trouble, delay_s, subscribers_of, troubles_of
from sim.planning.demand import country_of
from sim.planning.outcome import told
from sim.planning.question import NoAnswer, Planning
from sim.week import HOUR_S, WEEK_S

NORWAY = load_nation("norway", DATA)
SATURDAY_18 = 5 * 24 + 18
U = np.linspace(0.0005, 0.9995, 1000)


def asked(**troubles: object) -> tuple[Trouble, ...]:
    return troubles_of(subscribers_of(NORWAY), Planning.model_validate(troubles))


def test_a_weekly_hour_comes_every_week_and_one_of_the_year_once() -> None:
    (weekly,) = asked(carriers_silent=[{"carrier": "telenor", "from": "sat 18:30", "for_h": 1}])
    (once,) = asked(carriers_silent=[{"carrier": "telenor", "at_h": SATURDAY_18 + 0.5, "for_h": 1}])
    begins_s = (SATURDAY_18 + 0.5) * HOUR_S
    for at, in_week, in_year in (
        (begins_s - 1, 0, 0),
        (begins_s, inf, inf),
        (begins_s + HOUR_S - 1, inf, inf),
        (begins_s + HOUR_S, 0, 0),
        (begins_s + 3 * WEEK_S, inf, 0),
    ):
        assert (weekly.delay_s(0.1, at), once.delay_s(0.1, at)) == (in_week, in_year)


def test_each_carrier_has_its_part_of_the_subscribers() -> None:
    troubles = asked(carriers_out=["telia"], carriers_silent=[{"carrier": "ice", "at_h": 0, "for_h": 1}])
    for at, share in ((0.0, 0.414 + 0.145), (HOUR_S, 0.414)):
        silent = [delay_s(troubles, float(u), at) == inf for u in U]
        assert np.mean(silent) == pytest.approx(share, abs=0.002)


def test_an_sms_takes_what_its_carrier_takes() -> None:
    telenor, _, ice = subscribers_of(NORWAY)
    for carrier, median_s in ((telenor, 4.0), (ice, 5.6)):
        takes = np.array([carrier.sms_s(float(u)) for u in np.linspace(1e-6, 1 - 1e-6, 100_001)])
        assert np.median(takes) == pytest.approx(median_s, rel=0.02)
        assert (takes >= carrier.tail_s_min).mean() == pytest.approx(0.015 + 0.004, abs=0.003)
        assert takes.max() == 900.0


def test_an_sms_takes_what_the_carriers_own_rule_has_it_take() -> None:
    """`fake_carriers.fate` draws the same delays, with draws of its own."""
    ice = NORWAY.carriers[2]
    rule = fate.Carrier(
        **{f.name: getattr(ice, f.name) for f in fields(fate.Carrier) if hasattr(ice, f.name)}
    )
    fates = (fate.fate(7, rule, f"+4712{n:06}", 0, 1) for n in range(20_000))
    drawn = [one.delay_s for one in fates if one.delay_s is not None]
    ours = [subscribers_of(NORWAY)[2].sms_s(float(u)) for u in np.random.default_rng(1).random(20_000)]
    assert ks_2samp(drawn, ours).pvalue > 1e-3


def test_what_is_turned_away_comes_again_and_again() -> None:
    (slow,) = asked(
        carriers_throttled=[{"carrier": "telenor", "at_h": 0, "for_h": 1, "turned_away": 0.5, "again_s": 7}]
    )
    waits = np.array([slow.delay_s(float(u), 0.0) for u in U if u < slow.last])
    shares = [float(np.mean(waits == 7.0 * n)) for n in range(3)]
    assert shares == pytest.approx([0.5, 0.25, 0.125], abs=0.003)


@pytest.mark.parametrize(
    "hours",
    [
        {"carrier": "telenor", "for_h": 1},
        {"carrier": "telenor", "for_h": 1, "from": "sat 18:00", "at_h": 3},
        {"carrier": "telenor", "for_h": 1, "from": "saturday"},
        {"carrier": "telenor", "for_h": 0, "at_h": 3},
    ],
)
def test_hours_that_are_none_are_refused(hours: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Planning.model_validate({"carriers_silent": [hours]})


def test_an_unknown_carrier_is_named() -> None:
    with pytest.raises(NoAnswer, match=r"planning.carriers_slow.*did you mean 'telia'"):
        asked(carriers_slow=[{"carrier": "telja", "at_h": 0, "for_h": 1, "later_s": 5}])


def test_the_question_is_written_as_it_was_read() -> None:
    silent = {"carrier": "telenor", "from": "sat 18:00", "for_h": 1.0}
    planning = Planning.model_validate({"carriers_silent": [silent]})
    written = planning.model_dump(mode="json", exclude_none=True)
    assert written["carriers_silent"] == [silent]
    assert Planning.model_validate(written) == planning


def test_a_silent_hour_is_seen_in_that_hour_and_no_other() -> None:
    """Telenor's share of the pictures that there would be, and nobody's talk but theirs changes."""
    silent = [{"carrier": "telenor", "from": "sat 18:00", "for_h": 1}]
    usual, struck = (
        country_of(NORWAY, Planning.model_validate({"video_share": {"113": 0.5, "116117": 0.5}, **more}))
        for more in ({}, {"carriers_silent": silent})
    )
    before, after = (
        answer_of([told(country, 5, 0, 28.0, 0.0)], country, NORWAY).video_week for country in (usual, struck)
    )
    assert set(before.no_link) == {0.0}
    assert [hour for hour, share in enumerate(after.no_link) if share] == [SATURDAY_18]
    assert after.no_link[SATURDAY_18] == pytest.approx(0.441 * 0.822, abs=0.03)
    assert (after.seen[SATURDAY_18] or 0) == pytest.approx((before.seen[SATURDAY_18] or 0) * 0.559, abs=0.03)
