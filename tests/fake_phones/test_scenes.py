"""Scenes: the same arguments give the same pictures, and the pictures show what they should."""

import tomllib
from pathlib import Path

import cv2
import numpy as np
import pytest

from fake_phones.scenes import NAMES, Picture, Scene, kind, scene
from fake_phones.scenes import unconscious as unconscious_module
from fake_phones.scenes.breath import lift
from fake_phones.scenes.scene import Facing

SMALL = (224, 126)
CAMERAS: tuple[Facing, Facing] = ("back", "front")
CALLERS = [name for name in NAMES if "calm" in {parameter.name for parameter in kind(name).own}]
BREATHING = [
    name for name in NAMES if "breathing_depth_m" in {parameter.name for parameter in kind(name).own}
]
NIGHT = ("night-fall", "night-accident", "dark-flat", "selfie-night")
ISSUE = {
    *("unconscious", "agonal", "not-breathing", "cpr", "seizure", "bleeding", "stroke", "child-rash", "burn"),
    *("leg-fracture", "night-accident", "dark-flat", "selfie", "selfie-night", "test-card"),
}
SCENES_TOML = Path(__file__).parents[2] / "scenarios" / "data" / "scenes.toml"


def difference(a: Picture, b: Picture) -> float:
    return float(np.abs(a.astype(int) - b).mean())


def small(name: str, seed: int = 3) -> Scene:
    return scene(name, seed, *SMALL)


def test_the_scenes_there_are() -> None:
    assert ISSUE | {"chest-pain", "night-fall"} == set(NAMES)


def test_a_scenario_knows_the_same_scenes() -> None:
    """scenarios/data/scenes.toml repeats the names, because a scenario is checked without a phone."""
    known = tomllib.loads(SCENES_TOML.read_text())
    assert known == {name: kind(name).says for name in NAMES}


@pytest.mark.parametrize(
    ("wrong", "near"), [("chestpain", "chest-pain"), ("nightfall", "night-fall"), ("Test-Card", "test-card")]
)
def test_an_unknown_name_is_answered_with_the_nearest(wrong: str, near: str) -> None:
    with pytest.raises(ValueError, match=f"did you mean '{near}'") as error:
        scene(wrong, 1, *SMALL)
    assert all(name in str(error.value) for name in NAMES)


def test_no_name_at_all_is_told_the_names() -> None:
    with pytest.raises(ValueError, match="night-fall"):
        scene("", 1, *SMALL)


@pytest.mark.parametrize(("width", "height"), [(321, 180), (320, 181), (100, 180), (320, -2)])
def test_a_size_that_cannot_be_coded_is_refused(width: int, height: int) -> None:
    with pytest.raises(ValueError, match="even and at least 120"):
        scene("test-card", 1, width, height)


def test_another_camera_is_refused() -> None:
    with pytest.raises(ValueError, match="back and front"):
        small("test-card").frame("side", 0.0)  # type: ignore[arg-type]


@pytest.mark.parametrize("name", NAMES)
def test_frames_are_bgr_bytes_of_the_asked_size(name: str) -> None:
    for camera in CAMERAS:
        frame = small(name).frame(camera, 1.25)
        assert frame.shape == (126, 224, 3)
        assert frame.dtype == np.uint8
        assert frame.flags.c_contiguous


@pytest.mark.parametrize("name", NAMES)
def test_a_moment_is_the_same_in_any_order_and_nobody_can_change_it(name: str) -> None:
    shot = small(name)
    for camera in CAMERAS:
        first = shot.frame(camera, 2.0).copy()
        shot.frame(camera, 7.5)[:] = 0
        shot.frame(camera, 2.0)[:] = 255
        assert (shot.frame(camera, 2.0) == first).all()
        assert (small(name).frame(camera, 2.0) == first).all()


def test_a_scene_that_is_drawn_anew_is_the_same() -> None:
    before = [small("unconscious").frame(camera, 3.3) for camera in CAMERAS]
    unconscious_module._floor.cache_clear()
    again = [small("unconscious").frame(camera, 3.3) for camera in CAMERAS]
    assert all((a == b).all() for a, b in zip(before, again, strict=True))


