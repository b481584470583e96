"""Bursts and traces."""

from math import inf
from pathlib import Path

import numpy as np
import polars
import pytest

from sim.arrivals import Burst, read_trace
from sim.nation import DATA, load_nation
from sim.planning import told
from sim.planning.country import Country, Desk, Spread, Stream
from sim.planning.demand import NoPlan, country_of
from sim.planning.question import Planning
from sim.planning.year import tell
from sim.reading import BadFile

OF_BERGEN = 259  # calls of its own in these two days, with this seed
BURST = Burst(at_s=1000.0, extra_per_s=0.5, decay_s=1200.0)


def test_a_burst_has_as_many_calls_as_its_rate_says_and_dies_away() -> None:
    told_times = [BURST.times("x", 7, replication, inf) for replication in range(200)]
    counts = np.array([len(times) for times in told_times])
    assert counts.mean() == pytest.approx(600, abs=4 * (600 / 200) ** 0.5)
    assert counts.var() == pytest.approx(600, rel=0.35)  # Poisson
    times = np.concatenate(told_times)
    assert times.min() >= 1000.0
    assert (times - 1000.0).mean() == pytest.approx(1200.0, rel=0.03)
    assert all(np.all(np.diff(one) >= 0) for one in told_times)


def listed(seats: int, times: Burst) -> Country:
    stream = Stream("x/113", "x", "113", np.zeros(168), Spread("exponential", 60.0), arrivals=times)
    return Country((Desk.of("x", seats),), (stream,))


def test_both_engines_tell_a_listed_stream_call_by_call() -> None:
    country = listed(20, BURST)
    fast = tell(country, 7, days=1, warm_up_days=0, ways=2000)
    slow = told.tell(country, 7, days=1, warm_up_days=0, ways=2000)
    for field in ("answered", "abandoned", "within", "queued"):
        assert fast.streams[field].tolist() == slow.streams[field].tolist()
    assert fast.streams["answered"][0] == len(BURST.times("x/113", 7, 0, inf))
    assert fast.streams["queued"][0] > 0


def test_an_incident_makes_a_centre_worse_and_leaves_the_others_calls_as_they_were() -> None:
    nation = load_nation("norway", DATA)
    quiet = Planning(days=2, warm_up_days=0)
    loud = quiet.model_copy(
        update={
            "bursts": Planning.model_validate(
                {"bursts": [{"centre": "AMK Bergen", "at_h": 20, "factor": 60}]}
            ).bursts
        }
    )
    before, after = (tell(country_of(nation, p), 7, days=2, warm_up_days=0) for p in (quiet, loud))
    assert "AMK Bergen/incident 1/113" in after.names
    bergen, again = before.names.index("AMK Bergen/113"), after.names.index("AMK Bergen/113")
    assert after.streams["wait_s"][again] > before.streams["wait_s"][bergen]
    for year, n in ((before, bergen), (after, again)):
        assert year.streams["answered"][n] + year.streams["abandoned"][n] == OF_BERGEN


def trace(folder: Path, text: str) -> Path:
    path = folder / "calls.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_trace_is_read_without_what_is_personal(tmp_path: Path) -> None:
    path = trace(tmp_path, "name,at_s,line,centre\nX,30,113,AMK Oslo\nY,10,113,AMK Oslo\nZ,5,116117,LV 030\n")
    read = read_trace(path)
    assert set(read) == {("AMK Oslo", "113"), ("LV 030", "116117")}
    assert read["AMK Oslo", "113"].at_s.tolist() == [10.0, 30.0]
    polars.read_csv(path).write_parquet(tmp_path / "calls.parquet")
    assert set(read_trace(tmp_path / "calls.parquet")) == set(read)


def test_a_traces_calls_take_the_place_of_the_centres_own(tmp_path: Path) -> None:
    rows = "".join(f"{n * 60},113,AMK Oslo\n" for n in range(50))
    traces = read_trace(trace(tmp_path, f"at_s,line,centre\n{rows}"))
    year = tell(country_of(load_nation("norway", DATA), Planning(), traces=traces), 7, days=1, warm_up_days=0)
    n = year.names.index("AMK Oslo/113")
    assert year.streams["answered"][n] + year.streams["abandoned"][n] == 50


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("at_s,line\n1,113\n", "no column 'centre'"),
        ("at_s,line,centre\nsoon,113,AMK Oslo\n", "cannot be read"),
        ("at_s,line,centre\n-1,113,AMK Oslo\n", "at_s below 0"),
        ("at_s,line,centre\n,113,AMK Oslo\n", "lack a value"),
        ("at_s,line,centre\n", "has no call"),
    ],
)
def test_a_bad_trace_says_what_is_wrong(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(BadFile, match=says):
        read_trace(trace(tmp_path, text))


def test_a_trace_of_an_unknown_centre_names_the_nearest(tmp_path: Path) -> None:
    traces = read_trace(trace(tmp_path, "at_s,line,centre\n1,113,AMK Oslos\n"))
    with pytest.raises(NoPlan, match="AMK Oslo"):
        country_of(load_nation("norway", DATA), Planning(), traces=traces)


def test_no_file(tmp_path: Path) -> None:
    with pytest.raises(BadFile, match="no such file"):
        read_trace(tmp_path / "none.csv")
