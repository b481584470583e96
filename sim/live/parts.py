"""Parts as processes: started, watched, stopped; none is left behind."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from types import MappingProxyType
from typing import Any

READY_S_MAX = 60.0
STOP_S_MAX = 8.0


class PartDied(Exception):
    """A part ended unasked or did not become ready; the text has its last lines."""


class Part:
    """One running part. `facts` is what its ready line said."""

    def __init__(
        self, name: str, process: asyncio.subprocess.Process, log: Path, facts: dict[str, Any]
    ) -> None:
        self.name, self.facts = name, facts
        self._process, self._log = process, log
        self._stopping = False

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def url(self) -> str:
        return str(self.facts["url"])

    async def died(self) -> str:
        """Wait until the part ends without having been told to; return what its log says last."""
        code = await self._process.wait()
        if self._stopping:
            await asyncio.Event().wait()
        return f"{self.name} ended with code {code}\n{_last_lines(self._log)}"

    async def tell(self, order: dict[str, Any]) -> dict[str, Any]:
        """Give a part that takes orders on standard input one; its answer. Raises PartDied."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        with suppress(ConnectionError):
            self._process.stdin.write(json.dumps(order).encode() + b"\n")
            if line := await self._process.stdout.readline():
                return dict(json.loads(line))
        raise PartDied(f"{self.name} does not answer {order}\n{_last_lines(self._log)}")

    def kill(self) -> None:
        """Kill it at once: a fault on purpose, not a stop."""
        with suppress(ProcessLookupError):
            self._stopping = True
            self._process.kill()

    async def stop(self) -> None:
        """Close its standard input and wait; a part that stays is terminated, then killed."""
        self._stopping = True
        if self._process.stdin is not None:
            self._process.stdin.close()
        for end in (None, signal.SIGTERM, signal.SIGKILL):
            if end is not None:
                with suppress(ProcessLookupError):
                    os.killpg(self._process.pid, end)
            with suppress(TimeoutError):
                await asyncio.wait_for(self._process.wait(), STOP_S_MAX)
                return


async def start(
    name: str, arguments: list[str], logs: Path, keys: Mapping[str, str] = MappingProxyType({})
) -> Part:
    """Start `python -m name` and wait for its ready line. Raises PartDied.

    `keys` go into its environment: they are not for every process list.
    """
    log = logs / f"{name}.log"
    with log.open("wb") as errors:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            name,
            *arguments,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=errors,
            env={**os.environ, **keys},
            start_new_session=True,  # Ctrl-C is ours to hear; we stop the parts in order
        )
    assert process.stdout is not None
    part = Part(name, process, log, {})
    try:
        line = await asyncio.wait_for(process.stdout.readline(), READY_S_MAX)
    except TimeoutError:
        await part.stop()
        raise PartDied(f"{name} was not ready within {READY_S_MAX:g} s\n{_last_lines(log)}") from None
    except asyncio.CancelledError:
        await part.stop()
        raise
    if not line:
        code = await process.wait()
        raise PartDied(f"{name} ended at start with code {code}\n{_last_lines(log)}")
    part.facts.update(json.loads(line))
    return part


def tracebacks(logs: Path) -> dict[str, int]:
    """How many errors that nobody caught each part has written into its log; those without are left out."""
    counts = {
        log.stem: log.read_bytes().count(b"Traceback (most recent call last)") for log in logs.glob("*.log")
    }
    return {part: n for part, n in sorted(counts.items()) if n}


def _last_lines(log: Path, count: int = 12) -> str:
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines()[-count:]
    return "\n".join(f"  | {line}" for line in lines) or "  | (it wrote nothing)"
