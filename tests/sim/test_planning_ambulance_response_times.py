"""The seed's 15 places, reproduced."""

from pathlib import Path

import numpy as np
import pytest

from draws import uniforms
from sim.planning.ambulance.response_times import (
    TABLE,
    Mixture,
    fitted,
    place_mixtures,
    published,
    response_time_cases,
)
from sim.reading import BadFile


def test_at_least_13_of_15_places_within_5_percent_on_all_three_figures() -> None:
    *places, count = response_time_cases()
    assert len(places) == 15
    assert count["outcome"] == "passed"
    assert count["measured"] == sum(case["outcome"] == "passed" for case in places) >= 13
    for case in places:
        within = [low <= m <= high for m, (low, high) in zip(case["measured"], case["interval"], strict=True)]
        assert (case["outcome"] == "passed") == all(within)


def test_doubted_places_are_explained() -> None:
    doubted = {p.name: p.doubt for p in published().places if p.doubt}
    assert set(doubted) == {"Bratsberg", "Brønnsletten"}
    assert all("few missions suspected" in why for why in doubted.values())
    details = {case["name"].split(" at ")[-1]: case["detail"] for case in response_time_cases()}
    assert details["Bratsberg"] == doubted["Bratsberg"]


def test_a_mean_far_from_the_table_fails() -> None:
    mixture = place_mixtures()["Aukra"]
    wrong = Mixture(mixture.w, mixture.near_s, mixture.far_s * 1.2, mixture.spread)
    assert wrong.mean_s / mixture.mean_s > 1.05


def test_draws_have_the_mixture_s_figures() -> None:
    mixture = place_mixtures()["Aure"]
    number = np.arange(40_000, dtype=np.uint64)
    times_s = mixture.at(uniforms(1, "which", number), uniforms(1, "time", number))
    assert times_s.mean() == pytest.approx(mixture.mean_s, rel=0.02)
    assert np.quantile(times_s, [0.5, 0.9]) == pytest.approx(mixture.figures_s[1:], rel=0.02)
    assert (times_s <= 1500).mean() == pytest.approx(mixture.share_within(1500), abs=0.01)


def test_the_mean_is_that_of_the_draws_to_the_last_digit() -> None:
    mixture, n = Mixture(0.6, 300.0, 1500.0, 0.5), 20_000
    u = (np.arange(n) + 0.5) / n
    near_s, far_s = (mixture.at(np.full(n, which), u).mean() for which in (0.0, 0.9))
    assert 0.6 * near_s + 0.4 * far_s == pytest.approx(mixture.mean_s, rel=1e-3)


def test_no_place_has_a_quantile_in_the_gap_between_near_and_far() -> None:
    for name, mixture in place_mixtures().items():
        assert min(mixture.firmness(s) for s in mixture.figures_s[1:]) > 0.4, name


def test_what_no_mixture_fits_gets_a_single_lognormal() -> None:
    single = fitted(767.0, 767.0, 777.0, (0.1, 0.2))
    assert single.w == 1
    assert single.quantile_s(0.9) == pytest.approx(777.0)


def test_a_time_that_is_none_names_its_line(tmp_path: Path) -> None:
    table = tmp_path / "table.toml"
    table.write_text(TABLE.read_text("utf-8").replace('"00:07:06"', '"7:06"'), encoding="utf-8")
    with pytest.raises(BadFile, match=r"table\.toml:\d+: places\[2\]\.mean"):
        published(table)
