"""How a viewer sees: from a receiver's packets to frames that were looked at, one interface for every way."""

from collections.abc import Callable
from typing import NamedTuple, Protocol

import numpy as np
from aiortc import RTCPeerConnection, RTCRtpReceiver
from av import VideoFrame
from numpy.typing import NDArray

from fake_phones.stamp import Reading


class Seen(NamedTuple):
    """A frame that came."""

    now_s: float
    """When it could be shown: decoded, or where it is not decoded, whole."""
    picture: VideoFrame | None
    """None: it was not decoded."""
    shown: Reading | None
    """What the strip of the picture says; None: there is none, or it could not be looked at."""
    coded: Reading | None = None
    """What the coded strip says; None: there is none that can be read without decoding."""
    passed_over: bool = False
    """It came whole, but behind a loss: nobody could have been shown it."""


class Sight(Protocol):
    """Tells a viewer of each frame in turn."""

    def attach(self, pc: RTCPeerConnection, receiver: RTCRtpReceiver, see: Callable[[Seen], None]) -> None:
        """Look at what this receiver gets. Before the connection stands."""

    async def close(self, limit_s: float) -> None:
        """After the connection is closed: see what is under way, for so long, and end. Again: no more."""


def luma(frame: VideoFrame) -> NDArray[np.uint8]:
    """The luma plane without a copy."""
    plane = frame.planes[0]
    rows: NDArray[np.uint8] = np.frombuffer(memoryview(plane), np.uint8).reshape(-1, plane.line_size)
    return rows[: plane.height, : plane.width]
