"""What `lab113 plan` does for each kind of question: told, shown, and given back for programs."""

import asyncio
from collections.abc import Callable
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

import joblib
from rich.console import Console

from sim.nation import Nation, load_nation
from sim.planning.answer import Answer, answer_of
from sim.planning.beside import beside
from sim.planning.book import DAY_S
from sim.planning.cost import priced
from sim.planning.country import Country
from sim.planning.demand import country_of
from sim.planning.estimate import Estimate
from sim.planning.find import fewest_seats
from sim.planning.folder import write_folder
from sim.planning.incident import incident_of
from sim.planning.log import log_of
from sim.planning.measured import measured_beside
from sim.planning.question import NoAnswer, Planning, WrongKey
from sim.planning.replications import replicated
from sim.planning.rows import Row
from sim.planning.shown import (
    as_json,
    plain,
    show,
    show_sweep,
    show_tornado,
    show_warm_up,
)
from sim.planning.shown_difference import show_centres_beside, show_difference
from sim.planning.shown_found import show_found
from sim.planning.sweep import Sweep
from sim.planning.time_to_video import times_to_video
from sim.planning.tornado import Bar, figures, less, load_ranges, number, varied
from sim.planning.warm_up import warm_up_of
from sim.reading import BadFile, at
from sim.scenario import Scenario, load_scenario
from stand_alone.listening import PortTaken

COMPARED = 5  # replications of each, when neither scenario says how many
Tell = Callable[[str], None]


class Asked:
    """One scenario with its question."""

    def __init__(self, path: Path, seed: int | None) -> None:
        """Raises BadFile."""
        self.path = path
        self.scenario, self.nation = load_scenario(path)
        if self.scenario.planning is None:
            raise BadFile(f"{path}: {_why_not(self.scenario)}")
        self.planning = self.scenario.planning
        self.uncalibrated = load_nation(self.scenario.nation.centres, path.parent)
        trace = self.planning.trace
        self.log = None if trace is None else log_of(path.parent / trace)
        self.traces = self.log.traces if self.log else {}
        self.seed = self.scenario.seed if seed is None else seed

    def country(self, planning: Planning | None = None) -> Country:
        """Raises BadFile."""
        asked = planning or self.planning
        try:
            priced(self.nation, asked)  # refused before anything is told
            return country_of(self.nation, asked, self.scenario.nation.full_rollout, self.traces)
        except WrongKey as error:
            raise BadFile(f"{at(self.path, error.keys)}: {error.what}") from None
        except NoAnswer as error:
            raise BadFile(f"{self.path}: {error}") from None


def _why_not(scenario: Scenario) -> str:
    if scenario.ambulance_planning is None:
        return "has no [planning] table; say what is planned, as scenarios/capacity/national-year.toml does"
    return "asks about ambulances, [ambulance_planning], and cannot be compared with a plan of seats"


def serve(asked: Asked, port: int, tell: Tell) -> None:
    from sim.planning.whatif import WhatIf, serve_page  # polars and a web server: nothing else needs them
    from sim.planning.whatif.sliders import DAYS, Sliders

    whatif = WhatIf(asked.path, asked.scenario, asked.nation, asked.seed, asked.traces)
    later = len(asked.planning.bursts) - len(Sliders.bursts(asked.planning))
    if later:
        tell(f"planning.bursts: {later} of them come after the page's {DAYS:g} days, and are not told there")
    try:
        asyncio.run(serve_page(whatif, port, tell))
    except KeyboardInterrupt:
        raise SystemExit(0) from None
    except PortTaken as error:
        raise NoAnswer(f"--port {port}: {error}") from None


def _answer(asked: Asked, planning: Planning, tell: Tell, jobs: int) -> Answer:
    return _answer_for(asked.country(planning), asked, planning, tell, jobs)


def _answer_for(country: Country, asked: Asked, planning: Planning, tell: Tell, jobs: int) -> Answer:
    outcomes = replicated(country, asked.seed, planning, tell, jobs)
    return answer_of(outcomes, country, asked.nation, planning)


def plan(
    asked: Asked, console: Console, tell: Tell, jobs: int, into: Path, every_centre: bool
) -> dict[str, Any]:
    country = asked.country()
    answer = _answer_for(country, asked, asked.planning, tell, jobs)
    warm_up = warm_up_of(country, asked.seed, asked.planning.warm_up_days)
    _head(asked, console)
    show(console, answer, every_centre)
    show_warm_up(console, warm_up)
    more = {"warm_up": {**asdict(warm_up), "enough": warm_up.enough}}
    if asked.planning.bursts:
        tell("the incident's day, call by call")
    end_s = (asked.planning.warm_up_days + asked.planning.days) * DAY_S
    folder = _write(asked, into, answer, more, incident_of(country, asked.seed, end_s))
    console.print(f"report  {folder / 'report.html'}", highlight=False, soft_wrap=True)
    return {"scenario": str(asked.path), "seed": asked.seed, "folder": str(folder), **as_json(answer)}


def _head(asked: Asked, console: Console, how: str = "") -> None:
    console.print(f"[bold]{asked.scenario.title}[/] · seed {asked.seed}{how}")
    if asked.log:
        console.print(asked.log.told, highlight=False)


