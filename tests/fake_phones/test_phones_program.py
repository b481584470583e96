"""`python -m fake_phones` as a program: ready line, end, signals."""

import json
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager

COMMAND = [sys.executable, "-m", "fake_phones"]


@contextmanager
def program(*options: str) -> Iterator[subprocess.Popen[str]]:
    pipe = subprocess.PIPE
    with subprocess.Popen([*COMMAND, *options], stdin=pipe, stdout=pipe, stderr=pipe, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def test_ready_line_and_end_with_standard_input() -> None:
    with program() as process:
        assert process.stdout
        ready = json.loads(process.stdout.readline())
        assert ready["part"] == "fake_phones"
        assert ready["control"] == ready["url"].replace("http", "ws") + "/control"
        with urllib.request.urlopen(ready["url"] + "/openapi.json", timeout=10) as answer:
            assert json.load(answer)["info"]["title"] == "fake_phones"
        rest, errors = process.communicate(timeout=20)
        assert (rest, errors, process.returncode) == ("", "", 0)


def test_forever_ends_on_a_signal() -> None:
    with program("--forever") as process:
        assert process.stdout
        process.stdout.readline()
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=20) == 0


def test_a_taken_port_is_said() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        with program("--port", port) as process:
            _, errors = process.communicate(timeout=20)
    assert process.returncode == 4
    assert port in errors
    assert errors.count("\n") == 1
