"""Run folders to report: a plan as `run` leaves it, and a live run made from it."""

import json
import random
import shutil
from collections.abc import Callable, Iterator
from dataclasses import asdict, replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from sim.checks.judge import judge
from sim.checks.metrics import metrics
from sim.journal import Record, read_journal
from sim.request import Request
from sim.resolve import resolve
from sim.run import run
from sim.scenario import load_scenario
from sim.sessions import call_table
from sim.verdict import Gate, Outcome, Verdict, outcome_of

SCENARIO = Path(__file__).parents[2] / "scenarios" / "ci" / "first-call.toml"


@pytest.fixture(scope="session")
def _plan(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return run(Request(SCENARIO, mode="plan", report_dir=tmp_path_factory.mktemp("plans")))[1]


@pytest.fixture
def plan_folder(_plan: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(_plan, tmp_path / _plan.name))


@pytest.fixture
def live_folder(plan_folder: Path) -> Path:
    make_live(plan_folder)
    return plan_folder


@pytest.fixture(name="make_live")
def _make_live() -> Callable[..., None]:
    return make_live


@pytest.fixture(name="write_journal")
def _write_journal() -> Callable[[Path, list[Record]], None]:
    return write_journal


@pytest.fixture(name="draw_still")
def _draw_still() -> Callable[..., None]:
    return draw_still


def make_live(folder: Path, lag_s: float = 0.012, outcome: Outcome | None = None, reason: str = "") -> None:
    """Turn a plan's folder into that of a live run of the same story: a little later, with pictures."""
    plan = read_journal(folder / "journal.jsonl")
    (folder / "journal.jsonl").rename(folder / "plan.jsonl")
    records = sorted(_lived(plan, folder), key=lambda record: record.t_s)
    write_journal(folder, records)
    scenario, nation = load_scenario(SCENARIO)
    resolved, rows = resolve(scenario, nation), call_table(records)
    judged = judge(resolved, rows, metrics(rows), live=True)
    gates = (Gate("clock lag, worst", lag_s, 1.0), Gate("pacing lateness of a phone, p99", 0.021, 0.5))
    Verdict(
        "scenarios/ci/first-call.toml",
        scenario.title,
        "live",
        resolved.seed,
        outcome or outcome_of(judged, gates),
        tuple(judged),
        gates,
        metrics(rows),
        None,
        ("a real handset (Safari, a real radio)", "audio"),
        "lab113 run scenarios/ci/first-call.toml --seed 113",
        reason,
    ).write(folder)
    (folder / "parts").mkdir()
    (folder / "parts" / "video_service.log").write_text("ready\n\x1b[31mERROR\x1b[0m relay lost\n")


def write_journal(folder: Path, records: list[Record]) -> None:
    lines = (json.dumps(asdict(record), ensure_ascii=False) + "\n" for record in records)
    (folder / "journal.jsonl").write_text("".join(lines), encoding="utf-8")


def _lived(plan: list[Record], folder: Path) -> Iterator[Record]:
    random_s, later, stills = random.Random(113), dict[str | None, float](), dict[str, int]()
    seen: dict[tuple[str, str], float] = {}
    for record in plan:
        call, who = record.call or "", record.actor or ""
        step = 0.004 if record.event == "person.waited" else random_s.uniform(0.001, 0.05)
        later[call] = later.get(call, 0.0) + step
        t, facts = round(record.t_s + later[call], 6), dict(record.facts)
        match record.event:
            case "run.begun":
                facts["mode"] = "live"
            case "person.waited":
                facts["waited_s"] = round(facts["drawn_s"] + step, 6)
            case "link.opened":
                facts["link"] = "http://127.0.0.1:9/v/a-secret-token"
            case "frame.first":
                seen.setdefault((call, who), t)
                n = stills[f"{call}/{who}"] = stills.get(f"{call}/{who}", 0) + 2
                facts |= {"latency_s": 0.137, "still": f"{call}-{who}-{facts['camera']}-{n - 1}.jpg"}
                for name in (facts["still"], f"{call}-{who}-{facts['camera']}-{n}.jpg"):
                    draw_still(folder / "stills" / name, facts["camera"], coarse=name == facts["still"])
            case "media.stopped":
                facts |= {"frames_sent": 151, "pacing_lateness_s_p99": 0.021}
            case "viewer.left" if (call, who) in seen:
                yield from _measured(record, seen[call, who], t)
        yield replace(record, t_s=t, wall_s=t, facts=facts)


def _measured(left: Record, from_s: float, to_s: float) -> Iterator[Record]:
    for second in range(int(to_s - from_s)):
        frozen = 0.4 if second == 3 else 0.0
        counts = dict.fromkeys(("received", "checked", "read"), 15)
        facts = {
            **counts,
            "stray": 0,
            "suspicious": 0,
            "latency_ms": {"120": 9, "137": 5, "310": 1},
            "freezes": int(frozen > 0),
            "frozen_s": frozen,
            "shown_s": 1.0,
        }
        t = from_s + second + 1
        yield Record(t, "viewer.measured", left.call, left.session, left.actor, t, facts)


def draw_still(path: Path, camera: str, coarse: bool = False, width: int = 640) -> None:
    """A picture of nobody: a floor, a wall, and something round."""
    height = width * 3 // 4
    picture = np.full((height, width, 3), (168, 180, 188) if camera == "back" else (120, 138, 90), np.uint8)
    picture[height * 2 // 3 :] = (70, 84, 96)
    centre = (width // 2, height * 3 // 5) if camera == "back" else (width // 2, height // 2)
    cv2.circle(picture, centre, width // 6, (60, 90, 200), -1, cv2.LINE_AA)
    if coarse:
        small = cv2.resize(picture, (40, 30))
        picture = np.asarray(cv2.resize(small, (width, height), interpolation=cv2.INTER_NEAREST), np.uint8)
    path.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(path), picture)
