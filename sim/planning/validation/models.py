"""The textbook's models as countries for the engine, each with what theory says of it."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from math import exp

import numpy as np
from scipy.special import ndtr

from sim.planning.country import Country, Desk, Spread, Stream, Video
from sim.planning.tables import HOURS, Floats, Ints
from sim.planning.theory import (
    cobham_wait_s,
    erlang_a,
    erlang_b,
    erlang_c,
    erlang_c_wait_s,
    erlang_c_within,
    mm1_wait_s,
    pollaczek_khinchine_s,
    present,
)
from sim.planning.year import Year

SERVICE_S = 1.0
SIGMA = 0.8  # of lognormal services: CV 0.95
EXPONENTIAL = Spread("exponential", SERVICE_S)
LOGNORMAL = Spread("lognormal", SERVICE_S * exp(-(SIGMA**2) / 2), SIGMA)  # of the same mean
CONSTANT = Spread("constant", SERVICE_S)


@dataclass(frozen=True, slots=True)
class Value:
    """What theory expects, and where it stands in what the engine told. `precision`: the half width that the
    interval may have, of the value. A hundredth lets 99 of 100 errors of 2 % be seen.
    """

    what: str
    expected: float
    measure: Callable[[Year], float]
    precision: float = 0.01
    note: str = ""


@dataclass(frozen=True, slots=True)
class Model:
    """`calls`: how many there must be for the values' precision, in all replications."""

    name: str
    country: Country
    values: tuple[Value, ...]
    calls: float

    @property
    def per_s(self) -> float:
        return sum(float(stream.calls_per_s.mean()) for stream in self.country.streams)


def slowed(country: Country, factor: float) -> Country:
    """A fault: all services longer by this factor."""
    return Country(
        country.desks,
        tuple(
            replace(
                stream,
                talk=replace(stream.talk, a=stream.talk.a * factor),
                video=replace(stream.video, session_s_median=stream.video.session_s_median * factor),
            )
            for stream in country.streams
        ),
    )


def textbook() -> list[Model]:
    """Every model of the analytic suite (domain study 11)."""
    return [
        _mm1(),
        _erlang_c(2, 1.0, 6e6),
        _erlang_c(8, 6.0, 6.5e6),
        _erlang_b("exponential", EXPONENTIAL),
        _erlang_b("lognormal", LOGNORMAL),
        _erlang_a(),
        _mg1("lognormal", LOGNORMAL, exp(SIGMA**2) - 1, 6e6),
        _mg1("constant", CONSTANT, 0.0, 1.9e6),
        _cobham(),
        _palm(),
    ]


# ---- what is read off the engine


def _share(of: str, n: int = 0) -> Callable[[Year], float]:
    """Of all calls of the n-th stream."""

    def measured(year: Year) -> float:
        told = year.streams[n]
        return float(told[of] / (told["answered"] + told["abandoned"]))

    return measured


def _wait_s(n: int = 0) -> Callable[[Year], float]:
    """Mean over the answered calls of the n-th stream."""
    return lambda year: float(year.streams[n]["wait_s"] / year.streams[n]["answered"])


# ---- the models: rates are chosen for a service of one second


def _one(name: str, per_s: float, talk: Spread, seats: int, patience_s: float = float("inf")) -> Country:
    """The stream is named after the model: each has draws of its own."""
    stream = Stream(
        name, "desk", "113", np.full(HOURS, per_s), talk, patience_s=patience_s, target_s=SERVICE_S / 5
    )
    return Country((Desk.of("desk", seats),), (stream,))


def _mm1() -> Model:
    wait = Value("mean wait, s", mm1_wait_s(0.5, SERVICE_S), _wait_s())
    name = "M/M/1, load 0.5"
    return Model(name, _one(name, 0.5, EXPONENTIAL, 1), (wait,), 4e6)


def _erlang_c(seats: int, load: float, calls: float) -> Model:
    name, within_s = f"Erlang-C, {seats} seats, load {load:g}", SERVICE_S / 5
    values = [
        Value("share that waits", erlang_c(load, seats), _share("queued")),
        Value("share within 0.2 s", erlang_c_within(load, seats, SERVICE_S, within_s), _share("within")),
    ]
    if seats == 2:  # with more seats it takes too many calls to know it well
        values.append(Value("mean wait, s", erlang_c_wait_s(load, seats, SERVICE_S), _wait_s()))
    return Model(name, _one(name, load, EXPONENTIAL, seats), tuple(values), calls)


