"""Read a data file: a mistake in it gets one clear message with file, line, key path, nearest valid name."""

import re
import tomllib
from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from sim.toml_lines import KeyPath, lines_of

M = TypeVar("M", bound=BaseModel)

_SHOWN = 60  # letters of a wrong value


class BadFile(Exception):
    """A scenario or data file that cannot be used; the text says where and what to do (exit code 2)."""


def nearest(word: str, valid: Iterable[str]) -> str:
    """A hint: the nearest valid name, or all of them when they are few."""
    names = sorted(valid)
    close = get_close_matches(word, names, n=1, cutoff=0.5)
    if close:
        return f"did you mean {close[0]!r}?"
    shown = ", ".join(names[:12])
    return f"valid: {shown}{', …' if len(names) > 12 else ''}"


def read_toml(path: Path) -> dict[str, Any]:
    """The file's tables. Raises BadFile when it cannot be read or is not TOML."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise BadFile(f"{path}: no such file") from None
    except IsADirectoryError:
        raise BadFile(f"{path}: is a folder; name a .toml file in it") from None
    except OSError as error:
        raise BadFile(f"{path}: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise BadFile(f"{path}: not UTF-8 text ({error.reason})") from None
    except tomllib.TOMLDecodeError as error:
        said = re.fullmatch(r"(.*) \(at line (\d+), (column \d+)\)", str(error), re.DOTALL)
        where, what = (f":{said[2]}", f"{said[1]} ({said[3]})") if said else ("", str(error))
        raise BadFile(f"{path}{where}: not valid TOML: {what}") from None


def _first_hand(problems: Sequence[ErrorDetails]) -> list[ErrorDetails]:
    """Without those that only follow from another one deeper inside, such as a list that is now too short."""
    deep = [
        p for p in problems if not any(q["loc"][: len(p["loc"])] == p["loc"] != q["loc"] for q in problems)
    ]
    return deep or list(problems)


def validated(model: type[M], tables: dict[str, Any], path: Path, under: KeyPath = ()) -> M:
    """The tables as `model`. Raises BadFile naming one mistake and how many more there are.

    `under` is where in the file the tables stand, when they are not all of it.
    """
    try:
        return model.model_validate(tables)
    except ValidationError as error:
        keys, what = mistake(model, tables, error)
        raise BadFile(f"{at(path, (*under, *keys))}: {what}") from None


def mistake(model: type[BaseModel], tables: dict[str, Any], error: ValidationError) -> tuple[KeyPath, str]:
    """Where the first mistake of the tables is, what is wrong, and how many more there are."""
    problems = _first_hand(error.errors(include_url=False))
    # a mistyped key is also a missing one: the first of these says what to do
    first = min(problems, key=lambda problem: problem["type"] != "extra_forbidden")
    more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
    keys, what = _keys(first["loc"], tables), _in_words(model, dict(first))
    if first["type"].startswith("union_tag_"):
        keys = (*keys, "kind")
    return keys, f"{what}{more}"


def at(path: Path, keys: KeyPath) -> str:
    """`file:line: key.path`; of a key that is not there, the line of the table that lacks it."""
    line = _line_of(path, keys)
    where = f"{path}:{line}" if line else f"{path}"
    return f"{where}: {dotted(keys)}" if keys else where


def known(name: str, valid: Sequence[str], path: Path, keys: KeyPath, what: str) -> None:
    """Raises BadFile, with the nearest valid name, when this one is none of them."""
    if name not in valid:
        raise BadFile(f"{at(path, keys)}: unknown {what} {name!r}; {nearest(name, valid)}")


def dotted(keys: KeyPath) -> str:
    """The path as people read it; the first of a list is [1]."""
    text = ""
    for key in keys:
        text += f"[{key + 1}]" if isinstance(key, int) else f".{key}" if text else key
    return text


def _line_of(path: Path, keys: KeyPath) -> int | None:
    try:
        lines = lines_of(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError):
        return None
    return next((lines[keys[:n]] for n in range(len(keys), 0, -1) if keys[:n] in lines), None)


def _keys(loc: Sequence[str | int], tables: Any) -> KeyPath:
    """The path as the file has it: without pydantic's marks for a kind of table and for a table's key."""
    keys: list[str | int] = []
    for key in (key for key in loc if key != "[key]"):
        if isinstance(tables, dict) and key not in tables and key == tables.get("kind"):
            continue
        keys.append(key)
        if isinstance(tables, dict):
            tables = tables.get(key)
        else:
            tables = tables[key] if isinstance(tables, list) and isinstance(key, int) else None
    return tuple(keys)


def _in_words(model: type[BaseModel], problem: dict[str, Any]) -> str:
    loc, said, given = problem["loc"], problem["msg"], problem["input"]
    match problem["type"]:
        case "extra_forbidden":
            word = str(loc[-1])
            return f"unknown key; {nearest(word, _fields_at(model, loc[:-1]))}{_unit_hint(word)}"
        case "missing":
            return "is missing"
        case "union_tag_not_found":
            return f"is missing; {nearest('', _kinds(_models_at(model, loc)))}"
        case "union_tag_invalid":
            word = problem["ctx"]["tag"]
            return f"unknown kind {word!r}; {nearest(word, _kinds(_models_at(model, loc)))}"
        case "value_error":
            return str(problem["ctx"]["error"])
        case "tuple_type":
            said = "should be a list: [ … ], or [[…]] for tables"
        case "model_type" | "dict_type":
            said = "should be a table: { … }"
        case "bool_type":
            said = "should be true or false, without quotation marks"
    shown = repr(given)
    shown = shown if len(shown) <= _SHOWN else f"{shown[:_SHOWN]}…"
    return f"{said[0].lower()}{said[1:]}, got {shown}{_value_hint(problem)}"


def _unit_hint(word: str) -> str:
    return (
        " (durations are in seconds, and their keys end in _s)"
        if re.search(r"_(ms|min|h|sec|seconds)$", word)
        else ""
    )


def _value_hint(problem: dict[str, Any]) -> str:
    number = problem["type"] in ("float_parsing", "float_type", "int_parsing", "int_type")
    if number and isinstance(problem["input"], str):
        return "; write a bare number, the unit is in the key's name"
    most, given = problem.get("ctx", {}).get("le"), problem["input"]
    if (
        most == 1 and isinstance(given, int | float) and given >= 2
    ):  # less is rather a factor than a percentage
        return f"; {given:g} % is {given / 100:{'.2f' if given == int(given) else 'g'}}"
    return ""


def _fields_at(model: type[BaseModel], loc: Sequence[str | int]) -> list[str]:
    fields = (field for each in _models_at(model, loc) for field in each.model_fields.items())
    return [field.alias or name for name, field in fields]


def _models_at(model: type[BaseModel], loc: Sequence[str | int]) -> list[type[BaseModel]]:
    """The tables that may stand at pydantic's path: several where the kind is not known."""
    models = [model]
    for key in (key for key in loc if isinstance(key, str)):
        stepped = [each.model_fields[key] for each in models if key in each.model_fields]
        if stepped:
            models = [inner for field in stepped for inner in _models_in(field.annotation)]
        else:  # a kind, or a key of a dictionary
            models = [each for each in models if key in _kinds([each])] or models
    return models


def _models_in(kind: Any) -> list[type[BaseModel]]:
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        return [kind]
    return [inner for argument in get_args(kind) for inner in _models_in(argument)]


def _kinds(models: Iterable[type[BaseModel]]) -> list[str]:
    fields = [each.model_fields.get("kind") for each in models]
    return [str(kind) for field in fields if field for kind in get_args(field.annotation)]
