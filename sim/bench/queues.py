"""One queue, M/M/c, as people tell it elsewhere: plain SimPy, and Ciw. What our engines are held against."""

import importlib
from collections.abc import Generator
from typing import Any

import simpy


def plain_simpy(arrivals_s: list[float], services_s: list[float], seats: int) -> float:
    """A process for each call, `with resource.request()`, as SimPy's pages show it. Returns the mean wait."""
    env = simpy.Environment()
    desk = simpy.Resource(env, seats)
    waits = []

    def call(service_s: float) -> Generator[simpy.Event, Any, None]:
        came = env.now
        with desk.request() as request:
            yield request
            waits.append(env.now - came)
            yield env.timeout(service_s)

    def calls() -> Generator[simpy.Event, Any, None]:
        for arrives, service_s in zip(arrivals_s, services_s, strict=True):
            yield env.timeout(arrives - env.now)
            env.process(call(service_s))

    env.process(calls())
    env.run()
    return sum(waits) / len(waits)


def ciw_queue(calls_per_s: float, service_s: float, seats: int, seconds: float, seed: int) -> int | None:
    """How many calls Ciw told in so many seconds; None where it is not installed. It draws its own."""
    try:
        ciw = importlib.import_module("ciw")
    except ModuleNotFoundError:
        return None
    ciw.seed(seed)
    network = ciw.create_network(
        arrival_distributions=[ciw.dists.Exponential(rate=calls_per_s)],
        service_distributions=[ciw.dists.Exponential(rate=1.0 / service_s)],
        number_of_servers=[seats],
    )
    simulation = ciw.Simulation(network)
    simulation.simulate_until_max_time(seconds)
    return len(simulation.get_all_records())
