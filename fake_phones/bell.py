"""A bell: each ring wakes everybody who waits for it at that moment."""

import asyncio


class Bell:
    """For "look again": whoever waits checks what it waits for after every ring."""

    def __init__(self) -> None:
        self._rung = asyncio.Event()

    def ring(self) -> None:
        self._rung.set()
        self._rung = asyncio.Event()

    async def rung(self) -> None:
        """Wait for the next ring."""
        await self._rung.wait()
