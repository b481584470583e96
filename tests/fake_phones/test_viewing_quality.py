"""Quality: figures that are the published ones, and an order that a person would agree with."""

import asyncio

import cv2
import numpy as np
import pytest

from fake_phones import scenes
from fake_phones.lean import coding
from fake_phones.lean.splice import StripRows
from fake_phones.viewing import source
from fake_phones.viewing.judging import Judging
from fake_phones.viewing.quality import PSNR_DB_MOST, quality
from fake_phones.viewing.source import Source

SIZE = (320, 240)
SCENE = "test-card"


def noise() -> np.ndarray:
    return np.random.default_rng(3).integers(0, 255, (120, 160)).astype(np.uint8)


def test_equal_pictures_are_equal() -> None:
    assert quality(noise(), noise()) == (pytest.approx(1.0), PSNR_DB_MOST)


def test_the_figures_are_those_of_scikit_image() -> None:
    """0.26, structural_similarity with Gaussian weights and no sample covariance; peak_signal_noise_ratio."""
    smooth = cv2.normalize(cv2.GaussianBlur(noise(), (0, 0), 3), None, 0, 255, cv2.NORM_MINMAX)
    told = quality(smooth, cv2.GaussianBlur(smooth, (0, 0), 2))
    assert told == (pytest.approx(0.907686, abs=1e-5), pytest.approx(29.93162, abs=1e-4))
    assert quality(smooth, 255 - smooth).ssim < 0


@pytest.fixture(scope="module")
def clips() -> dict[int, np.ndarray]:
    """Luma of the sixth picture of the scene, at two bit rates."""
    scene = scenes.scene(SCENE, 1, *SIZE)
    bgr = [scene.frame("back", n / 15) for n in range(6)]
    film = [np.asarray(cv2.cvtColor(each, cv2.COLOR_BGR2YUV_I420), np.uint8) for each in bgr]
    rows = StripRows.of(*SIZE)
    coded = {kbit_s: coding.coded(film, rows, 15, kbit_s, 30, 0) for kbit_s in (60, 300)}
    return {kbit_s: coding.decoded(streams)[5][: SIZE[1]] for kbit_s, streams in coded.items()}


@pytest.mark.parametrize("loops", [True, False])
def test_more_bits_are_better_and_another_scene_is_far_away(
    clips: dict[int, np.ndarray], monkeypatch: pytest.MonkeyPatch, loops: bool
) -> None:
    monkeypatch.setattr(source, "CLIP_S", 0.5)
    mine = Source(SCENE, 1, *SIZE, 15, loops=loops)
    poor, good = (mine.quality(clips[kbit_s], "back", 5) for kbit_s in (60, 300))
    assert poor.ssim < good.ssim - 0.01
    assert poor.psnr_db < good.psnr_db - 1
    foreign = Source(SCENE, 1, *SIZE, 15, loops=loops).quality(255 - clips[300], "back", 5)
    assert foreign.ssim < poor.ssim - 0.3
    half = cv2.resize(clips[300], None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    assert mine.quality(half, "back", 5).ssim > good.ssim - 0.05  # received smaller


def test_a_live_phone_that_missed_pictures_is_held_against_what_it_took(clips: dict[int, np.ndarray]) -> None:
    ahead = Source(SCENE, 1, *SIZE, 15, loops=False)
    assert ahead.quality(clips[300], "back", 3) == Source(SCENE, 1, *SIZE, 15, loops=False).quality(
        clips[300], "back", 5
    )


def test_judging_looks_once_a_second_and_sums_up(clips: dict[int, np.ndarray]) -> None:
    judging = Judging(lambda: Source(SCENE, 1, *SIZE, 15, loops=False))
    assert judging.facts() == {"pictures": 0}

    async def body() -> None:
        assert judging.wants(10.0)
        looking = asyncio.create_task(judging.look(clips[300], "back", 5, 10.0))
        await asyncio.sleep(0)
        assert not judging.wants(12.0)  # one at a time
        await looking
        assert not judging.wants(10.9)
        assert judging.wants(11.0)
        await judging.look(clips[60], "back", 5, 11.0)

    asyncio.run(body())
    told = judging.facts()
    assert told["pictures"] == 2
    assert told["ssim_min"] < told["ssim_mean"] < 1
    assert told["psnr_db_min"] < told["psnr_db_mean"]
