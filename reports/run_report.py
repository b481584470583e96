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
from reports.run_folder import RunFolder, read_run
from reports.timeline import timelines
from sim.checks.metrics import DURATIONS, call_durations, metrics
from sim.journal import Record
from sim.sessions import CallRow

CALLS_MAX = 40  # timelines on one page; the journal has the rest
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
        return _as_wanted(self.row, self.wanted)


def write_report(folder: Path) -> Path:
    """Write `report.html` into a run folder and return its path. Raises NotADirectoryError."""
    path = folder / "report.html"
    html = _page().render(_told(read_run(folder)))
    path.write_bytes(html.encode("utf-8", "replace"))  # a lone surrogate of a torn text becomes "?"
    return path


def _told(run: RunFolder) -> dict[str, Any]:
    calls = call_parts(run)
    pictures, pictures_left = seen(run)
    pairs = beside(run) if run.plan else []
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
        "per_call": per_call(run) if run.plan else {},
        "waits": waits(run),
        "durations": _durations(run),
        "sms_ways": sms_way.by_carrier(run.rows),
        "tiles": _tiles(run),
        "counts": _counts(run),
        "faults": run.resolved.get("faults") or [],
        "trouble": [record for record in run.records if record.event in _TROUBLE],
    }


def call_parts(run: RunFolder) -> list[CallPart]:
    """The calls to show, in their order; of more than CALLS_MAX first those that did not go as wanted."""
    told = [*(run.resolved.get("calls") or []), *(run.resolved.get("ambulances") or [])]
    chosen = {str(each.get("name")): each for each in told}
    wanted = {row.name: chosen.get(row.name, {}).get("outcome") for row in run.rows}
    worst = sorted(run.rows, key=lambda row: _as_wanted(row, wanted[row.name]))[:CALLS_MAX]
    shown = {row.name for row in worst}
    lines = timelines([record for record in run.records if record.call is None or record.call in shown])
    return [
        CallPart(
            row,
            str(chosen.get(row.name, {}).get("title", "")),
            wanted[row.name],
            {name: taken[0] if taken else None for name, taken in call_durations(row).items()},
            sms_way.told(row),
            chart(lines[row.name]),
            [r for r in run.records if r.call == row.name and r.event not in _NOT_TOLD],
        )
        for row in run.rows
        if row.name in shown
    ]


def _as_wanted(row: CallRow, wanted: str | None) -> bool:
    return wanted in (None, row.outcome) and not row.failures


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
    found = metrics(run.rows)
    return [
        {
            "name": name,
            "meaning": words.DURATIONS.get(name, ""),
            "n": int(found[f"{name}_n"] or 0),
            "quantiles": [found[f"{name}_{suffix}"] for suffix in ("p50", "p95", "p99", "max")],
        }
        for name in DURATIONS
    ]


def _tiles(run: RunFolder) -> list[tuple[str, str]]:
    """The few numbers that most readers come for."""
    found = metrics(run.rows)
    told = [(name, figures.exact(found[key])) for name, key in _COUNTED.items()]
    p50, p95 = (figures.seconds(found[f"time_to_video_s_{suffix}"]) for suffix in ("p50", "p95"))
    late = figures.seconds(found["glass_to_glass_s_p95"])
    return [*told, ("time to video p50 / p95, s", f"{p50} / {p95}"), ("filmed to seen p95, s", late)]


def _counts(run: RunFolder) -> dict[str, float | None]:
    derived = tuple(f"{name}_" for name in DURATIONS)
    return {name: value for name, value in metrics(run.rows).items() if not name.startswith(derived)}


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
