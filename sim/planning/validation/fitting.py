"""Fit one number to one figure."""

from collections.abc import Callable


def falls_to(falling: Callable[[float], float], wanted: float, low: float, high: float) -> float:
    """Where a falling function has this value, to a thousandth of the stretch, by halving it."""
    for _ in range(10):
        middle = (low + high) / 2
        low, high = (middle, high) if falling(middle) > wanted else (low, middle)
    return (low + high) / 2
