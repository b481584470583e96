"""What became of every arrival, as locust's workers tell it at the end."""

from collections.abc import Mapping
from typing import Any

_ADDED_UP = ("told", "dropped", "withheld")


def account(calls: int, order: Mapping[str, Any]) -> dict[str, Any]:
    """The facts of `load.accounted`, from the order `end`. What a lost worker had is in no sum."""
    workers: dict[str, dict[str, Any]] = order.get("accounts") or {}
    sums = {name: sum(int(told.get(name) or 0) for told in workers.values()) for name in _ADDED_UP}
    return {**sums, "calls": calls, "workers": workers, "hub_lag_s_p99": order.get("hub_lag_s_p99")}
