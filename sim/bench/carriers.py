"""How many messages a second the SMS carriers take, with receipts and the durable queue, on one core."""

import asyncio
import json
import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import tomli_w

from sim.bench import process
from sim.live.parts import Part, start
from sim.nation import DATA, load_nation

LOOK_EVERY_S = 1.0
SLOWEST_PER_S = 250  # the run is given up when it is slower than this
# the shipped carriers with waits that a measurement need not sit out, and nothing lost: all have receipts
_QUICK = {
    "delay_s_median": 0.1,
    "delay_s_max": 1.0,
    "loss": 0.0,
    "duplicates": 0.0,
    "receipt_s_min": 0.1,
    "receipt_s_max": 0.3,
}


class BenchError(Exception):
    """The measurement came to nothing; the text says why."""


async def bench_carriers(messages: int, tell: Callable[[str], None]) -> dict[str, Any]:
    """Submit so many messages over four sessions (window 50) and wait for every receipt.

    The carriers' program has one core for itself and the client another, when the machine has two. Returns
    rates in messages a second of wall time, the program's CPU seconds, and its resident memory in MB after
    a tenth, half and all of the messages. Raises BenchError, PartDied.
    """
    with tempfile.TemporaryDirectory(prefix="lab113-bench-") as name:
        folder = Path(name)
        tables = [
            {**carrier.model_dump(mode="json", exclude={"sources"}, exclude_none=True), **_QUICK}
            for carrier in load_nation("norway", DATA).carriers
        ]
        (folder / "carriers.toml").write_text(tomli_w.dumps({"carriers": tables}), encoding="utf-8")
        options = ["--carriers", str(folder / "carriers.toml"), "--store", str(folder / "queue.db")]
        part = await start("fake_carriers", options, folder)
        try:
            return await _measured(part, messages, tell)
        finally:
            await part.stop()


async def _measured(part: Part, messages: int, tell: Callable[[str], None]) -> dict[str, Any]:
    cores = sorted(os.sched_getaffinity(0))
    pinned = len(cores) > 1
    if pinned:
        os.sched_setaffinity(part.pid, {cores[0]})
    looking = asyncio.create_task(_look(part, messages, tell))
    try:
        driven = await _driven(part, messages, cores[1] if pinned else None)
    finally:
        looking.cancel()
        memory = (await asyncio.gather(looking, return_exceptions=True))[0]
    memory_mb = memory if isinstance(memory, dict) else {}
    memory_mb["all"] = process.memory_mb(part.pid)
    return {
        "submit_sm_per_s_with_receipts": driven["submit_sm_per_s_with_receipts"],
        "submit_sm_per_s": driven["submit_sm_per_s"],
        "messages": messages,
        "accepted": driven["accepted"],
        "receipts": driven["receipts"],
        "receipts_doubled": driven["receipts_doubled"],
        "elapsed_s": driven["elapsed_s"],
        "carriers_cpu_s": round(process.cpu_s(part.pid), 2),
        "memory_mb": memory_mb,
        "one_core_each": pinned,
        "durable_queue": True,
    }


async def _driven(part: Part, messages: int, core: int | None) -> dict[str, Any]:
    limit_s = 30 + messages / SLOWEST_PER_S
    options = ["--messages", str(messages), "--receipts", "--limit-s", str(limit_s)]
    options += [] if core is None else ["--pin", str(core)]
    driving = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "fake_carriers.drive", part.facts["smpp"]["telenor"], *options),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        told, errors = await asyncio.wait_for(driving.communicate(), limit_s + 30)
    except (TimeoutError, asyncio.CancelledError):
        driving.kill()
        await driving.wait()
        raise
    if not told:
        raise BenchError(f"the load client failed: {errors.decode(errors='replace').strip()[-500:]}")
    driven: dict[str, Any] = json.loads(told)
    return driven


async def _look(part: Part, messages: int, tell: Callable[[str], None]) -> dict[str, float]:
    """Say how far it is, and note the memory on the way; ends when it is cancelled."""
    noted: dict[str, float] = {}
    try:
        async with httpx.AsyncClient(base_url=part.url, timeout=10, trust_env=False) as http:
            while True:
                await asyncio.sleep(LOOK_EVERY_S)
                carriers = (await http.get("/carriers")).json()["carriers"]
                done = sum(carrier["counts"].get("receipts", 0) for carrier in carriers)
                memory_mb = process.memory_mb(part.pid)
                for name, share in (("a_tenth", 0.1), ("half", 0.5)):
                    if done >= share * messages:
                        noted.setdefault(name, memory_mb)
                tell(f"{done:,} of {messages:,} receipts, {memory_mb:.0f} MB")
    except (asyncio.CancelledError, httpx.HTTPError):
        return noted
