"""Where in a TOML file each key stands; `tomllib` does not tell. For text that tomllib has accepted."""

import re
import tomllib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

KeyPath = tuple[str | int, ...]

_TOKEN = re.compile(
    r'''(?P<nothing>[ \t\r\n]+|\#[^\n]*)
      |(?P<text>"""(?:\\.|[^\\])*?"""(?:"{0,2})|\'\'\'.*?\'\'\'(?:'{0,2})|"(?:\\.|[^"\\])*"|'[^']*')
      |(?P<mark>[=\[\]{},])
      |(?P<word>[^\s=\[\]{},"'\#]+)''',
    re.VERBOSE | re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    line: int


class _Tokens:
    """The tokens of a text, taken one after the other."""

    def __init__(self, text: str) -> None:
        self._left = list(_tokens(text))[::-1]

    def __bool__(self) -> bool:
        return bool(self._left)

    @property
    def line(self) -> int:
        """Of the next token."""
        return self._left[-1].line

    def take(self) -> _Token:
        return self._left.pop()

    def next_is(self, mark: str) -> bool:
        return bool(self._left) and self._left[-1].kind == "mark" and self._left[-1].text == mark

    def skip(self, mark: str) -> bool:
        """Take the next token if it is this mark."""
        return self.next_is(mark) and bool(self._left.pop())

    def take_until(self, mark: str) -> list[_Token]:
        """The tokens before the next such mark; the mark is taken too."""
        taken = []
        while not self.next_is(mark):
            taken.append(self.take())
        self.take()
        return taken

    def take_words(self, line: int) -> None:
        """The rest of a bare value, which may hold a blank: a date and a time."""
        while self._left and self._left[-1].kind == "word" and self.line == line:
            self.take()


def lines_of(text: str) -> dict[KeyPath, int]:
    """Key path -> line, counted from 1, for every table, key and array element."""
    tokens, found, counts, table = _Tokens(text), dict[KeyPath, int](), Counter[KeyPath](), KeyPath()
    while tokens:
        line = tokens.line
        if tokens.skip("["):
            table = _header(tokens, counts)
            _note(found, table, line)
        else:
            _pair(tokens, table, found)
    return found


def _header(tokens: _Tokens, counts: Counter[KeyPath]) -> KeyPath:
    """The path of a `[table]` or an `[[array element]]`; the elements named on the way are the latest."""
    element = tokens.skip("[")
    *above, last = _keys(tokens.take_until("]"))
    if element:
        tokens.take()
    path: KeyPath = ()
    for key in above:
        path = _latest((*path, key), counts)
    path = (*path, last)
    if element:
        counts[path] += 1
    return _latest(path, counts)


def _latest(path: KeyPath, counts: Counter[KeyPath]) -> KeyPath:
    return (*path, counts[path] - 1) if counts[path] else path


def _pair(tokens: _Tokens, table: KeyPath, found: dict[KeyPath, int]) -> None:
    line = tokens.line
    path = (*table, *_keys(tokens.take_until("=")))
    _note(found, path, line)
    _value(tokens, path, found)


def _value(tokens: _Tokens, path: KeyPath, found: dict[KeyPath, int]) -> None:
    if tokens.skip("{"):
        while not tokens.skip("}"):
            _pair(tokens, path, found)
            tokens.skip(",")
    elif tokens.skip("["):
        n = 0
        while not tokens.next_is("]"):
            _note(found, (*path, n), tokens.line)
            _value(tokens, (*path, n), found)
            tokens.skip(",")
            n += 1
        tokens.take()
    else:
        tokens.take_words(tokens.take().line)


def _note(found: dict[KeyPath, int], path: KeyPath, line: int) -> None:
    """The path and all above it, unless noted before."""
    for depth in range(1, len(path) + 1):
        found.setdefault(path[:depth], line)


def _keys(tokens: list[_Token]) -> list[str]:
    """The parts of a key, dots between them."""
    keys: list[str] = []
    for token in tokens:
        if token.kind == "text":
            keys.append(str(tomllib.loads(f"key = {token.text}")["key"]))
        else:
            keys += [part for part in token.text.split(".") if part]
    return keys


def _tokens(text: str) -> Iterator[_Token]:
    line = 1
    for match in _TOKEN.finditer(text):
        if match.lastgroup is not None and match.lastgroup != "nothing":
            yield _Token(match.lastgroup, match.group(), line)
        line += match.group().count("\n")
