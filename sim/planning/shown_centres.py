"""Lines, centres, routes and incidents of an answer as a person reads them: a row for each."""

from collections.abc import Sequence

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from sim.planning.answer import Answer
from sim.planning.estimate import Estimate
from sim.planning.rows import Row

COLUMNS = (
    ("seats", "seats"),
    ("calls", "calls"),
    ("share_in_time", "in time"),
    ("target", "target"),
    ("answered_in_time", "of answered"),
    ("wait_s_p50", "wait p50"),
    ("wait_s_p95", "p95 s"),
    ("abandoned", "gave up"),
    ("overflowed", "to others"),
    ("occupancy", "held"),
    ("video_seen", "on video"),
)
SHARES = ("share_in_time", "answered_in_time", "target", "abandoned", "overflowed", "occupancy")
_OF_SEATS = ("seats", "occupancy")  # an incident has none of its own


def show_centres(console: Console, answer: Answer, every_centre: bool) -> None:
    """Lines, centres that the question names, those below their target (or all), routes, incidents."""
    console.print(_table("The nation", answer.lines))
    named = [row for row in answer.centres if row.name in answer.asked_about]
    if named:
        console.print(_table("Centres of the question", named))
    below = [row for row in answer.centres if row.share_in_time.mean < row.target]
    title = "Centres" if every_centre else f"Centres below their target: {len(below)}"
    rows = answer.centres if every_centre else below
    console.print(_table(title, rows) if rows else "No centre is below its target.")
    if answer.routes:
        console.print(_routes(answer))
    if answer.incidents:
        console.print(_table("Incidents", answer.incidents, leaves_out=_OF_SEATS))
        _show_incidents(console, answer)


def _show_incidents(console: Console, answer: Answer) -> None:
    for row in answer.incidents:
        console.print(f"{row.name}: {row.repeats.mean:.1f} answered about what was known", highlight=False)
    console.print(
        "A centre's own row is without the incident's calls, but with the seats that they held; the line's "
        f"is with them.\nKroner a year have an incident in each {answer.days:g} days of it; calls a year by "
        "urgency have none.",
        highlight=False,
        soft_wrap=True,
    )


def _routes(answer: Answer) -> Table:
    """A row for each centre that takes others' calls: how it does, and from whom they come."""
    table = _empty(
        "Routed by night", "to", "line", "calls a week", "own in time", "held", "from (share of its calls)"
    )
    own = {row.name: row for row in reversed(answer.centres)}  # of several lines the first
    for to in dict.fromkeys(route.to for route in answer.routes):
        routes, row = [route for route in answer.routes if route.to == to], own[to]
        table.add_row(
            *(to, row.line, f"{sum(route.per_week.mean for route in routes):,.1f}"),
            *(cell(row, "share_in_time"), cell(row, "occupancy")),
            ", ".join(f"{route.centre} {route.of_calls.mean:.0%}" for route in routes),
        )
    return table


def _table(title: str, rows: Sequence[Row], leaves_out: Sequence[str] = ()) -> Table:
    columns = [(name, heading) for name, heading in COLUMNS if name not in leaves_out]
    table = _empty(title, "centre", "line", *(heading for _, heading in columns))
    for row in rows:
        table.add_row(row.name, row.line, *(cell(row, name) for name, _ in columns))
    return table


def _empty(title: str, first: str, line: str, *others: str) -> Table:
    """Without rules between the columns: they are many."""
    table = Table(title=title, title_justify="left", box=SIMPLE_HEAD, show_edge=False, padding=(0, 1, 0, 0))
    table.add_column(first)
    table.add_column(line, no_wrap=True)
    for heading in others:
        text = heading.startswith("from")
        table.add_column(heading, justify="left" if text else "right", no_wrap=not text)
    return table


def cell(row: Row, name: str) -> str:
    value = getattr(row, name)
    if not isinstance(value, Estimate):
        return f"{value:.0%}" if name in SHARES else f"{value:,}"
    spec = ".1%" if name in SHARES else (",.0f" if value.mean >= 100 else ".1f")
    text = f"{value.mean:{spec}}"
    return f"{text} ± {half(value, '.1%')}" if name == "share_in_time" else text


def half(estimate: Estimate, spec: str) -> str:
    return "–" if estimate.half == float("inf") else f"{estimate.half:{spec}}"
