"""Where in a TOML file each key stands: everything that TOML allows, held against tomllib."""

import tomllib
from typing import Any

import pytest
import tomli_w
from hypothesis import given
from hypothesis import strategies as st

from sim.toml_lines import KeyPath, lines_of

TRICKY = '''\
# centre = "in a comment"
title = "centre = 'in a text' # no comment"   # line = 2
text = """
centre = "not a key"
[[calls]]  \\""" still text""""
raw = \'\'\'
centre = 3
\'\'\'
when = 1979-05-27 07:32:00   # a value with a blank
[nation]   # [calls]
centre = "x"
"quoted.key" = 1
a.b . "c d" = 2
[[ calls ]]
centre = "first"
caller = { carrier = "telia", "scene" = "a, b = {c}", deep = { x = [1, { y = 2 }] } }
[[calls]]
centre = "second"
times = [
  1,  # one
  # centre = 9

  2, [3,
  4],
]
operator = { invites = [
  { role = "doctor" }, # one
  { role = "specialist", at_s = 3 },
] }
[calls.extra]
centre = "of the second"
[[calls.notes]]
n = 1
[[calls.notes]]
n = 2
[[calls]]
[calls.extra]
centre = 5
[a]
e = { }
f = []
'''


def paths(value: Any, path: KeyPath = ()) -> set[KeyPath]:
    """Every table, key and element that there is."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return {path} - {()} | {found for key, held in inner for found in paths(held, (*path, key))}


def test_the_tricky_file_is_read_like_a_person_would() -> None:
    lines = lines_of(TRICKY)
    assert set(lines) == paths(tomllib.loads(TRICKY))
    expected = {
        ("title",): 2,
        ("text",): 3,
        ("raw",): 6,
        ("when",): 9,
        ("nation",): 10,
        ("nation", "centre"): 11,
        ("nation", "quoted.key"): 12,
        ("nation", "a", "b", "c d"): 13,
        ("calls",): 14,
        ("calls", 0): 14,
        ("calls", 0, "centre"): 15,
        ("calls", 0, "caller", "deep", "x", 1, "y"): 16,
        ("calls", 1): 17,
        ("calls", 1, "centre"): 18,
        ("calls", 1, "times", 0): 20,
        ("calls", 1, "times", 1): 23,
        ("calls", 1, "times", 2, 1): 24,
        ("calls", 1, "operator", "invites", 0, "role"): 27,
        ("calls", 1, "operator", "invites", 1, "role"): 28,
        ("calls", 1, "operator", "invites", 1, "at_s"): 28,
        ("calls", 1, "extra"): 30,
        ("calls", 1, "extra", "centre"): 31,
        ("calls", 1, "notes", 0, "n"): 33,
        ("calls", 1, "notes", 1): 34,
        ("calls", 1, "notes", 1, "n"): 35,
        ("calls", 2): 36,
        ("calls", 2, "extra", "centre"): 38,
        ("a", "f"): 41,
    }
    assert {path: lines[path] for path in expected} == expected


@pytest.mark.parametrize("text", ["", "\n\n# nothing\n", "a = 1", "a = 1\r\nb = 2\r\n"])
def test_small_files(text: str) -> None:
    assert set(lines_of(text)) == paths(tomllib.loads(text))


KEY = st.text(st.characters(codec="utf-8", exclude_categories=("Cs",)), max_size=6)
LEAF = st.one_of(
    st.integers(-9, 9), st.booleans(), st.floats(allow_nan=False), st.text(max_size=12), st.dates()
)
VALUE = st.recursive(
    LEAF, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEY, inner, max_size=3), max_leaves=12
)


@given(st.dictionaries(KEY, VALUE, max_size=5))
def test_whatever_can_be_written_has_every_key_found(tables: dict[str, Any]) -> None:
    for multiline in (False, True):
        text = tomli_w.dumps(tables, multiline_strings=multiline)
        lines = lines_of(text)
        assert set(lines) == paths(tomllib.loads(text))
        assert all(1 <= line <= text.count("\n") + 1 for line in lines.values())


@given(
    st.lists(st.sampled_from(["[[calls]]", "at_s = 1", "  # at_s = 2", "", "c = { at_s = 3 }"]), max_size=12)
)
def test_the_line_of_a_key_holds_the_key(lines: list[str]) -> None:
    text = "\n".join(["at_s = 0", *lines])
    try:
        tomllib.loads(text)
    except tomllib.TOMLDecodeError:  # a key twice
        return
    for path, line in lines_of(text).items():
        name = next(str(key) for key in reversed(path) if isinstance(key, str))
        assert name in text.splitlines()[line - 1].split("#")[0]
