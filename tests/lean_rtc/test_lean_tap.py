"""The tap where a relay's incoming packets come out: what aiortc may do to it."""

import asyncio

from aiortc import RTCPeerConnection

from lean_rtc import Tap


def test_a_connection_that_closes_before_it_begins_is_no_error() -> None:
    async def body() -> None:
        pc = RTCPeerConnection()
        receiver = pc.addTransceiver("video", direction="recvonly").receiver
        tap = Tap(receiver, lambda packets: None)
        running = asyncio.create_task(tap._run_rtcp())  # ICE has nominated nothing, or forgot it again
        await asyncio.sleep(0.01)
        running.cancel()
        (ended,) = await asyncio.gather(running, return_exceptions=True)
        await pc.close()
        assert ended is None or isinstance(ended, asyncio.CancelledError)

    asyncio.run(body())
