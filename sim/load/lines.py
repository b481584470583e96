"""JSON lines: orders on standard input, words on standard output, as the load programs speak with locust."""

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any

_LONGEST = 2**24


class Spoken:
    """Standard output for words alone: whatever else a library prints goes to standard error."""

    def __init__(self) -> None:
        self._out = os.fdopen(os.dup(1), "w", encoding="utf-8", buffering=1)
        os.dup2(2, 1)

    def say(self, **word: Any) -> None:
        """One word. When nobody listens any more it is lost: the closed standard input says so too."""
        with suppress(BrokenPipeError):
            self._out.write(json.dumps(word, allow_nan=False) + "\n")


async def orders() -> AsyncIterator[dict[str, Any]]:
    """Each order as it comes; ends when standard input closes. Raises ValueError on what is no order."""
    reader = asyncio.StreamReader(limit=_LONGEST)
    loop = asyncio.get_running_loop()
    transport, _ = await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    try:
        while line := await reader.readline():
            order = json.loads(line)
            if not isinstance(order, dict) or "do" not in order:
                raise ValueError(f'no order: {line[:80]!r}; an order is an object with "do"')
            yield order
    finally:
        transport.close()
