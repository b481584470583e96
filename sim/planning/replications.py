"""The same country many times, each with its own draws, until the answer is as precise as was asked."""

from collections.abc import Callable, Sequence

import numpy as np
from joblib import Parallel, delayed

from sim.planning.country import Country
from sim.planning.intervals import LOOK_AHEAD, half_width, replications_needed
from sim.planning.outcome import Outcome, told
from sim.planning.question import Planning

AT_LEAST, AT_MOST = 3, 200
Tell = Callable[[str], None]


def replicated(
    country: Country,
    seed: int,
    planning: Planning,
    tell: Tell = lambda line: None,
    jobs: int = 1,
    told_already: Sequence[Outcome] = (),
) -> list[Outcome]:
    """As many as were asked for, or, one batch after another, until each line's share in time is known to
    `planning.precision` and stays so over a few more (`replications_needed`). The first of them may be
    `told_already`. Raises year.Overrun.
    """
    wanted = planning.replications or AT_LEAST + LOOK_AHEAD
    done = list(told_already)
    with Parallel(n_jobs=jobs, prefer="threads") as parallel:  # the engine is free of the GIL
        while len(done) < wanted:
            batch = range(len(done), wanted)
            done += parallel(
                delayed(told)(country, seed, n, planning.days, planning.warm_up_days) for n in batch
            )
            worst = max(half_width(shares) for shares in shares_in_time(done).values())
            tell(f"{len(done)} replications of {planning.days:g} days: share in time ± {worst:.4f}")
            if planning.replications is None and enough(done, planning.precision) is None:
                wanted = min(AT_MOST, len(done) + jobs)
    return done


def enough(outcomes: Sequence[Outcome], precision: float) -> int | None:
    """After how many of them each line's share in time was known so well, and stayed so; none: not yet."""
    shares = shares_in_time(outcomes).values()
    return replications_needed(
        [
            n >= AT_LEAST and all(half_width(of_line[:n]) <= precision for of_line in shares)
            for n in range(1, len(outcomes) + 1)
        ]
    )


def shares_in_time(outcomes: Sequence[Outcome]) -> dict[str, list[float]]:
    """Of each line, by replication: calls answered within the target, of all that came."""
    names = outcomes[0].names
    lines = sorted({name.rpartition("/")[2] for name in names})
    return {line: [_share(outcome, line) for outcome in outcomes] for line in lines}


def _share(outcome: Outcome, line: str) -> float:
    of_line = np.array([name.rpartition("/")[2] == line for name in outcome.names])
    came = outcome.counts["answered"][of_line].sum() + outcome.counts["abandoned"][of_line].sum()
    return float(outcome.counts["within"][of_line].sum() / came) if came else 1.0
