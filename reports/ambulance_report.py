"""report.html of an ambulance plan's folder: which design holds the goals, where, and what video changed."""

import json
from pathlib import Path
from typing import Any

from reports.ambulance_figures import is_sure, points, table_of
from reports.ambulance_places import places_of, reached_by
from reports.plan_page import assumed, css, in_words, page
from reports.stress_des import stress_des

_NOT_SHOWN = ("area", "days", "replications", "precision", "policies")
_DOES = {
    "home station": "a free ambulance goes home and stays there",
    "compliance table": "with n free, the n most valuable stations are manned; gaps by the nearest to spare",
    "DMEXCLP": "a freed ambulance goes where it adds most to what is covered, by the calls of the mean week",
    "DMEXCLP ahead": "the same, by the calls expected in the next hours",
}
_VERDICTS = {"held": "held", "not held": "below", "too close to say": "close"}


def write_ambulance_report(folder: Path) -> Path:
    """Write `report.html` beside `plan.json` and return its path. Raises OSError."""
    plan = json.loads((folder / "plan.json").read_text(encoding="utf-8"))
    path = folder / "report.html"
    path.write_text(page("ambulance_report").render(_told(plan)), encoding="utf-8")
    return path


def _told(plan: dict[str, Any]) -> dict[str, Any]:
    question, first = in_words(plan["question"]), plan["designs"][0]
    return {
        "plan": plan,
        "css": css("plan_report", "ambulance_report"),
        "assumed": assumed(plan),
        "asked": {
            key: value
            for key, value in question.items()
            if key not in _NOT_SHOWN and (key, value) != ("growth", "1.0")
        },
        "does": _DOES,
        "goals": [_goal(goal, plan["designs"]) for goal in first["goals"]],
        "known": _known(plan),
        "table": table_of(plan["designs"]),
        "reached": reached_by(plan["designs"]),
        "places": places_of(plan["designs"]),
        "stations": _stations(plan),
        "video": _video(plan),
        "stress": stress_des(plan, question, "stress_des_ambulance"),
    }


def _known(plan: dict[str, Any]) -> str:
    after, wanted = plan["enough"], f"{100 * plan['precision']:g}"
    return (
        f"The share of acute missions within their goal was to be known to ± {wanted} points, and to stay so "
        f"over five more replications: {f'it was, after {after}' if after else 'these are too few to say so'}"
    )


def _goal(goal: dict[str, Any], designs: list[dict[str, Any]]) -> dict[str, Any]:
    """A goal of one kind of place, held or not by each design that had acute missions there."""
    rows = []
    for design, own in ((each, own) for each in designs for own in each["goals"]):
        if own["kind"] != goal["kind"]:
            continue
        less = design["less_first"].get(f"acute_within_goal_{goal['kind']}")
        rows.append(
            {
                "name": design["name"],
                "reached": own["reached"],
                "verdict": own["verdict"],
                "level": _VERDICTS[own["verdict"]],
                "less": less,
                "by": points(less) if less else "",
                **_whisker(own["reached"]),
            }
        )
    return {**goal, "minutes": goal["within_s"] / 60, "rows": rows, "in_short": _in_short(goal, rows)}


def _whisker(estimate: dict[str, Any]) -> dict[str, float]:
    """A share and its interval on a scale of 0 to 100."""
    mean, half = estimate["mean"], estimate["half"] or 0.0
    return {
        "at": round(100 * mean, 2),
        "low": round(100 * max(0.0, mean - half), 2),
        "high": round(100 * min(1.0, mean + half), 2),
    }


def _in_short(goal: dict[str, Any], rows: list[dict[str, Any]]) -> str:
    """The answer in two sentences."""
    by_verdict: dict[str, list[str]] = {verdict: [] for verdict in _VERDICTS}
    for row in rows:
        by_verdict[row["verdict"]].append(row["name"])
    held, close = by_verdict["held"], by_verdict["too close to say"]
    told = f"Held by {_and(held)}." if held else "No design holds it." if len(rows) > 1 else "Not held."
    if close:
        told = f"{told if held else ''} Too close to say of {_and(close)}.".strip()
    if len(rows) == 1:
        return told
    sure = [row for row in rows[1:] if row["less"] and is_sure(row["less"])]
    best = max(sure, key=lambda row: float(row["less"]["mean"]), default=None)
    if best is None or best["less"]["mean"] <= 0:
        return f"{told} None surely gains on {rows[0]['name']}."
    return f"{told} {best['name']} gains most on {rows[0]['name']}: {best['by']} points."


def _and(names: list[str]) -> str:
    return ", ".join(names[:-1]) + f" and {names[-1]}" if len(names) > 1 else names[0]


def _stations(plan: dict[str, Any]) -> list[dict[str, Any]]:
    """Vehicles on duty at each station on the average, busy and on standby, and who stands by there."""
    hours = 24.0 * plan["days"]
    every = [{row["name"]: row for row in design["stations"]} for design in plan["designs"]]
    shown = []
    for name, row in every[0].items():
        busy, standby = row["activity_h"]["mean"] / hours, row["standby_h"]["mean"] / hours
        shown.append(
            {
                "name": name,
                "missions": row["missions"],
                "busy": busy,
                "standby": standby,
                "share": busy / (busy + standby) if busy + standby else 0.0,
                "stood": [of_design[name]["stood_h"]["mean"] / hours for of_design in every],
            }
        )
    most = max((row["busy"] + row["standby"] for row in shown), default=0.0) or 1.0
    return [
        {
            **row,
            "busy_at": round(90 * row["busy"] / most, 1),
            "standby_at": round(90 * row["standby"] / most, 1),
        }
        for row in shown
    ]


def _video(plan: dict[str, Any]) -> dict[str, Any]:
    """What was sent by what was needed, and what video changed of it; the first design's, as all designs of
    a plan get the same calls and the same pictures."""
    first = plan["designs"][0]
    sent, told = first["sent"], first["told"]
    needs = list(sent)
    rows = [
        {
            "name": name,
            "cells": [
                {
                    "calls": sent[name][need],
                    "by_video": sent[name][need] - told[name][need],
                    "fits": "right" if n == m else "little" if n > m else "much",
                }
                for m, need in enumerate(needs)
            ],
        }
        for n, name in enumerate(needs)
    ]
    figures = first["figures"]
    calls = sum(cell["calls"] for row in rows for cell in row["cells"])
    right = [sum(of[name][name] for name in needs) / calls if calls else 0.0 for of in (told, sent)]
    return {"needs": needs, "rows": rows, "calls": calls, "right": right, "figures": figures}
