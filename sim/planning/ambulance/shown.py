"""An answer of an ambulance area as a person reads it: in minutes and shares, sure differences in bold."""

from collections.abc import Sequence

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from sim.planning.ambulance.answer import PlaceRow, kind_rows, mean_calls, place_rows, station_rows
from sim.planning.ambulance.comparison import Design, Years
from sim.planning.ambulance.goals import Goal
from sim.planning.ambulance.urgency import TOLD
from sim.planning.estimate import Estimate, points

FIGURES = {
    "acute_s_mean": "acute, mean min",
    "acute_s_median": "acute, median min",
    "acute_s_p90": "acute, 90 % within min",
    "acute_within_goal": "acute within the goal",
    "acute_within_goal_urban": "  urban",
    "acute_within_goal_rural": "  rural",
    "acute_need_within_goal": "in acute need, within the goal",
    "first_help_s_mean": "acute, first help mean min",
    "urgent_s_mean": "urgent, mean min",
    "ordinary_s_mean": "ordinary, mean min",
    "planned_s_mean": "booked, mean min",
    "missions": "missions",
    "passed_on": "passed on to a neighbour",
    "moves": "moves by the policy",
    "ambulance_utilisation": "ambulances busy",
    "videos": "videos asked for",
    "raised": "  response raised",
    "lowered": "  response lowered",
    "spared": "  response spared",
    "sent_too_little": "less sent than needed",
    "sent_too_much": "more sent than needed",
}


def show_first(console: Console, design: Design, years: Years, goals: Sequence[Goal]) -> None:
    """The first design in full: goals, places, stations, vehicles, triage."""
    for goal in goals:
        console.print(_goal(goal), highlight=False, soft_wrap=True)
    places = place_rows(design, years)
    console.print(_places(design.name, places))
    console.print(_stations(years))
    console.print(_kinds(years))
    console.print(_triage(years))


def show_designs(console: Console, designs: Sequence[Design], every: Sequence[dict[str, Estimate]]) -> None:
    """A row for each figure: the first design's, and what the others have more or less."""
    table = _table(f"against {designs[0].name}, on the same calls; bold: the difference is sure (95 %)", "")
    for design in designs:
        table.add_column(design.name, justify="right", overflow="fold")
    for name, title in FIGURES.items():
        if name in every[0] and any(own[name].mean for own in every):
            first, others = every[0][name], [own[name].less(every[0][name]) for own in every[1:]]
            table.add_row(title, _cell(name, first), *(_difference(name, each) for each in others))
    console.print(table)


def _goal(goal: Goal) -> str:
    far = ", ".join(f"{reach.place} ({reach.s / 60:.1f} min from {reach.station})" for reach in goal.too_far)
    why = f"\n  too far from the nearest ambulance: {far}" if far else ""
    return (
        f"{goal.kind} within {goal.within_s / 60:g} min: {goal.reached.mean:.1%} ± {goal.reached.half:.1%}, "
        f"wanted {goal.share:.0%}: {goal.verdict}{why}"
    )


def _places(name: str, rows: Sequence[PlaceRow]) -> Table:
    """The seed's table beside it where a place has its name, by the mixture that reproduces it."""
    any_published = any(row.published for row in rows)
    table = _table(
        f"places, acute missions ({name}); minutes",
        *("place", "kind", "calls", "acute", "median", "90 %", "goal", "within it", "nearest station"),
        *(("the seed's median", "90 %", "within goal") if any_published else ()),
    )
    for row in rows:
        goal_s, published = row.nearest.goal_s, row.published
        seed = ["–", "–", "–"] if any_published else []
        if published is not None:
            _, median_s, p90_s = published.figures_s
            seed = [_min(median_s), _min(p90_s), f"{row.published_within_goal:.0%}"]
        table.add_row(
            *(row.name, row.kind, f"{row.calls.mean:,.0f}", f"{row.acute.mean:,.0f}"),
            *(_min_of(row.acute_s_median), _min_of(row.acute_s_p90), f"{goal_s / 60:g}"),
            "–" if row.within_goal is None else f"{row.within_goal.mean:.0%}",
            *(f"{_min(row.nearest.s)} {row.nearest.station}", *seed),
        )
    return table


def _stations(years: Years) -> Table:
    table = _table("stations, vehicle-hours", "station", "missions", "activity", "standby", "stood by here")
    for row in station_rows(years):
        hours = (row.activity_h, row.standby_h, row.stood_h)
        table.add_row(row.name, f"{row.missions.mean:,.0f}", *(f"{each.mean:,.0f}" for each in hours))
    return table


def _kinds(years: Years) -> Table:
    table = _table("vehicles", "kind", "number", "missions", "busy", "overtime h")
    for row in kind_rows(years):
        numbers = (f"{row.missions.mean:,.0f}", f"{row.utilisation.mean:.1%}", f"{row.overtime_h.mean:,.0f}")
        table.add_row(row.kind.replace("_", " "), str(row.vehicles), *numbers)
    return table


def _triage(years: Years) -> Table:
    """What was found in the end, and in brackets what video changed of it."""
    table = _table("calls by what was sent, and needed; in brackets what video changed", "sent")
    for need in TOLD:
        table.add_column(f"needs {need}", justify="right")
    told, sent = (mean_calls(each) for each in zip(*((year.told, year.sent) for year in years), strict=True))
    for found in TOLD:
        cells = ((sent[found][need], sent[found][need] - told[found][need]) for need in TOLD)
        table.add_row(found, *(f"{calls:,.0f} ({change:+,.1f})" for calls, change in cells))
    return table


def _table(title: str, first: str, *others: str) -> Table:
    table = Table(title=title, title_justify="left", box=SIMPLE_HEAD, show_edge=False, padding=(0, 1, 0, 0))
    table.add_column(first)
    for other in others:
        table.add_column(other, justify="left" if other in ("kind", "nearest station") else "right")
    return table


def _cell(name: str, estimate: Estimate) -> str:
    return f"{_number(name, estimate.mean)} ± {_number(name, estimate.half)}"


def _difference(name: str, less: Estimate) -> str:
    if less.mean == less.half == 0:
        return "same"
    sure = "[bold]" if less.is_not_0 else ""
    if _is_share(name):
        return f"{sure}{points(less.mean)} ± {_number(name, less.half).rstrip('%')}"
    return f"{sure}{_number(name, less.mean, '+')} ± {_number(name, less.half)}"


def _number(name: str, value: float, sign: str = "") -> str:
    if "_s_" in name:
        return f"{value / 60:{sign}.2f}"
    return f"{value:.2%}" if _is_share(name) else f"{value:{sign},.1f}"


def _is_share(name: str) -> bool:
    return "within" in name or "utilisation" in name


def _min(s: float) -> str:
    return f"{s / 60:.1f}"


def _min_of(estimate: Estimate | None) -> str:
    return "–" if estimate is None else _min(estimate.mean)
