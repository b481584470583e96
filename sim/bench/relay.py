"""What relaying costs: the reference service's CPU per viewer's leg, beside Janus under the same load."""

import asyncio
import os
import re
import tempfile
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import httpx

from sim.bench.carriers import BenchError
from sim.bench.process import cpu_s, memory_mb, pin
from sim.bench.program import EXTRA_S, Tell, pinned
from sim.bench.reference import reference
from sim.live.parts import Part, start

IDLE_S = 2.0
SETTLE_S = 2.0
SUSTAINED = 0.97  # of the frames that were due


@dataclass(frozen=True)
class Load:
    """So many phones, and so many viewers of each."""

    phones: int
    legs: int

    @classmethod
    def read(cls, text: str) -> "Load":
        """From `30x1`. Raises ValueError."""
        if not (numbers := re.fullmatch(r"([1-9]\d{0,3})x([1-9]\d{0,3})", text, re.ASCII)):
            raise ValueError(f"{text!r} is no load such as 30x1: phones, and viewers of each")
        return cls(*map(int, numbers.groups()))

    def __str__(self) -> str:
        return f"{self.phones}x{self.legs}"


USUAL_LOADS = (Load(30, 1), Load(4, 10))


class Relaying(Protocol):
    """A relay that runs."""

    pid: int
    load_options: list[str]
    """What the load's program needs to be told for it."""

    async def places(self, phones: int, legs: int) -> list[dict[str, Any]]:
        """Doors for phones and viewers, as `fake_phones.lean.through` takes them."""
        ...


Serving = Callable[[Path], AbstractAsyncContextManager[Relaying]]


async def bench_relay(loads: Sequence[Load], seconds: float, tell: Tell) -> dict[str, Any]:
    """Lean phones (640x360, 15 frames a second, 500 kbit/s) through a relay to viewers that count.

    The relay has one core, phones and viewers have another, when the machine has two. A leg's cost is the
    relay's CPU time, less what it takes without anybody, by the seconds of picture that its viewers got: the
    phone's own side is in it. The figures on top are the first load's. Janus is None where it is not
    installed. Raises BenchError, PartDied.
    """
    told = [await _both(load, seconds, tell) for load in loads]
    first = told[0]
    return {
        "relay_ms_per_leg_s": first["relay"]["ms_per_leg_s"],
        "janus_ms_per_leg_s": first["janus"] and first["janus"]["ms_per_leg_s"],
        "relay_to_janus": first["relay_to_janus"],
        "loads": told,
        "nothing_lost": not any(load["relay"]["packets_lost"] for load in told),
        "stamps_right": all(load["relay"]["looks_right"] == load["relay"]["looks"] for load in told),
        "one_core_each": len(os.sched_getaffinity(0)) > 1,
    }


async def _both(load: Load, seconds: float, tell: Tell) -> dict[str, Any]:
    tell(f"relay: {load.phones} phones with {load.legs} viewers each for {seconds:g} s")
    relay = await _measured(reference, load, seconds)
    from sim.bench.janus import janus  # its web server is more than `lab113 --help` should wait for

    tell("Janus: the same")
    beside, ratio, missing = None, None, None
    try:
        beside = await _measured(janus, load, seconds)
        ratio = round(relay["ms_per_leg_s"] / beside["ms_per_leg_s"], 3)
    except BenchError as error:
        missing = str(error)
        tell(missing)
    return {
        "load": str(load),
        "relay": relay,
        "janus": beside,
        "janus_missing": missing,
        "relay_to_janus": ratio,
    }


async def _measured(serving: Serving, load: Load, seconds: float) -> dict[str, Any]:
    with tempfile.TemporaryDirectory(prefix="lab113-bench-") as name:
        folder = Path(name)
        async with serving(folder) as relay:
            pin(relay.pid, 0)
            idle_s, spent_s = await _spent(relay.pid, IDLE_S)
            through = await start("fake_phones.lean.through", [*pinned(1), *relay.load_options], folder)
            try:
                return await _driven(relay, through, load, seconds, spent_s / idle_s)
            finally:
                await through.stop()


async def _driven(relay: Relaying, through: Part, load: Load, seconds: float, idle: float) -> dict[str, Any]:
    async with httpx.AsyncClient(base_url=through.url, timeout=EXTRA_S, trust_env=False) as http:
        try:
            await _said(http.post("/rooms", json=await relay.places(load.phones, load.legs)))
            await asyncio.sleep(SETTLE_S)
            before = await _said(http.get("/totals"))
            took_s, spent_s = await _spent(relay.pid, seconds)
            after = await _said(http.get("/totals"))
            memory = memory_mb(relay.pid)
            looks = await _said(http.post("/looks"))
        except (httpx.HTTPError, OSError) as error:  # OSError: the relay's process is no more
            raise BenchError(f"{load}: {error or type(error).__name__}") from None
    if after["broken"]:
        raise BenchError(f"{load}: phones lost their connections: {after['broken']}")
    counts = {name: after[name] - before[name] for name in before if name != "broken"}
    if not counts["packets_received"]:
        raise BenchError(f"{load}: nothing came through")
    due_per_s = through.facts["fps"]
    picture_s = counts["frames_received"] / due_per_s  # per frame that came: a machine may be too slow
    fps = counts["frames_received"] / (took_s * load.phones * load.legs)
    return {
        "ms_per_leg_s": round(1000 * (spent_s - idle * took_s) / picture_s, 3),
        "cpu_share": round(spent_s / took_s, 3),
        "cpu_share_idle": round(idle, 4),
        "seconds": round(took_s, 2),
        "fps": round(fps, 2),
        "kept_up": fps >= SUSTAINED * due_per_s,
        "memory_mb": memory,
        **counts,
        "packets_lost": after["packets_lost"],  # from the first packet on
        "looks": looks["looks"],
        "looks_right": looks["right"],
    }


async def _spent(pid: int, seconds: float) -> tuple[float, float]:
    """Let it work for so long; (seconds that were, CPU seconds it took)."""
    clock = asyncio.get_running_loop().time
    began_s, cpu_began_s = clock(), cpu_s(pid)
    await asyncio.sleep(seconds)
    return clock() - began_s, cpu_s(pid) - cpu_began_s


async def _said(asking: Awaitable[httpx.Response]) -> dict[str, Any]:
    """What the load's program answers. Raises BenchError, httpx.HTTPError."""
    answer = await asking
    if not answer.is_success:
        raise BenchError(answer.text)
    told: dict[str, Any] = answer.json()
    return told
