"""An answer as a person reads it, and as CSV."""

import csv
from collections.abc import Sequence
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from sim.planning.answer import Answer, VideoWeek
from sim.planning.causes import CAUSES
from sim.planning.estimate import Estimate
from sim.planning.rows import Row
from sim.planning.tornado import Bar, longest_first
from sim.planning.warm_up import WarmUp

_COLUMNS = (
    ("seats", "seats"),
    ("calls", "calls"),
    ("share_in_time", "in time"),
    ("target", "target"),
    ("wait_s_p50", "wait p50 s"),
    ("wait_s_p95", "wait p95 s"),
    ("abandoned", "gave up"),
    ("overflowed", "to others"),
    ("occupancy", "seats held"),
    ("video_seen", "video seen"),
)
DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
HOURS_SHOWN = 6
TORNADO_ROWS = 8
_SHARES = ("share_in_time", "target", "abandoned", "overflowed", "occupancy")


def show(console: Console, answer: Answer, every_centre: bool) -> None:
    """The lines first, then the centres below their target (or all of them)."""
    console.print(_table("The nation", answer.lines))
    below = [row for row in answer.centres if row.share_in_time.mean < row.target]
    rows = answer.centres if every_centre else below
    if rows:
        console.print(
            _table("Centres" if every_centre else f"Centres below their target: {len(below)}", rows)
        )
    else:
        console.print("No centre is below its target.")
    video = Table("video", "mean", "± (95 %)", show_edge=False, pad_edge=False)
    for name, estimate in answer.video.items():
        video.add_row(name, f"{estimate.mean:,.1f}", _half(estimate, ",.1f"))
    console.print(video)
    _show_failed(console, answer)
    _show_hours_without_link(console, answer.video_week)
    _show_resources(console, answer)
    for name, value in answer.cost.items():
        console.print(f"{name:28} {value:,.0f}", highlight=False)
    for payer, kr in answer.seat_fees.items():
        console.print(f"  of the video service paid by {payer}: {kr:,.0f}", highlight=False)
    console.print(
        f"{answer.replications} replications of {answer.days:g} days: {answer.sure}", highlight=False
    )


def show_warm_up(console: Console, warm_up: WarmUp) -> None:
    """What MSER-5 leaves out, beside what the plan does."""
    remedy = "" if warm_up.enough else ": raise planning.warm_up_days"
    console.print(
        f"warm-up: MSER-5 leaves out {warm_up.needed_h} h, the plan {warm_up.taken_h:g} h{remedy}",
        highlight=False,
    )


def _show_resources(console: Console, answer: Answer) -> None:
    """Resource persons, media servers, calls by urgency, the season, incidents."""
    pool, servers = answer.resource_persons, answer.servers
    told = (
        f"resource persons  {pool.needed} needed; {pool.asked_per_week.mean:.1f} asked a week; of "
        f"{pool.persons} one is free in time for {pool.share_in_time.mean:.1%}",
        f"media servers     {servers.servers}, the spare among them: {servers.sessions} sessions at once or "
        f"fewer, {servers.of_all_time:.3%} of the time; {servers.mbit_per_s_in:g} Mbit/s in, "
        f"{servers.mbit_per_s_out:g} out",
    )
    urgency = (
        f"{line}: " + ", ".join(f"{calls:,.0f} {name}" for name, calls in by.items()) + " calls a year"
        for line, by in answer.urgency.items()
    )
    ages = (f"{line}: {factor:.3f} times the calls, by demography" for line, factor in answer.aged.items())
    season = (
        f"{line}: by season {year.least:.2f} to {year.most:.2f} of the mean day, {year.mean:.3f} in the mean"
        for line, year in answer.season.items()
    )
    incidents = (
        f"{row.name}: {row.calls.mean:.1f} calls, {row.repeats.mean:.1f} answered about what was known, "
        f"{row.video_seen.mean:.1f} on video"
        for row in answer.centres
        if row.repeats.mean
    )
    by_night = (
        f"{row.line}: {row.routed.mean:.1%} of the calls are sent to another centre by night"
        for row in answer.lines
        if row.routed.mean
    )
    for line in (*told, *urgency, *ages, *season, *by_night, *incidents):
        console.print(line, highlight=False)


