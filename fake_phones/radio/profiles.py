"""Radios by name, and from a file: TOML for a course written by hand, CSV for one that was recorded."""

import csv
import tomllib
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from fake_phones.radio.conditions import Conditions
from fake_phones.radio.radio import Radio

PROFILES = Path(__file__).with_name("profiles.toml")
_LARGEST_OCTETS = 8_000_000


class BadRadio(Exception):
    """There is no such radio, or its file cannot be used; the text says which and what to do."""


def known() -> list[str]:
    """The names of the profiles."""
    return list(_profiles())


def named(name: str) -> Radio:
    """The profile, or the radio in the file, of this name (`*.toml`, `*.csv`). Raises BadRadio."""
    if name in _profiles():
        return _profiles()[name]
    path = Path(name)
    if path.suffix not in (".toml", ".csv"):
        close = get_close_matches(name, known(), n=1, cutoff=0.5)
        hint = f"did you mean {close[0]!r}?" if close else f"there are {', '.join(known())}"
        raise BadRadio(f"unknown radio {name!r}; {hint} Or name a file, *.toml or *.csv")
    try:
        if path.stat().st_size > _LARGEST_OCTETS:
            raise BadRadio(f"{path}: larger than {_LARGEST_OCTETS} octets; a step a second will do")
        text = path.read_text(encoding="utf-8")
        return _from_csv(path, text) if path.suffix == ".csv" else _from_toml(path, text)
    except (OSError, UnicodeDecodeError) as error:
        raise BadRadio(f"{path}: cannot be read: {error}") from None


@cache
def _profiles() -> dict[str, Radio]:
    tables = tomllib.loads(PROFILES.read_text(encoding="utf-8"))
    return {name: _made(PROFILES, {**table, "name": name}) for name, table in tables.items()}


def _from_toml(path: Path, text: str) -> Radio:
    """`like = "4g"` takes a profile, and the file says what differs."""
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BadRadio(f"{path}: not TOML: {error}") from None
    like = table.pop("like", None)
    if like is not None and like not in _profiles():
        raise BadRadio(f"{path}: like = {like!r} is no profile; there are {', '.join(known())}")
    base = _profiles()[like].model_dump() if like else {}
    return _made(path, {**base, "name": path.stem, **table})


def _from_csv(path: Path, text: str) -> Radio:
    """Columns `t_s` and `up.FIELD`, `down.FIELD` of Conditions; an empty cell: as in the row above."""
    steps: list[dict[str, Any]] = []
    held: dict[str, str] = {}
    for n, row in enumerate(csv.DictReader(text.splitlines()), 2):
        held |= {key: cell for key, cell in row.items() if key and cell}
        step: dict[str, Any] = {"t_s": held.get("t_s", ""), "up": {}, "down": {}}
        for key, cell in held.items():
            direction, _, field = key.partition(".")
            if key == "t_s":
                continue
            if direction not in ("up", "down") or field not in Conditions.model_fields:
                raise BadRadio(
                    f"{path}:1: unknown column {key!r}; columns are t_s and up.… or down.… of "
                    f"{', '.join(Conditions.model_fields)}"
                )
            step[direction][field] = cell
        if not row.get("t_s"):
            raise BadRadio(f"{path}:{n}: t_s is missing")
        steps.append(step)
    return _made(path, {"name": path.stem, "steps": steps})


def _made(path: Path, table: dict[str, Any]) -> Radio:
    try:
        return Radio.model_validate(table)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        raise BadRadio(f"{path}: {place}: {first['msg']}") from None
