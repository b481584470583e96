"""A test's coroutine, told to its end in so many seconds at most."""

import asyncio
from collections.abc import Coroutine
from typing import Any


def run(body: Coroutine[Any, Any, None], limit_s: float = 40) -> None:
    """Raises TimeoutError."""

    async def bounded() -> None:
        async with asyncio.timeout(limit_s):
            await body

    asyncio.run(bounded())
