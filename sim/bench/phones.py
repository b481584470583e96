"""How many phones one core carries: lean ones, and what they are held against in the same run."""

import os
import tempfile
from pathlib import Path
from typing import Any

import httpx

from sim.bench.carriers import BenchError
from sim.bench.program import EXTRA_S, Tell, pinned, program
from sim.live.parts import Part, start

FPS = 15
STOCK_PHONES, STOCK_S = 4, 8
FLOOR_S = 3
CHROMIUM_S = 10
SUSTAINED = 0.97  # of the frames that were due
HEADROOM = 0.8  # of the phones whose frames were sent, when there were too many


async def bench_phones(phones: int, seconds: float, tell: Tell) -> dict[str, Any]:
    """Phones at 640x360, 15 frames a second, about 500 kbit/s, over real sockets to a sink beside them.

    What a core carries follows from the CPU time that a second of one phone's picture costs the sending
    process, per frame really sent; the sink's is not counted. Stock: aiortc with an encoder for each.
    Chromium: a tab that films, None where there is none. Floor: a plain loop of SRTP and one `sendto` a
    packet, for as many packets. Raises BenchError, PartDied.
    """
    with tempfile.TemporaryDirectory(prefix="lab113-bench-") as name:
        folder = Path(name)
        lean, sink = await _lean(folder, phones, seconds, tell)
        tell("floor: SRTP and sendto, nothing else")
        octets = round(sink["octets"] / sink["packets"]) - 40  # headers and tag
        words = ["--octets", str(octets), "--seconds", str(FLOOR_S), *pinned(0)]
        floor = await program("fake_phones.lean.floor", words, tell)
        tell(f"stock aiortc: {STOCK_PHONES} phones, an encoder each")
        stock, _ = await _phones(folder, "stock", STOCK_PHONES, STOCK_S, tell)
        tell("Chromium: one tab")
        chromium = await _chromium(folder)
    packets_per_s = lean["packets_sent"] / lean["frames_sent"] * FPS
    floor["cpu_ms_per_media_s"] = round(floor["cpu_us_per_packet"] * packets_per_s / 1000, 4)
    return _told(lean, stock, chromium, floor, sink)


def _told(
    lean: dict[str, Any],
    stock: dict[str, Any],
    chromium: dict[str, Any],
    floor: dict[str, Any],
    sink: dict[str, Any],
) -> dict[str, Any]:
    per_core = {
        "lean_per_core": _per_core(lean),
        "stock_per_core": _per_core(stock),
        "chromium_per_core": _per_core(chromium),
        "floor_per_core": _per_core(floor),
    }
    held_against = {name.removesuffix("_per_core"): number for name, number in per_core.items()}
    return {
        **per_core,
        "lean_to": {
            name: round(held_against["lean"] / number, 3)
            for name, number in held_against.items()
            if name != "lean" and number and held_against["lean"]
        },
        "lean": lean,
        "stock": stock,
        "chromium": chromium,
        "floor": floor,
        "sink": sink,
        "stamps_right": sink["frames_read"] > 0 and sink["looks_wrong"] == 0,
        "one_core_each": len(os.sched_getaffinity(0)) > 1,
    }


def _per_core(measured: dict[str, Any]) -> float | None:
    """Phones that would fill a core."""
    ms = measured.get("cpu_ms_per_media_s")
    return round(1000 / ms, 1) if ms else None


async def _lean(
    folder: Path, phones: int, seconds: float, tell: Tell
) -> tuple[dict[str, Any], dict[str, Any]]:
    """So many; when they do not keep up, once more with as many as the machine seems to carry."""
    for again in (True, False):
        tell(f"lean: {phones} phones for {seconds:g} s")
        lean, sink = await _phones(folder, "lean", phones, seconds, tell)
        if not lean["frames_sent"] or not sink["packets"]:
            raise BenchError("the lean phones sent nothing that arrived")
        share = lean["fps"] / FPS
        lean["kept_up"] = share >= SUSTAINED
        if lean["kept_up"] or not again:
            break
        tell(f"{lean['fps']:g} of {FPS} frames a second: too many for this machine as it is now")
        phones = max(1, int(phones * share * HEADROOM))
    return lean, sink


async def _phones(
    folder: Path, kind: str, phones: int, seconds: float, tell: Tell
) -> tuple[dict[str, Any], dict[str, Any]]:
    """What so many phones cost, and what their sink received."""
    sink = await start("fake_phones.lean.sink", pinned(1), folder)
    try:
        words = [sink.facts["whip"], "--kind", kind, "--phones", str(phones), "--seconds", str(seconds)]
        cost = await program("fake_phones.lean.volume", [*words, *pinned(0)], tell, limit_s=seconds + EXTRA_S)
        return cost, await _totals(sink)
    finally:
        await sink.stop()


async def _chromium(folder: Path) -> dict[str, Any]:
    """As `_phones`; when there is no browser, what is missing."""
    sink = await start("fake_phones.lean.sink", pinned(1), folder)
    try:
        words = [sink.url, "--seconds", str(CHROMIUM_S)]
        return await program("fake_phones.lean.tabs", words, lambda line: None)
    except BenchError as error:
        return {"missing": str(error)}
    finally:
        await sink.stop()


async def _totals(sink: Part) -> dict[str, Any]:
    async with httpx.AsyncClient(base_url=sink.url, timeout=10, trust_env=False) as http:
        totals: dict[str, Any] = (await http.get("/totals")).json()
        return totals
