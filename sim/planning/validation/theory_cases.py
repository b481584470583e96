"""The engine held against theory: values in intervals, and a fault of 2 % that must be found."""

from collections.abc import Iterator

from sim.planning.book import DAY_S
from sim.planning.intervals import Interval, t_interval
from sim.planning.validation.case import CONFIDENCE, Case, agrees
from sim.planning.validation.models import Model, Value, slowed, textbook
from sim.planning.year import tell

REPLICATIONS = 40
WARM_UP_DAYS = 1000 / DAY_S  # a thousand services; the slowest model forgets in 60
FAULT = 1.02
CLEAR = 1.9  # half widths: 1 to be outside, 0.9 (2.3 standard errors of 2.7) so that chance seldom hides it
QUICK = 10  # times fewer calls; intervals 3.2 times wider, by chance up to
WIDER = 5.0


def theory_cases(seed: int, quick: bool) -> Iterator[Case]:
    for model in textbook():
        yield from held(model, seed, quick)
        yield fault_found(model, seed, quick)


def held(model: Model, seed: int, quick: bool = False, factor: float = 1.0) -> list[Case]:
    """Every value of the model; with a fault, its services are longer by the factor."""
    wide = WIDER if quick else 1.0
    measured = intervals(model, seed, model.calls / (QUICK if quick else 1), factor)
    return [
        agrees(
            f"theory: {model.name}, {value.what}",
            value.expected,
            interval,
            wide * value.precision,
            value.note,
        )
        for value, interval in zip(model.values, measured, strict=True)
    ]


def fault_found(model: Model, seed: int, quick: bool = False) -> Case:
    """With services longer by the fault at least one value must be outside its interval. Half the calls show
    it; a quick run has the precision for a fault that is as many times greater as its intervals are wider.
    """
    factor = 1 + (FAULT - 1) * (QUICK**0.5 if quick else 1)
    measured = intervals(model, seed, model.calls / 2 / (QUICK if quick else 1), factor)

    def clear(pair: tuple[Value, Interval]) -> float:
        value, interval = pair
        return abs(interval.mean - value.expected) / interval.half

    value, interval = farthest = max(zip(model.values, measured, strict=True), key=clear)
    return Case(
        f"theory: {model.name}, a fault is found",
        "passed" if clear(farthest) > CLEAR else "failed",
        interval.mean,
        value.expected,
        (interval.low, interval.high),
        f"services {factor - 1:.1%} longer: the expected {value.what} must be outside, for 99 seeds of 100",
    )


def intervals(model: Model, seed: int, calls: float, factor: float = 1.0) -> list[Interval]:
    """Of each value, over the replications, with services longer by the factor."""
    country = slowed(model.country, factor)
    days = calls / model.per_s / REPLICATIONS / DAY_S
    years = [
        tell(country, seed, replication=n, days=days, warm_up_days=WARM_UP_DAYS) for n in range(REPLICATIONS)
    ]
    return [t_interval([value.measure(year) for year in years], CONFIDENCE) for value in model.values]
