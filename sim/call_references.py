"""What entries under [[calls]] speak of must be there, and what they ask for must go together."""

from pathlib import Path
from typing import TYPE_CHECKING

from sim.arrivals import read_trace
from sim.call_table import AnyCalls, BurstSpec, CallSpec, RampSpec, TraceSpec, WeeklySpec
from sim.nation import Nation
from sim.placing import NeverSeen
from sim.reading import BadFile, at, known
from sim.week import on_video

if TYPE_CHECKING:
    from sim.scenario import Scenario

_ORDAINABLE = ("live", "lean")  # whose camera and network the seed can make fail


def check_calls(call: AnyCalls, scenario: "Scenario", nation: Nation, path: Path, i: int) -> None:
    """One entry, the i-th from 0. Raises BadFile with file, line, key and remedy."""
    match call:
        case CallSpec():
            _check_centre(call.centre, call.line, nation, path, i, ("centre",))
        case BurstSpec() | RampSpec():
            for n, centre in enumerate(call.centres):
                keys = ("centre",) if isinstance(call.centre, str) else ("centre", n)
                _check_centre(centre, call.line, nation, path, i, keys)
            every = on_video(nation, scenario.nation.full_rollout)
            if not call.centres and all(call.line not in (None, centre.line) for centre in every):
                where = at(path, ("calls", i, "centre"))
                raise BadFile(f"{where}: no centre is on video; name those that are called")
        case WeeklySpec() | TraceSpec():
            if call.over_s is not None and scenario.pace != "condensed":
                hint = 'it goes with pace = "condensed"; at real pace they come at their own time'
                raise BadFile(f"{at(path, ('calls', i, 'over_s'))}: {hint}")
    if isinstance(call, WeeklySpec):
        _check_week(call, nation, path, i)
    if isinstance(call, TraceSpec):
        for centre, line in read_trace(Path(call.file)):
            _check_centre(centre, line, nation, path, i, ("file",))


def check_laid_out(scenario: "Scenario", nation: Nation, path: Path) -> int:
    """How many calls there are. Raises BadFile when they cannot be laid out."""
    from sim.resolve import resolve  # it needs scenarios

    try:
        return len(resolve(scenario, nation).calls)
    except NeverSeen as error:
        i = next(i for i, call in enumerate(scenario.calls) if isinstance(call, WeeklySpec))
        raise BadFile(f"{at(path, ('calls', i, 'transfers'))}: {error}") from None


def _check_centre(
    centre: str, line: str | None, nation: Nation, path: Path, i: int, keys: tuple[str | int, ...]
) -> None:
    lines = {each.name: each.line for each in nation.centres}
    known(centre, list(lines), path, ("calls", i, *keys), "centre")
    if line not in (None, lines[centre]):
        raise BadFile(f"{at(path, ('calls', i, 'line'))}: {centre} answers {lines[centre]}, not {line}")


def _check_week(call: WeeklySpec, nation: Nation, path: Path, i: int) -> None:
    if not nation.demand or not nation.funnel:
        where = at(path, ("calls", i, "kind"))
        raise BadFile(f"{where}: {nation.title} has no [demand] and [funnel]; take the nation 'norway'")
    if call.caller.phone not in _ORDAINABLE:
        where = at(path, ("calls", i, "caller", "phone"))
        raise BadFile(f'{where}: cameras and networks fail as the seed ordains; take "lean" or "live"')
