"""The assumed numbers, one at a time."""

from pathlib import Path

import pytest

from sim.nation import DATA, load_nation
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
