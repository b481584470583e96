"""What queueing theory says a desk does: closed formulas, no simulation. Rates are per second.

`load` is the offered load in erlangs: calls per second times mean seconds of service. The engine is held
against these (`sim.planning.validation`), and seats can be guessed with them.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import exp, log

import numpy as np

from sim.planning.tables import Floats


def mm1_wait_s(calls_per_s: float, service_s: float) -> float:
    """Mean wait for service in M/M/1 (Kleinrock 1975, Queueing Systems I, 3.2). Infinite from load 1 on."""
    return pollaczek_khinchine_s(calls_per_s, service_s, squared_cv=1.0)


def pollaczek_khinchine_s(calls_per_s: float, service_s: float, squared_cv: float) -> float:
    """Mean wait in M/G/1 by the service's squared coefficient of variation: exponential 1, constant 0,
    lognormal exp(sigma^2) - 1 (Pollaczek 1930, Khinchine 1932; Kleinrock 1975, 5.7).
    """
    load = calls_per_s * service_s
    return load * service_s * (1 + squared_cv) / (2 * (1 - load)) if load < 1 else float("inf")


def erlang_b(load: float, seats: int) -> float:
    """Share of calls lost where nobody waits, M/G/c/c (Erlang 1917), by the stable recursion."""
    lost = 1.0
    for n in range(1, seats + 1):
        lost = load * lost / (n + load * lost)
    return lost


def erlang_c(load: float, seats: int) -> float:
    """Share of calls that wait in M/M/c, for ever if need be (Erlang 1917). 1 where the load is too high."""
    if load >= seats:
        return 1.0
    lost = erlang_b(load, seats)
    return seats * lost / (seats - load * (1 - lost))


def erlang_c_wait_s(load: float, seats: int, service_s: float) -> float:
    """Mean wait over all calls of M/M/c."""
    return erlang_c(load, seats) * service_s / (seats - load) if load < seats else float("inf")


def erlang_c_within(load: float, seats: int, service_s: float, target_s: float) -> float:
    """Share of calls answered within the target in M/M/c."""
    if load >= seats:
        return 0.0
    return 1.0 - erlang_c(load, seats) * exp(-(seats - load) * target_s / service_s)


def seats_needed(load: float, service_s: float, share: float, target_s: float) -> int:
    """The fewest seats that answer this share (below 1) of calls within the target in M/M/c; at least 1."""
    seats = max(1, int(load))
    while erlang_c_within(load, seats, service_s, target_s) < share:
        seats += 1
    return seats


@dataclass(frozen=True, slots=True)
class ErlangA:
    """M/M/c with callers whose patience is exponential: shares of all calls, waits in seconds."""

    waits: float
    abandons: float
    wait_s: float
    """Mean over all calls, those that hang up with what they waited."""
    wait_s_answered: float


def erlang_a(calls_per_s: float, service_s: float, patience_s: float, seats: int) -> ErlangA:
    """Exact, by the birth-death chain (Palm 1957; Mandelbaum and Zeltyn 2007, "Service engineering in
    action").

    A call that finds j others waiting goes up when a seat is freed or one ahead of it hangs up; what it waits
    in the end, if it stays, is a sum of exponentials of these rates and its own.
    """
    freed, hangs_up = seats / service_s, 1.0 / patience_s
    chances = _chances(calls_per_s, service_s, hangs_up, seats)
    waits = chances[seats:]
    goes_up = freed + hangs_up * np.arange(1, len(waits) + 1)
    stays = waits * freed / goes_up
    served = float(chances[:seats].sum() + stays.sum())
    abandons = float((waits * (1 - freed / goes_up)).sum())
    wait_s_answered = float((stays * np.cumsum(1 / goes_up)).sum()) / served
    return ErlangA(float(waits.sum()), abandons, abandons * patience_s, wait_s_answered)


def _chances(calls_per_s: float, service_s: float, hangs_up: float, seats: int) -> Floats:
    """Of n calls in the system, n = 0, 1, ..., until the rest does not matter."""
    weights = [0.0]  # logarithms
    while len(weights) <= seats or weights[-1] > max(weights) - 45:
        n = len(weights)
        ends = min(n, seats) / service_s + max(0, n - seats) * hangs_up
        weights.append(weights[-1] + log(calls_per_s / ends))
    chances = np.exp(np.array(weights) - max(weights))
    return np.asarray(chances / chances.sum(), np.float64)


def cobham_wait_s(calls_per_s: Sequence[float], service_s: float, seats: int) -> list[float]:
    """Mean wait by priority, the first goes first, nobody is interrupted: M/M/c with one mean of service for
    all (Cobham 1954; Gross and Harris 1998, 3.4). Infinite for those that the seats do not suffice for.
    """
    loads = np.cumsum([rate * service_s / seats for rate in calls_per_s])
    every = erlang_c(float(loads[-1]) * seats, seats) * service_s / seats
    before = [0.0, *loads[:-1]]
    return [
        every / ((1 - above) * (1 - upto)) if upto < 1 else float("inf")
        for above, upto in zip(before, loads, strict=True)
    ]


def present(per_s: Floats, step_s: float, still_there: Callable[[Floats], Floats]) -> Floats:
    """M_t/G/inf: the mean number there at the end of each step, of a rate that repeats (a week).

    `still_there(age_s)`: the share that has begun and not ended at this age. The number there is Poisson with
    this mean (Palm 1943; Eick, Massey and Whitt 1993, theorem 1).
    """
    ages = step_s * np.arange(0.5, len(per_s))  # of what came in the middle of a step
    steps = len(per_s)
    there = np.convolve(np.concatenate([per_s, per_s]), still_there(ages))[steps : 2 * steps]
    return np.asarray(there * step_s, np.float64)
