"""`lab113 bench phones`, small: the keys of the contract, ratios that make sense, and every stamp its own."""

import json
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.long
def test_the_bench_tells_what_a_core_carries_beside_its_rivals(tmp_path: Path) -> None:
    command = ["bench", "phones", "--phones", "60", "--seconds", "4", "--json"]
    done = subprocess.run(
        [sys.executable, "-m", "sim", *command],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        timeout=280,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()[-2000:]
    told = json.loads(done.stdout)
    assert {"lean_per_core", "stock_per_core", "chromium_per_core", "floor_per_core"} <= told.keys()
    assert told["floor_per_core"] > told["lean_per_core"] > told["stock_per_core"] > 0
    assert told["chromium_per_core"] or told["chromium"]["missing"]
    assert told["lean_to"]["stock"] == pytest.approx(told["lean_per_core"] / told["stock_per_core"], rel=0.01)
    assert told["lean_to"]["stock"] >= 20
    assert told["stamps_right"]
    assert told["sink"]["sessions_seen"] >= 2
    assert b"60 phones" in done.stderr
