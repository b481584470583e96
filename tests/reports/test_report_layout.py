"""A timeline on paper: no two words lie on each other, whatever happened and when."""

import json
from itertools import combinations
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.layout import LABEL_HEIGHT, LEFT, WIDTH, Chart, PlacedLane, PlacedMark, chart, nice_step
from reports.timeline import timelines
from reports.words import LABEL_MAX, label, sentence
from sim.journal import EVENTS, Record, read_journal

CHAR = 7.3  # of the 12 px letters of DejaVu Sans, on average, at most

events = st.sampled_from(sorted(EVENTS - {"person.waited", "run.begun", "run.ended"}))
actors = st.sampled_from(
    ["caller", "carrier", "iccs", "operator", "doctor", "a specialist from far away", None]
)
times = st.floats(0, 4000).map(lambda t: round(t, 3))
facts = st.fixed_dictionaries(
    {},
    optional={
        "camera": st.sampled_from(["back", "front"]),
        "frozen_s": st.floats(0, 1),
        "role": st.text(max_size=40),
        "kind": st.text(max_size=40),
        "how": st.sampled_from(["page", "spoken"]),
    },
)
happened = st.builds(
    lambda t, event, actor, told: Record(t, event, "call-1", None, actor, t, told),
    times,
    events,
    actors,
    facts,
)
waited = st.builds(
    lambda t, actor, s: Record(
        t, "person.waited", "call-1", None, actor, t, {"purpose": "joins", "drawn_s": s, "waited_s": s}
    ),
    times,
    actors,
    st.floats(0, 100),
)


def words(mark: PlacedMark) -> tuple[float, float, float]:
    return mark.x + 4, mark.x + 4 + CHAR * len(mark.mark.label), mark.text_y


def assert_legible(drawn: Chart) -> None:
    for lane in drawn.lanes:
        for one, other in combinations(lane.marks, 2):
            assert_apart(one, other)
            assert_apart(other, one)
        assert_bars_apart(lane)
        assert all(words(mark)[1] <= WIDTH for mark in lane.marks)
        assert all(lane.y < mark.text_y <= lane.y + lane.height for mark in lane.marks)
    below = [lane.y + lane.height for lane in drawn.lanes]
    assert [lane.y for lane in drawn.lanes[1:]] == below[:-1]
    assert below[-1] <= drawn.height


def assert_apart(one: PlacedMark, other: PlacedMark) -> None:
    """Neither the other's words nor its leader lie on these words."""
    left, right, y = words(one)
    if other.text_y == y:
        assert words(other)[0] >= right or words(other)[1] <= left
    if other.text_y > y:
        assert other.x >= right - 1 or other.x <= left


def assert_bars_apart(lane: PlacedLane) -> None:
    for one, other in combinations([bar for bar in lane.bars if bar.bar.kind != "frozen"], 2):
        apart = one.x + one.width <= other.x + 1 or other.x + other.width <= one.x + 1
        assert apart or abs(one.y - other.y) >= one.height
    for bar in lane.bars:
        assert not bar.label or len(bar.label) * CHAR + 5 <= bar.width


@given(st.lists(happened | waited, min_size=1, max_size=40))
def test_no_words_lie_on_words(records: list[Record]) -> None:
    records.sort(key=lambda record: record.t_s)
    assert_legible(chart(timelines(records)["call-1"]))


def test_a_real_story_is_legible_and_in_order(live_folder: Path) -> None:
    lines = timelines(read_journal(live_folder / "journal.jsonl"))
    assert list(lines) == ["call-1", "call-2", "call-3", "call-4"]
    drawn = chart(lines["call-2"])
    assert_legible(drawn)
    names = [lane.name for lane in drawn.lanes]
    assert names == ["caller", "carrier", "control room", "operator", "doctor"]
    pictures = [bar.bar for bar in drawn.lanes[3].bars if bar.bar.kind in ("back", "front")]
    assert [bar.kind for bar in pictures] == ["back", "front"]
    assert pictures[0].to_s == pictures[1].from_s
    frozen = [bar for bar in drawn.lanes[3].bars if bar.bar.kind == "frozen"]
    assert len(frozen) == 1
    assert drawn.ticks[0].label == "0 s"
    assert drawn.ticks[0].x == LEFT


def test_a_picture_lasts_until_the_viewer_leaves_or_the_video_ends() -> None:
    def at(t: float, event: str, actor: str, **told: object) -> Record:
        return Record(t, event, "call-1", None, actor, t, told)

    records = [
        at(1, "frame.first", "operator", camera="back"),
        at(2, "frame.first", "doctor", camera="back"),
        at(5, "viewer.left", "doctor"),
        at(9, "video.ended", "iccs"),
        at(12, "call.ended", "iccs"),
    ]
    lanes = {lane.actor: lane.bars for lane in timelines(records)["call-1"].lanes}
    assert [(bar.from_s, bar.to_s) for bar in lanes["operator"]] == [(1, 9)]
    assert [(bar.from_s, bar.to_s) for bar in lanes["doctor"]] == [(2, 5)]


def test_a_fault_crosses_the_calls_of_its_time() -> None:
    records = [
        Record(1, "call.placed", "call-1"),
        Record(2, "fault.begun", facts={"kind": "part.killed"}),
        Record(3, "call.ended", "call-1"),
        Record(8, "call.placed", "call-2"),
    ]
    lines = timelines(records)
    assert [mark.label for mark in lines["call-1"].faults] == ["part.killed"]
    assert lines["call-2"].faults == []
    assert chart(lines["call-1"]).top >= LABEL_HEIGHT * 2


@pytest.mark.parametrize("at_least", [0.01, 0.9, 1, 1.1, 2.5, 7, 60, 4001])
def test_a_step_is_one_two_or_five(at_least: float) -> None:
    step = nice_step(at_least)
    assert at_least <= step * 1.000001 <= at_least * 2.6
    assert f"{step:e}"[0] in "125"


@pytest.mark.parametrize("event", sorted(EVENTS))
def test_every_event_has_words_without_any_facts(event: str) -> None:
    record = Record(1.0, event, "call-1")
    assert 0 < len(label(record)) <= LABEL_MAX
    told = sentence(record)
    assert "None" not in told
    assert "{" not in told
    if not event.startswith(("run.", "lab.", "viewer.measured")):
        assert told != event, f"{event}: give it words in reports/words.py"
    json.dumps(told)


def test_a_routed_call_says_whose_it_was() -> None:
    facts = {"centre": "LV Bergen", "routed_from": "LV Voss"}
    told = sentence(Record(1.0, "call.queued", "call-1", facts=facts))
    assert told == "call waits in the queue of LV Bergen, which takes the calls of LV Voss"
