"""A rate that is set is the rate that is measured back from the decoded video."""

from collections.abc import Iterator, Sequence

import cv2
import numpy as np
import pytest

from fake_phones.scenes import Change, Picture, scene
from fake_phones.scenes.measured import breaths, compressions
from fake_phones.scenes.sheet import coded

SIZE, FPS, BIT_RATE = (320, 240), 15, 150_000


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    """Threads of OpenCV wait for each other on a busy machine."""
    before = cv2.getNumThreads()
    cv2.setNumThreads(1)
    yield
    cv2.setNumThreads(before)


def decoded(
    name: str, seed: int, until_s: float, changes: Sequence[Change], fps: int = FPS, **start: object
) -> list[Picture]:
    """The back camera after VP8."""
    shot = scene(name, seed, *SIZE, start, changes)
    pictures = (shot.frame("back", k / fps) for k in range(round(until_s * fps)))
    return list(coded(pictures, SIZE, fps, BIT_RATE))


def test_compressions_are_measured_back_also_after_a_change() -> None:
    """Every other picture is enough to measure."""
    rates, each_s = (90, 110, 130), 9
    changes = [(k * each_s, "compressions_per_min", rate) for k, rate in enumerate(rates)]
    film = decoded("cpr", 3, each_s * len(rates), changes)
    for k, rate in enumerate(rates):
        found = compressions(film[k * each_s * FPS : (k + 1) * each_s * FPS : 2], FPS / 2)
        assert found.seen
        assert found.per_min == pytest.approx(rate, abs=1)


def test_a_shallow_compression_moves_less_and_a_pause_has_none() -> None:
    film = decoded("cpr", 3, 12, [(6, "compressions_per_min", 0)], depth_m=0.02)
    shallow, paused = (compressions(part, FPS) for part in (film[: 6 * FPS], film[7 * FPS :]))
    assert shallow.per_min == pytest.approx(110, abs=2)
    assert shallow.moves_px > 3 * paused.moves_px


def test_breaths_are_measured_back_and_none_is_none() -> None:
    """Of a slow film every other picture is enough to measure; a hand that stands still, a rise of 28 mm."""
    rates, each_s, fps = (8, 14, 24, 0), 22, 8
    changes = [(k * each_s, "breathing_per_min", rate) for k, rate in enumerate(rates)]
    film = decoded("unconscious", 3, each_s * len(rates), changes, fps)
    found = [breaths(film[k * each_s * fps : (k + 1) * each_s * fps : 2], fps / 2) for k in range(len(rates))]
    for rate, measured in zip(rates[:-1], found, strict=False):
        assert measured.seen
        assert measured.per_min == pytest.approx(rate, abs=1)
    assert not found[-1].seen


@pytest.mark.long
@pytest.mark.parametrize("seed", [1, 2, 5])
@pytest.mark.parametrize(
    ("name", "rate"), [("unconscious", 8), ("unconscious", 14), ("unconscious", 24), ("not-breathing", 0)]
)
def test_breaths_of_other_people(name: str, seed: int, rate: float) -> None:
    measured = breaths(decoded(name, seed, 30, [], breathing_per_min=rate, steadiness=0.7), FPS)
    assert measured.seen == (rate > 0)
    assert not rate or measured.per_min == pytest.approx(rate, abs=1)


@pytest.mark.long
@pytest.mark.parametrize("seed", [1, 2, 5])
@pytest.mark.parametrize("rate", [60, 90, 110, 130, 150])
def test_compressions_of_other_people(seed: int, rate: float) -> None:
    assert compressions(
        decoded("cpr", seed, 15, [], compressions_per_min=rate), FPS
    ).per_min == pytest.approx(rate, abs=1)


def test_too_short_a_film_is_refused() -> None:
    with pytest.raises(ValueError, match="needs 4 s of film"):
        compressions([np.zeros((240, 320, 3), np.uint8)] * 30, FPS)
    with pytest.raises(ValueError, match="0 pictures"):
        breaths([], FPS)
