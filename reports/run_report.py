"""report.html of a run folder: one file, nothing fetched, nothing run."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup

from reports import figures, sms_way, words
from reports.banner import banner, limit_of, repeat
from reports.beside_plan import GLYPH_WIDTH, beside, per_call, scale_s, span, waits
from reports.layout import Chart, chart
from reports.pictures import screenshots, seen
from reports.run_folder import ONE_BY_ONE_MAX, RunFolder, read_run
from reports.timeline import timelines
from reports.volume import volume
from sim.checks.metrics import DURATIONS, call_durations
from sim.journal import Record
from sim.sessions import CallRow

CALLS_MAX = 20  # timelines on one page, of more calls than ONE_BY_ONE_MAX; the journal has the rest
TROUBLE_MAX = 40  # of what went wrong on the way
ROWS_MAX = 40  # of checks; further ones are folded away
_COUNTED = {
    "calls": "calls",
    "video asked for": "sessions",
    "seen by the operator": "sessions_completed",
    "stray frames": "stray_frames",
}
_HERE = Path(__file__).parent
_SEVERITY = {"failed": 0, "unknown": 1, "passed": 2}
_TROUBLE = ("fault.begun", "fault.ended", "port.failed", "part.died")
_NOT_TOLD = ("viewer.measured",)  # each second: a freeze on the chart, a sum at the pictures


@dataclass(frozen=True, slots=True)
class CallPart:
    """What the page tells of one call."""

    row: CallRow
    title: str
    wanted: str | None
    durations: dict[str, float | None]  # the first sample of each
    sms: str
    chart: Chart
    records: list[Record]

    @property
    def as_wanted(self) -> bool:
        return self.wanted in (None, self.row.outcome) and not self.row.failures


def write_report(folder: Path, run: RunFolder | None = None) -> Path:
    """Write `report.html` into a run folder and return its path. Raises NotADirectoryError.

    `run` is the folder as it was read, when it was.
    """
    path = folder / "report.html"
    html = _page().render(_told(run or read_run(folder)))
    path.write_bytes(html.encode("utf-8", "replace"))  # a lone surrogate of a torn text becomes "?"
    return path


def _told(run: RunFolder) -> dict[str, Any]:
    calls = call_parts(run)
    pictures, pictures_left = seen(run)
    pairs = beside(run) if run.plan else []
    trouble = [record for record in run.records if record.event in _TROUBLE]
    return {
        "run": run,
        "banner": banner(run),
        "repeat": repeat(run),
        "checks": _checks(run),
        "rows_max": ROWS_MAX,
        "pictures": pictures,
        "pictures_left": pictures_left,
        "screenshots": screenshots(run),
        "calls": calls,
        "calls_left": len(run.rows) - len(calls),
        "beside": pairs,
        "longest_s": scale_s(pairs),
        "per_call": per_call(run, {call.row.name for call in calls}) if run.plan else {},
        "waits": waits(run),
        "durations": _durations(run),
        "sms_ways": sms_way.by_carrier(run.rows),
        "tiles": _tiles(run),
        "counts": _counts(run),
        "faults": run.resolved.get("faults") or [],
        "trouble": trouble[:TROUBLE_MAX],
        "trouble_left": len(trouble[TROUBLE_MAX:]),
        "parameters": _without_calls(run.resolved_text)
        if len(run.rows) > ONE_BY_ONE_MAX
        else run.resolved_text,
        "volume": volume(run) if run.at_volume else None,
    }


def call_parts(run: RunFolder) -> list[CallPart]:
    """The calls to show, in their order: all of a few, else those that went wrong and the slowest."""
    told = [*(run.resolved.get("calls") or []), *(run.resolved.get("ambulances") or [])]
    titles = {str(each.get("name")): str(each.get("title", "")) for each in told}
    of_call: dict[str, list[Record]] = {row.name: [] for row in _shown(run)}
    everybodys: list[Record] = []
    for record in run.records:
        if record.call is None:
            everybodys.append(record)
        elif record.call in of_call:
            of_call[record.call].append(record)
    lines = timelines([*everybodys, *(record for records in of_call.values() for record in records)])
    return [
        CallPart(
            row,
            titles.get(row.name, ""),
            run.wanted[row.name],
            {name: taken[0] if taken else None for name, taken in call_durations(row).items()},
            sms_way.told(row),
            chart(lines[row.name]),
            [r for r in of_call[row.name] if r.event not in _NOT_TOLD],
        )
        for row in run.rows
        if row.name in of_call
    ]


def _shown(run: RunFolder) -> list[CallRow]:
    if len(run.rows) <= ONE_BY_ONE_MAX:
        return run.rows
    return sorted(run.rows, key=lambda row: _goodness(row, run.wanted[row.name]))[:CALLS_MAX]


def _goodness(row: CallRow, wanted: str | None) -> tuple[bool, bool, float]:
    """The worst sorts first: ended otherwise, failed on the way to a picture, waited longest for it."""
    to_video = call_durations(row).get("time_to_video_s") or [0.0]
    return wanted in (None, row.outcome), not (row.failures and row.outcome == "seen"), -to_video[0]


def _without_calls(toml: str) -> str:
    """The text of resolved.toml without its [[calls]], of which a page can carry few."""
    kept, left_out = [], False
    for line in toml.splitlines(keepends=True):
        if line.startswith("["):
            left_out = line.strip("[]\n").partition(".")[0] == "calls"
        if not left_out:
            kept.append(line)
    return "".join(kept) + "\n# [[calls]]: see resolved.toml\n"


def _checks(run: RunFolder) -> list[dict[str, Any]]:
    """The worst first. A check of a call's outcome is told with that outcome."""
    outcomes = {row.name: row.outcome for row in run.rows}
    told = []
    for check in run.checks:
        measured = figures.exact(figures.as_float(check["measured"]), limit_of(check))
        if check["measured"] is None:
            measured = outcomes.get(str(check["name"]).partition(" ends ")[0], measured)
        told.append({**check, "measured": measured})
    return sorted(told, key=lambda check: _SEVERITY.get(check["outcome"], 0))


