"""Numbers as people read them. None is "not measured", infinity is "never"."""

import math

NOT_MEASURED = "–"
NEVER = "never"
DIGITS_MAX = 9


def as_float(value: object) -> float | None:
    """A number of `verdict.json`, where infinity is written "infinite"; None for anything else."""
    if value == "infinite":
        return math.inf
    return float(value) if isinstance(value, int | float) else None


def seconds(value: float | None) -> str:
    """A duration with about three significant digits, without its unit."""
    if value is None or not math.isfinite(value):
        return _without_digits(value)
    return f"{value:.{_digits(value)}f}" if value else "0"


def with_unit(value: float | None) -> str:
    """A duration and its unit: "1.38 s"."""
    told = seconds(value)
    return told if value is None or not math.isfinite(value) else f"{told} s"


def moment(value: float) -> str:
    """A point in scenario time, always with two decimals, so that a column of them lines up."""
    return f"{value:.2f}"


def exact(value: float | None, bound: float | None = None) -> str:
    """A count or ratio; beside a limit with enough digits that 30.04 does not look like 30."""
    if value is None or not math.isfinite(value):
        return _without_digits(value)
    if value == round(value):
        return f"{value:.0f}"
    digits = _digits(value)
    while bound is not None and digits < DIGITS_MAX and float(f"{value:.{digits}f}") == bound:
        digits += 1
    return f"{value:.{digits}f}"


def limit(value: object) -> str:
    """A limit with no more digits than it needs, three decimals at most: "0.5"."""
    number = as_float(value)
    return NOT_MEASURED if number is None else f"{number:.3f}".rstrip("0").rstrip(".")


def change(measured: float | None, predicted: float | None) -> str:
    """How much more was measured than predicted, with its sign."""
    if measured is None or predicted is None or not math.isfinite(measured - predicted):
        return NOT_MEASURED
    told = seconds(abs(measured - predicted))
    return told if not float(told) else f"{'+' if measured > predicted else '−'}{told}"


def _digits(value: float) -> int:
    """Decimals that leave about three significant digits."""
    return next((n for n, below in ((3, 1), (2, 10), (1, 100)) if abs(value) < below), 0)


def _without_digits(value: float | None) -> str:
    return NOT_MEASURED if value is None or math.isnan(value) else NEVER