def _erlang_b(kind: str, talk: Spread) -> Model:
    """Nobody has patience: who finds no seat is lost. It must not matter what services are like."""
    lost = Value("share lost", erlang_b(8.0, 10), _share("abandoned"))
    name = f"Erlang-B, 10 seats, load 8, {kind}"
    return Model(name, _one(name, 8.0, talk, 10, patience_s=0.0), (lost,), 4e6)


def _erlang_a() -> Model:
    theory = erlang_a(10.0, SERVICE_S, 2 * SERVICE_S, 10)
    values = (
        Value("share that hangs up", theory.abandons, _share("abandoned")),
        Value("mean wait of the answered, s", theory.wait_s_answered, _wait_s()),
    )
    name = "Erlang-A, 10 seats, load 10"
    return Model(name, _one(name, 10.0, EXPONENTIAL, 10, patience_s=2 * SERVICE_S), values, 7.5e6)


def _mg1(kind: str, talk: Spread, squared_cv: float, calls: float) -> Model:
    wait = Value("mean wait, s", pollaczek_khinchine_s(0.5, SERVICE_S, squared_cv), _wait_s())
    name = f"Pollaczek-Khinchine, {kind}, load 0.5"
    return Model(name, _one(name, 0.5, talk, 1), (wait,), calls)


def _cobham() -> Model:
    rates = (0.7, 0.8)
    streams = tuple(
        Stream(f"priority {n}", "desk", "113", np.full(HOURS, rate), EXPONENTIAL, priority=n)
        for n, rate in enumerate(rates)
    )
    waits = cobham_wait_s(rates, SERVICE_S, 2)
    values = tuple(Value(f"mean wait of priority {n}, s", wait, _wait_s(n)) for n, wait in enumerate(waits))
    return Model("Cobham, 2 seats, load 1.5", Country((Desk.of("desk", 2),), streams), values, 1.4e7)


# ---- M_t/G/inf: video sessions at once, in a week whose rate steps up and down every hour


STEP_S = 120.0
MARKS_S = 3600.0 * np.arange(6, HOURS) + 600.0  # ten minutes after a step; long sessions have begun by then


def _palm() -> Model:
    """A replication is a week, or the beginning of one."""
    rates = np.where(np.arange(HOURS) % 2, 0.15, 0.05)
    video = Video(share=1.0, session_s_median=600.0, session_sigma=SIGMA)
    stream = Stream("calls", "desk", "113", rates, CONSTANT, video=video)
    there = present(np.repeat(rates, int(3600 / STEP_S)), STEP_S, lambda age_s: _outlasts(video, age_s))
    expected = there[(MARKS_S / STEP_S).astype(np.int64) - 1]
    values = (
        Value("mean at once, 10 min into a quiet hour", float(expected[0]), _at_once(0)),
        Value("mean at once, 10 min into a busy hour", float(expected[1]), _at_once(1)),
        Value("variance by mean (Poisson: 1)", 1.0, _dispersion(expected), 0.1, "to a tenth only"),
    )
    country = Country((Desk.of("desk", 500),), (stream,))
    return Model("M_t/G/inf, lognormal sessions", country, values, 0.1 * HOURS * 3600.0 * 40)


def _outlasts(video: Video, age_s: Floats) -> Floats:
    return np.asarray(1 - ndtr(np.log(age_s / video.session_s_median) / video.session_sigma), np.float64)


def _there(year: Year) -> Ints:
    """How many sessions are going on at each mark that was reached."""
    sessions = year.book.sessions[: int(year.book.run["sessions"][0])]
    marks_s = MARKS_S[: np.searchsorted(MARKS_S, year.book.run["end_s"][0])]
    begun = np.searchsorted(np.sort(sessions["begins"]), marks_s)
    ended = np.searchsorted(np.sort(sessions["ends"]), marks_s)
    return np.asarray(begun - ended, np.int64)


def _at_once(first: int) -> Callable[[Year], float]:
    return lambda year: float(_there(year)[first::2].mean())


def _dispersion(expected: Floats) -> Callable[[Year], float]:
    def measured(year: Year) -> float:
        there = _there(year)
        mean = expected[: len(there)]
        return float(((there - mean) ** 2 / mean).mean())

    return measured
