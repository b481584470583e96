"""What `lab113 bench planning` measures: the benchmark's year, and the queue that others tell beside us."""

import numpy as np
import pytest

pytest.importorskip("numba", reason="the planning extra")

from sim.bench.planning import NUMBERS, bench_planning, benchmark, cpu_s
from sim.bench.queues import ciw_queue, plain_simpy
from sim.planning.oracle import kiefer_wolfowitz
from sim.reading import read_toml


def test_the_benchmarks_year_is_the_studys() -> None:
    """3.95 M calls on two lines, two priorities, patience 60 and 600 s, talk 204 and 300 s, 4 % video."""
    streams = benchmark(read_toml(NUMBERS)).streams
    per_year = sum(float(one.calls_per_s.mean()) for one in streams) * 365 * 86_400
    assert per_year == pytest.approx(3.95e6, rel=0.01)
    assert {(one.line, one.patience_s) for one in streams} == {("113", 60.0), ("116117", 600.0)}
    assert {one.priority for one in streams} == {0, 1}
    assert {one.video.share for one in streams} == {0.04}
    for line, mean_s in (("113", 204), ("116117", 300)):
        talk = next(one.talk for one in streams if one.line == line)
        assert talk.a * np.exp(talk.sigma**2 / 2) == pytest.approx(mean_s, rel=0.02)


def test_plain_simpy_tells_the_same_queue() -> None:
    rng = np.random.default_rng(1)
    arrivals_s, services_s = np.cumsum(rng.exponential(1.0, 2000)), rng.exponential(2.7, 2000)
    waits = kiefer_wolfowitz(arrivals_s, services_s, 3)
    assert plain_simpy(arrivals_s.tolist(), services_s.tolist(), 3) == pytest.approx(waits.mean())


def test_ciw_is_held_against_where_it_is_there() -> None:
    told = ciw_queue(0.2, 10.0, 3, 1000.0, seed=1)
    assert told is None or 100 < told < 300


def test_cpu_time_is_this_processs() -> None:
    seconds, total = cpu_s(lambda: sum(range(2_000_000)))
    assert seconds > 0
    assert total == 1_999_999_000_000


@pytest.mark.slow
def test_the_bench() -> None:
    said: list[str] = []
    measured = bench_planning(said.append)
    assert measured["agree"]
    assert measured["kernel_to_plain_simpy"] > 20
    assert measured["story_to_plain_simpy"] > 1.5
    assert {"year_kernel_cpu_s", "year_story_cpu_s", "sweep_1000_years_cpu_min"} == set(measured["marks"])
    assert said