def _durations(run: RunFolder) -> list[dict[str, Any]]:
    return [
        {
            "name": name,
            "meaning": words.DURATIONS.get(name, ""),
            "n": int(run.found[f"{name}_n"] or 0),
            "quantiles": [run.found[f"{name}_{suffix}"] for suffix in ("p50", "p95", "p99", "max")],
        }
        for name in DURATIONS
    ]


def _tiles(run: RunFolder) -> list[tuple[str, str]]:
    """The few numbers that most readers come for."""
    found = run.found
    told = [(name, figures.exact(found[key])) for name, key in _COUNTED.items()]
    p50, p95 = (figures.seconds(found[f"time_to_video_s_{suffix}"]) for suffix in ("p50", "p95"))
    late = figures.seconds(found["glass_to_glass_s_p95"])
    return [*told, ("time to video p50 / p95, s", f"{p50} / {p95}"), ("filmed to seen p95, s", late)]


def _counts(run: RunFolder) -> dict[str, float | None]:
    derived = tuple(f"{name}_" for name in DURATIONS)
    return {name: value for name, value in run.found.items() if not name.startswith(derived)}


def _breakable(name: object) -> Markup:
    """A long name may be broken behind its underscores."""
    return Markup("_<wbr>").join(str(name).split("_"))


@cache
def _page() -> jinja2.Template:
    pages = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_HERE),
        autoescape=True,  # always: a title may be anything
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    pages.filters["breakable"] = _breakable
    pages.globals.update(
        css=(_HERE / "run_report.css").read_text(encoding="utf-8"),
        glyph_width=GLYPH_WIDTH,
        span=span,
        seconds=figures.seconds,
        with_unit=figures.with_unit,
        moment=figures.moment,
        exact=figures.exact,
        as_float=figures.as_float,
        change=figures.change,
        limit=figures.limit,
        sentence=words.sentence,
        who=words.who,
        purpose=words.wait_label,
    )
    return pages.get_template("run_report.html.j2")
