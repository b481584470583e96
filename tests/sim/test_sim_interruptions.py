"""How long the picture was gone."""

from typing import Any

import pytest

from sim.interruptions import Interruptions
from sim.journal import Record

LOST, BACK = ("media.lost", "caller"), ("media.recovered", "caller")
FRAME, COUNTED = ("frame.first", "operator"), ("viewer.measured", "operator")


def told(*records: tuple[float, tuple[str, str], dict[str, Any]]) -> list[float | None]:
    interruptions = Interruptions()
    for t_s, (event, actor), facts in records:
        interruptions.take(Record(t_s, event, "call-1", "call-1/video", actor, None, facts))
    return interruptions.recoveries_s


def test_from_the_loss_or_the_last_frame_whichever_came_first_to_the_first_new_frame() -> None:
    assert told((10, LOST, {}), (10.8, BACK, {}), (11, FRAME, {"lost_s": 10.1})) == [pytest.approx(1)]
    assert told((15, LOST, {}), (19, FRAME, {"lost_s": 10}), (19.2, BACK, {})) == [9]
    assert told((20, FRAME, {"lost_s": 19.25})) == [0.75]  # only the viewer noticed


def test_a_first_frame_and_another_camera_are_no_return() -> None:
    assert told((5, FRAME, {"camera": "back"}), (9, FRAME, {"camera": "front"})) == []


def test_a_loss_that_no_viewer_noticed_lasts_as_long_as_the_phone_says() -> None:
    assert told((10, LOST, {}), (10.25, BACK, {})) == [0.25]
    counted = [(t_s, COUNTED, {"received": 15, "repeated": 0}) for t_s in (11, 12, 13)]
    assert told((10, LOST, {}), (10.25, BACK, {}), *counted) == [0.25]
    later = [(30, FRAME, {"lost_s": 29})]
    assert told((10, LOST, {}), (10.25, BACK, {}), *counted, *later) == [0.25, 1]
    assert told((10, LOST, {}), (10.25, BACK, {}), (20, LOST, {}), (20.5, BACK, {})) == [0.25, 0.5]


def test_a_picture_that_stays_away_never_came_back() -> None:
    assert told((10, LOST, {})) == [None]
    assert told((10, LOST, {}), (16, LOST, {})) == [None]  # the same one, told twice
    frozen = [(t_s, COUNTED, {"received": 15, "repeated": 15}) for t_s in (13, 14)]
    assert told((10, LOST, {}), (11, BACK, {}), *frozen) == [None]  # connected again, and nothing new


def test_who_else_looks_has_no_say() -> None:
    assert told((10, ("frame.first", "doctor"), {"lost_s": 8}), (12, ("media.lost", "operator"), {})) == []
