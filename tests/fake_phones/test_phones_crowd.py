"""`python -m fake_phones --whip`: phones at a WHIP endpoint, what is told of them, when it does not count."""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from fake_phones import crowd_report
from fake_phones.__main__ import main

SMALL = ("--size", "320x180", "--scene", "test-card", "--scene-seed", "0")
LIMIT_S = 60


@pytest.fixture(scope="module")
def sink() -> Iterator[str]:
    """The address of something that takes any number of pictures by WHIP, and reads their stamps."""
    with program("fake_phones.lean.sink") as process:
        assert process.stdout
        yield json.loads(process.stdout.readline())["whip"]
        assert process.stdin
        process.stdin.close()
        assert process.wait(LIMIT_S) == 0


@contextmanager
def program(*command: str, **pipes: Any) -> Iterator[subprocess.Popen[str]]:
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE} | pipes
    with subprocess.Popen([sys.executable, "-m", *command], text=True, **pipes) as process:
        try:
            yield process
        finally:
            process.kill()


def crowd(*options: str) -> tuple[int, dict[str, Any], list[str]]:
    """The exit code of a crowd, what it came to, and its lines."""
    command = [sys.executable, "-m", "fake_phones", *SMALL, *options]
    ended = subprocess.run(
        command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=LIMIT_S, check=False
    )
    return (
        ended.returncode,
        json.loads(ended.stdout) if ended.stdout else {},
        ended.stderr.splitlines(),
    )


def totals(sink: str) -> dict[str, Any]:
    with urllib.request.urlopen(f"{sink.removesuffix('/whip')}/totals", timeout=10) as answer:
        told: dict[str, Any] = json.load(answer)
    return told


@pytest.mark.parametrize("workers", ["1", pytest.param("2", marks=pytest.mark.long)])
def test_every_phone_arrives_with_a_stamp_of_its_own(sink: str, workers: str) -> None:
    before = totals(sink)
    url = f"{sink}?stamp={{stamp}}&n={{n}}"
    code, told, lines = crowd("--whip", url, "--phones", "6", "--for", "4", "--workers", workers)
    after = totals(sink)
    assert code in (0, 3), told  # 3: this machine is busy
    assert told["outcome"] == {0: "passed", 3: "invalid"}[code]
    assert (told["phones_up"], told["failures"]) == (6, {})
    assert after["publications"] == 0  # each said goodbye
    assert after["frames"] - before["frames"] >= 0.9 * told["frames_sent"] > 6 * 15
    assert after["octets"] - before["octets"] >= 0.9 * told["octets_sent"] > 0
    assert after["sessions_seen"] >= 4  # it looks at four at a time
    assert after["looks_wrong"] == 0
    assert [worker["phones"] for worker in told.get("workers", [])] == ([3, 3] if workers == "2" else [])
    assert "6 of 6 up" in lines[-1]
    assert lines[-1].rpartition("cpu ")[2].count("%") == int(workers)
    assert len(lines) >= 2


@pytest.mark.long
def test_live_phones_too(sink: str) -> None:
    code, told, _ = crowd("--whip", sink, "--phones", "1", "--for", "1", "--kind", "live")
    assert code in (0, 3)
    assert told["octets_sent"] > 1000
    assert told["frames_sent"] > 5


def test_a_server_that_says_no_is_not_overload(sink: str) -> None:
    code, told, lines = crowd("--whip", f"{sink}/nothing", "--token", "t{n}", "--phones", "2")
    assert (code, told["outcome"], told["overloaded"]) == (1, "failed", [])
    assert (told["phones_up"], told["phones_failed"]) == (0, 2)
    assert "40" in next(iter(told["failures"]))
    assert "2 failed" in lines[-1]


def test_being_held_up_is_overload_and_told_apart(sink: str) -> None:
    command = ("fake_phones", "--whip", sink, "--phones", "2", "--workers", "2", "--for", "3", *SMALL)
    with program(*command, stderr=subprocess.PIPE) as process:
        assert process.stderr
        while "2 of 2 up" not in process.stderr.readline():
            pass
        worker = children(process.pid)[0]
        os.kill(worker, signal.SIGSTOP)
        time.sleep(1.5)
        os.kill(worker, signal.SIGCONT)
        told = json.loads(process.communicate(timeout=LIMIT_S)[0])
    assert (process.returncode, told["outcome"]) == (3, "invalid")
    assert any("frames_dropped_ratio" in reason for reason in told["overloaded"])
    assert any("loop_lag_s_max" in reason for reason in told["overloaded"])


@pytest.mark.long
def test_a_worker_that_dies_makes_it_invalid(sink: str) -> None:
    command = ("fake_phones", "--whip", sink, "--phones", "2", "--workers", "2", *SMALL)
    with program(*command, stderr=subprocess.PIPE) as process:
        assert process.stderr
        while "2 of 2 up" not in process.stderr.readline():
            pass
        os.kill(children(process.pid)[0], signal.SIGKILL)
        while "1 lost" not in process.stderr.readline():
            pass
        process.send_signal(signal.SIGINT)  # the way to end what has no --for
        told = json.loads(process.communicate(timeout=LIMIT_S)[0])
    assert process.returncode == 3
    assert (told["phones_up"], told["phones_lost"]) == (1, 1)
    assert any("died" in reason for reason in told["overloaded"])


def children(pid: int) -> list[int]:
    with open(f"/proc/{pid}/task/{pid}/children") as file:
        return [int(child) for child in file.read().split()]


@pytest.mark.parametrize(
    ("options", "why"),
    [
        (["--whip", "http://10.1.2.3/whip"], "not a loopback address"),
        (["--whip", "http://127.0.0.1@example.org/whip"], "not a loopback address"),
        (["--whip", "http://{n}.example.org/whip"], "not a loopback address"),
        (["--whip", "ftp://127.0.0.1/whip"], "whip_url"),
        (["--whip", "http://127.0.0.1/whip", "--phones", "0"], "1 to 10000"),
        (["--whip", "http://127.0.0.1/whip", "--size", "640"], "640x360"),
        (["--whip", "http://127.0.0.1/whip", "--fps", "0"], "fps"),
    ],
)
def test_what_makes_no_sense_is_refused(
    options: list[str], why: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["fake_phones", *SMALL, *options])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 2
    assert why in capsys.readouterr().err.splitlines()[-1]


def test_overload_names_the_worker_and_the_limit() -> None:
    good = {"loop_lag_s_max": 0.1, "pacing_lateness_s_p99_worst": 0.01}
    good |= {"frames_sent": 1000, "frames_dropped": 1}
    late, dropping = good | {"pacing_lateness_s_p99_worst": 0.2}, good | {"frames_dropped": 50}
    assert crowd_report.overload(good) == []
    assert crowd_report.overload(late) == ["worker 1: pacing_lateness_s_p99_worst 0.2 > 0.1"]
    both = {"workers": [{"worker": 1, **good}, {"worker": 2, **dropping}], "workers_died": [3]}
    assert crowd_report.overload(both) == [
        "worker 3 died",
        "worker 2: frames_dropped_ratio 0.0476 > 0.01",
    ]
