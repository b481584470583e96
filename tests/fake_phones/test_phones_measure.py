"""What a viewer counts: freezes as W3C defines them, latency, strays, first frames."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fake_phones.leaks import Leak
from fake_phones.measure import STRAYS_TOLD_PER_S, FirstFrame, Freezes, Measure, Stray
from fake_phones.stamp import Reading, Stamp
from fake_phones.stamp.beneath import Source

MINE, OTHER, UNKNOWN = 0xA1, 0xB2, 0xC3
T0 = 100_000.0
FRAME_S = 1 / 15

gaps = st.lists(st.floats(0.005, 2.0), min_size=1, max_size=80)


def reading(stamp: Stamp | None) -> Reading:
    return Reading(stamp=stamp, wrong_cells=0, margin_q25=1.0, corrected_bytes=0)


def of(session: int, captured_s: float, camera: int = 0, frame: int = 1) -> Reading:
    return reading(Stamp(session, camera, frame, int(captured_s * 1000) % (1 << 24)))


def w3c(shown_s: list[float]) -> tuple[int, float]:
    """Count and duration of the freezes in a trace, written down as the definition reads."""
    intervals = [b - a for a, b in pairwise(shown_s)]
    frozen = []
    for n, interval in enumerate(intervals):
        last = intervals[max(0, n - 30) : n] or [FRAME_S]
        mean = sum(last) / len(last)
        if interval >= max(3 * mean, mean + 0.150):
            frozen.append(interval)
    return len(frozen), sum(frozen)


@given(gaps)
def test_freezes_are_those_of_the_definition(gaps_s: list[float]) -> None:
    shown_s = [T0]
    for gap_s in gaps_s:
        shown_s.append(shown_s[-1] + gap_s)
    freezes = Freezes()
    for at_s in shown_s:
        freezes.shown(at_s)
    count, frozen_s = w3c(shown_s)
    assert freezes.count == count
    assert freezes.frozen_s == pytest.approx(frozen_s)
    assert freezes.shown_s == pytest.approx(shown_s[-1] - T0)


@given(gaps, st.floats(0.01, 0.5))
def test_looking_in_between_changes_nothing(gaps_s: list[float], every_s: float) -> None:
    plain, watched = Freezes(), Freezes()
    now_s = T0
    for gap_s in [0.0, *gaps_s]:
        looked_s = every_s
        while looked_s < gap_s:
            watched.noticed(now_s + looked_s)
            looked_s += every_s
        now_s += gap_s
        plain.shown(now_s)
        watched.shown(now_s)
    assert watched.count == plain.count
    assert watched.frozen_s == pytest.approx(plain.frozen_s)
    assert watched.shown_s == pytest.approx(plain.shown_s)


def test_a_freeze_that_goes_on_is_counted_when_it_is_noticed() -> None:
    freezes = Freezes()
    for n in range(31):
        freezes.shown(T0 + n * FRAME_S)
    last_s = T0 + 30 * FRAME_S
    freezes.noticed(last_s + 0.2)  # mean + 150 ms is 0.217
    assert (freezes.count, freezes.frozen_s) == (0, 0)
    freezes.noticed(last_s + 0.3)
    freezes.noticed(last_s + 5.0)
    assert (freezes.count, freezes.frozen_s) == (1, pytest.approx(5.0))


def test_a_picture_that_stops_after_one_frame_is_frozen() -> None:
    freezes = Freezes()
    freezes.noticed(T0)
    freezes.shown(T0)
    freezes.noticed(T0 + 10)
    assert (freezes.count, freezes.frozen_s, freezes.shown_s) == (1, 10, 10)


def test_first_frames_are_told_whenever_the_camera_changes() -> None:
    measure = Measure(MINE, {MINE, OTHER})
    cameras = [0, 0, 1, 1, 1, 0]
    told = []
    for n, camera in enumerate(cameras):
        at_s = T0 + n * FRAME_S
        told.append(measure.seen(of(MINE, at_s - 0.040, camera), at_s))
    assert [t.camera if isinstance(t, FirstFrame) else None for t in told] == [
        "back", None, "front", None, None, "back",
    ]  # fmt: skip
    assert isinstance(told[2], FirstFrame)
    assert told[2].captured_monotonic_s == pytest.approx(T0 + 2 * FRAME_S - 0.040, abs=0.001)
    assert told[2].latency_s == pytest.approx(0.040, abs=0.002)
    facts = measure.totals(T0 + 1)
    assert sum(facts["latency_ms"].values()) == 6
    assert set(facts["latency_ms"]) <= {"40", "41"}


def test_strays_and_unknown_sessions_are_told_apart() -> None:
    measure = Measure(MINE, {MINE, OTHER})
    stray = measure.seen(of(OTHER, T0, camera=1, frame=7), T0)
    assert isinstance(stray, Stray)
    assert stray.facts() == {
        "why": "other session",
        "mine": f"{MINE:016x}",
        "seen": f"{OTHER:016x}",
        "camera": "front",
        "frame": 7,
    }
    foreign = measure.seen(of(UNKNOWN, T0), T0)
    assert isinstance(foreign, Stray)
    assert (foreign.why, foreign.facts()["seen"]) == ("not of this lab", f"{UNKNOWN:016x}")
    assert measure.seen(of(MINE, T0, camera=5), T0) is None  # no such camera: no stamp of this lab
    assert measure.seen(reading(None), T0) is None
    assert measure.seen(None, T0) is None
    facts = measure.totals(T0)
    counted = {name: facts[name] for name in ("received", "checked", "read", "stray", "unknown")}
    assert counted == {"received": 5, "checked": 4, "read": 3, "stray": 2, "unknown": 1}
    assert facts["latency_ms"] == {}
    assert measure.first is None


def test_after_the_end() -> None:
    measure = Measure(MINE, {MINE})
    measure.seen(of(MINE, T0), T0)
    measure.over(T0 + 1)
    measure.over(T0 + 9)  # said twice: the first counts
    cases = [
        (of(MINE, T0 + 0.9), T0 + 1.2, False),  # was on its way
        (of(MINE, T0 + 1.1), T0 + 1.2, True),  # taken after the end
        (of(MINE, T0 + 0.9), T0 + 1.6, True),  # came too late
        (reading(None), T0 + 1.2, False),
        (reading(None), T0 + 1.6, True),  # a picture is a picture, read or not
        (None, T0 + 1.6, True),
    ]
    for seen, at_s, is_stray in cases:
        happened = measure.seen(seen, at_s)
        assert isinstance(happened, Stray) == is_stray
    facts = measure.totals(T0 + 100)
    assert facts["stray"] == 4
    assert facts["shown_s"] == pytest.approx(1.0)  # no picture after the end is no freeze
    assert (facts["freezes"], facts["frozen_s"]) == (1, pytest.approx(1.0))


def test_only_so_many_strays_are_told_a_second_but_all_are_counted() -> None:
    measure = Measure(MINE, {MINE, OTHER})
    told = 0
    for n in range(300):
        stray = measure.seen(of(OTHER, T0), T0 + n * 0.01)  # three seconds
        assert isinstance(stray, Stray)
        told += stray.told
    assert told == 3 * STRAYS_TOLD_PER_S
    assert measure.totals(T0 + 3)["stray"] == 300


@given(st.lists(st.tuples(st.floats(0.005, 0.5), st.sampled_from([MINE, OTHER, UNKNOWN, 0])), max_size=60))
def test_what_is_measured_each_time_adds_up_to_the_totals(frames: list[tuple[float, int]]) -> None:
    measure = Measure(MINE, {MINE, OTHER})
    now_s, parts = T0, []
    for n, (gap_s, session) in enumerate(frames):
        now_s += gap_s
        measure.seen(of(session, now_s - 0.03) if session else reading(None), now_s)
        if n % 7 == 0:
            parts.append(measure.measured(now_s))
    parts.append(measure.measured(now_s))
    totals = measure.totals(now_s)
    for name, total in totals.items():
        if name == "latency_ms":
            assert sum(sum(part[name].values()) for part in parts) == sum(total.values())
        else:
            assert sum(part[name] for part in parts) == pytest.approx(total, abs=0.001 * len(parts) + 1e-9)
    assert 0 <= totals["frozen_s"] <= totals["shown_s"] + 0.001
    assert totals["read"] <= totals["checked"] == totals["received"] == len(frames)


def test_a_film_without_a_clock_has_no_latency_and_no_capture_time() -> None:
    measure = Measure(MINE, {MINE}, timed=False)
    first = measure.seen(of(MINE, 3.0), T0)
    assert isinstance(first, FirstFrame)
    assert first.captured_monotonic_s is None
    assert first.latency_s is None
    assert measure.totals(T0)["latency_ms"] is None
    measure.over(T0 + 1)
    assert measure.seen(of(MINE, 3.0), T0 + 1.2) is None
    assert isinstance(measure.seen(of(MINE, 3.0), T0 + 1.6), Stray)


def test_the_stamps_clock_may_wrap() -> None:
    wrap_s = (1 << 24) / 1000
    measure = Measure(MINE, {MINE})
    first = measure.seen(of(MINE, 7 * wrap_s - 0.010), 7 * wrap_s + 0.015)
    assert isinstance(first, FirstFrame)
    assert first.latency_s == pytest.approx(0.025, abs=0.002)


def test_a_picture_that_stands_still_is_a_freeze_however_often_it_comes() -> None:
    measure = Measure(MINE, {MINE})
    for n in range(15):
        measure.seen(of(MINE, T0 + n * FRAME_S, frame=n), T0 + n * FRAME_S)
    last = of(MINE, T0 + 14 * FRAME_S, frame=14)
    for n in range(15, 60):  # the relay sends the last frame again and again: 3 s
        measure.seen(last, T0 + n * FRAME_S)
    facts = measure.totals(T0 + 60 * FRAME_S)
    assert facts["repeated"] == 45
    assert facts["freezes"] == 1
    assert facts["frozen_s"] == pytest.approx(46 * FRAME_S, abs=0.01)


def test_a_picture_that_was_gone_is_told_when_it_is_back() -> None:
    measure = Measure(MINE, {MINE})

    def at(now_s: float, captured_s: float | None = None) -> object:
        return measure.seen(of(MINE, T0 + (now_s if captured_s is None else captured_s)), T0 + now_s)

    assert isinstance(at(0.0), FirstFrame)
    assert at(0.4) is None
    assert at(0.8, captured_s=0.4) is None  # the same frame again is no new picture
    back = at(1.1)
    assert isinstance(back, FirstFrame)
    assert back.facts()["lost_monotonic_s"] == pytest.approx(T0 + 0.4)
    assert at(1.2) is None
    measure.over(T0 + 1.2)
    assert at(1.6, captured_s=1.15) is None  # after the end nothing is to come back


def test_a_part_of_another_picture_is_stray_and_the_frame_is_seen_all_the_same() -> None:
    measure = Measure(MINE, {MINE, OTHER})
    assert isinstance(measure.seen(of(MINE, T0), T0), FirstFrame)
    named = measure.leaked(Leak("blended", Source(OTHER, 1, 7)), T0)
    assert named.facts() == {
        "why": "blended",
        "mine": f"{MINE:016x}",
        "seen": f"{OTHER:016x}",
        "camera": "front",
        "frame": 7,
    }
    nobody = measure.leaked(Leak("content", None), T0)
    nothing = {"seen": None, "camera": None, "frame": None}
    assert nobody.facts() == {"why": "content", "mine": f"{MINE:016x}", **nothing}
    facts = measure.totals(T0)
    counted = {name: facts[name] for name in ("received", "read", "stray", "partial")}
    assert counted == {"received": 1, "read": 1, "stray": 2, "partial": 2}


def test_a_foreign_stamp_is_stray_whatever_camera_it_names() -> None:
    measure = Measure(MINE, {MINE})
    stray = measure.seen(of(OTHER, T0, camera=5), T0)
    assert isinstance(stray, Stray)
    assert (stray.facts()["seen"], stray.facts()["camera"]) == (f"{OTHER:016x}", None)
