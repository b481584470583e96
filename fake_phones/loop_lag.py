"""How late this process's event loop is: when it lags, so does everything that is measured in it."""

import asyncio
import time

EVERY_S = 0.05


class LoopLag:
    """`s_max`: the longest that a timer was late."""

    def __init__(self) -> None:
        self.s_max = 0.0

    async def watch(self) -> None:
        while True:
            due_s = time.monotonic() + EVERY_S
            await asyncio.sleep(EVERY_S)
            self.s_max = max(self.s_max, time.monotonic() - due_s)
