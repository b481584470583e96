"""What live runs measured, beside what the nation's data predicted: of a plan with `[nation] calibrated`."""

from dataclasses import dataclass
from math import exp

from sim.nation import Line, Machines, Nation, Wait
from sim.planning.demand import Z95, to_video


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
    if found:
        for line in planned.workload:
            way = f"request to picture, {line}"
            found.append(_beside(way, _to_video(predicted, line), _to_video(planned, line)))
    return found


def _beside(name: str, predicted: Wait, measured: Wait) -> Measured:
    return Measured(*(name, predicted.median, predicted.p95, measured.median, measured.p95), measured.source)


def _to_video(nation: Nation, line: Line) -> Wait:
    way = to_video(nation, nation.workload[line].to_video_s)
    source = "D people as assumed, machines as measured"
    return Wait(median=way.a, p95=way.a * exp(Z95 * way.sigma), source=source)
