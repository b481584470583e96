"""`python -m fake_phones.lean.tabs URL`: Chromium tabs that film for a WHIP endpoint's own page (see `sink`).

Prints one JSON object: frames encoded, and the CPU time of the browser with all its processes.
"""

import argparse
import asyncio
import json
import os
import sys
import tempfile
import time
from pathlib import Path

from fake_phones import loop_film
from fake_phones.camera import Cameras, Footage
from fake_phones.chromium import FLAGS, PROGRAM

SETTLE_S = 4.0
WIDTH, HEIGHT, FPS = 640, 360, 15


async def filmed(url: str, tabs: int, seconds: float) -> dict[str, float]:
    """Let so many tabs film for so long. Raises what playwright raises."""
    from playwright.async_api import async_playwright

    with tempfile.TemporaryDirectory(prefix="fake-phone-", ignore_cleanup_errors=True) as folder:
        film = Path(folder) / "camera.y4m"
        loop_film.write(film, Cameras(Footage("chest-pain", 1, 113)), "back", WIDTH, HEIGHT, FPS)
        flags = [*FLAGS, "--use-fake-ui-for-media-stream", f"--use-file-for-fake-video-capture={film}"]
        async with async_playwright() as playwright:
            program = os.environ.get("LAB113_CHROMIUM", PROGRAM)
            browser = await playwright.chromium.launch(executable_path=program, args=flags)
            try:
                pages = [await browser.new_page() for _ in range(tabs)]
                for page in pages:
                    await page.goto(url)
                    await page.evaluate("film()")
                await asyncio.sleep(SETTLE_S)
                began_s, cpu_s = time.monotonic(), _cpu_s(os.getpid())
                frames = [int(await page.evaluate("frames_sent()")) for page in pages]
                await asyncio.sleep(seconds)
                frames = [
                    int(await p.evaluate("frames_sent()")) - n for p, n in zip(pages, frames, strict=True)
                ]
                cpu_s, took_s = _cpu_s(os.getpid()) - cpu_s, time.monotonic() - began_s
            finally:
                await browser.close()
    media_s = sum(frames) / FPS
    return {
        "tabs": tabs,
        "seconds": round(took_s, 2),
        "fps": round(sum(frames) / tabs / took_s, 2),
        "cpu_s": round(cpu_s, 2),
        "cpu_ms_per_media_s": round(1000 * cpu_s / media_s, 2) if media_s else 0.0,
    }


def _cpu_s(root: int) -> float:
    """CPU time of the processes below this one that live."""
    below, parents = {root}, {}
    ticks = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text(encoding="utf-8").rpartition(")")[2].split()
        except OSError:
            continue  # it has just ended
        pid = int(stat.parent.name)
        parents[pid], ticks[pid] = int(fields[1]), int(fields[11]) + int(fields[12])
    while more := {pid for pid, parent in parents.items() if parent in below} - below:
        below |= more
    return sum(ticks[pid] for pid in below - {root}) / os.sysconf("SC_CLK_TCK")


def main() -> None:
    parser = argparse.ArgumentParser("fake_phones.lean.tabs", description=__doc__)
    parser.add_argument("url", help="a page with a function film(), such as a sink's")
    parser.add_argument("--tabs", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=10.0)
    options = parser.parse_args()
    try:
        told = asyncio.run(filmed(options.url, options.tabs, options.seconds))
    except Exception as error:  # playwright's are not importable where it is not installed
        sys.exit(f"fake_phones.lean.tabs: {error}")
    print(json.dumps(told))


if __name__ == "__main__":
    main()
