"""Two answers on the same draws, as a person reads them: what the second has more than the first."""

from rich.console import Console
from rich.table import Table

from sim.planning.answer import Answer
from sim.planning.beside import Beside, Figures
from sim.planning.estimate import Estimate, points
from sim.planning.shown_centres import COLUMNS, SHARES, half


def show_difference(console: Console, one: Answer, other: Answer) -> None:
    """The nation's, with the interval of the difference itself."""
    table = _table("", "line", "first", "second", "difference", "± (95 %)")
    for mine in one.lines:
        theirs = next((row for row in other.lines if row.line == mine.line), None)
        if theirs is not None:
            for name, title in COLUMNS:
                if isinstance(getattr(mine, name), Estimate):
                    share, both = name in SHARES, (getattr(mine, name), getattr(theirs, name))
                    table.add_row(title, mine.line, *_shares(*both) if share else _numbers(*both))
    for name, estimate in one.video.items():
        table.add_row(name, "", *_numbers(estimate, other.video[name]))
    for name, value in one.cost.items():
        more = other.cost[name] - value
        table.add_row(name, "", f"{value:,.0f}", f"{other.cost[name]:,.0f}", f"{more:+,.0f}", "")
    console.print(table)


def show_centres_beside(console: Console, centres: list[Beside], every_centre: bool) -> None:
    """Those that differ surely or are in only one of the answers; or all."""
    shown = centres if every_centre else [one for one in centres if one.differs]
    if not shown:
        console.print("No centre differs surely.")
        return
    title = "Centres" if every_centre else f"Centres that differ surely, or are in only one: {len(shown)}"
    columns = ("seats first", "second", "calls first", "second", "in time first", "second")
    table = _table("centre", "line", *columns, "difference", "± (95 %)", title=title)
    for one in shown:
        first, second = (_cells(figures) for figures in (one.first, one.second))
        pairs = (cell for pair in zip(first, second, strict=True) for cell in pair)
        table.add_row(one.name, one.line, *pairs, *_points(one.in_time_more))
    console.print(table)


def _cells(figures: Figures | None) -> tuple[str, str, str]:
    if figures is None:
        return "–", "–", "–"
    return f"{figures.seats}", f"{figures.calls.mean:,.1f}", f"{figures.share_in_time.mean:.2%}"


def _shares(mine: Estimate, theirs: Estimate) -> tuple[str, str, str, str]:
    return (f"{mine.mean:.2%}", f"{theirs.mean:.2%}", *_points(theirs.less(mine)))


def _points(more: Estimate | None) -> tuple[str, str]:
    if more is None:
        return "–", "–"
    return f"{_bold(more)}{points(more.mean)}", half(more, ".2%").replace("%", " pp")


def _numbers(mine: Estimate, theirs: Estimate) -> tuple[str, str, str, str]:
    less = theirs.less(mine)
    ends = f"{mine.mean:,.1f}", f"{theirs.mean:,.1f}"
    return (*ends, f"{_bold(less)}{less.mean:+,.1f}", half(less, ",.1f"))


def _bold(difference: Estimate) -> str:
    return "[bold]" if difference.is_not_0 else ""


def _table(*columns: str, title: str | None = None) -> Table:
    table = Table(title=title, title_justify="left", show_edge=False, pad_edge=False)
    for column in columns:
        table.add_column(column, justify="left" if column in ("", "centre", "line") else "right")
    return table