@pytest.mark.parametrize("name", NAMES)
def test_seed_camera_and_time_each_change_the_picture(name: str) -> None:
    frame = small(name).frame("back", 1.0)
    if name in ("test-card", "unconscious", "selfie-night"):  # to draw them all again takes long
        assert difference(frame, small(name, seed=4).frame("back", 1.0)) > 3
    assert difference(frame, small(name).frame("front", 1.0)) > 15
    assert difference(frame, small(name).frame("back", 1.5)) > 0.3


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("camera", CAMERAS)
def test_pictures_are_neither_blank_nor_blown_out(name: str, camera: Facing) -> None:
    luma = cv2.cvtColor(small(name).frame(camera, 1.0), cv2.COLOR_BGR2GRAY)
    assert luma.std() > (6 if name in NIGHT else 15)
    assert (luma > 252).mean() < 0.15
    assert (luma < 3).mean() < (0.75 if name in NIGHT else 0.4)


def test_night_is_dark_and_noisy_and_day_is_not() -> None:
    day = small("unconscious").frame("front", 1.0).mean()
    assert all(small(name).frame("front", 1.0).mean() < 60 < 100 < day for name in NIGHT)


@pytest.mark.parametrize("size", [(180, 320), (320, 240), (360, 640)])
def test_other_shapes_show_the_same_people(size: tuple[int, int]) -> None:
    frame = scene("test-card", 3, *size).frame("back", 1.0)
    assert frame.shape == (size[1], size[0], 3)
    if size != (360, 640):  # the drawn ones take longer
        frame = scene("unconscious", 3, *size).frame("front", 1.0)
        assert frame.shape == (size[1], size[0], 3)
        assert frame.std() > 20


@pytest.mark.parametrize("name", BREATHING)
def test_the_chest_rises_and_falls_at_the_asked_rate(name: str) -> None:
    """Without the hand's sway, which is the same at the same time, only the chest differs."""
    still = {"severity": 0} if name == "seizure" else {}
    breathes = scene(name, 3, *SMALL, {"breathing_per_min": 15, **still})
    lifeless = scene(name, 3, *SMALL, {"breathing_depth_m": 0, **still})
    moved = [difference(breathes.frame("back", k / 5), lifeless.frame("back", k / 5)) for k in range(80)]
    strength = np.abs(np.fft.rfft(np.array(moved) - np.mean(moved)))
    per_minute = np.fft.rfftfreq(80, 0.2)[strength.argmax()] * 60
    assert per_minute == pytest.approx(15, abs=2)
    assert min(moved) < 0.02
    assert max(moved) > 0.10


def test_a_breath_goes_in_and_out_and_pauses() -> None:
    lifts = [lift(k / 500) for k in range(500)]
    assert max(lifts) == pytest.approx(1, abs=0.001)
    assert lifts[0] == lifts[450] == 0
    assert lifts[:200] == sorted(lifts[:200])


@pytest.mark.parametrize("name", CALLERS)
def test_the_caller_talks_and_blinks(name: str) -> None:
    """In the canvas of the face, its parts are seen in all their states within some seconds."""
    front = small(name).front
    mouth, closed, aside = (
        [getattr(front, state)(k / 30) for k in range(450)] for state in ("_mouth", "_closed", "_glances")
    )
    assert max(mouth) > 0.5
    assert min(mouth) == 0
    assert max(closed) > 0.5
    assert np.mean(np.array(closed) > 0) < 0.15
    assert 0.1 < np.mean(aside) < 0.6


def test_the_test_card_tells_its_time() -> None:
    card = small("test-card")
    hands = [
        cv2.inRange(card.frame("back", t), (0, 0, 180), (90, 90, 255))[28:98, 140:] for t in (0.0, 2.5, 5.0)
    ]
    middles = [np.argwhere(hand)[:, ::-1].mean(0) for hand in hands]
    assert middles[0][1] < middles[2][1] - 14  # up, then down
    assert middles[1][0] > middles[0][0] + 6  # to the right in between
