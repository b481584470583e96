"""A lean phone's stream in Chromium's WebRTC decoder: cropped right, and the stamp exact."""

import asyncio
import base64
import os
import secrets
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import aioice.ice
import numpy as np
import pytest
from aiortc import RTCSessionDescription
from quiet_chromium import QUIET

import lean_rtc
from fake_phones.camera import Footage
from fake_phones.chromium import PROGRAM
from fake_phones.lean import library
from fake_phones.lean.film import LeanFilm
from fake_phones.lean.library import ClipKey, Library
from fake_phones.lean.phone import Studio
from fake_phones.stamp import StampReader

WIDTH, HEIGHT, PICTURES = 640, 360, 12

ANSWER = """async (offer) => {
  const pc = new RTCPeerConnection();
  window.track = new Promise((go) => { pc.ontrack = (event) => go(event.track); });
  await pc.setRemoteDescription({ type: "offer", sdp: offer });
  await pc.setLocalDescription(await pc.createAnswer());
  while (pc.iceGatheringState !== "complete") await new Promise((go) => setTimeout(go, 20));
  return pc.localDescription.sdp;
}"""
LUMA = """async (pictures) => {
  const track = await window.track;
  const video = document.createElement("video");
  video.muted = true;
  video.srcObject = new MediaStream([track]);
  document.body.append(video);
  video.play();
  const reader = new MediaStreamTrackProcessor({ track }).readable.getReader();
  const told = [];
  while (told.length < pictures) {
    const { value: frame } = await reader.read();
    const { width, height } = frame.visibleRect;
    const all = new Uint8Array(frame.allocationSize());
    const [plane] = await frame.copyTo(all);
    let text = "";
    for (let y = 0; y < height; y++) {
      const row = plane.offset + y * plane.stride;
      text += String.fromCharCode(...all.subarray(row, row + width));
    }
    told.push([width, height, btoa(text)]);
    frame.close();
  }
  return told;
}"""


@pytest.mark.browser
@pytest.mark.skipif(
    not shutil.which(os.environ.get("LAB113_CHROMIUM", PROGRAM)),
    reason="needs Chromium: apt-get install chromium",
)
def test_chromium_sees_the_whole_strip_of_a_cropped_picture(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(library, "CLIP_S", 2)
    monkeypatch.setattr(aioice.ice, "get_host_addresses", aioice.ice.get_host_addresses)  # put back after
    lean_rtc.allow_loopback()
    session = secrets.randbits(64)
    seen = asyncio.run(seen_by_chromium(session, tmp_path))
    reader = StampReader(WIDTH, HEIGHT)
    assert [(width, height) for width, height, _ in seen] == [(WIDTH, HEIGHT)] * PICTURES
    for width, height, text in seen:
        luma = np.frombuffer(base64.b64decode(text), np.uint8).reshape(height, width)
        reading = reader.read(luma)
        assert reading.stamp
        assert (reading.stamp.session, reading.wrong_cells, reading.margin_q25) == (session, 0, 1)


async def seen_by_chromium(session: int, clips_dir: Path) -> list[Any]:
    from playwright.async_api import async_playwright

    drawing = ThreadPoolExecutor(1)
    studio = Studio(drawing, Library(clips_dir))
    clip = await studio.clip(ClipKey("test-card", 1, "back", WIDTH, HEIGHT, 15.0))
    footage = Footage("test-card", 1, session)
    film = LeanFilm({"back": clip, "front": clip}, "back", footage, studio.pacer, print)
    pc = lean_rtc.peer_connection()
    try:
        async with asyncio.timeout(60), async_playwright() as playwright:
            program = os.environ.get("LAB113_CHROMIUM", PROGRAM)
            flags = [*QUIET, "--disable-features=WebRtcHideLocalIpsWithMdns"]
            browser = await playwright.chromium.launch(executable_path=program, args=flags)
            page = await browser.new_page()
            await page.route(
                "**/*", lambda route: route.fulfill(body="<!doctype html><body>", content_type="text/html")
            )
            await page.goto("https://lab113.test/")  # frames are for secure pages only
            film.send_on(pc)
            await pc.setLocalDescription(await pc.createOffer())
            answer = await page.evaluate(ANSWER, pc.localDescription.sdp)
            await pc.setRemoteDescription(RTCSessionDescription(answer, "answer"))
            seen: list[Any] = await page.evaluate(LUMA, PICTURES)
            await browser.close()
            return seen
    finally:
        film.stop()
        await pc.close()
        studio.pacer.close()
        drawing.shutdown()