def _show_failed(console: Console, answer: Answer) -> None:
    """Why no picture came, by line: requests a week, and of all requests."""
    table = Table("no picture, a week", show_edge=False, pad_edge=False)
    asked = {row.line: row.video_asked.mean * 7.0 / answer.days for row in answer.lines}
    for line in answer.video_failed:
        table.add_column(line, justify="right")
    for cause in CAUSES:
        of_line = ((by[cause].mean, asked[line]) for line, by in answer.video_failed.items())
        table.add_row(cause, *(f"{n:,.1f} ({n / all_asked:.1%})" for n, all_asked in of_line))
    if answer.video_failed:
        console.print(table)


def _show_hours_without_link(console: Console, week: VideoWeek) -> None:
    """Those in which carriers bring the fewest links, where one is in trouble."""
    worst = sorted((-(share or 0.0), hour) for hour, share in enumerate(week.no_link) if share)
    table = Table("hour", "requests an hour", "seen", "no link in time", show_edge=False, pad_edge=False)
    for lost, hour in worst[:HOURS_SHOWN]:
        seen = week.seen[hour] or 0.0
        asked = f"{week.asked_per_h[hour]:.1f}"
        table.add_row(f"{DAYS[hour // 24]} {hour % 24:02}", asked, f"{seen:.1%}", f"{-lost:.1%}")
    if worst:
        console.print(table)
    if len(worst) > HOURS_SHOWN:
        console.print(f"of {len(worst)} hours in which links are missing", highlight=False)


def show_difference(console: Console, one: Answer, other: Answer) -> None:
    """What the second has more than the first, with the interval of the difference itself."""
    table = Table(show_edge=False, pad_edge=False)
    for column in ("", "line", "first", "second", "difference", "± (95 %)"):
        table.add_column(column, justify="left" if column in ("", "line") else "right")
    for mine in one.lines:
        theirs = next((row for row in other.lines if row.line == mine.line), None)
        if theirs is not None:
            for name, title in _COLUMNS:
                if isinstance(getattr(mine, name), Estimate):
                    spec = ".2%" if name in _SHARES else ",.1f"
                    table.add_row(title, mine.line, *_pair(getattr(mine, name), getattr(theirs, name), spec))
    for name, estimate in one.video.items():
        table.add_row(name, "", *_pair(estimate, other.video[name], ",.1f"))
    for name, value in one.cost.items():
        more = other.cost[name] - value
        table.add_row(name, "", f"{value:,.0f}", f"{other.cost[name]:,.0f}", f"{more:+,.0f}", "")
    console.print(table)


def _pair(mine: Estimate, theirs: Estimate, spec: str) -> tuple[str, str, str, str]:
    difference = theirs.less(mine)
    sure = "[bold]" if abs(difference.mean) > difference.half else ""
    return (
        *(f"{mine.mean:{spec}}", f"{theirs.mean:{spec}}", f"{sure}{difference.mean:+{spec}}"),
        _half(difference, spec),
    )


def show_sweep(console: Console, key: str, answers: Sequence[tuple[object, Answer]]) -> None:
    """A row for each value and line."""
    table = Table(show_edge=False, pad_edge=False)
    table.add_column(key, justify="right")
    table.add_column("line")
    for _, title in _COLUMNS:
        table.add_column(title, justify="right")
    for value, answer in answers:
        for n, row in enumerate(answer.lines):
            shown = (f"{value:g}" if isinstance(value, float) else str(value)) if n == 0 else ""
            table.add_row(shown, row.line, *(_cell(row, name) for name, _ in _COLUMNS))
    console.print(table)


