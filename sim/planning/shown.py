"""An answer as a person reads it, and as CSV."""

import csv
from collections.abc import Sequence
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from sim.planning.answer import Answer
from sim.planning.estimate import Estimate, points
from sim.planning.rows import Row
from sim.planning.shown_centres import COLUMNS, cell, show_centres
from sim.planning.shown_video import show_video
from sim.planning.tornado import Bar, longest_first
from sim.planning.warm_up import WarmUp

TORNADO_ROWS = 8


def show(console: Console, answer: Answer, every_centre: bool) -> None:
    """The centres, video, what it takes and costs, how sure that is."""
    show_centres(console, answer, every_centre)
    for line, centres in answer.last_seat_kept.items():
        said = f"seats_more.{line}: at {centres} centres no more than all but one seat can go"
        console.print(said, highlight=False)
    show_video(console, answer)
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
    """Resource persons, media servers, calls by urgency, the season."""
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
    by_night = (
        f"{row.line}: {row.routed.mean:.1%} of the calls are sent to another centre by night"
        for row in answer.lines
        if row.routed.mean
    )
    for line in (*told, *urgency, *ages, *season, *by_night):
        console.print(line, highlight=False)


def show_sweep(console: Console, key: str, answers: Sequence[tuple[object, Answer]]) -> None:
    """A row for each value and line."""
    table = Table(show_edge=False, pad_edge=False)
    table.add_column(key, justify="right")
    table.add_column("line")
    for _, title in COLUMNS:
        table.add_column(title, justify="right")
    for value, answer in answers:
        for n, row in enumerate(answer.lines):
            shown = (f"{value:g}" if isinstance(value, float) else str(value)) if n == 0 else ""
            table.add_row(shown, row.line, *(cell(row, name) for name, _ in COLUMNS))
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
            moved = [_moved(figure, side[figure]) for side in (bar.low, bar.high)]
            if bar.seen(figure):
                ends = (f"{v:g}" for v in (bar.now, bar.range.low, bar.range.high))
                table.add_row(bar.range.key.removesuffix(".value"), *ends, *moved)
        nothing = f"{figure}: {_figure(figure, value)}, whatever the numbers are within their ranges"
        console.print(table if table.row_count else nothing, highlight=False)
    still = ", ".join(bar.range.key.removesuffix(".value") for bar in bars if not bar.moves)
    if still:
        console.print(f"Not asked for here, or moves nothing: {still}", highlight=False)


def _figure(name: str, value: float) -> str:
    return f"{value:.2%}" if name.startswith("in time") else f"{value:,.1f}"


def _moved(name: str, by: float) -> str:
    return points(by) if name.startswith("in time") else f"{by:+,.1f}"


def write_csv(path: Path, answer: Answer) -> None:
    """One row for each stream of calls; every estimate with its half interval beside it."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        names = [field.name for field in fields(Row)]
        estimates = {name for name in names if isinstance(getattr(answer.lines[0], name), Estimate)}
        writer.writerow(
            [n for name in names for n in ([name, f"{name}_half"] if name in estimates else [name])]
        )
        for row in (*answer.lines, *answer.centres, *answer.incidents):
            cells = [getattr(row, name) for name in names]
            writer.writerow([c for cell in cells for c in _cells(cell)])


def as_json(answer: Answer) -> dict[str, Any]:
    """The same, for programs; the mean and half of the 95 % interval of every figure."""
    return {**plain(answer), "sure": answer.sure}


def plain(value: Any) -> Any:
    """A part of an answer, as JSON has it."""
    if isinstance(value, Estimate):
        return value.as_json()
    if is_dataclass(value):
        return {field.name: plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, dict):
        return {key: plain(part) for key, part in value.items()}
    return [plain(part) for part in value] if isinstance(value, tuple) else value


def _cells(cell: object) -> list[object]:
    return [cell.mean, cell.half] if isinstance(cell, Estimate) else [cell]
