"""How a crowd of phones is doing, and whether it was this machine that was too slow. Pure."""

from collections.abc import Mapping, Sequence
from typing import Any

LIMITS = {"pacing_lateness_s_p99_worst": 0.1, "frames_dropped_ratio": 0.01, "loop_lag_s_max": 1.0}
"""Of each worker: beyond one of them the phones were not true to time, and the server is not to blame.
The lateness is that of a worker's worst phone."""

Totals = Mapping[str, Any]  # the answer to farm.totals


def workers(totals: Totals) -> Sequence[Totals]:
    """The totals of each worker; a farm in one process is its own."""
    found: Sequence[Totals] = totals.get("workers") or [{"worker": 1, **totals}]
    return found


def dropped_ratio(totals: Totals) -> float:
    dropped: int = totals["frames_dropped"]
    return dropped / (dropped + totals["frames_sent"]) if dropped else 0.0


def overload(totals: Totals) -> list[str]:
    """What was beyond its limit, and where; nothing when the phones kept time."""
    found = [f"worker {number} died" for number in totals.get("workers_died", [])]
    for worker in workers(totals):
        measured = {**worker, "frames_dropped_ratio": dropped_ratio(worker)}
        found += [
            f"worker {worker['worker']}: {name} {measured[name]:.3g} > {limit:g}"
            for name, limit in LIMITS.items()
            if measured[name] > limit
        ]
    return found


def line(at_s: float, took_s: float, before: Totals | None, now: Totals, phones: str) -> str:
    """One line about the `took_s` seconds since `before`."""
    octets = now["octets_sent"] - (before["octets_sent"] if before else 0)
    cpu_s = {one["worker"]: one["cpu_s"] for one in workers(before)} if before else {}
    cpu = " ".join(
        f"{100 * (one['cpu_s'] - cpu_s[one['worker']]) / took_s:.0f}%" if one["worker"] in cpu_s else "-"
        for one in workers(now)
    )
    return (
        f"{at_s:6.0f} s  {phones}  {now['frames_sent']} frames  {octets * 8 / took_s / 1000:.0f} kbit/s  "
        f"late p99 {1000 * now['pacing_lateness_s_p99']:.0f} ms  dropped {now['frames_dropped']}  "
        f"lag {1000 * now['loop_lag_s_max']:.0f} ms  cpu {cpu}"
    )
