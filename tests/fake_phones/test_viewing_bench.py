"""`lab113 bench viewers`, small: the keys of the contract, ratios that make sense, every stamp read."""

import json
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.long
def test_the_bench_tells_what_a_core_carries_beside_viewers_that_decode_all() -> None:
    command = ["bench", "viewers", "--viewers", "30", "--seconds", "4", "--json"]
    done = subprocess.run(
        [sys.executable, "-m", "sim", *command],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        timeout=280,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()[-2000:]
    told = json.loads(done.stdout)
    assert told["viewers_per_core"] > 2 * told["stock_viewers_per_core"] > 0
    assert told["viewers_to_stock"] > 2
    assert told["frames_received"] == told["stamps_read"] > 30 * 4 * 15 / 2
    assert told["stamps_unread"] == told["frames_not_looked_at"] == 0
    assert 0 < told["frames_decoded"] < told["frames_received"]
    assert told["stamps_right"]
