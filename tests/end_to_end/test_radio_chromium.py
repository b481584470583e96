"""The real page in a real browser, behind a radio: Chromium in a network namespace, everything else outside.

The figures are printed (`pytest -s`) and stand in docs/radio.md. Needs root, /dev/net/tun and Chromium.
"""

import asyncio
import json
import os
import shutil
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import httpx
import pytest

from fake_phones.chromium import PROGRAM
from fake_phones.radio.namespaces import missing
from sim.live.farm import FarmControl, connected
from sim.live.parts import Part, start

lacks = missing()
pytestmark = [
    pytest.mark.browser,
    pytest.mark.long,
    pytest.mark.skipif(lacks is not None, reason=str(lacks)),
    pytest.mark.skipif(
        not shutil.which(os.environ.get("LAB113_CHROMIUM", PROGRAM)),
        reason="needs Chromium: apt-get install chromium",
    ),
]

NUMBER, STAMP = "+4711000001", "1131131131131130"
BLACKOUT_S = 8.0
CLEAR = {"name": "clear", "steps": [{}]}


class Radio:
    """`python -m fake_phones.radio` and where it is."""

    def __init__(self, process: asyncio.subprocess.Process, facts: dict[str, Any]) -> None:
        self._process, self.facts = process, facts

    async def order(self, **order: Any) -> dict[str, Any]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(order).encode() + b"\n")
        answer = json.loads(await self._process.stdout.readline())
        assert "failed" not in answer, answer
        return dict(answer)


@asynccontextmanager
async def radio(profile: str) -> AsyncIterator[Radio]:
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "fake_phones.radio", "--profile", profile, "--far-here"),
        stdin=pipe,
        stdout=pipe,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        yield Radio(process, json.loads(await process.stdout.readline()))
    finally:
        process.stdin.close()
        await asyncio.wait_for(process.wait(), 20)


class Call:
    """One session of the real service: the phone behind the radio, the viewer outside."""

    def __init__(self, link: Radio, farm: FarmControl, service: Part, carriers: Part) -> None:
        self.radio, self._farm, self._service, self._carriers = link, farm, service, carriers
        self.told: list[dict[str, Any]] = []

    async def begin(self, screenshots: Path) -> float:
        """From the request to the first frame; returns the seconds from the yes on the page to it."""
        key = {"Authorization": f"Bearer {self._service.facts['key']}"}
        await self._farm.ask(
            "phone.add",
            phone="p",
            number=NUMBER,
            carriers_url=self._carriers.url,
            kind="chromium",
            stamp=STAMP,
            scene="test-card",
            namespace=self.radio.facts["namespace"],
            origin=self._service.url,
            screenshots_dir=str(screenshots),
        )
        await self._farm.ask("phone.ready", phone="p")
        async with httpx.AsyncClient(base_url=self._service.url, headers=key) as http:
            wanted = {"centre": "AMK Bergen", "seat": "1", "call": "c", "number": NUMBER}
            asked = await http.post("/api/sessions", json=wanted)
            assert asked.status_code == 201, asked.text
        session = asked.json()
        sms = await self._farm.ask("phone.next_sms", phone="p")
        await self.radio.order(begin=True)
        begun_s = time.monotonic()
        await self._farm.ask("phone.open", phone="p", link=sms["link"])
        self.open_s = time.monotonic() - begun_s
        looking = asyncio.create_task(
            self._farm.ask(
                "viewer.watch",
                viewer="v",
                stamp=STAMP,
                whep_url=session["whep_url"],
                whep_token=session["whep_token"],
                timed=False,
            )
        )
        yes_s = time.monotonic()
        await self._farm.ask("phone.consent", phone="p")
        await self._farm.ask("phone.publish", phone="p")
        await looking
        first = await self._farm.ask("viewer.wait_for_camera", viewer="v")
        return float(first["seen_monotonic_s"]) - yes_s

    async def end(self) -> tuple[dict[str, Any], dict[str, Any]]:
        left = await self._farm.ask("viewer.leave", viewer="v")
        return left, await self._farm.ask("phone.remove", phone="p")

    def frames(self, from_s: float, to_s: float) -> tuple[int, float]:
        """(frames, seconds frozen) that the viewer measured in whole seconds between these times."""
        seconds = [
            told
            for told in self.told
            if told["event"] == "viewer.measured" and from_s + 1 <= told["monotonic_s"] <= to_s
        ]
        return sum(s["received"] for s in seconds), sum(s["frozen_s"] for s in seconds)

    async def frame_after(self, at_s: float, limit_s: float) -> float:
        """Seconds from a moment to the first second's report with a frame in it; to about a second."""
        for _ in range(int(limit_s * 20)):
            if seen := [
                told["monotonic_s"]
                for told in self.told
                if told["event"] == "viewer.measured" and told["monotonic_s"] > at_s + 1 and told["received"]
            ]:
                return max(0.0, seen[0] - 1 - at_s)
            await asyncio.sleep(0.05)
        raise AssertionError(f"no picture within {limit_s} s; {self.story()}")

    def story(self) -> list[str]:
        return [t["event"] for t in self.told if t["event"] != "viewer.measured"]


