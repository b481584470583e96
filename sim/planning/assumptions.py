"""Every number that a plan rests on, with its source; "A" marks what nobody has published."""

from collections.abc import Iterator, Sequence
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

    def as_json(self) -> dict[str, str]:
        return {"name": self.name, "value": self.value, "mark": self.mark, "source": self.source}


def assumptions_of(nation: Nation) -> list[Assumption]:
    """In the order of the nation's file."""
    found: list[Assumption] = []
    for part in _USED:
        found += walked(part, getattr(nation, part))
    columns = [
        (f"centres.{name}", "by centre", nation.sources.get(f"centres.{name}", "")) for name in _OF_CENTRES
    ]
    return found + [Assumption(*column) for column in columns]


def walked(name: str, there: Any) -> Iterator[Assumption]:
    """What a table says, and what those in it say that have a source of their own."""
    table = there.model_dump(exclude_none=True) if isinstance(there, Table) else there
    if not isinstance(table, dict):
        return
    apart = [key for key, value in table.items() if "source" not in table or _has_source(value)]
    if "source" in table:
        rest = {key: value for key, value in table.items() if key not in apart}
        yield Assumption(name, _shown(rest), table["source"])
    for key in apart:
        yield from walked(f"{name}.{key}", table[key])


def _has_source(value: Any) -> bool:
    return isinstance(value, dict) and "source" in value


def spanned(values: Sequence[float]) -> str:
    """How many numbers, and between which."""
    low, high = min(values), max(values)
    return f"{len(values)} numbers, {f'each {low:g}' if low == high else f'{low:g} to {high:g}'}"


def _shown(table: dict[str, Any]) -> str:
    """What it says besides its source."""
    rest = {key: value for key, value in table.items() if key != "source"}
    if list(rest) == ["value"]:
        return f"{rest['value']:,g}"
    if list(rest) == ["values"]:
        return spanned(rest["values"])
    return ", ".join(f"{key} {_part(value)}" for key, value in rest.items() if value not in ((), {}))


def _part(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float | int):
        return f"{value:g}"
    if isinstance(value, dict):
        return ", ".join(f"{key} {_part(part)}" for key, part in value.items())
    return value if isinstance(value, str) else " ".join(map(_part, value))
