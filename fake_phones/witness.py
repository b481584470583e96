"""What the cameras really filmed, small: to see whether a received picture shows something else.

A viewer asks a `Witness` for the thumbnail of the frame that a stamp names. `Filmed` is the one of a process:
its own phones' last frames, and on the board, which a farm's processes share, what all of them filmed lately.
"""

from typing import Protocol

from fake_phones.board import Board, Panel, Pictured
from fake_phones.thumbnail import Plane, Thumbnail, thumbnail

FRAMES_KEPT = 300  # of each camera; a film that loops has fewer
FRAMES_APART = 4  # those on the board


class Witness(Protocol):
    """Knows what was filmed."""

    def picture(self, session: int, camera: int, frame: int) -> Thumbnail | None:
        """What this camera filmed as this frame; None when that is not known, or not any more."""

    def others(self, session: int) -> list[Pictured]:
        """What the other sessions filmed lately: some frames of each camera, no need of every one."""


class Roll:
    """The last frames of one camera. Told by its phone, from any thread; asked from the loop."""

    def __init__(self, panel: Panel | None) -> None:
        self._kept: list[tuple[int, Thumbnail] | None] = [None] * FRAMES_KEPT
        self._panel = panel
        self._next_up = 0

    def keep(self, frame: int, small: Thumbnail) -> None:
        """This is the next frame. The thumbnail is not copied, but for the board: 0.2 us, each fourth 1.7."""
        self._kept[frame % FRAMES_KEPT] = frame, small
        if not 0 < self._next_up - frame <= FRAMES_APART:  # or the numbers begin anew
            self._next_up = frame + FRAMES_APART
            if self._panel:
                self._panel.put_up(frame, small)

    def picture(self, frame: int) -> Thumbnail | None:
        kept = self._kept[frame % FRAMES_KEPT]
        return kept[1] if kept and kept[0] == frame else None

    def close(self) -> None:
        """Nobody looks any more."""
        if self._panel:
            self._panel.take_down()


class Filmed:
    """The witness of this process; without a board that others write on too it has one of its own.

    A session is told of from `begin` to `forget`; what a thread draws after that is nobody's business.
    """

    def __init__(self, board: Board | None = None) -> None:
        self._board = board or Board.alone()
        self._rolls: dict[int, dict[int, Roll]] = {}

    def begin(self, session: int) -> None:
        """A phone of this process films in this session. Again: nothing more."""
        self._rolls.setdefault(session, {})

    def roll(self, session: int, camera: int) -> Roll | None:
        """Where this camera's frames are told; None when the session is over."""
        rolls = self._rolls.get(session)
        if rolls is not None and camera not in rolls:
            rolls[camera] = Roll(self._board.panel(session, camera))
        return None if rolls is None else rolls[camera]

    def filmed(self, session: int, camera: int, frame: int, luma: Plane, strip_share: float) -> None:
        """A camera took this frame. Keeps its thumbnail; 25 us."""
        if roll := self.roll(session, camera):
            roll.keep(frame, thumbnail(luma, strip_share))

    def forget(self, session: int) -> None:
        """This session is over, and nobody looks at it any more."""
        for roll in self._rolls.pop(session, {}).values():
            roll.close()

    def picture(self, session: int, camera: int, frame: int) -> Thumbnail | None:
        roll = self._rolls.get(session, {}).get(camera)
        return roll.picture(frame) if roll else None

    def others(self, session: int) -> list[Pictured]:
        return self._board.others(session)
