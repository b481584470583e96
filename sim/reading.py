"""Read a data file: a mistake in it gets one clear message with file, line, key path, nearest valid name."""

import re
import tomllib
from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ValidationError

M = TypeVar("M", bound=BaseModel)

KeyPath = tuple[str | int, ...]


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
    """The file's tables. Raises BadFile when it is missing or not TOML."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise BadFile(f"{path}: no such file") from None
    except IsADirectoryError:
        raise BadFile(f"{path}: is a folder; name a .toml file in it") from None
    except UnicodeDecodeError as error:
        raise BadFile(f"{path}: not UTF-8 text ({error.reason})") from None
    except tomllib.TOMLDecodeError as error:
        raise BadFile(f"{path}: not valid TOML: {error}") from None


def validated(model: type[M], tables: dict[str, Any], path: Path) -> M:
    """The tables as `model`. Raises BadFile naming the first mistake and how many more there are."""
    try:
        return model.model_validate(tables)
    except ValidationError as error:
        problems = error.errors(include_url=False)
        first = problems[0]
        more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
        raise BadFile(f"{at(path, _keys(first['loc']))}: {_in_words(model, dict(first))}{more}") from None


def at(path: Path, keys: KeyPath) -> str:
    """`file:line: key.path`, the line found by reading the file as a person would."""
    line = _line_of(path, keys)
    where = f"{path}:{line}" if line else f"{path}"
    return f"{where}: {_dotted(keys)}" if keys else where


def _keys(loc: Sequence[str | int]) -> KeyPath:
    return tuple(loc)


def _dotted(keys: KeyPath) -> str:
    text = ""
    for key in keys:
        text += f"[{key + 1}]" if isinstance(key, int) else f".{key}" if text else key
    return text


def _in_words(model: type[BaseModel], problem: dict[str, Any]) -> str:
    keys: KeyPath = problem["loc"]
    match problem["type"]:
        case "extra_forbidden":
            word = str(keys[-1])
            return f"unknown key; {nearest(word, _fields_at(model, keys[:-1]))}{_unit_hint(word)}"
        case "missing":
            return "is missing"
        case _:
            said = problem["msg"][0].lower() + problem["msg"][1:]
            return f"{said}, got {problem['input']!r}{_value_hint(problem)}"


def _unit_hint(word: str) -> str:
    return (
        "; durations are in seconds, and their keys end in _s"
        if re.search(r"_(ms|min|h|sec|seconds)$", word)
        else ""
    )


def _value_hint(problem: dict[str, Any]) -> str:
    text = problem["input"]
    if problem["type"] in ("float_parsing", "float_type", "int_parsing", "int_type") and isinstance(
        text, str
    ):
        return "; write a bare number, the unit is in the key's name"
    return ""


def _fields_at(model: type[BaseModel], keys: KeyPath) -> list[str]:
    found: Any = model
    for key in keys:
        found = _inner(found, key)
    models = [m for m in (found, *get_args(found)) if isinstance(m, type) and issubclass(m, BaseModel)]
    return [name for m in models for name in m.model_fields]


def _inner(kind: Any, key: str | int) -> Any:
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        field = kind.model_fields.get(str(key))
        return field.annotation if field else None
    candidates = [c for arg in get_args(kind) for c in (arg, *get_args(arg))]
    models = [c for c in candidates if isinstance(c, type) and issubclass(c, BaseModel)]
    if models and isinstance(key, str) and key not in models[0].model_fields:
        return models[0]  # a key of a dictionary of tables
    return _inner(models[0], key) if models and isinstance(key, str) else (models[0] if models else None)


def _line_of(path: Path, keys: KeyPath) -> int | None:
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        return None
    found: int | None = None
    start = 0
    for depth, key in enumerate(keys):
        if isinstance(key, int):
            continue
        nth = keys[depth + 1] if depth + 1 < len(keys) and isinstance(keys[depth + 1], int) else 0
        hit = _find(lines, start, str(key), int(nth))
        if hit is None:
            break
        found, start = hit, hit
    return None if found is None else found + 1


def _find(lines: list[str], start: int, key: str, nth: int) -> int | None:
    word = rf"[\"']?{re.escape(key)}[\"']?"
    pattern = re.compile(rf"^\s*\[\[?(?:[\w\"'.-]+\.)?{word}\]?\]|(?:^|[{{,\s]){word}\s*=")
    hits = [i for i in range(start, len(lines)) if pattern.search(lines[i].split("#")[0])]
    return hits[nth] if nth < len(hits) else (hits[0] if hits else None)
