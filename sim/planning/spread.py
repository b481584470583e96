"""Where replications are told: on this machine's cores, or by the workers of a Dask cluster."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

from joblib import parallel_config

from sim.planning.question import NoAnswer

ANSWERS_WITHIN_S = 10


@contextmanager
def spread(jobs: int, scheduler: str | None) -> Iterator[int]:
    """How many are told at once: `jobs`, or one for each core where that is 0; all that the cluster of this
    `scheduler` (tcp://…) can. Its workers need lab113 of the same version. Raises NoAnswer.
    """
    if scheduler is None:
        yield jobs or len(os.sched_getaffinity(0))
        return
    try:
        from distributed import Client
    except ModuleNotFoundError:
        raise NoAnswer("--dask needs distributed: pip install 'lab113[dask]'") from None
    try:
        client = Client(scheduler, timeout=ANSWERS_WITHIN_S)
    except (OSError, ValueError) as error:
        raise NoAnswer(
            f"--dask {scheduler}: {error}; start a scheduler with `dask scheduler` and name its address"
        ) from None
    with client:
        threads = sum(client.ncores().values())
        if not threads:
            raise NoAnswer(f"--dask {scheduler}: has no worker; start some with `dask worker {scheduler}`")
        with parallel_config(backend="dask"):
            yield threads
