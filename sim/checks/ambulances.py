"""Did every ambulance's stream end once, and did nobody see it for whom it was not meant?"""

from collections.abc import Iterator, Mapping, Sequence

from sim.ambulance import Ambulance
from sim.checks.judge import Judged, Outcome
from sim.resolve import Resolved
from sim.sessions import CallRow, Session


def judge_ambulances(resolved: Resolved, rows: Sequence[CallRow]) -> list[Judged]:
    """The checks of every run that has ambulances."""
    if not resolved.ambulances:
        return []
    by_name = {row.name: row for row in rows}
    return [_ended_once(resolved, by_name), _not_for_others(resolved, by_name)]


def _ended_once(resolved: Resolved, rows: Mapping[str, CallRow]) -> Judged:
    names = [unit.name for unit in resolved.ambulances]
    wrong = [name for name in names if name not in rows or rows[name].ends != 1]
    detail = f"not so: {', '.join(wrong[:5])}" if wrong else ""
    outcome: Outcome = "failed" if wrong else "passed"
    ended = float(len(names) - len(wrong))
    return Judged(
        "every ambulance's stream ended exactly once", outcome, ended, f"= {len(names)}", "streams", detail
    )


def _not_for_others(resolved: Resolved, rows: Mapping[str, CallRow]) -> Judged:
    """Whoever got a picture and is not named, and whoever was to try and was never answered."""
    got_in, untried = [], []
    for unit in resolved.ambulances:
        row = rows.get(unit.name)
        s = None if row is None else row.session
        got_in += [] if s is None else [f"{who} saw {unit.name}" for who in _strangers(unit, s)]
        untried += [f"{who} did not come to try {unit.name}" for who in _untried(unit, s)]
    outcome: Outcome = "failed" if got_in else "unknown" if untried else "passed"
    measured = None if outcome == "unknown" else float(len(got_in))
    detail = "; ".join([*got_in, *untried][:4])
    name = "no centre saw an ambulance's stream that was not meant for it"
    return Judged(name, outcome, measured, "= 0", "centres", detail)


def _strangers(unit: Ambulance, s: Session) -> Iterator[str]:
    for who, looked in s.viewers.items():
        if who not in unit.meant_for and (looked.watching_s is not None or looked.received):
            yield who


def _untried(unit: Ambulance, s: Session | None) -> Iterator[str]:
    tried = set() if s is None else s.turned_away | s.viewers.keys()
    yield from (centre for centre in unit.intruders if centre not in tried)
