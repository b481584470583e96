"""The incident's day in a plan's report: a map that plays, its worst moment as a still picture, the story."""

import json
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from math import sqrt
from pathlib import Path
from typing import Any

_SCRIPT = Path(__file__).with_suffix(".js")
SPOTS = _SCRIPT.with_name("spots.js")  # the what-if page's map answers to it, too
DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
# times the target; the words and the classes of incident.css
_LEVELS = ((0, "as usual: within the target"), (1, "up to 3 times"), (3, "up to 6 times"), (6, "longer"))
_SHOWN = ("seats", "busy", "waiting", "ringing", "longest_s")
_OWN = ("came", "answered", "by_others", "gave_up")
_CHART_WIDTH, _CHART_HEIGHT, _CHART_TOP = 600.0, 60.0, 14.0


@dataclass(frozen=True, slots=True)
class Mark:
    """A centre on the map, as it is at the worst moment."""

    name: str
    x: float
    y: float
    label: str  # none: an LV, but where the incident is
    left: bool
    invented: bool  # its place
    level: int
    waiting: int
    ringing: int
    busy: int
    seats: int
    longest_s: int

    @property
    def radius(self) -> float:
        return (7 if self.label else 4) + 2 * sqrt(self.waiting)

    @property
    def note(self) -> str:
        return ", place invented" if self.invented else ""

    @property
    def told(self) -> str:
        """As incident.js says it, too."""
        return (
            f"{self.name}: {self.busy} of {self.seats} seats busy, {self.waiting} waiting, "
            f"{self.ringing} ringing, longest wait just then {self.longest_s} s{self.note}"
        )


def film(folder: Path) -> dict[str, Any] | None:
    """What the page needs of incident.json; None: the plan has no incident."""
    path = folder / "incident.json"
    if not path.exists():
        return None
    day = json.loads(path.read_text(encoding="utf-8"))
    data = json.dumps(_data(day), separators=(",", ":")).replace("<", "\\u003c")
    for centre in day["centres"]:
        for name in (*_SHOWN, *_OWN):
            centre[name] = _each(centre[name], day["samples"])
    script = "".join(path.read_text(encoding="utf-8") for path in (SPOTS, _SCRIPT))
    own = next(one for one in day["centres"] if one["name"] == day["centre"])
    marks = _marks(day)
    return {
        "day": day,
        "marks": marks,
        "own": own,
        "at": next(mark for mark in marks if mark.name == day["centre"]),
        "sums_of": _sums_of(day, marks),
        "invented": sum(mark.invented for mark in marks),
        "helpers": _helpers(day, marks),
        "outline": " ".join("{},{}".format(*at) for at in day["map"]["outline"]),
        "chart": _chart(day, own),
        "levels": [word for _, word in _LEVELS],
        "clock": clock(_moment(day, day["worst"]), True),
        "began": clock(day["from_s"]),
        "story": _story(day, own),
        "sums": _sums(day),
        "data": data,
        "script": script,
        "script_hash": b64encode(sha256(script.encode()).digest()).decode(),
    }


def _data(day: dict[str, Any]) -> dict[str, Any]:
    """The film for the script: what changes at which sample, nothing that stands in the picture already."""
    centres = [
        {"target_s": one["target_s"], **{name: one[name] for name in _SHOWN}}
        | ({name: one[name] for name in _OWN} if one["name"] == day["centre"] else {})
        for one in day["centres"]
    ]
    told = {name: day[name] for name in ("at_s", "from_s", "step_s", "samples", "worst")}
    own = [one["name"] for one in day["centres"]].index(day["centre"])
    return {**told, "own": own, "levels": [n for n, _ in _LEVELS], "centres": centres, "lent": day["lent"]}


def _each(changes: Sequence[int], samples: int) -> list[int]:
    """A column from its changes: sample, value, sample, value, ..."""
    ends = [*changes[2::2], samples]
    values = zip(changes[::2], ends, changes[1::2], strict=True)
    return [value for begin, end, value in values for _ in range(begin, end)]


def clock(at_s: float, with_seconds: bool = False) -> str:
    """As "Sat 18:07", of seconds from a Monday 00:00."""
    minutes, s = divmod(int(at_s), 60)
    told = f"{DAYS[minutes // 1440 % 7]} {minutes // 60 % 24:02}:{minutes % 60:02}"
    return f"{told}:{s:02}" if with_seconds else told


def _moment(day: dict[str, Any], sample: int) -> float:
    return float(day["from_s"] + sample * day["step_s"])


# ---- the picture


def _marks(day: dict[str, Any]) -> list[Mark]:
    """In the order of the centres."""
    marks = []
    for one in day["centres"]:
        place = day["map"]["centres"][one["name"]]
        x, y = place["at"]
        label = place["label"] or (one["name"] if one["name"] == day["centre"] else "")
        now = {column: one[column][day["worst"]] for column in _SHOWN}
        level = sum(now["longest_s"] > most * one["target_s"] for most, _ in _LEVELS[1:])
        marks.append(
            Mark(
                *(one["name"], x, y, label, place["west"], place["invented"], level),
                *(now["waiting"], now["ringing"], now["busy"], now["seats"], now["longest_s"]),
            )
        )
    return marks


