"""The journal: known events only, readable while it is written, whole up to its last line."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sim_rig import record

from sim.journal import EVENTS, Journal, Record, journal_hash, read_journal


class Clock:
    t_s = 0.0

    def __call__(self) -> float:
        return self.t_s


def written(path: Path) -> list[Record]:
    """Three records, one of them out of order and one with Norwegian letters."""
    clock = Clock()
    with Journal(clock, path=path) as journal:
        journal.record("run.begun", mode="plan", seed=113)
        clock.t_s = 2.0
        journal.record("call.placed", call="call-1", actor="iccs", centre="AMK Tromsø")
        journal.record("frame.first", call="call-1", session="call-1/video", at_s=1.25, camera="back")
        return journal.records


def test_an_unknown_event_is_refused_with_the_remedy(tmp_path: Path) -> None:
    with Journal(Clock(), path=tmp_path / "journal.jsonl") as journal:
        with pytest.raises(ValueError, match=r"'call\.plaecd': add it to EVENTS"):
            journal.record("call.plaecd", call="call-1")
        assert journal.records == []
    assert (tmp_path / "journal.jsonl").read_text() == ""


def test_every_event_is_a_noun_and_a_verb() -> None:
    assert all(len(event.split(".")) == 2 for event in EVENTS)


def test_records_come_back_in_the_order_of_scenario_time(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    begun, placed, seen = written(path)
    assert read_journal(path) == [begun, seen, placed]
    assert "Tromsø" in path.read_text(encoding="utf-8")  # for people to read


def test_times_are_scenario_and_wall_time_or_the_time_of_what_was_told_later() -> None:
    scenario, wall = Clock(), Clock()
    scenario.t_s, wall.t_s = 1.0000004, 1.5
    with Journal(scenario, wall) as journal:
        now = journal.record("call.placed", call="a")
        earlier = journal.record("frame.first", call="a", at_s=0.75)
    assert (now.t_s, now.wall_s) == (1.0, 1.5)
    assert (earlier.t_s, earlier.wall_s) == (0.75, 0.75)
    assert Journal(scenario).record("call.placed").wall_s is None


def test_the_file_is_readable_after_every_record(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    with Journal(Clock(), path=path) as journal:
        for n in range(1, 4):
            journal.record("call.placed", call=f"call-{n}")
            assert [r.call for r in read_journal(path)] == [f"call-{i}" for i in range(1, n + 1)]


def test_a_journal_torn_anywhere_gives_its_whole_lines(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    whole = written(path)
    text = path.read_bytes()
    for end in range(len(text) + 1):  # within a letter, too
        path.write_bytes(text[:end])
        assert len(read_journal(path)) == text[:end].count(b"\n")
    assert read_journal(path) == sorted(whole, key=lambda r: r.t_s)


def test_listeners_hear_each_record_once_it_is_on_disk(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    heard: list[int] = []
    with Journal(Clock(), path=path) as journal:
        journal.on_record = lambda record: heard.append(len(read_journal(path)))
        journal.record("run.begun")
        journal.record("run.ended")
    assert heard == [1, 2]


def test_the_hash_ignores_wall_time() -> None:
    told = record(1.0, "call.placed", line="113")
    assert journal_hash([told]) == journal_hash([replace(told, wall_s=7.5)])


@pytest.mark.parametrize(
    "change",
    [
        {"t_s": 1.000001},
        {"event": "call.queued"},
        {"call": "b"},
        {"session": "a/video"},
        {"actor": "operator"},
        {"facts": {"line": "116117"}},
        {"facts": {"line": "113", "centre": None}},
        {"facts": {}},
    ],
    ids=str,
)
def test_the_hash_sees_everything_else(change: dict[str, Any]) -> None:
    told = record(1.0, "call.placed", line="113")
    assert journal_hash([told]) != journal_hash([replace(told, **change)])


def test_the_hash_sees_order_number_and_nothing_of_the_order_of_facts() -> None:
    a, b = record(1.0, "call.placed", x=1, y=2), record(1.0, "call.queued")
    assert len({journal_hash(told) for told in ([], [a], [b], [a, b], [b, a], [a, a])}) == 6
    assert journal_hash([a]) == journal_hash([record(1.0, "call.placed", y=2, x=1)])


def test_the_hash_of_a_plan_is_that_of_its_file(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    records = written(path)
    assert journal_hash(read_journal(path)) == journal_hash(sorted(records, key=lambda r: r.t_s))
    assert all(json.loads(line)["wall_s"] is None for line in path.read_text().splitlines())
