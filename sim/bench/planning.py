"""How fast the planning engines are: a national year in each, and both beside plain SimPy and Ciw."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from resource import RUSAGE_SELF, getrusage
from typing import Any, TypeVar

import numpy as np

from sim.bench.queues import ciw_queue, plain_simpy
from sim.nation import DATA, load_nation
from sim.planning import told
from sim.planning.book import DAY_S
from sim.planning.country import Country, Desk, PickUp, Spread, Stream
from sim.planning.demand import country_of
from sim.planning.drawn import calls_of
from sim.planning.outcome import told as outcome_of
from sim.planning.question import Planning
from sim.planning.tables import HOURS
from sim.planning.year import Year, tell
from sim.reading import read_toml

T = TypeVar("T")
Tell = Callable[[str], None]

NUMBERS = Path(__file__).with_suffix(".toml")
SEED = 113
TIMES = 3  # the best of so many: what else the machine does only adds
STORY_DAYS = 36.5  # of the year, scaled
FULL_STORY_DAYS = 7.0
SWEPT_YEARS = 6  # of a thousand, scaled
TALK_S = 200.0
KERNEL_CALLS, STORY_CALLS, PLAIN_CALLS, CIW_CALLS = 1_000_000, 100_000, 50_000, 20_000


def bench_planning(tell_line: Tell, years: int = SWEPT_YEARS) -> dict[str, Any]:
    """CPU seconds of this process, on one core; the compiler's are told apart.

    A year in the story engine is measured on a tenth of it and scaled, a sweep of 1 000 years on `years`. The
    engines `agree` when they count the same calls. Ratios are calls per CPU second on M/M/50 at a load of
    0.9, all in this run: noise of the machine that lasts is in both.
    """
    numbers = read_toml(NUMBERS)
    national = benchmark(numbers)
    days = numbers["days"]["value"]
    tell_line("the compiler")
    compile_s, _ = cpu_s(lambda: tell(national, SEED, days=0.1, warm_up_days=0))
    tell_line("a national year in the kernel")
    kernel_s, year = best(lambda: tell(national, SEED, days=days, warm_up_days=0))
    tell_line(f"{STORY_DAYS:g} days of it in SimPy")
    story_s, stretch = cpu_s(lambda: told.tell(national, SEED, days=STORY_DAYS, warm_up_days=0))
    same = tell(national, SEED, days=STORY_DAYS, warm_up_days=0)
    tell_line(f"{years} years of a sweep")
    swept_s, _ = cpu_s(lambda: [outcome_of(national, SEED, n, days, 0) and None for n in range(years)])
    measured = {
        "year_kernel_cpu_s": round(kernel_s, 3),
        "year_story_cpu_s": round(story_s * days / STORY_DAYS, 2),
        "sweep_1000_years_cpu_min": round(swept_s / years * 1000 / 60, 2),
    }
    return {
        **measured,
        "marks": {
            name: {"at_most": mark, "held": measured[name] <= mark} for name, mark in numbers["marks"].items()
        },
        "year": _told(year),
        "story_measured_days": STORY_DAYS,
        "sweep_measured_years": years,
        "compile_cpu_s": round(compile_s, 2),
        "full_model": _full_model(days, tell_line),
        **_against_others(numbers["queue"], tell_line),
        "agree": _counts(same) == _counts(stretch),
    }


def benchmark(numbers: dict[str, Any]) -> Country:
    """The study's national year: two lines, two priorities, patience, lognormal talk, video. No overflow."""
    country = country_of(load_nation("norway", DATA), Planning(overflow=False, season=False))
    streams = []
    for stream in country.streams:
        urgent = numbers["urgent_share"][stream.line]
        for priority, share in enumerate((urgent, 1.0 - urgent)):
            streams.append(
                replace(
                    stream,
                    name=f"{stream.name}/{priority}",
                    calls_per_s=stream.calls_per_s * share,
                    priority=priority,
                    wrap_s=0.0,
                    pick_up=PickUp(),
                    patience_s=numbers["patience_s"][stream.line],
                    video=replace(stream.video, share=numbers["video_share"]["value"]),
                    day_cv=0.0,
                )
            )
    return replace(country, streams=tuple(streams))