def _write(
    asked: Asked, into: Path, answer: Answer, more: dict[str, Any], incident: dict[str, Any] | None = None
) -> Path:
    measured = [asdict(one) for one in measured_beside(asked.uncalibrated, asked.nation)]
    more = {**more, "log": asked.log.told} if asked.log else more
    given = (into, asked.path, asked.scenario, asked.nation, asked.seed, answer)
    return write_folder(*given, {**more, "measured": measured}, incident)


def find_seats(asked: Asked, console: Console, tell: Tell) -> dict[str, Any]:
    targets = {line: float(target["share"]) for line, target in asked.nation.targets.items()}
    country = asked.country()
    found = fewest_seats(country, targets, asked.seed, asked.planning, tell)
    times = times_to_video(country, asked.nation, asked.seed, asked.planning)
    _head(asked, console, " · fewest seats, without overflow")
    show_found(console, found, times)
    return {
        "scenario": str(asked.path),
        "seed": asked.seed,
        "centres": [asdict(one) for one in found],
        "time_to_video": [{**asdict(one), "at_share_s": one.at_share_s.as_json()} for one in times],
        "without": [one.desk for one in found if one.seats is None],
    }


def compare(
    asked: Asked, other: Asked, console: Console, tell: Tell, jobs: int, every_centre: bool
) -> dict[str, Any]:
    """The same replications of both: what the draws do, they do to both."""
    one, two = _alike(asked.planning, other.planning)
    first, second = _answer(asked, one, tell, jobs), _answer(other, two, tell, jobs)
    console.print(f"first   {asked.scenario.title}\nsecond  {other.scenario.title}", highlight=False)
    console.print(f"seed {asked.seed} for both; bold: the interval of the difference leaves out 0")
    show_difference(console, first, second)
    centres = beside(first, second, one.merges, two.merges)
    show_centres_beside(console, centres, every_centre)
    return {
        "seed": asked.seed,
        "first": {"scenario": str(asked.path), **as_json(first)},
        "second": {"scenario": str(other.path), **as_json(second)},
        "difference": {
            "lines": {
                mine.line: {
                    field.name: getattr(theirs, field.name).less(getattr(mine, field.name)).as_json()
                    for field in fields(Row)
                    if isinstance(getattr(mine, field.name), Estimate)
                }
                for mine, theirs in zip(first.lines, second.lines, strict=False)
                if mine.line == theirs.line
            },
            "centres": [
                {**plain(one), "in_time_more": plain(one.in_time_more), "differs": one.differs}
                for one in centres
            ],
            "video": {name: second.video[name].less(first.video[name]).as_json() for name in first.video},
        },
    }


def _alike(one: Planning, other: Planning) -> tuple[Planning, Planning]:
    """Of one length and with as many replications, so that they can be paired."""
    most = max(one.replications or COMPARED, other.replications or COMPARED)
    same = {"replications": most, "days": one.days, "warm_up_days": one.warm_up_days}
    return one.model_copy(update=same), other.model_copy(update=same)


def sweep(asked: Asked, over: Sweep, console: Console, tell: Tell, jobs: int) -> dict[str, Any]:
    answers = []
    for value, planning in over.asked(asked.planning):
        tell(f"{over.key} = {value}")
        answers.append((value, _answer(asked, planning, tell, jobs)))
    console.print(f"[bold]{asked.scenario.title}[/] · seed {asked.seed}")
    show_sweep(console, over.key, answers)
    told = [{"value": value, **as_json(answer)} for value, answer in answers]
    return {"scenario": str(asked.path), "seed": asked.seed, "key": over.key, "answers": told}


def tornado(asked: Asked, console: Console, tell: Tell, jobs: int, into: Path) -> dict[str, Any]:
    planning = asked.planning.model_copy(update={"replications": asked.planning.replications or COMPARED})
    ranges, country = load_ranges(asked.nation), asked.country(planning)
    outcomes, calls = replicated(country, asked.seed, planning, jobs=jobs), joblib.hash(country)

    def answer(nation: Nation) -> Answer:
        """Told anew only where the number is one of the calls that this scenario has."""
        other = country_of(nation, planning, asked.scenario.nation.full_rollout, asked.traces)
        alike = joblib.hash(other) == calls
        told = outcomes if alike else replicated(other, asked.seed, planning, jobs=jobs)
        return answer_of(told, other, nation, planning)

    as_it_is = answer(asked.nation)
    now, bars = figures(as_it_is, planning.bursts), []
    for n, one in enumerate(ranges, 1):
        tell(f"{n} of {len(ranges)}: {one.key}")
        turned = (answer(varied(asked.nation, one.key, value)) for value in (one.low, one.high))
        ends = (figures(end, planning.bursts) for end in turned)
        low, high = (less(end, now) for end in ends)
        bars.append(Bar(one, number(asked.nation, one.key), low, high))
    console.print(
        f"[bold]{asked.scenario.title}[/] · seed {asked.seed} · one number at a time, on the same draws"
    )
    show_tornado(console, bars, now)
    told = [
        {**bar.range.model_dump(), "now": bar.now, "at_low": bar.low, "at_high": bar.high}
        for bar in bars
        if bar.moves
    ]
    swung = {"figures": now, "numbers": told, "moves_nothing": [b.range.key for b in bars if not b.moves]}
    folder = _write(asked, into, as_it_is, {"tornado": swung})
    console.print(f"report  {folder / 'report.html'}", highlight=False, soft_wrap=True)
    return {"scenario": str(asked.path), "seed": asked.seed, "folder": str(folder), **swung}
