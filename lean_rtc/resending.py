"""Lost packets are sent again within a share of the rate, as libwebrtc does it.

aiortc sends again whatever it is asked for, as often as it is asked. On a radio that has become narrow that
is more than the picture itself (measured: 180 packets a second beside 15 of the picture), so that its queue
stays full for six seconds and nothing comes through.
"""

import time
from collections.abc import Callable

from aiortc import RTCRtpSender

SHARE = 0.25
"""Of the rate; a radio that loses 5 % of its packets needs a fifth of that."""
PACKET_BITS = 8 * 1200
BURST_S = 1.0
AT_LEAST = 3.0
"""Packets in a burst, however low the rate is."""


class Resending:
    """An allowance of packets that grows with the rate. Pure: `now_s` is told."""

    def __init__(self, now_s: float) -> None:
        self._left = AT_LEAST
        self._at_s = now_s

    def may(self, rate_bit_s: float, now_s: float) -> bool:
        """Whether one more packet may be sent again."""
        grows = SHARE * rate_bit_s / PACKET_BITS
        self._left = min(self._left + grows * (now_s - self._at_s), max(AT_LEAST, BURST_S * grows))
        self._at_s = now_s
        if self._left < 1:
            return False
        self._left -= 1
        return True


def resend_within(sender: RTCRtpSender, rate_bit_s: Callable[[], float]) -> None:
    """Bound what a sender sends again. Before it starts."""
    resending, retransmit = Resending(time.monotonic()), sender._retransmit

    async def bounded(sequence_number: int) -> None:
        if resending.may(rate_bit_s(), time.monotonic()):
            await retransmit(sequence_number)

    sender._retransmit = bounded  # type: ignore[method-assign]
