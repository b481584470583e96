"""Fewest seats as a person reads them."""

from collections.abc import Sequence
from itertools import groupby

from rich.console import Console
from rich.table import Table

from sim.planning.find import Found
from sim.planning.time_to_video import TimeToVideo

COLUMNS = ("centre", "line", "seats needed", "seats now", "in time", "±", "with one less", "target")
COLUMNS_WITHOUT = (
    *("centre", "at best", "±", "seats for that, less a point", "seats now"),
    *("other work at most", "in time without it"),
)


def show_found(console: Console, found: Sequence[Found], times: Sequence[TimeToVideo]) -> None:
    """The centres that lack some marked, those that no number helps after them, with why; time to video."""
    table = Table(show_edge=False, pad_edge=False)
    for column in COLUMNS:
        table.add_column(column, justify="left" if column in ("centre", "line") else "right")
    held = [one for one in found if one.seats is not None]
    for one in held:
        short = "[red]" if (one.seats or 0) > one.seats_now else ""
        before = "–" if one.before is None else f"{one.before:.1%}"
        table.add_row(
            *(one.desk, one.line, f"{short}{one.seats}{'' if one.sure else ' ?'}", str(one.seats_now)),
            f"{one.share_in_time:.1%}",
            *(f"{one.half:.2%}", before, f"{one.target:.0%}"),
        )
    if held:
        console.print(table)
    if not all(one.sure for one in held):
        console.print(
            "?: the interval reaches below the target; raise planning.replications, or take a seat more",
            highlight=False,
        )
    for line in dict.fromkeys(one.line for one in held):
        of_line = [one for one in held if one.line == line]
        needed, there = sum(one.seats or 0 for one in of_line), sum(one.seats_now for one in of_line)
        where = "" if all(o.seats for o in found if o.line == line) else f" at {len(of_line)} centres"
        console.print(f"{line}: {needed} seats are needed{where}, {there} are there", highlight=False)
    _show_without(console, [one for one in found if one.seats is None])
    for time in times:
        console.print(_of_video(time), highlight=False)


def _show_without(console: Console, without: Sequence[Found]) -> None:
    """Those of one reason under it."""
    for (why, target), of_why in groupby(sorted(without, key=_reason), key=_reason):
        console.print(f"\nNo number of seats gives {target:.0%}: {why}", highlight=False, markup=False)
        table = Table(show_edge=False, pad_edge=False)
        for column in COLUMNS_WITHOUT:
            table.add_column(column, justify="left" if column == "centre" else "right")
        for one in of_why:
            nearly = "–" if one.nearly is None else str(one.nearly)
            table.add_row(
                *(one.desk, f"{one.share_in_time:.1%}", f"{one.half:.1%}", nearly, str(one.seats_now)),
                *(_share(one.other_work_most), _share(one.without_it)),
            )
        console.print(table)


def _share(share: float | None) -> str:
    return "–" if share is None else f"{share:.1%}"


def _reason(one: Found) -> tuple[str, float]:
    return one.why, one.target


def _of_video(time: TimeToVideo) -> str:
    verdict = "held" if time.held else "not held"
    needed = (
        f"; a way with a median of {time.median_s_needed:.1f} s would hold it, it is {time.median_s:.1f} s"
        if not time.held
        else ""
    )
    return (
        f"{time.line}: time_to_video is {time.at_share_s.mean:.1f} s at {time.share:.0%} of the pictures, "
        f"target {time.within_s:g} s: {verdict}; seats do not change it{needed}"
    )
