"""The phone in the hand: what its parameters do to the picture."""

from itertools import pairwise

import cv2
import numpy as np
import pytest

from fake_phones.scenes import Picture, scene
from fake_phones.scenes.scene import Facing

SMALL = (224, 126)
CAMERAS: tuple[Facing, Facing] = ("back", "front")


def seen(camera: Facing, t_s: float = 1.0, **start: object) -> Picture:
    return scene("unconscious", 3, *SMALL, start).frame(camera, t_s)


def sharpness(picture: Picture) -> float:
    return float(cv2.Laplacian(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY), cv2.CV_64F).var())


@pytest.mark.parametrize("camera", CAMERAS)
def test_less_light_is_darker_and_noisier(camera: Facing) -> None:
    levels = [seen(camera, light=share).mean() for share in (1.0, 0.3, 0.05, 0.0)]
    assert levels == sorted(levels, reverse=True)
    assert levels[-1] < 0.12 * levels[0]
    dark, day = (
        seen(camera, light=share) - cv2.GaussianBlur(seen(camera, light=share), (0, 0), 2).astype(float)
        for share in (0.05, 1.0)
    )
    assert dark.std() / max(levels[2], 1) > day.std() / levels[0]


def test_exposure_focus_and_noise() -> None:
    assert (
        seen("back", exposure_ev=-2).mean()
        < 0.6 * seen("back").mean()
        < 0.8 * seen("back", exposure_ev=2).mean()
    )
    assert sharpness(seen("back", focus=0)) < 0.5 * sharpness(seen("back"))
    assert sharpness(seen("back", noise=4)) > sharpness(seen("back", noise=0))


@pytest.mark.parametrize("camera", CAMERAS)
def test_a_turned_phone_turns_the_picture(camera: Facing) -> None:
    upright, down = (
        seen(camera, orientation=turn, noise=0, steadiness=1).astype(float) for turn in (0.0, 180.0)
    )
    assert np.abs(upright[::-1, ::-1] - down).mean() < 3 < np.abs(upright - down).mean()
    sideways = seen(camera, orientation=90, noise=0, steadiness=1).astype(float)
    middle = upright[:, 77:147]  # what a frame of this shape can hold of it, 1.8 times as large
    back = cv2.resize(np.rot90(sideways), (71, 126), interpolation=cv2.INTER_AREA)[:, :70]
    assert np.abs(back - middle).mean() < 0.4 * np.abs(back[::-1] - middle).mean()


def test_a_thumb_covers_the_lens_as_far_as_it_is_told() -> None:
    free = seen("back", noise=0)
    covered = [
        float((np.abs(seen("back", noise=0, thumb=share).astype(int) - free).max(2) > 25).mean())
        for share in (0.2, 0.5, 1.0)
    ]
    assert covered == sorted(covered)
    assert covered[0] > 0.02
    assert covered[2] > 0.9
    assert seen("back", thumb=1.0).mean() < 70


@pytest.mark.parametrize("camera", CAMERAS)
def test_a_steadier_hand_moves_less(camera: Facing) -> None:
    def sways(steadiness: float) -> float:
        shot = scene("selfie", 3, *SMALL, {"steadiness": steadiness, "noise": 0, "calm": 1.0})
        frames = [shot.frame(camera, k / 2).astype(int) for k in range(8)]
        return float(np.mean([np.abs(a - b).mean() for a, b in pairwise(frames)]))

    propped, stands, runs = (sways(steadiness) for steadiness in (1.0, 0.5, 0.0))
    assert propped < 0.8 * stands < 0.8 * runs


def test_the_torch_is_the_light_there_is() -> None:
    on, off = (
        scene("dark-flat", 3, *SMALL, {"torch": torch}).frame("back", 1.0).mean() for torch in (True, False)
    )
    assert off < 0.4 * on