def _full_model(days: float, tell_line: Tell) -> dict[str, Any]:
    """What `lab113 plan` tells at most: overflow, AMK's other lines, pick-up, patience, busy days."""
    tell_line("the full model: overflow, and AMK's other lines")
    country = country_of(load_nation("norway", DATA), Planning(other_lines=True))
    kernel_s, year = cpu_s(lambda: tell(country, SEED, days=days, warm_up_days=0))
    story_s, _ = cpu_s(lambda: told.tell(country, SEED, days=FULL_STORY_DAYS, warm_up_days=0))
    return {
        "year_kernel_cpu_s": round(kernel_s, 3),
        "year_story_cpu_s": round(story_s * days / FULL_STORY_DAYS, 1),
        "story_measured_days": FULL_STORY_DAYS,
        **_told(year),
    }


def _against_others(queue: dict[str, Any], tell_line: Tell) -> dict[str, Any]:
    """Calls per CPU second on one queue, and how many times as fast our engines are."""
    seats = queue["seats"]
    rate: float = queue["load"] * seats / TALK_S
    stream = Stream("calls", "desk", "113", np.full(HOURS, rate), Spread("exponential", TALK_S))
    country = Country((Desk.of("desk", seats),), (stream,))

    def days(calls: int) -> float:
        return calls / rate / DAY_S

    tell_line(f"M/M/{seats} at a load of {queue['load']:g}: our engines, plain SimPy, Ciw")
    drawn = calls_of(stream, np.ones(int(days(PLAIN_CALLS)) + 1), SEED, 0, days(PLAIN_CALLS) * DAY_S)
    arrivals_s, services_s = drawn.since.tolist(), drawn.holds_s.tolist()
    kernel_s, _ = best(lambda: tell(country, SEED, days=days(KERNEL_CALLS), warm_up_days=0))
    story_s, _ = best(lambda: told.tell(country, SEED, days=days(STORY_CALLS), warm_up_days=0))
    plain_s, _ = best(lambda: plain_simpy(arrivals_s, services_s, seats))
    ciw_s, ciw_calls = cpu_s(lambda: ciw_queue(rate, TALK_S, seats, CIW_CALLS / rate, SEED))
    ours = {"kernel": KERNEL_CALLS / kernel_s, "story": STORY_CALLS / story_s}
    others = {"plain_simpy": len(arrivals_s) / plain_s}
    if ciw_calls:
        others["ciw"] = ciw_calls / ciw_s
    return {
        "queue_calls_per_cpu_s": {name: round(per_s) for name, per_s in (ours | others).items()},
        **{f"{name}_to_{other}": round(ours[name] / others[other], 2) for other in others for name in ours},
        "ciw_missing": None if ciw_calls else "pip install ciw==3.2.7",
    }


def _told(year: Year) -> dict[str, Any]:
    answered, abandoned = (int(year.streams[name].sum()) for name in ("answered", "abandoned"))
    return {
        "calls": answered + abandoned,
        "abandoned_share": round(abandoned / (answered + abandoned), 4),
        "wait_s_mean": round(float(year.streams["wait_s"].sum()) / answered, 3),
        "sessions": int(year.streams["seen"].sum()),
    }


def _counts(year: Year) -> list[list[int]]:
    return [year.streams[name].tolist() for name in ("answered", "abandoned", "within", "queued", "seen")]


def cpu_s(work: Callable[[], T]) -> tuple[float, T]:
    """What it took of this process's CPU time."""
    before = getrusage(RUSAGE_SELF)
    done = work()
    after = getrusage(RUSAGE_SELF)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, done


def best(work: Callable[[], T]) -> tuple[float, T]:
    """The quickest of TIMES."""
    return min((cpu_s(work) for _ in range(TIMES)), key=lambda measured: measured[0])
