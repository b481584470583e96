"""One key of a question at several values: `growth_per_year.113=0,0.02,0.04` or `volume.113=1..2/5`."""

import tomllib
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
from pydantic import ValidationError

from sim.planning.question import NoAnswer
from sim.reading import dotted, mistake
from sim.table import Table

Q = TypeVar("Q", bound=Table)
VALUES_MAX = 100


class BadSweep(NoAnswer):
    """It cannot be read; the text shows what can."""


@dataclass(frozen=True, slots=True)
class Sweep:
    key: str
    values: tuple[Any, ...]

    @classmethod
    def read(cls, text: str) -> "Sweep":
        """Raises BadSweep."""
        key, equals, given = text.partition("=")
        if not equals or not key or not given:
            raise BadSweep(
                f"--sweep {text!r}: say KEY=VALUE,VALUE or KEY=FIRST..LAST/COUNT, as volume.113=1..2/5"
            )
        try:
            values = _range(given) if ".." in given else tuple(_value(part) for part in given.split(","))
        except ValueError:
            raise BadSweep(f"--sweep {text!r}: {given!r} is neither values nor FIRST..LAST/COUNT") from None
        return cls(key, values)

    def asked(self, planning: Q) -> list[tuple[Any, Q]]:
        """(value, the question with it). Raises BadSweep: no such key, no such value."""
        found = []
        for value in self.values:
            tables = planning.model_dump(mode="json")
            _put(tables, self.key.split("."), value)
            try:
                found.append((value, type(planning).model_validate(tables)))
            except ValidationError as error:
                keys, what = mistake(type(planning), tables, error)
                raise BadSweep(f"--sweep {self.key}={value}: {dotted(keys)}: {what}") from None
        return found


def _put(tables: dict[str, Any], keys: list[str], value: Any) -> None:
    for key in keys[:-1]:
        tables = tables.setdefault(key, {})
        if not isinstance(tables, dict):
            raise BadSweep(f"--sweep {'.'.join(keys)}: {key} holds no keys of its own")
    tables[keys[-1]] = value


def _value(text: str) -> Any:
    return tomllib.loads(f"v = {text.strip()}")["v"]


def _range(text: str) -> tuple[float, ...]:
    ends, slash, count = text.partition("/")
    first, last = (float(end) for end in ends.split(".."))
    n = int(count) if slash else 5
    if not 2 <= n <= VALUES_MAX:
        raise ValueError("count")
    return tuple(float(v) for v in np.linspace(first, last, n))
