"""The board: what one process puts up the others see, and nothing is named that is not there."""

import os
from collections.abc import Iterator

import numpy as np
import pytest

from fake_phones import board
from fake_phones.board import Board, shared_file
from fake_phones.thumbnail import COLUMNS, ROWS, Thumbnail


def small(luma: int) -> Thumbnail:
    return np.full((ROWS, COLUMNS), luma, np.uint8)


def put_up(on: Board, session: int, camera: int, frame: int, luma: int) -> None:
    panel = on.panel(session, camera)
    assert panel
    panel.put_up(frame, small(luma))


@pytest.fixture
def two() -> Iterator[tuple[Board, Board]]:
    """Of two processes, as it were."""
    file = shared_file(2)
    try:
        yield Board.shared(file, 0), Board.shared(file, 1)
    finally:
        os.close(file)


def test_each_sees_what_the_other_put_up_but_not_its_own_session(two: tuple[Board, Board]) -> None:
    ours, theirs = two
    put_up(ours, 11, 0, 100, 50)
    put_up(theirs, 22, 1, 7, 90)
    for one in two:
        (seen,) = one.others(11)
        assert seen[:3] == (22, 1, 7)
        assert np.array_equal(seen.thumbnail, small(90))
        assert [other.session for other in one.others(22)] == [11]
        assert len(one.others(33)) == 2


def test_the_last_pictures_of_a_camera_stay(two: tuple[Board, Board]) -> None:
    ours, theirs = two
    panel = ours.panel(11, 0)
    assert panel
    for frame in range(20):
        panel.put_up(frame, small(frame))
    seen = {other.frame: int(other.thumbnail[0, 0]) for other in theirs.others(22)}
    assert seen == {frame: frame for frame in range(12, 20)}


def test_what_was_taken_down_is_gone_and_its_place_another_ones(
    two: tuple[Board, Board], monkeypatch: pytest.MonkeyPatch
) -> None:
    ours, theirs = two
    ours._free[:] = ours._free[:1]  # nearly full
    panel = ours.panel(11, 0)
    assert panel
    assert ours.panel(12, 0) is None
    panel.put_up(1, small(1))
    assert [other.session for other in theirs.others(0)] == [11]
    panel.take_down()
    assert theirs.others(0) == []
    panel.put_up(3, small(3))  # from a thread that had not heard of it
    panel.take_down()
    assert theirs.others(0) == []
    next_one = ours.panel(13, 1)
    assert next_one
    next_one.put_up(4, small(4))
    assert [other[:3] for other in theirs.others(0)] == [(13, 1, 4)]
    monkeypatch.setattr(board, "READ_AT_MOST", 3)
    for frame in range(8):
        next_one.put_up(frame, small(frame))
    assert 2 <= len(theirs.others(0)) <= 3


def test_a_region_that_there_is_not() -> None:
    file = shared_file(1)
    try:
        for region in (-1, 1):
            with pytest.raises(ValueError, match="a board that has 1"):
                Board.shared(file, region)
    finally:
        os.close(file)
