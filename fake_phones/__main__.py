"""`python -m fake_phones`: a farm of handsets and viewers, driven over one WebSocket."""

import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import cv2

import lean_rtc
from fake_phones.control import application
from fake_phones.farm import Farm
from stand_alone import Feed, listening, parser, run


@asynccontextmanager
async def serving(host: str, port: int) -> AsyncIterator[dict[str, Any]]:
    """A farm while the block runs; yields its addresses."""
    cv2.setNumThreads(1)
    lean_rtc.self_test()
    lean_rtc.allow_loopback()
    feed = Feed()
    async with Farm(feed) as farm, listening(application(farm, feed), host, port) as url:
        yield {"url": url, "control": f"ws{url.removeprefix('http')}/control"}


def main() -> None:
    options = parser(
        "fake_phones", "A farm of fake phones and viewers, driven over one WebSocket."
    ).parse_args()
    gc.freeze()  # what is imported stays: a full collection need not look at it, and pauses less
    run("fake_phones", serving(options.host, options.port), forever=options.forever)


if __name__ == "__main__":
    main()
