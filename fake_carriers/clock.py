"""The part's one clock."""

import time

_OFFSET = time.time() - time.monotonic()


def now() -> float:
    """Unix time in seconds that goes as CLOCK_MONOTONIC does: it never jumps while the program runs."""
    return _OFFSET + time.monotonic()
