"""Locust with the lab's arrivals: every call once, at its moment; and what goes wrong is never passed."""

import json
import os
import signal
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest
from locust_rig import LOCUSTFILE, free_port, locust, started, wait_until

CANARY = {"calls": 300, "seconds": 5}
QUICK = {"calls": 60, "seconds": 1}
LONG = {"calls": 300, "seconds": 30}


def told(end: dict[str, Any]) -> int:
    return sum(account["told"] for account in end["accounts"].values())


def test_canary_one_worker(tmp_path: Path) -> None:
    with locust(tmp_path, CANARY | {"seconds": 2}, "--html", str(tmp_path / "report.html")) as test:
        assert test.ends() == 0
    assert sorted(test.ordered) == list(range(300))
    assert told(test.end) == 300
    assert test.end["reason"] is None
    rows = test.rows()
    assert rows["113"]["Request Count"] == rows["arrival_lateness"]["Request Count"] == "300"
    assert rows["113"]["Failure Count"] == "3"  # calls 7, 107, 207 do not end as ordained
    assert int(rows["arrival_lateness"]["100%"]) >= int(rows["arrival_lateness"]["50%"])
    assert rows["Aggregated"]["Request Count"] == "300"  # the metrics are not in it
    assert rows["setup"]["100%"] == "500"
    assert rows["freeze_ratio (per mille)"]["50%"] == "10"
    assert rows["time_to_video"]["Failure Count"] != "0"  # infinite ones
    report = (tmp_path / "report.html").read_text()
    assert "what the country measured" in report
    assert "<polyline" in report


@pytest.mark.slow
def test_canary_two_workers(tmp_path: Path) -> None:
    with locust(tmp_path, CANARY | {"backwards": True}, "--processes", "2") as test:
        assert test.ends() == 0
    accounts = test.end["accounts"]
    assert [account["told"] for account in accounts.values()] == [150, 150]
    assert all(account["hub_lag_s_max"] > 0 for account in accounts.values())
    assert sorted(test.ordered) == list(range(300))
    lateness = test.rows()["arrival_lateness"]
    assert lateness["Request Count"] == "300"
    assert float(lateness["50%"]) < CANARY["seconds"] * 1000 / 4  # whatever their order, each at its time


@pytest.mark.long
def test_too_many_live_calls_are_dropped_and_counted(tmp_path: Path) -> None:
    with locust(tmp_path, {"calls": 60, "seconds": 1, "live_max": 20, "lasts_s": 3}) as test:
        assert test.ends() == 0
    (account,) = test.end["accounts"].values()
    assert account["told"] == len(test.ordered) == 20
    assert account["dropped"] == 40


@pytest.mark.long
def test_enough_withholds_the_rest(tmp_path: Path) -> None:
    with locust(tmp_path, LONG | {"enough": {"at_s": 1, "why": "the knee"}}, "--processes", "2") as test:
        assert test.ends() == 0
    accounts = test.end["accounts"].values()
    assert sum(account["withheld"] for account in accounts) > 200
    assert sum(account["withheld"] + account["told"] for account in accounts) == 300


# ---- what goes wrong


@pytest.mark.parametrize(
    ("plot", "code"),
    [
        ({"refused": "no such centre"}, 2),
        (QUICK | {"exit_code": 1}, 1),
        (QUICK | {"no_verdict": True}, 4),
        (QUICK | {"conductor_digest": "another"}, 3),
        (QUICK | {"twice": [17]}, 4),
        (LONG | {"conductor_dies_at_s": 1}, 4),
        (LONG | {"country_dies_at_s": 1}, 4),
        (LONG | {"broken": {"at_s": 1, "why": "video_service ended with code -9"}, "exit_code": 4}, 4),
    ],
)
@pytest.mark.long
def test_exit_code(tmp_path: Path, plot: dict[str, Any], code: int) -> None:
    with locust(tmp_path, plot) as test:
        assert test.ends() == code


@pytest.mark.long
@pytest.mark.parametrize("workers", [0, 2])
def test_interrupted(tmp_path: Path, workers: int) -> None:
    with locust(tmp_path, LONG, *(["--processes", str(workers)] if workers else [])) as test:
        test.runs()
        test.process.send_signal(signal.SIGINT)
        assert test.ends() == 130
    assert test.end["reason"] == "interrupted"
    assert 0 < told(test.end) < 300


