"""What live runs measured, beside what the nation's data predicted: of a plan with `[nation] calibrated`."""

from dataclasses import dataclass

from sim.nation import Line, Machines, Nation, Wait
from sim.planning.carriers import subscribers_of
from sim.planning.demand import chain_of
from sim.planning.way import way_of


@dataclass(frozen=True, slots=True)
class Measured:
    """One wait, in seconds. `predicted` is the nation's own; `source` is of the measurement."""

    name: str
    predicted_s_median: float
    predicted_s_p95: float
    measured_s_median: float
    measured_s_p95: float
    source: str


def measured_beside(predicted: Nation, planned: Nation) -> list[Measured]:
    """The machines' waits that differ, and what they make of the way from request to picture."""
    found = [
        _beside(name, getattr(predicted.models, name), getattr(planned.models, name))
        for name in Machines.model_fields
        if getattr(predicted.models, name) != getattr(planned.models, name)
    ]
    if any(one.name in ("request_s", "setup_s") for one in found):
        for line in planned.workload:
            way = f"request to picture, {line}, when nobody gives up"
            found.append(_beside(way, _to_video(predicted, line), _to_video(planned, line)))
    return found


def _beside(name: str, predicted: Wait, measured: Wait) -> Measured:
    return Measured(*(name, predicted.median, predicted.p95, measured.median, measured.p95), measured.source)


def _to_video(nation: Nation, line: Line) -> Wait:
    way = way_of(chain_of(nation, line), subscribers_of(nation))
    source = "D people and carriers as assumed, machines as measured"
    return Wait(median=way.quantile_s(0.5), p95=way.quantile_s(0.95), source=source)
