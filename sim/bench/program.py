"""Programs that measure: run to their end, on a core of their own, for the JSON object that they print."""

import asyncio
import json
import os
import sys
from collections.abc import Callable
from typing import Any

from sim.bench.carriers import BenchError

EXTRA_S = 180  # to draw clips, to connect, to settle

Tell = Callable[[str], None]


def pinned(core: int) -> list[str]:
    """What tells a program to stay on this core; nothing when the machine has only one."""
    cores = sorted(os.sched_getaffinity(0))
    return ["--core", str(cores[core])] if len(cores) > 1 else []


async def program(module: str, words: list[str], tell: Tell, limit_s: float = EXTRA_S) -> dict[str, Any]:
    """Run `python -m MODULE` to its end; what it printed. Raises BenchError."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", module, *words),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    assert process.stderr is not None
    last = ""
    try:
        async with asyncio.timeout(limit_s):
            async for line in process.stderr:
                last = line.decode(errors="replace").strip()
                tell(last)
            told = await process.stdout.read()
            await process.wait()
    except TimeoutError:
        raise BenchError(f"{module} did not end within {limit_s:g} s; it said last: {last}") from None
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode or not told:
        raise BenchError(last or f"{module} ended with code {process.returncode}")
    measured: dict[str, Any] = json.loads(told)
    return measured
