"""An older and larger nation: what its calls are then, if each age keeps calling as it does."""

import numpy as np

from sim.nation import Line, Nation
from sim.planning.question import NATION_OF, NoAnswer, Planning, WrongKey


def aged(line: Line, nation: Nation, planning: Planning) -> float:
    """A factor for the line's volume in the year that is asked about; 1 where demography is not asked for.
    Raises NoAnswer.
    """
    if not planning.demography:
        return 1.0
    there = nation.demography
    if there is None or line not in there.calls:
        raise NoAnswer(f"{nation.title}: planning.demography needs [demography] for {line}; copy norway's")
    years = there.inhabitants.years
    if not years[0] <= planning.to_year <= years[-1]:
        raise WrongKey(("to_year",), f"[demography] knows the years {years[0]} to {years[-1]}")
    calls = there.calls[line]
    factor = 0.0
    for age in ("under_65", "from_65_to_79", "from_80"):
        then, now = np.interp([planning.to_year, NATION_OF], years, getattr(there.inhabitants, age))
        factor += getattr(calls, age) * float(then / now)
    return factor