def show_tornado(console: Console, bars: Sequence[Bar], now: dict[str, float]) -> None:
    """For each figure the numbers that move it most."""
    for figure, value in now.items():
        table = Table(
            title=f"{figure}: {_figure(figure, value)}", title_justify="left", show_edge=False, pad_edge=False
        )
        for column in ("number", "now", "low", "high", "at low", "at high"):
            table.add_column(column, justify="left" if column == "number" else "right")
        for bar in longest_first(bars, figure)[:TORNADO_ROWS]:
            moved = [_figure(figure, side[figure], "+") for side in (bar.low, bar.high)]
            if bar.seen(figure):
                ends = (f"{v:g}" for v in (bar.now, bar.range.low, bar.range.high))
                table.add_row(bar.range.key.removesuffix(".value"), *ends, *moved)
        console.print(table)
    still = ", ".join(bar.range.key.removesuffix(".value") for bar in bars if not bar.moves)
    if still:
        console.print(f"Not asked for here, or moves nothing: {still}", highlight=False)


def _figure(name: str, value: float, sign: str = "") -> str:
    return f"{value:{sign}.2%}" if name.startswith("in time") else f"{value:{sign},.1f}"


def write_csv(path: Path, answer: Answer) -> None:
    """One row for each stream of calls; every estimate with its half interval beside it."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        names = [field.name for field in fields(Row)]
        estimates = {name for name in names if isinstance(getattr(answer.lines[0], name), Estimate)}
        writer.writerow(
            [n for name in names for n in ([name, f"{name}_half"] if name in estimates else [name])]
        )
        for row in (*answer.lines, *answer.centres):
            cells = [getattr(row, name) for name in names]
            writer.writerow([c for cell in cells for c in _cells(cell)])


def as_json(answer: Answer) -> dict[str, Any]:
    """The same, for programs; the mean and half of the 95 % interval of every figure."""

    def plain(value: Any) -> Any:
        return value.as_json() if isinstance(value, Estimate) else value

    def row(one: Row) -> dict[str, Any]:
        return {field.name: plain(getattr(one, field.name)) for field in fields(one)}

    return {
        "replications": answer.replications,
        "enough": answer.enough,
        "precision": answer.precision,
        "sure": answer.sure,
        "days": answer.days,
        "lines": [row(one) for one in answer.lines],
        "centres": [row(one) for one in answer.centres],
        "video": {name: plain(value) for name, value in answer.video.items()},
        "servers": asdict(answer.servers),
        "resource_persons": {
            field.name: plain(getattr(answer.resource_persons, field.name))
            for field in fields(answer.resource_persons)
        },
        "cost": answer.cost,
        "seat_fees": answer.seat_fees,
        "video_failed": {
            line: {cause: plain(value) for cause, value in by.items()}
            for line, by in answer.video_failed.items()
        },
        "urgency": answer.urgency,
        "aged": answer.aged,
        "season": {line: asdict(season) for line, season in answer.season.items()},
        "weeks": {line: asdict(week) for line, week in answer.weeks.items()},
        "video_week": asdict(answer.video_week),
        "at_once": answer.at_once,
    }


def _cells(cell: object) -> list[object]:
    return [cell.mean, cell.half] if isinstance(cell, Estimate) else [cell]


def _table(title: str, rows: Sequence[Row]) -> Table:
    table = Table(title=title, title_justify="left", show_edge=False, pad_edge=False)
    table.add_column("centre")
    table.add_column("line")
    for _, title in _COLUMNS:
        table.add_column(title, justify="right")
    for row in rows:
        table.add_row(row.name, row.line, *(_cell(row, name) for name, _ in _COLUMNS))
    return table


def _cell(row: Row, name: str) -> str:
    value = getattr(row, name)
    if not isinstance(value, Estimate):
        return f"{value:.0%}" if name in _SHARES else f"{value:,}"
    spec = ".1%" if name in _SHARES else (",.0f" if value.mean >= 100 else ".1f")
    text = f"{value.mean:{spec}}"
    return f"{text} ± {_half(value, '.1%')}" if name == "share_in_time" else text


def _half(estimate: Estimate, spec: str) -> str:
    return "–" if estimate.half == float("inf") else f"{estimate.half:{spec}}"
