"""Contact sheets, the catalogue in words, and that the docs say the same."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from fake_phones.scenes import NAMES, parameters, scene
from fake_phones.scenes.__main__ import main
from fake_phones.scenes.sheet import HEIGHT, TILE, WIDTH, film, sheet
from fake_phones.scenes.table import table
from fake_phones.stamp import StampReader

DOCS = Path(__file__).parents[2] / "docs"


def test_a_sheet_shows_both_cameras_at_its_times() -> None:
    picture = sheet("test-card", 3, times_s=(0.2, 2.7))
    assert picture.shape == (2 * TILE[1], 2 * TILE[0], 3)
    back, front = picture[: TILE[1]], picture[TILE[1] :]
    assert np.abs(back.astype(int) - front).mean() > 15
    assert np.abs(back[:, : TILE[0]].astype(int) - back[:, TILE[0] :]).mean() > 1


def test_the_stamp_is_read_from_a_sheets_pictures() -> None:
    shown = film(scene("test-card", 3, WIDTH, HEIGHT), "front", (0.0, 0.6))
    stamps = [
        StampReader(WIDTH, HEIGHT).read(cv2.cvtColor(p, cv2.COLOR_BGR2YUV_I420)[:HEIGHT]).stamp for p in shown
    ]
    assert all(stamp is not None and stamp.camera == 1 for stamp in stamps)


@pytest.mark.long
def test_the_program_writes_sheets_and_refuses_strangers(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["test-card", "--out", str(tmp_path / "new")]) == 0
    picture = cv2.imread(str(tmp_path / "new" / "test-card.jpg"))
    assert picture.shape[0] == 2 * TILE[1]
    assert main(["nonsense", "--out", str(tmp_path)]) == 2
    assert "there is no scene 'nonsense'" in capsys.readouterr().err


def test_the_list_names_every_parameter_with_its_limits(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--list"]) == 0
    told = capsys.readouterr().out
    for name in NAMES:
        assert f"### {name}" in told
        assert all(f"`{p.name}`" in told and p.limits.split(" or ")[0] in told for p in parameters(name))


def test_the_docs_say_what_the_catalogue_says() -> None:
    """Remedy: python -m fake_phones.scenes --list, put between the two marks of docs/scenes.md."""
    page = (DOCS / "scenes.md").read_text()
    begin, end = "<!-- the catalogue -->\n", "\n<!-- the end of the catalogue -->"
    assert page[page.index(begin) + len(begin) : page.index(end)].strip() == table(NAMES).strip()


@pytest.mark.parametrize("name", NAMES)
def test_the_docs_have_a_small_sheet_of_each_scene(name: str) -> None:
    path = DOCS / "scenes" / f"{name}.jpg"
    assert 5_000 < path.stat().st_size < 150_000
    assert f"(scenes/{name}.jpg)" in (DOCS / "scenes.md").read_text()
