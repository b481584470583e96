"""Run a control room: `python -m fake_iccs`."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfoNotFoundError

from fastapi import FastAPI

from fake_iccs import centres_file
from fake_iccs.server import application, norwegian_time
from stand_alone import listening, parser, run

KEY = "LAB113_VIDEO_KEY"


@asynccontextmanager
async def serving(app: FastAPI, host: str, port: int) -> AsyncIterator[dict[str, Any]]:
    """Serve the control room; yields its ready facts."""
    async with listening(app, host, port) as url:
        yield {"url": url}


def main() -> None:
    """Read the arguments and serve until told to end. A wrong argument or centres file ends with code 2."""
    asked = parser("fake_iccs", "A control room: call queue, seats, CTI events and the operator's seat page.")
    asked.add_argument(
        "--centres", type=Path, default=centres_file.DEFAULT, help="TOML file with [[centres]]"
    )
    asked.add_argument("--video-url", help="base URL of the video service; without it there is no video")
    asked.add_argument("--video-key", help=f"key to the video service; better in the environment as {KEY}")
    args = asked.parse_args()
    if args.video_url and urlsplit(args.video_url).scheme not in ("http", "https"):
        asked.error(f"--video-url {args.video_url}: it begins with http:// or https://")
    try:
        centres = centres_file.read(args.centres)
        if any(centre.night for centre in centres):
            norwegian_time()
    except centres_file.BadCentres as error:
        asked.error(str(error))
    except ZoneInfoNotFoundError:
        asked.error(f"{args.centres}: night: this machine knows no time zones; apt-get install tzdata")
    app = application(centres, args.video_url, args.video_key or os.environ.get(KEY, ""))
    run("fake_iccs", serving(app, args.host, args.port), forever=args.forever)


if __name__ == "__main__":
    main()
