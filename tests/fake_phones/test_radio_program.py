"""`python -m fake_phones.radio`: two namespaces, the radio between them, and nothing left of it."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from fake_phones.radio import namespaces

lacks = namespaces.missing()
needs_root = pytest.mark.skipif(lacks is not None, reason=str(lacks))

ECHO = """
import socket, sys
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
    s.bind((sys.argv[1], 7000))
    print("ready", flush=True)
    while True:
        data, sender = s.recvfrom(2048)
        s.sendto(data, sender)
"""
PINGS = """
import socket, sys, time
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
    s.settimeout(1)
    times = []
    for n in range(int(sys.argv[2])):
        begun = time.monotonic()
        s.sendto(b"%d" % n + bytes(100), (sys.argv[1], 7000))
        try:
            s.recv(2048)
            times.append(time.monotonic() - begun)
        except (TimeoutError, OSError):
            times.append(None)
print(times)
"""


class Program:
    """The program, running; `order` sends a line and returns the answer."""

    def __init__(self, *words: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "fake_phones.radio", *words],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        self.facts: dict[str, Any] = json.loads(self.process.stdout.readline())

    def order(self, line: Any) -> dict[str, Any]:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write((line if isinstance(line, str) else json.dumps(line)) + "\n")
        self.process.stdin.flush()
        return dict(json.loads(self.process.stdout.readline()))

    def pings(self, count: int) -> list[float | None]:
        command = ["ip", "netns", "exec", self.facts["namespace"], sys.executable, "-c", PINGS]
        done = subprocess.run(
            [*command, self.facts["far_address"], str(count)], capture_output=True, text=True, timeout=60
        )
        assert done.returncode == 0, done.stderr
        return list(json.loads(done.stdout.replace("None", "null")))


@contextmanager
def program(*words: str) -> Iterator[Program]:
    made = Program(*words)
    try:
        yield made
        assert made.process.stdin is not None
        made.process.stdin.close()
        assert made.process.wait(timeout=20) == 0
    finally:
        made.process.kill()
        made.process.wait()
        for pipe in (made.process.stdin, made.process.stdout):
            assert pipe is not None
            pipe.close()


@contextmanager
def echo(*before: str, address: str) -> Iterator[None]:
    with subprocess.Popen(
        [*before, sys.executable, "-c", ECHO, address], stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
            yield
        finally:
            process.kill()


def ours() -> list[str]:
    told = subprocess.run(["ip", "netns", "list"], capture_output=True, text=True, check=True).stdout
    return [line.split()[0] for line in told.splitlines() if line.startswith("radio-")]


@needs_root
def test_packets_pass_late_and_orders_change_that_live() -> None:
    with program("--profile", "4g-edge") as it:
        assert it.facts["namespace"] in ours()
        inside = ("ip", "netns", "exec", it.facts["far_namespace"])
        with echo(*inside, address=it.facts["far_address"]):
            late = [t for t in it.pings(10) if t is not None]
            assert len(late) >= 7
            assert min(late) > 0.04
            assert sorted(late)[len(late) // 2] > 0.1
            assert it.order({"radio": {"name": "none", "steps": [{}]}})["done"] == "radio"
            quick = [t for t in it.pings(20) if t is not None]
            assert len(quick) == 20
            assert sorted(quick)[10] * 4 < sorted(late)[len(late) // 2]
            assert it.order({"blackout_s": 1.5})["done"] == "blackout_s"
            dark = it.pings(3)
            assert dark[0] is None
            assert dark[2] is not None
            stat = it.order({"stat": True})
            assert stat["radio"] == "none"
            assert stat["stat"]["up_packets"] >= 33
            assert stat["stat"]["up_lost"] >= 1
    assert it.facts["namespace"] not in ours()
    assert it.facts["far_namespace"] not in ours()


@pytest.mark.long
@needs_root
def test_a_phone_gets_a_new_address_and_the_old_one_is_dead() -> None:
    with program("--profile", "5g-city", "--far-here") as it, echo(address=it.facts["far_address"]):
        assert it.facts["far_namespace"] is None
        assert it.pings(2) != [None, None]
        it.order({"radio": {"steps": [{}], "new_address_at_s": [0.0]}})
        give_up_at = time.monotonic() + 10
        while (address := it.order({"stat": True})["address"]) == it.facts["phone_address"]:
            assert time.monotonic() < give_up_at
            time.sleep(0.05)
        time.sleep(0.2)
        shown = subprocess.run(
            ["ip", "-n", it.facts["namespace"], "-br", "addr"], capture_output=True, text=True, check=True
        ).stdout
        assert f"{address}/24" in shown
        assert f"{it.facts['phone_address']}/24" not in shown
        assert it.pings(5).count(None) < 5


@needs_root
def test_rubbish_is_answered_and_harms_nobody() -> None:
    with program("--profile", "4g") as it:
        for line in ("rubbish", "[1]", '{"blackout_s": -1}', '{"radio": 5}', "", "[" * 50_000):
            assert "failed" in it.order(line)
        assert "did you mean" in it.order({"radio": "4g-rurel"})["failed"]
        assert "steps.0.up.loss" in it.order({"radio": {"steps": [{"up": {"loss": 3}}]}})["failed"]
        assert it.order({"begin": True})["done"] == "begin"


@pytest.mark.long
@needs_root
def test_what_a_killed_one_left_is_removed_by_the_next_and_a_living_one_is_not_touched() -> None:
    with program("--profile", "4g") as living:
        killed = Program("--profile", "4g")
        killed.process.send_signal(signal.SIGKILL)
        killed.process.communicate()
        assert killed.facts["namespace"] in ours()
        with program("--profile", "4g", "--far-here") as next_one:
            assert killed.facts["namespace"] not in ours()
            assert killed.facts["far_namespace"] not in ours()
            assert living.facts["namespace"] in ours()
            assert next_one.facts["namespace"] != living.facts["namespace"]
    assert living.facts["namespace"] not in ours()


@needs_root
def test_a_signal_ends_it_cleanly() -> None:
    with program("--profile", "4g", "--forever") as it:
        it.process.send_signal(signal.SIGTERM)
        assert it.process.wait(timeout=20) == 0
    assert it.facts["namespace"] not in ours()


def test_mistakes_are_said_with_their_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "fake_phones.radio", "--profile", "4g-rurel"], capture_output=True, text=True
    )
    assert done.returncode == 2
    assert "did you mean '4g-rural'" in done.stderr
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert "sudo" in str(namespaces.missing()) or "iproute2" in str(namespaces.missing())
    with pytest.raises(namespaces.NoNamespaces), namespaces.sides(far_here=True):
        pass


def test_the_profiles_are_listed() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "fake_phones.radio", "--list"], capture_output=True, text=True, check=True
    )
    assert "train-tunnel" in done.stdout