def _sums_of(day: dict[str, Any], marks: list[Mark]) -> list[dict[str, Any]]:
    """Of each region's LV."""
    places = [day["map"]["centres"][mark.name] for mark in marks]
    found = []
    for region, (x, y) in day["map"]["regions"].items():
        those = [n for n, at in enumerate(places) if not at["label"] and at["region"] == region]
        if those:
            now = {name: sum(getattr(marks[n], name) for n in those) for name in ("busy", "seats", "waiting")}
            found.append({"region": region, "x": x, "y": y, "those": those, **now})
    return found


def _helpers(day: dict[str, Any], marks: list[Mark]) -> list[dict[str, Any]]:
    """A line from the incident to each neighbour that helps at some time."""
    by_name = {mark.name: mark for mark in marks}
    found = []
    for name, changes in day["lent"].items():
        lent = _each(changes, day["samples"])[day["worst"]]
        found.append({"name": name, "x": by_name[name].x, "y": by_name[name].y, "lent": lent})
    return found


def _chart(day: dict[str, Any], own: dict[str, Any]) -> dict[str, Any]:
    """The incident's centre: busy seats, and calls waiting on top, in a box whose lower edge is nothing."""
    all_calls = [busy + waiting for busy, waiting in zip(own["busy"], own["waiting"], strict=True)]
    most = max(1, *all_calls, *own["seats"])
    high, wide = (_CHART_HEIGHT - _CHART_TOP) / most, _CHART_WIDTH / (day["samples"] - 1)
    last_s = _moment(day, day["samples"] - 1)
    hours = range(int(day["from_s"]) // 3600 + 1, int(last_s) // 3600 + 1)
    return {
        "areas": [("waiting", _area(all_calls, wide, high)), ("busy", _area(own["busy"], wide, high))],
        "most": max(own["waiting"]),
        "incident": round((day["at_s"] - day["from_s"]) / day["step_s"] * wide, 1),
        "now": round(day["worst"] * wide, 1),
        "hours": [((3600 * h - day["from_s"]) / day["step_s"] * wide, f"{h % 24:02}:00") for h in hours],
    }


def _area(column: Sequence[int], wide: float, high: float) -> str:
    """Steps above the lower edge."""
    points = [(0.0, 0), (0.0, column[0])]
    for n, value in enumerate(column):
        if value != points[-1][1]:
            points += [(wide * n, points[-1][1]), (wide * n, value)]
    points += [(_CHART_WIDTH, column[-1]), (_CHART_WIDTH, 0)]
    return " ".join(f"{x:.1f},{_CHART_HEIGHT - high * value:.1f}" for x, value in points)


# ---- the story


def _story(day: dict[str, Any], own: dict[str, Any]) -> list[tuple[str, str]]:
    """When, and what, in the order of time; of a minute, that all is as usual again comes last."""
    story, centre, target_s = day["story"], day["centre"], own["target_s"]
    told = [(day["at_s"], f"The incident. {story['of_it']} calls because of it come to {centre}.")]
    if story["first_late_at_s"] is not None:
        told.append(
            (
                story["first_late_at_s"],
                f"The first caller has waited beyond the target of {_duration(target_s)}.",
            )
        )
    most = own["waiting"][day["worst"]]
    if most:
        busy, seats = own["busy"][day["worst"]], own["seats"][day["worst"]]
        text = f"The longest queue: {_calls(most)} waiting for a seat, {busy} of {seats} seats busy."
        told.append((_moment(day, day["worst"]), text))
    longest = story["longest"]
    if longest is not None and longest["waited_s"] > target_s:
        end = f"is answered by {longest['by']}" if longest["by"] else "hangs up"
        told.append((longest["at_s"], f"Who waits longest {end} after {_duration(longest['waited_s'])}."))
    told.sort()
    if story["usual_at_s"] is not None:
        text = "All is as usual again: from now on nobody waits longer than without the incident."
        told = sorted([*told, (story["usual_at_s"], text)], key=lambda one: one[0] // 60)
    return [(clock(at_s), text) for at_s, text in told]


def _sums(day: dict[str, Any]) -> list[str]:
    story, centre = day["story"], day["centre"]
    until = "until then" if story["usual_at_s"] is not None else "until the end of the film"
    helped = sum(story["helpers"].values())
    names = ", ".join(f"{name} {calls}" for name, calls in story["helpers"].items())
    told = [
        f"From the incident {until} {_calls(story['came'])} came to {centre}, the usual ones among them: "
        f"{story['answered_here']} answered there, {helped} by neighbours, {story['gave_up']} gave up; "
        f"{story['in_time']} were answered within the target.",
        f"Neighbours that helped: {names}." if names else "No neighbour took a call.",
    ]
    if not story["harmed"]:
        return [*told, "No other caller waited longer because of it."]
    elsewhere = ", ".join(f"{name} {callers}" for name, callers in story["harmed_elsewhere"].items())
    return [
        *told,
        f"Others waited too: {story['harmed']} callers with another reason to call waited longer than on the "
        f"same day without the incident, by up to {_duration(story['harmed_s_most'])}; "
        + (f"of other centres: {elsewhere}." if elsewhere else "all of them at this centre."),
    ]


def _calls(n: int) -> str:
    return f"{n} call" if n == 1 else f"{n} calls"


def _duration(s: float) -> str:
    told = f"{s:.0f} s" if s < 100 else f"{int(s) // 60} min {int(s) % 60:02} s"
    return told.replace(" ", "\xa0")
