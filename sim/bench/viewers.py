"""How many viewers one core carries that do not decode everything, and what they are held against."""

import os
import tempfile
from pathlib import Path
from typing import Any

import httpx

from sim.bench.carriers import BenchError
from sim.bench.program import EXTRA_S, Tell, pinned, program
from sim.live.parts import start

FPS = 15
BESIDE_VIEWERS, BESIDE_S = 12, 8  # of the kinds that decode every frame
SUSTAINED = 0.97  # of the frames that were due
HEADROOM = 0.8  # of the viewers whose frames came, when there were too many


async def bench_viewers(viewers: int, seconds: float, tell: Tell) -> dict[str, Any]:
    """Viewers of lean phones' films at 640x360, 15 frames a second, about 500 kbit/s, over real sockets.

    Each has a session and a connection (ICE, DTLS, SRTP) of its own, with a sender on another core whose cost
    is not counted. What a core carries follows from the CPU time that a second of one viewer's picture costs,
    per frame that came: key frames decoded, more within the budget, the stamp of every coded frame read.
    Stock: aiortc, which decodes every frame and reads no stamp; whole: our viewer that decodes every frame.
    Raises BenchError, PartDied.
    """
    with tempfile.TemporaryDirectory(prefix="lab113-bench-") as name:
        folder = Path(name)
        for again in (True, False):
            tell(f"{viewers} viewers for {seconds:g} s")
            sparing = await _watched(folder, "budget", viewers, seconds, tell)
            share = sparing["fps"] / FPS
            sparing["kept_up"] = share >= SUSTAINED
            if sparing["kept_up"] or not again:
                break
            tell(f"{sparing['fps']:g} of {FPS} frames a second: too many for this machine as it is now")
            viewers = max(1, int(viewers * share * HEADROOM))
        tell(f"{BESIDE_VIEWERS} viewers that decode every frame: stock aiortc, and ours")
        stock = await _watched(folder, "stock", BESIDE_VIEWERS, BESIDE_S, tell)
        whole = await _watched(folder, "all", BESIDE_VIEWERS, BESIDE_S, tell)
    return _told(sparing, stock, whole)


def _told(sparing: dict[str, Any], stock: dict[str, Any], whole: dict[str, Any]) -> dict[str, Any]:
    per_core = {name: _per_core(one) for name, one in (("ours", sparing), ("stock", stock), ("whole", whole))}
    return {
        "viewers_per_core": per_core["ours"],
        "stock_viewers_per_core": per_core["stock"],
        "whole_viewers_per_core": per_core["whole"],
        "viewers_to_stock": round(per_core["ours"] / per_core["stock"], 2),
        "frames_received": sparing["received"],
        "stamps_read": sparing["read"],
        "stamps_unread": sparing["checked"] - sparing["read"],
        "frames_not_looked_at": sparing["received"] - sparing["checked"],
        "frames_decoded": sparing["decoded"],
        "sparing": sparing,
        "stock": stock,
        "whole": whole,
        "stamps_right": sparing["read"] > 0 and not sparing["stray"] and not sparing["contradicted"],
        "one_core_each": len(os.sched_getaffinity(0)) > 1,
    }


def _per_core(measured: dict[str, Any]) -> float:
    """Viewers that would fill a core."""
    return round(1000 / float(measured["cpu_ms_per_media_s"]), 1)


async def _watched(folder: Path, decode: str, viewers: int, seconds: float, tell: Tell) -> dict[str, Any]:
    stage = await start("fake_phones.viewing.stage", pinned(0), folder)
    try:
        words = [stage.facts["whep"], "--decode", decode, "--viewers", str(viewers)]
        words += ["--seconds", str(seconds), *pinned(1)]
        measured = await program("fake_phones.viewing.volume", words, tell, limit_s=seconds + EXTRA_S)
        async with httpx.AsyncClient(base_url=stage.url, timeout=10, trust_env=False) as http:
            measured["stage"] = (await http.get("/totals")).json()
    finally:
        await stage.stop()
    if not measured["received"]:
        raise BenchError("the viewers received nothing")
    return measured
