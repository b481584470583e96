"""Every number that a plan rests on, with its source; "A" marks what nobody has published."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sim.nation import Nation
from sim.table import Table

_USED = (
    *("demand", "demography", "workload", "people", "funnel", "shifts", "triage", "incident"),
    *("resource_persons", "media", "targets", "time_to_video", "cost", "seat_fee_paid_by"),
)
_OF_CENTRES = ("seats", "catchment", "calls_per_year", "video_full_rollout", "overflow", "overflow_after_s")


@dataclass(frozen=True, slots=True)
class Assumption:
    name: str
    value: str
    source: str

    @property
    def mark(self) -> str:
        """S sourced, D derived, A assumed."""
        return self.source[:1]


def assumptions_of(nation: Nation) -> list[Assumption]:
    """In the order of the nation's file."""
    found: list[Assumption] = []
    for part in _USED:
        found += _walked(part, getattr(nation, part))
    columns = [
        (f"centres.{name}", "by centre", nation.sources.get(f"centres.{name}", "")) for name in _OF_CENTRES
    ]
    return found + [Assumption(*column) for column in columns]


def _walked(name: str, there: Any) -> Iterator[Assumption]:
    table = there.model_dump(exclude_none=True) if isinstance(there, Table) else there
    if isinstance(table, dict) and "source" in table:
        yield Assumption(name, _shown(table), table["source"])
    elif isinstance(table, dict):
        for key, value in (there if isinstance(there, dict) else dict(there)).items():
            if value is not None:
                yield from _walked(f"{name}.{key}", value)


def _shown(table: dict[str, Any]) -> str:
    """What it says besides its source."""
    rest = {key: value for key, value in table.items() if key != "source"}
    if list(rest) == ["value"]:
        return f"{rest['value']:,g}"
    if list(rest) == ["values"]:
        return f"{len(rest['values'])} numbers, {min(rest['values']):g} to {max(rest['values']):g}"
    return ", ".join(f"{key} {_part(value)}" for key, value in rest.items())


def _part(value: Any) -> str:
    if isinstance(value, float | int):
        return f"{value:g}"
    return value if isinstance(value, str) else " ".join(map(_part, value))
