"""python -m fake_phones.stamp: prove the privacy instrument, with figures."""

import argparse
import json
import sys
import time

import av.logging
import cv2

from fake_phones.stamp.campaign import Campaign


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m fake_phones.stamp", description=__doc__)
    parser.add_argument("--frames", type=int, default=100_000, help="on clean lines (default 100000)")
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    if asked.frames < 1000:
        parser.error("--frames: at least 1000")
    cv2.setNumThreads(1)
    av.logging.set_level(av.logging.PANIC)  # decoders complain of what was lost on purpose
    begun_s = time.monotonic()

    def say(text: str) -> None:
        print(f"{time.monotonic() - begun_s:6.0f} s  {text}", file=sys.stderr, flush=True)

    found = Campaign(asked.frames, asked.seed, say).run()
    print(json.dumps(found), flush=True)
    return 0 if found["passed"] else 1


if __name__ == "__main__":
    raise SystemExit(main())
