"""The carriers as data: from a TOML file, and with a scenario's overrides."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import MISSING, asdict, fields
from difflib import get_close_matches
from pathlib import Path
from typing import Any, get_type_hints

from fake_carriers.fate import Carrier
from fake_carriers.moods import Mood, Trouble

DEFAULT_FILE = Path(__file__).parent / "data" / "carriers.toml"

_KINDS = get_type_hints(Carrier)
_WANTED: dict[object, str] = {
    float: "a number",
    int: "a whole number",
    str: "a text",
    bool: "true or false",
    "prefixes": "a list of texts",
    "ported": "a list of texts",
    "retry_s": "a list of numbers",
    "troubles": 'a table such as { days = "mon-fri", begins = "07:30", ends = "08:00", '
    'mood = { kind = "slow", response_s = 2 } }',
}
_REQUIRED = [field.name for field in fields(Carrier) if field.default is MISSING]


class CarrierError(ValueError):
    """Data that describes no carrier; the text names the place, the key and the remedy."""


def load_carriers(path: Path = DEFAULT_FILE) -> tuple[Carrier, ...]:
    """The `[[carriers]]` tables of a TOML file; its other tables are ignored. Raises CarrierError."""
    try:
        tables = tomllib.loads(path.read_text("utf-8")).get("carriers")
    except OSError as error:
        raise CarrierError(f"{path}: cannot be read: {error.strerror}") from None
    except ValueError as error:
        raise CarrierError(f"{path}: is not TOML: {error}") from None
    if not isinstance(tables, list) or not tables or not all(isinstance(table, dict) for table in tables):
        raise CarrierError(f"{path}: has no [[carriers]] table")
    try:
        carriers = tuple(
            _carrier(table, f"carrier {table.get('name', n)!r}") for n, table in enumerate(tables, 1)
        )
        _check_together(carriers)
    except CarrierError as error:
        raise CarrierError(f"{path}: {error}") from None
    return carriers


def overridden(
    carriers: Sequence[Carrier], overrides: Mapping[str, Mapping[str, Any]]
) -> tuple[Carrier, ...]:
    """The carriers with `{name: {field: value}}` put over them; a name cannot change. Raises CarrierError."""
    for name, changed in overrides.items():
        if name not in (known := [carrier.name for carrier in carriers]):
            raise CarrierError(f"no carrier {name!r}: did you mean {nearest(name, known)!r}?")
        if "name" in changed:
            raise CarrierError(f"carrier {name!r}: its name cannot be changed; leave the key out")
    made = tuple(
        _carrier({**asdict(carrier), **overrides.get(carrier.name, {})}, f"carrier {carrier.name!r}")
        for carrier in carriers
    )
    _check_together(made)
    return made


def nearest(name: str, known: Sequence[str]) -> str:
    """The known name most like this one."""
    return get_close_matches(name, known, n=1, cutoff=0.0)[0]


def _carrier(table: Mapping[str, Any], where: str) -> Carrier:
    _known_keys(table, Carrier, where)
    for key in _REQUIRED:
        if key not in table:
            raise CarrierError(f"{where}: {key!r} is missing")
    try:
        return Carrier(**{key: _typed(key, value) for key, value in table.items()})
    except (ValueError, OverflowError) as error:
        raise CarrierError(f"{where}: {error}") from None


def _typed(key: str, value: Any) -> Any:
    kind = _KINDS[key]
    if kind is float and type(value) in (int, float):
        return float(value)
    if kind in (int, str, bool) and type(value) is kind:
        return value
    if isinstance(value, list | tuple):
        if key == "troubles":
            return tuple(_trouble(item) for item in value)
        if key == "retry_s" and all(type(item) in (int, float) for item in value):
            return tuple(float(item) for item in value)
        if key in ("prefixes", "ported") and all(isinstance(item, str) for item in value):
            return tuple(value)
    raise ValueError(f"{key} is {value!r}: it must be {_WANTED.get(key) or _WANTED[kind]}")


def _trouble(table: Any) -> Trouble:
    """A trouble, whose mood is a table in it."""
    if not isinstance(table, dict) or not isinstance(table.get("mood"), dict):
        raise ValueError(f"troubles has {table!r}: each must be {_WANTED['troubles']}")
    try:
        _known_keys(table, Trouble, "troubles")
        _known_keys(table["mood"], Mood, "mood")
        return Trouble(**{**table, "mood": Mood(**table["mood"])})
    except (TypeError, AttributeError) as error:  # an unknown or a missing key, or a value of another type
        raise ValueError(f"troubles has {table!r}: {str(error).partition('() ')[2] or error}") from None


def _known_keys(table: Mapping[str, Any], kind: type, where: str) -> None:
    known = [field.name for field in fields(kind)]
    for key in table:
        if key not in known:
            raise CarrierError(f"{where}: unknown key {key!r}: did you mean {nearest(key, known)!r}?")


def _check_together(carriers: Sequence[Carrier]) -> None:
    names: set[str] = set()
    owner: dict[tuple[str, str], str] = {}
    for carrier in carriers:
        if carrier.name in names:
            raise CarrierError(f"carrier {carrier.name!r}: the name is taken; choose another")
        names.add(carrier.name)
        for what, numbers in (("prefix", carrier.prefixes), ("ported number", carrier.ported)):
            for number in numbers:
                if owner.setdefault((what, number), carrier.name) != carrier.name:
                    belongs = f"{what} {number!r} belongs to {owner[what, number]!r}"
                    raise CarrierError(f"carrier {carrier.name!r}: {belongs}")
