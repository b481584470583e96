"""When and where the calls of an entry under [[calls]] come: each with what its own draws are keyed by."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import cycle
from pathlib import Path

from draws import choice, uniform
from sim.arrivals import read_trace
from sim.call import Ordained
from sim.call_table import AnyCalls, BurstSpec, CallSpec, RampSpec, TraceSpec, WeeklySpec
from sim.nation import Carrier, Nation
from sim.ordained import ordained
from sim.week import Week, on_video

REQUESTS_MOST = 10  # for each that ends seen


class NeverSeen(Exception):
    """Too few of a week's requests would end seen; the text says why and what to change."""


@dataclass(frozen=True, slots=True)
class Placed:
    """One call: `entity` keys its draws, `n` are the last digits of its caller's number."""

    spec: AnyCalls
    at_s: float
    line: str
    centre: str
    name: str = ""
    entity: str = ""
    n: int = 0
    ordained: Ordained | None = None


@dataclass(frozen=True, slots=True)
class Ground:
    """What calls are laid out on."""

    nation: Nation
    carriers: Sequence[Carrier]  # as the scenario has them
    full_rollout: bool
    seed: int


def placed(entries: Sequence[AnyCalls], ground: Ground) -> Iterator[Placed]:
    """All calls, entry by entry, call-1 first. A part of a week has the names of the whole week.

    Raises NeverSeen, and BadFile of a trace.
    """
    before = 0
    for spec in entries:
        if isinstance(spec, WeeklySpec):
            calls = sorted(_requests(spec, ground, before), key=lambda one: one.at_s)
            pressed = spec.over_s / (spec.to_s - spec.from_s) if spec.over_s else 1.0
            for n, one in enumerate(calls, before + 1):
                if spec.from_s <= one.at_s < spec.to_s:
                    at_s = spec.at_s + (one.at_s - spec.from_s) * pressed
                    yield replace(one, name=f"call-{n}", at_s=round(at_s, 3))
        else:
            calls = _several(spec, ground)
            for n, one in enumerate(calls, before + 1):
                yield replace(one, name=f"call-{n}", entity=f"call-{n}", n=n)
        before += len(calls)


def number(
    chosen: str | None, carriers: Sequence[Carrier], seed: int, entity: str, n: int
) -> tuple[str, str]:
    """(carrier, number) of a caller, who has chosen his carrier or is given one by draw."""
    name = chosen or choice(uniform(seed, "caller/carrier", entity), [(c.name, c.share) for c in carriers])
    prefix = next(c.prefixes[0] for c in carriers if c.name == name)
    return name, f"{prefix}{n:06d}"


def _several(spec: CallSpec | BurstSpec | RampSpec | TraceSpec, ground: Ground) -> list[Placed]:
    """In the order in which they come."""
    if isinstance(spec, CallSpec):
        return [Placed(spec, spec.at_s, spec.line, spec.centre)]
    if isinstance(spec, TraceSpec):
        return _traced(spec)
    every = on_video(ground.nation, ground.full_rollout)
    centres = spec.centres or [c.name for c in every if spec.line in (None, c.line)]
    lines = {c.name: c.line for c in ground.nation.centres}
    return [
        Placed(spec, round(spec.at_s + spec.after_s(share), 3), lines[centre], centre)
        for share, centre in zip(_shares(spec, ground.seed), cycle(centres), strict=False)
    ]


def _shares(spec: BurstSpec | RampSpec, seed: int) -> list[float]:
    """Which share of the calls has come before each."""
    if spec.spread == "even":
        return [n / spec.count for n in range(spec.count)]
    entity = f"{spec.title}/{spec.at_s:g}"
    return sorted(uniform(seed, f"{spec.kind}/at", entity, n) for n in range(spec.count))


def _traced(spec: TraceSpec) -> list[Placed]:
    calls = sorted(
        (float(at_s), line, centre)
        for (centre, line), trace in read_trace(Path(spec.file)).items()
        for at_s in trace.at_s
    )
    pressed = spec.over_s / calls[-1][0] if spec.over_s and calls[-1][0] else 1.0
    return [Placed(spec, round(spec.at_s + at_s * pressed, 3), line, centre) for at_s, line, centre in calls]


def _requests(spec: WeeklySpec, ground: Ground, before: int) -> Iterator[Placed]:
    """The whole week's, one drawn after the other, each by itself, until exactly so many are ordained to be
    seen; `at_s` counts from Monday 00:00.
    """
    from sim.models.first_sms import first_sms  # the models need scenarios

    week = Week(ground.nation, ground.full_rollout)
    seed, funnel, arrives = ground.seed, ground.nation.funnel, first_sms(ground.seed, ground.carriers)
    k = seen = 0
    while seen < spec.transfers:
        k += 1
        if k > REQUESTS_MOST * spec.transfers + 100:
            raise NeverSeen(f"of {k - 1} requests only {seen} would end seen; lower a carrier's loss")
        entity, n = f"week-{before + k}", before + k
        centre = week.centre(uniform(seed, "week/centre", entity))
        at_s = week.moment_s(centre.line, uniform(seed, "week/at", entity))
        caller = number(spec.caller.carrier, ground.carriers, seed, entity, n)
        end = ordained(seed, entity, funnel, arrives(*caller))
        seen += end == "seen"
        yield Placed(spec, at_s, centre.line, centre.name, entity=entity, n=n, ordained=end)
