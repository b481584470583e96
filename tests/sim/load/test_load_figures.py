"""Figures of the calls that are over: exact, told once, and as Prometheus reads them."""

from sim.journal import Record
from sim.load.figures import Figures
from sim.load.knee import Knee
from sim.scenario import KneeSpec


def a_call(figures: Figures, name: str, due_s: float, answered_s: float) -> None:
    figures.take(Record(due_s, "call.due", name))
    figures.take(Record(due_s + 0.1, "call.placed", name, facts={"line": "113", "centre": "AMK Oslo"}))
    figures.take(Record(answered_s, "call.answered", name))
    figures.take(Record(answered_s + 5, "call.ended", name))


def test_answers_count_from_the_scheduled_moment_and_are_news_once() -> None:
    figures = Figures()
    a_call(figures, "call-1", 1.0, 3.5)
    a_call(figures, "call-2", 2.0, 3.0)
    figures.take(Record(9.0, "call.placed", "call-3"))
    assert figures.live == 1
    figures.over("call-1")
    assert figures.news() == ({"answer_s": [2.5]}, {"voice": 1})
    figures.over("call-2")
    assert figures.news() == ({"answer_s": [1.0]}, {"voice": 1})
    assert figures.news() == ({}, {})


def test_prometheus_reads_exact_quantiles_counts_and_who_is_live() -> None:
    figures = Figures()
    for n in range(100):
        a_call(figures, f"call-{n}", 0.0, (n + 1) / 100)
        figures.over(f"call-{n}")
    lines = figures.exposition().decode().splitlines()
    assert 'lab113_answer_seconds{quantile="0.95"} 0.95' in lines
    assert 'lab113_answer_seconds{quantile="1"} 1.0' in lines
    assert "lab113_answer_seconds_samples 100.0" in lines
    assert 'lab113_calls_total{end="voice"} 100.0' in lines
    assert "lab113_stray_frames_total 0.0" in lines
    assert "lab113_calls_live 0.0" in lines


def test_the_knee_is_where_enough_of_the_latest_sessions_leave_the_limit() -> None:
    knee = Knee(KneeSpec(metric="setup_s", quantile=0.9, at_most=1.0, sessions=10))
    fast = [knee.takes({"setup_s": [0.2]}) for _ in range(30)]
    assert fast == [None] * 30
    assert knee.takes({"setup_s": [5.0]}) is None  # one in ten may be late
    assert knee.takes({"answer_s": [50.0]}) is None
    assert knee.takes({"setup_s": [2.0]}) == 2.0