@pytest.mark.long
def test_terminated(tmp_path: Path) -> None:
    with locust(tmp_path, LONG) as test:
        test.runs()
        test.process.send_signal(signal.SIGTERM)
        assert test.ends() == 130


@pytest.mark.slow
@pytest.mark.parametrize("workers", [1, 2])
def test_worker_killed(tmp_path: Path, workers: int) -> None:
    with locust(tmp_path, LONG, "--processes", str(workers)) as test:
        test.runs()
        test.kill("locustfile", but={test.process.pid})
        assert test.ends() == 3
    assert "worker lost" in test.end["reason"]


@pytest.mark.slow
def test_a_worker_that_comes_late_disturbs_no_call(tmp_path: Path) -> None:
    port = str(free_port())
    master = ["--master", "--expect-workers", "1", "--master-bind-port", port]
    join = [sys.executable, "-m", "locust", "-f", LOCUSTFILE, "--worker", "--master-port", port]
    with (
        locust(tmp_path, {"calls": 100, "seconds": 10, "lasts_s": 3}, *master) as test,
        started(tmp_path, join) as worker,
    ):
        test.runs()
        with started(tmp_path, join) as late:
            assert test.process.wait(60) == 0
            assert worker.process.wait(60) == late.process.wait(60) == 0
            test.leaves_nothing()
    assert told(test.end) == 100


@pytest.mark.long
def test_ctrl_c_at_a_terminal_reaches_the_workers_too(tmp_path: Path) -> None:
    with locust(tmp_path, LONG, "--processes", "2") as test:
        test.runs()
        os.killpg(test.process.pid, signal.SIGINT)
        assert test.ends() in (130, 3)


@pytest.mark.long
def test_master_killed(tmp_path: Path) -> None:
    with locust(tmp_path, LONG, "--processes", "2") as test:
        test.runs()
        test.process.kill()
        test.process.wait()
        test.leaves_nothing()


# ---- refused before anything starts


@pytest.mark.parametrize(
    "words",
    [
        ["--target", "http://113.example.no"],
        ["--country-host", "8.8.8.8"],
        ["--country-host", "0.0.0.0"],
        ["--scenario", ""],
        ["--scenario", "nowhere.toml"],
    ],
)
@pytest.mark.slow
def test_refused(tmp_path: Path, words: list[str]) -> None:
    with locust(tmp_path, CANARY, *words) as test:
        assert test.ends() == 2
    assert not list(tmp_path.glob("runs/run/*"))


# ---- the web UI


@pytest.mark.long
def test_web_ui_starts_a_test_twice(tmp_path: Path) -> None:
    port = free_port()
    with (
        locust(tmp_path, {"calls": 40, "seconds": 2}, "--web-port", str(port), headless=False) as test,
        httpx.Client(base_url=f"http://127.0.0.1:{port}") as client,
    ):

        def answers() -> bool:
            try:
                return client.get("/").status_code == 200
            except httpx.TransportError:
                return False

        wait_until(answers, "no web UI")
        assert "lab113-metrics" in client.get("/").text
        for run in (1, 2):
            assert client.post("/swarm").json()["success"]
            wait_until(lambda run=run: len(list(tmp_path.glob("*.told"))) == run, "it did not start")
            wait_until(lambda: client.get("/stats/requests").json()["state"] == "stopped", "it goes on")
            test_stats = client.get("/stats/requests").json()
            shown = {table["key"]: table["data"] for table in test_stats["extended_stats"]}
            assert any(row["name"] == "setup" for row in shown["lab113-metrics"])
            assert [row["name"] for row in shown["lab113-outcomes"]] == ["seen"]
            wait_until(lambda: not test.processes("stand_in"), "a child is left")
        assert "what the country measured" in client.get("/stats/report").text
        test.process.send_signal(signal.SIGINT)
        assert test.ends() == 0
    argv = [json.loads(path.read_text()) for path in tmp_path.glob("runs/run/*.argv")]
    assert len(argv) == 2
