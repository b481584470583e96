"""Packets that were lost are sent again within a share of the rate."""

import asyncio
from types import SimpleNamespace
from typing import Any

from lean_rtc.resending import AT_LEAST, PACKET_BITS, SHARE, Resending, resend_within

RATE = 500_000


def test_some_losses_are_all_mended() -> None:
    """Five in a hundred packets of a picture of 50 a second."""
    resending = Resending(0.0)
    assert all(resending.may(RATE, n * 0.4) for n in range(1, 100))


def test_a_storm_gets_its_share_and_no_more() -> None:
    resending = Resending(0.0)
    for rate in (RATE, 100_000):
        sent = sum(resending.may(rate, begun_s + n / 200) for begun_s in (100.0,) for n in range(2000))
        resending = Resending(0.0)
        grown = 10 * SHARE * rate / PACKET_BITS
        assert grown <= sent <= 1.1 * grown + max(AT_LEAST, grown / 10)


def test_a_sender_is_bounded_by_its_own_rate() -> None:
    asked: list[int] = []

    async def retransmit(sequence_number: int) -> None:
        asked.append(sequence_number)

    sender: Any = SimpleNamespace(_retransmit=retransmit)
    resend_within(sender, lambda: 60_000)

    async def storm() -> None:
        for n in range(500):
            await sender._retransmit(n)

    asyncio.run(storm())
    assert asked == list(range(len(asked)))
    assert AT_LEAST - 1 <= len(asked) < 20
