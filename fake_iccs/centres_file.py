"""The centres of a control room, read from a TOML file."""

import tomllib
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from fake_iccs.centre import Centre

DEFAULT = Path(__file__).parent / "data" / "centres.toml"
_ONE = TypeAdapter(Centre)


class BadCentres(Exception):
    """The file cannot be used; the text names the file, the centre, the key and what is wrong."""


def read(path: Path = DEFAULT) -> list[Centre]:
    """The `[[centres]]` of a file; other keys and tables are ignored. Raises BadCentres."""
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8")).get("centres")
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise BadCentres(f"{path}: {error}") from None
    if not isinstance(tables, list) or not tables:
        raise BadCentres(f"{path}: no centres; write one [[centres]] table for each")
    centres = [_centre(path, number, table) for number, table in enumerate(tables, 1)]
    _check_names(path, centres)
    _check_nights(path, centres)
    return centres


def _centre(path: Path, number: int, table: object) -> Centre:
    try:
        return _ONE.validate_python(table)
    except ValidationError as error:
        name = table.get("name", "?") if isinstance(table, dict) else "?"
        wrong = "; ".join(
            f"{'.'.join(map(str, each['loc'])) or 'centre'}: {each['msg']}" for each in error.errors()
        )
        raise BadCentres(f"{path}: centre {number} ({name}): {wrong}") from None


def _check_names(path: Path, centres: list[Centre]) -> None:
    names = [centre.name for centre in centres]
    for centre in centres:
        if names.count(centre.name) > 1:
            raise BadCentres(f"{path}: centre {centre.name!r} is named twice")
        for other in centre.overflow:
            if other not in names:
                raise BadCentres(f"{path}: centre {centre.name!r}: overflow {other!r} is not in this file")


def _check_nights(path: Path, centres: list[Centre]) -> None:
    named = {centre.name: centre for centre in centres}
    for centre in centres:
        if centre.night is None:
            continue
        where, to = f"{path}: centre {centre.name!r}: night.to", centre.night.to
        if to not in named:
            raise BadCentres(f"{where} {to!r} is not in this file")
        if to == centre.name or named[to].line != centre.line:
            raise BadCentres(f"{where} {to!r}: name another centre of line {centre.line}")
        theirs = named[to].night
        if theirs is not None and theirs.meets(centre.night):
            raise BadCentres(f"{where} {to!r} is closed at that time itself; name {theirs.to!r}")
