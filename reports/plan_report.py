"""report.html of a plan's folder: the question, the answer, how sure it is, and what it rests on."""

import json
from pathlib import Path
from typing import Any

from reports.incident import DAYS, film
from reports.plan_page import assumed, css, in_words, page
from reports.stress_des import stress_des
from reports.tornado import tornado

# of the target: far below, below, nearly, met; dark enough to be told apart without colours too
_LEVELS = ((0.0, "#8c1d18", "under 75 %"), (0.75, "#d0552b", "75 to 90 %"), (0.9, "#e9b44c", "90 to 100 %"))
_MET = ("#3a8a4d", "met")
_NONE = "#e6e9ee"
_VIDEO_WEEK = ("asked_per_h", "seen", "no_link")
_WORDS = {
    "requests_per_week": "video asked for, a week",
    "sessions_per_week": "video seen, a week",
    "no_link_per_week": "without a link in time, a week",
    "time_to_video_s_p50": "request to picture, median, s",
    "time_to_video_s_p95": "request to picture, 95 %, s",
    "at_once_mean": "sessions at once, mean",
    "at_once_p999": "sessions at once, 99.9 % of the time",
    "at_once_max": "sessions at once, most",
    "mbit_per_s_p999": "Mbit/s in, 99.9 % of the time",
}

STAGE_WORDS = {
    "sent": "SMS sent",
    "arrived": "SMS on the phone",
    "opened": "link opened",
    "consented": "caller agreed",
    "picture": "picture seen",
}

_CAUSE_WORDS = {
    "no_smartphone": "no smartphone, or roaming",
    "refused_aloud": "refused aloud",
    "sms_lost": "the SMS was lost",
    "refused_on_page": "refused on the page, or never opened",
    "camera_failed": "browser or camera",
    "network": "no media connection",
    "too_late": "took longer than the operator waits",
    "no_link": "a carrier in trouble brought no link in time",
}

_COST_WORDS = {
    "seats": "seats, at the fullest hours",
    "staffed_h_per_week": "hours on seats, a week, breaks among them",
    "staff_years": "staff-years",
    "staff_kr_per_year": "staff, kr",
    "video_service_kr_per_year": "video service, kr",
    "media_servers": "media servers",
    "media_servers_kr_per_year": "media servers, kr",
    "sms_kr_per_year": "SMS, kr",
}


def write_plan_report(folder: Path) -> Path:
    """Write `report.html` beside `plan.json` and return its path. Raises OSError."""
    plan = json.loads((folder / "plan.json").read_text(encoding="utf-8"))
    path = folder / "report.html"
    path.write_text(page("plan_report").render(_told(plan), film=film(folder)), encoding="utf-8")
    return path


def _told(plan: dict[str, Any]) -> dict[str, Any]:
    question = in_words(plan["question"])
    if "log" in plan:
        question["trace"] = plan["log"]
    targets = {row["line"]: row["target"] for row in plan["lines"]}
    below = [row for row in plan["centres"] if row["share_in_time"]["mean"] < row["target"]]
    return {
        "plan": plan,
        "css": css("plan_report", "incident"),
        "question": question,
        "below": sorted(below, key=_of_target),
        "others": sorted((row for row in plan["centres"] if row not in below), key=_of_target),
        "weeks": {line: _week(week, targets[line]) for line, week in plan["weeks"].items()},
        "video_week": _video_week(plan["video_week"]),
        "warm_up": _warm_up(plan["warm_up"]["welch"]) if "warm_up" in plan else None,
        "tornado": tornado(plan["tornado"]) if "tornado" in plan else [],
        "levels": [*((fill, word) for _, fill, word in _LEVELS), _MET],
        "at_once": _at_once(plan["at_once"]),
        "video_words": _WORDS,
        "cost_words": _COST_WORDS,
        "stage_words": STAGE_WORDS,
        "cause_words": _CAUSE_WORDS,
        "asked_per_week": {
            row["line"]: row["video_asked"]["mean"] * 7.0 / plan["days"] for row in plan["lines"]
        },
        "assumed": assumed(plan),
        "stress": stress_des(plan, question),
        "days": DAYS,
    }


def _week(week: dict[str, Any], target: float) -> list[dict[str, Any]]:
    """168 cells: day, hour, colour, and what a pointer on it reads."""
    cells = []
    for n, share in enumerate(week["share_in_time"]):
        calls = week["calls_per_h"][n]
        told = "no calls" if share is None else f"{share:.1%} in time"
        cells.append(_cell(n, _fill(share, target), f"{calls:,.1f} calls an hour, {told}"))
    return cells


def _video_week(week: dict[str, Any]) -> list[dict[str, Any]]:
    """168 cells: pictures seen, as part of what is seen when carriers bring all links; none if they do."""
    if not any(week["no_link"]):
        return []
    cells = []
    for n, (per_h, seen, no_link) in enumerate(zip(*(week[name] for name in _VIDEO_WEEK), strict=True)):
        told, part = "nobody asked", None
        if seen is not None:
            told = f"{seen:.1%} seen, {no_link:.1%} without a link in time"
            part = seen / (seen + no_link) if seen + no_link else None
        cells.append(_cell(n, _fill(part, 1.0), f"{per_h:,.1f} requests for video an hour, {told}"))
    return cells


def _warm_up(welch: list[float]) -> dict[str, Any]:
    """A curve in a box of 38 to 680 by 0 to 90, whose lower edge is nothing."""
    most = max(1.2, *welch) * 1.05
    step = (680 - 38) / max(1, len(welch) - 1)
    points = " ".join(f"{38 + step * n:.1f},{90 - 90 * ratio / most:.1f}" for n, ratio in enumerate(welch))
    hours = [(round(38 + step * n, 1), n) for n in range(0, len(welch), 12)]
    return {"points": points, "one": round(90 - 90 / most, 1), "hours": hours}


def _cell(n: int, fill: str, told: str) -> dict[str, Any]:
    return {
        "day": n // 24,
        "hour": n % 24,
        "fill": fill,
        "word": f"{DAYS[n // 24]} {n % 24:02}: {told}",
    }


def _fill(share: float | None, target: float) -> str:
    if share is None:
        return _NONE
    if not target or share >= target:
        return _MET[0]
    return next(fill for least, fill, _ in reversed(_LEVELS) if share / target >= least)


def _at_once(shares: list[float]) -> list[dict[str, float]]:
    """For each number of sessions the share of time with at least so many, where that is not nothing."""
    left, rows = 1.0, []
    for n, share in enumerate(shares):
        if left < 5e-7:  # shown as nothing
            break
        rows.append({"n": n, "at_least": max(left, 0.0)})
        left -= share
    return rows


def _of_target(row: dict[str, Any]) -> float:
    return float(row["share_in_time"]["mean"] / row["target"]) if row["target"] else 1.0