@asynccontextmanager
async def call(profile: str, folder: Path) -> AsyncIterator[Call]:
    async with AsyncExitStack() as stack:
        link = await stack.enter_async_context(radio(profile))

        async def part(name: str, *words: str) -> Part:
            begun = await start(name, list(words), folder)
            stack.push_async_callback(begun.stop)
            return begun

        carriers = await part("fake_carriers")
        service = await part(
            "video_service", "--host", link.facts["far_address"], "--smpp", carriers.facts["smpp"]["telia"]
        )
        farm = await part("fake_phones")
        told: list[dict[str, Any]] = []
        control = await connected(farm.facts["control"], told.append)
        listening = asyncio.create_task(control.listen())
        try:
            made = Call(link, control, service, carriers)
            made.told = told
            yield made
        finally:
            listening.cancel()
            with suppress(asyncio.CancelledError):
                await listening


def run(body: Callable[[], Any], limit_s: float = 150) -> None:
    async def bounded() -> None:
        async with asyncio.timeout(limit_s):
            await body()

    asyncio.run(bounded())


def test_the_picture_comes_and_comes_back_after_a_blackout(tmp_path: Path) -> None:
    async def body() -> None:
        async with call("4g-rural", tmp_path) as it:
            setup_s = await it.begin(tmp_path)
            calm_s = time.monotonic()
            await asyncio.sleep(10)
            frames, frozen_s = it.frames(calm_s, time.monotonic())
            await it.radio.order(blackout_s=BLACKOUT_S)
            dark_s = time.monotonic()
            await asyncio.sleep(BLACKOUT_S)
            dark_frames, _ = it.frames(dark_s + 1, time.monotonic())
            back_s = await it.frame_after(dark_s + BLACKOUT_S - 1, 30)
            await asyncio.sleep(5)
            stat = (await it.radio.order(stat=True))["stat"]
            left, phone = await it.end()
            lost = stat["up_lost"] / stat["up_packets"]
            print(
                f"\n4g-rural: opened in {it.open_s:.2f} s, yes to first frame {setup_s:.2f} s, "
                f"{frames / 9:.1f} frames a second, {frozen_s:.2f} s frozen of 9; "
                f"blackout of {BLACKOUT_S:g} s: frozen {left['frozen_s'] - frozen_s:.1f} s, "
                f"{left['freezes']} freezes in all; lost up {lost:.3f} with it; {it.story()}"
            )
            assert back_s < 20
            assert frames > 30
            assert dark_frames == 0
            assert left["stray"] == 0
            assert left["read"] > 0
            assert phone["frames_sent"] > 100
            assert BLACKOUT_S - 1 < left["frozen_s"] < 30

    run(body)


def test_the_picture_comes_back_from_another_address(tmp_path: Path) -> None:
    """Wi-Fi to 4G: the phone's address is another one from one moment to the next."""

    async def body() -> None:
        async with call("4g", tmp_path) as it:
            await it.begin(tmp_path)
            await asyncio.sleep(3)
            moved = {**CLEAR, "name": "moved", "new_address_at_s": [0.0]}
            answer = await it.radio.order(radio=moved)
            at_s = time.monotonic()
            await asyncio.sleep(1.5)
            back_s = await it.frame_after(at_s + 1.5, 60)
            answer = await it.radio.order(stat=True)
            left, _ = await it.end()
            print(f"\nnew address {answer['address']}: back after about {back_s + 1.5:.1f} s, {it.story()}")
            assert answer["address"].endswith(".3")
            assert left["stray"] == 0

    run(body)


def test_the_lab_tells_it_as_a_scenario(command_line: Any, tmp_path: Path) -> None:
    scenario = Path(__file__).parents[2] / "scenarios" / "browser" / "chromium-blackout.toml"
    code, said = command_line.lab113("run", str(scenario), "--report", str(tmp_path))
    assert code == 0, said
    (folder,) = tmp_path.iterdir()
    metrics = json.loads((folder / "verdict.json").read_text())["metrics"]
    print(f"\nfreeze_ratio {metrics['freeze_ratio']:.2f}, setup_s {metrics['setup_s_max']:.2f}")
    assert metrics["stray_frames"] == 0
