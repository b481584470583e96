"""Start parts and leave them running for a person or another system."""

import asyncio
import tempfile
from contextlib import AsyncExitStack
from pathlib import Path

from rich.console import Console

from sim.live.parts import Part, PartDied, start
from sim.verdict import EXIT_CODES

PARTS = ("carriers", "service", "iccs", "phones")
_PORTS = {"carriers": 0, "service": 1, "iccs": 2, "phones": 3}  # added to the base port; SMPP follows
_SMPP_AFTER = 10


async def leave_running(
    names: list[str], base_port: int, seed: int, farm_workers: int, console: Console
) -> int:
    """Start the parts, wired to each other, say where they are, stay until interrupted; the exit code."""
    with tempfile.TemporaryDirectory(prefix="lab113-up-") as folder:
        async with AsyncExitStack() as stack:
            try:
                parts = await _start(stack, names, base_port, seed, farm_workers, Path(folder))
            except PartDied as error:
                console.print(str(error), markup=False, highlight=False)
                return EXIT_CODES["crashed"]
            for part in parts.values():
                _say(part, console)
            console.print("[dim]Ctrl-C ends them.[/]")
            deaths = [asyncio.create_task(part.died()) for part in parts.values()]
            try:
                done, _ = await asyncio.wait(deaths, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for death in deaths:
                    death.cancel()
            console.print(done.pop().result(), markup=False, highlight=False)
            return EXIT_CODES["crashed"]


async def _start(
    stack: AsyncExitStack, names: list[str], base: int, seed: int, farm_workers: int, logs: Path
) -> dict[str, Part]:
    parts: dict[str, Part] = {}

    async def begin(name: str, module: str, *arguments: str) -> None:
        port = base + _PORTS[name] if base else 0
        parts[name] = await start(module, ["--port", str(port), *arguments], logs)
        stack.push_async_callback(parts[name].stop)

    if "carriers" in names:
        smpp = (
            [f"--smpp-port={name}={base + _SMPP_AFTER + i}" for i, name in enumerate(_CARRIERS)]
            if base
            else []
        )
        # without our phones every number is a phone that is on: whoever sends sees where it went
        handsets = ["--handsets", "attached" if "phones" in names else "simulated"]
        await begin("carriers", "fake_carriers", "--seed", str(seed), *handsets, *smpp)
    if "service" in names:
        smpp = (
            ["--smpp", str(next(iter(parts["carriers"].facts["smpp"].values())))]
            if "carriers" in parts
            else []
        )
        await begin("service", "video_service", *smpp)
    if "iccs" in names:
        service = parts.get("service")
        video = ["--video-url", service.url, "--video-key", service.facts["key"]] if service else []
        await begin("iccs", "fake_iccs", *video)
    if "phones" in names:
        await begin("phones", "fake_phones", "--workers", str(farm_workers))
    return parts


_CARRIERS = ("telenor", "telia", "ice")  # of the carriers' own default data


def _say(part: Part, console: Console) -> None:
    console.print(f"[bold]{part.name}[/]  {part.url}", highlight=False)
    for key, value in part.facts.items():
        if key == "smpp":
            for name, address in value.items():
                console.print(f"    smpp {name}: {address}", highlight=False, markup=False)
            console.print("    account lab113, password lab113", highlight=False, markup=False)
        elif key not in ("part", "url"):
            console.print(f"    {key}: {value}", highlight=False, markup=False, soft_wrap=True)
    if part.name == "fake_iccs":
        console.print(f"    seat page: {part.url}/seat/AMK%20Eksempel/1", highlight=False, soft_wrap=True)
