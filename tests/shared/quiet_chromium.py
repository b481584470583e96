"""Debian's Chromium for tests: where it is, and the flags that keep it off the network and the GPU."""

from pathlib import Path

CHROMIUM = Path("/usr/bin/chromium")
QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
