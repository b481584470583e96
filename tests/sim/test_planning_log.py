"""A centre's own log: whole weeks of it, told again and again."""

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("polars", reason="the planning extra")

from sim.nation import DATA, load_nation
from sim.planning.demand import country_of
from sim.planning.log import log_of
from sim.planning.question import Planning
from sim.planning.year import tell
from sim.reading import BadFile

DAY_S = 86_400


def written(folder: Path, at_s: np.ndarray) -> Path:  # type: ignore[type-arg]
    path = folder / "calls.csv"
    rows = "".join(f"{at},116117,LV 030\n" for at in at_s)
    path.write_text(f"at_s,line,centre\n{rows}", encoding="utf-8")
    return path


def test_a_week_is_told_every_week_warm_up_or_not(tmp_path: Path) -> None:
    log = log_of(written(tmp_path, np.linspace(0, 6.9 * DAY_S, 500)))
    assert log.told == "calls.csv: 500 calls of LV 030 on 116117 in 1 week, told again every week"
    country = country_of(load_nation("norway", DATA), Planning(overflow=False), traces=log.traces)
    for days, warm_up_days, calls in ((7.0, 1.0, 500), (28.0, 1.0, 2000), (14.0, 0.0, 1000)):
        streams = tell(country, 3, days=days, warm_up_days=warm_up_days)
        at = streams.names.index("LV 030/116117")
        assert streams.streams["came_at"][at].sum() == calls


def test_what_comes_after_the_last_whole_week_is_left_out_and_said(tmp_path: Path) -> None:
    log = log_of(written(tmp_path, np.arange(0.0, 18.0) * DAY_S))
    assert (log.weeks, log.calls, log.left_out) == (2, 14, 4)
    assert "4 calls after the last whole week are left out" in log.told


def test_less_than_a_week_is_no_log(tmp_path: Path) -> None:
    with pytest.raises(BadFile, match=r"ends after 5\.0 days; a plan needs whole weeks"):
        log_of(written(tmp_path, np.arange(0.0, 6.0) * DAY_S))
