"""Clips on disk: made once, the same each time, whole or not at all, shared by processes."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from fake_phones.lean import library
from fake_phones.lean.library import ClipKey, Library

KEY = ClipKey("test-card", 3, "back", 320, 240, 15)


@pytest.fixture(autouse=True)
def _short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(library, "CLIP_S", 1)
    monkeypatch.setattr(library, "KEYFRAME_EVERY_S", 0.5)


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[ClipKey]:
    """What was drawn and coded."""
    drawn: list[ClipKey] = []
    really = library._made

    def counted(key: ClipKey, rows: object) -> library.Streams:
        drawn.append(key)
        return really(key, rows)  # type: ignore[arg-type]

    monkeypatch.setattr(library, "_made", counted)
    return drawn


def test_a_clip_is_made_once_and_comes_back_as_it_was(tmp_path: Path, made: list[ClipKey]) -> None:
    first, again = Library(tmp_path).clip(KEY), Library(tmp_path).clip(KEY)
    assert first == again
    for kbit_s, pictures in again.rungs.items():
        for picture, as_made in zip(pictures, first.rungs[kbit_s], strict=True):
            assert picture.shown is not None
            assert np.array_equal(picture.shown, as_made.shown)
    assert made == [KEY]
    assert [p.suffix for p in sorted(tmp_path.iterdir())] == [".clip", ".lock"]


def test_two_that_were_made_apart_are_equal_octet_by_octet(tmp_path: Path) -> None:
    kept = []
    for folder in (tmp_path / "a", tmp_path / "b"):
        Library(folder).clip(KEY)
        kept.append(Library(folder).path(KEY).read_bytes())
    assert kept[0] == kept[1]


def test_rungs_have_key_frames_at_the_same_places_and_growing_sizes(tmp_path: Path) -> None:
    clip = Library(tmp_path).clip(KEY)
    assert tuple(clip.rungs) == KEY.rungs == (67, 167, 300)
    for pictures in clip.rungs.values():
        assert [n for n, picture in enumerate(pictures) if picture.keyframe] == [0, 8]
    sizes = [sum(len(p) for picture in rung for p in picture.payloads) for rung in clip.rungs.values()]
    assert sizes == sorted(sizes)
    assert (clip.length, clip.keyframe_from(1), clip.keyframe_from(9)) == (15, 8, 0)


@pytest.mark.parametrize("damage", [b"", b"rubbish", None])
def test_a_damaged_file_is_made_anew(tmp_path: Path, made: list[ClipKey], damage: bytes | None) -> None:
    good = Library(tmp_path).clip(KEY)
    path = Library(tmp_path).path(KEY)
    whole = path.read_bytes()
    path.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]) if damage is None else damage)
    assert Library(tmp_path).clip(KEY) == good
    assert made == [KEY, KEY]
    assert path.read_bytes() == whole


def test_whatever_the_content_depends_on_is_in_the_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = Library(tmp_path)
    others = [replace(KEY, seed=4), replace(KEY, facing="front"), replace(KEY, fps=10.0)]
    paths = {kept.path(key) for key in (KEY, *others)}
    monkeypatch.setattr(library, "_sources", lambda: "a newer scene")
    paths.add(kept.path(KEY))
    assert len(paths) == 5


def test_the_folder_is_named_by_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAB113_CLIPS", str(tmp_path / "clips"))
    assert Library().path(KEY).parent == tmp_path / "clips"
    monkeypatch.delenv("LAB113_CLIPS")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert Library().path(KEY).parent == tmp_path / "lab113" / "clips"


def test_a_scene_that_there_is_not_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no scene 'nowhere'"):
        Library(tmp_path).clip(replace(KEY, scene="nowhere"))
    assert [p.suffix for p in tmp_path.iterdir()] == [".lock"]


MAKE = """
import sys
from pathlib import Path
from fake_phones.lean import library
library.CLIP_S, library.KEYFRAME_EVERY_S = 1, 0.5
really, drawn = library._drawn, []
library._drawn = lambda key: (drawn.append(key), really(key))[1]
print("ready", flush=True)
sys.stdin.readline()
key = library.ClipKey("test-card", 3, "back", 320, 240, 15)
print(len(drawn) or library.Library(Path(sys.argv[1])).clip(key).length, len(drawn))
"""


def test_two_processes_at_once_make_it_once(tmp_path: Path) -> None:
    both = [
        subprocess.Popen(
            [sys.executable, "-c", MAKE, str(tmp_path)],
            *(-1, None, subprocess.PIPE, subprocess.PIPE),
            cwd=Path(__file__).parents[2],
            text=True,
        )
        for _ in range(2)
    ]
    for process in both:
        assert process.stdout
        assert process.stdout.readline() == "ready\n"
    for process in both:
        assert process.stdin
        process.stdin.write("go\n")
        process.stdin.flush()
    said = [process.communicate(timeout=60)[0] for process in both]
    assert sorted(said) == ["15 0\n", "15 1\n"]
