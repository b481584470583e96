"""The assumed numbers, one at a time."""

from pathlib import Path
from statistics import fmean

import pytest

pytest.importorskip("numba", reason="the planning extra")
import joblib

from sim.nation import DATA, Nation, load_nation
from sim.planning.demand import country_of
from sim.planning.question import Planning
from sim.planning.tornado import Bar, Range, load_ranges, longest_first, number, varied
from sim.reading import BadFile

NORWAY = load_nation("norway", DATA)


def test_every_range_is_of_a_number_that_is_there_and_lies_around_it() -> None:
    for one in load_ranges(NORWAY):
        assert one.low <= number(NORWAY, one.key) <= one.high, one.key
        assert varied(NORWAY, one.key, one.high) != NORWAY


def test_a_waits_tail_moves_with_its_median() -> None:
    moved = varied(NORWAY, "people.113.talks_s.median", 2 * NORWAY.people["113"].talks_s.median)
    assert moved.people["113"].talks_s.p95 == pytest.approx(2 * NORWAY.people["113"].talks_s.p95)


@pytest.mark.parametrize(
    ("key", "low", "says"),
    [("workload.113.wraps_s.value", 1, "no number"), ("workload.113.wrap_s.value", 300, "not below")],
)
def test_a_range_that_is_none_is_named(tmp_path: Path, key: str, low: float, says: str) -> None:
    path = tmp_path / "ranges.toml"
    path.write_text(f'[[ranges]]\nkey = "{key}"\nlow = {low}\nhigh = 200\nsource = "A"\n', encoding="utf-8")
    with pytest.raises(BadFile, match=says):
        load_ranges(NORWAY, path)


def test_the_longest_comes_first() -> None:
    bars = [
        Bar(Range(key=k, low=0, high=1, source=""), 0.5, {"x": -w}, {"x": w}) for k, w in (("a", 1), ("b", 2))
    ]
    assert [bar.range.key for bar in longest_first(bars, "x")] == ["b", "a"]


def test_a_season_swings_more_or_not_at_all() -> None:
    months = NORWAY.demand["113"]["months"]["values"]
    key = "demand.113.months.swing"
    assert number(NORWAY, key) == 1.0
    assert varied(NORWAY, key, 0.0).demand["113"]["months"]["values"] == pytest.approx([fmean(months)] * 12)
    assert varied(NORWAY, key, 1.0).demand["113"]["months"]["values"] == pytest.approx(months)
    doubled = varied(NORWAY, key, 2.0).demand
    assert doubled["113"]["months"]["values"][0] - 1.0 == pytest.approx(2 * (months[0] - 1.0), abs=1e-3)
    assert doubled["116117"] == NORWAY.demand["116117"]


def test_all_carriers_are_slower_together() -> None:
    key = "carriers.delay_s_median.times"
    assert number(NORWAY, key) == 1.0
    slower = [carrier.delay_s_median for carrier in varied(NORWAY, key, 2.0).carriers]
    assert slower == pytest.approx([2 * carrier.delay_s_median for carrier in NORWAY.carriers])


def test_an_age_grows_faster_from_the_same_beginning() -> None:
    assert NORWAY.demography is not None
    there = NORWAY.demography.inhabitants.from_80
    key = "demography.inhabitants.from_80.growth"
    halved = varied(NORWAY, key, 0.5).demography
    assert (number(NORWAY, key), halved is None) == (1.0, False)
    assert halved is not None
    assert halved.inhabitants.from_80[0] == there[0]
    assert halved.inhabitants.from_80[-1] == pytest.approx((there[0] + there[-1]) / 2)
    assert halved.inhabitants.under_65 == NORWAY.demography.inhabitants.under_65


def test_an_ages_share_of_the_calls_leaves_the_rest_to_the_others() -> None:
    moved = varied(NORWAY, "demography.calls.113.from_80", 0.36).demography
    assert moved is not None
    calls = moved.calls["113"]
    assert calls.from_80 == 0.36
    assert calls.under_65 + calls.from_65_to_79 + calls.from_80 == pytest.approx(1.0)
    assert calls.under_65 / calls.from_65_to_79 == pytest.approx(0.52 / 0.24)


ASKED_FOR: dict[str, dict[str, object]] = {
    "incident": {"days": 7, "bursts": [{"centre": "AMK Bergen", "at_h": 9}]},
    "demand.113.months": {"days": 364},
    "demand.116117.months": {"days": 7, "begins": "12-15"},
    "demography": {"days": 7, "demography": True, "to_year": 2040},
}


@pytest.mark.parametrize("part", ASKED_FOR)
def test_a_number_changes_the_calls_only_where_a_scenario_asks_for_it(part: str) -> None:
    def calls(nation: Nation, **asked: object) -> str:
        return str(joblib.hash(country_of(nation, Planning.model_validate(asked))))

    keys = [one for one in load_ranges(NORWAY) if one.key.startswith(part)]
    assert keys
    for one in keys:
        turned = varied(NORWAY, one.key, one.high)
        assert calls(turned, **ASKED_FOR[part]) != calls(NORWAY, **ASKED_FOR[part]), one.key
        assert calls(turned, days=7) == calls(NORWAY, days=7), one.key  # so it is not told again


def test_a_nation_that_leaves_a_part_out_has_no_ranges_of_it() -> None:
    bare = NORWAY.model_copy(update={"demography": None, "incident": None})
    left = {one.key for one in load_ranges(NORWAY)} - {one.key for one in load_ranges(bare)}
    assert left == {one.key for one in load_ranges(NORWAY) if one.key.startswith(("demography", "incident"))}
