"""What makes a part a program: the ready line, the ends it listens for, and a port that is taken."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import httpx
import pytest

ROOT = Path(__file__).parents[2]
LIMIT_S = 20
PART = """
import contextlib
import sys

from stand_alone import listening, parser, run


async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        while (told := await receive())["type"] == "lifespan.startup":
            await send({"type": "lifespan.startup.complete"})
        print("ended well", file=sys.stderr)
        return await send({"type": "lifespan.shutdown.complete"})
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"here"})


@contextlib.asynccontextmanager
async def serving(options):
    async with listening(app, options.host, options.port) as url:
        yield {"url": url}


options = parser("tiny", "A tiny part.").parse_args()
run("tiny", serving(options), forever=options.forever)
"""


@contextmanager
def tiny(
    tmp_path: Path, *arguments: str, stdin: int | IO[Any] = subprocess.PIPE
) -> Iterator[subprocess.Popen[str]]:
    script = tmp_path / "tiny.py"
    script.write_text(PART)
    part = subprocess.Popen(
        [sys.executable, str(script), *arguments],
        stdin=stdin,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    try:
        yield part
    finally:
        part.kill()
        part.communicate()


def ready(part: subprocess.Popen[str]) -> dict[str, Any]:
    assert part.stdout is not None
    told: dict[str, Any] = json.loads(part.stdout.readline())
    return told


def test_a_part_says_where_it_is_serves_and_ends_when_its_standard_input_closes(tmp_path: Path) -> None:
    with tiny(tmp_path) as part:
        told = ready(part)
        assert told == {"part": "tiny", "url": told["url"]}
        assert told["url"].startswith("http://127.0.0.1:")
        assert httpx.get(told["url"]).text == "here"
        assert part.poll() is None
        out, errors = part.communicate(timeout=LIMIT_S)  # closes its standard input
        assert (part.returncode, out, errors) == (0, "", "ended well\n")


def test_what_is_written_to_a_part_does_not_end_it(tmp_path: Path) -> None:
    with tiny(tmp_path) as part:
        url = ready(part)["url"]
        assert part.stdin is not None
        part.stdin.write("hello\n" * 3000)
        part.stdin.flush()
        assert httpx.get(url).text == "here"
        assert part.poll() is None


@pytest.mark.parametrize("told", [signal.SIGTERM, signal.SIGINT])
def test_a_part_ends_well_on_a_signal(tmp_path: Path, told: signal.Signals) -> None:
    with tiny(tmp_path) as part:
        ready(part)
        part.send_signal(told)
        assert part.wait(LIMIT_S) == 0
        assert part.stderr is not None
        assert part.stderr.read() == "ended well\n"


def test_a_part_that_stays_forever_does_not_mind_its_standard_input(tmp_path: Path) -> None:
    with tiny(tmp_path, "--forever", stdin=subprocess.DEVNULL) as part:
        url = ready(part)["url"]
        time.sleep(0.3)
        assert httpx.get(url).text == "here"
        part.send_signal(signal.SIGTERM)
        assert part.wait(LIMIT_S) == 0


def test_a_part_ends_when_its_standard_input_is_at_its_end_from_the_start(tmp_path: Path) -> None:
    with (
        (tmp_path / "empty").open("w+") as plain_file,
        tiny(tmp_path, stdin=subprocess.DEVNULL) as dev_null,
        tiny(tmp_path, stdin=plain_file) as file,
    ):
        for part in (dev_null, file):
            _, errors = part.communicate(timeout=LIMIT_S)
            said, ended = errors.splitlines()
            assert (part.returncode, ended) == (0, "ended well")
            assert "--forever" in said


def test_a_part_without_any_standard_input_ends_too(tmp_path: Path) -> None:
    (tmp_path / "tiny.py").write_text(PART)
    command = f"exec {sys.executable} {tmp_path / 'tiny.py'} <&-"
    ended = subprocess.run(
        ["sh", "-c", command],
        capture_output=True,
        text=True,
        timeout=LIMIT_S,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        check=False,
    )
    said, last = ended.stderr.splitlines()
    assert (ended.returncode, last) == (0, "ended well")
    assert "--forever" in said


def test_a_taken_port_is_code_4_and_one_line_with_the_remedy(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with tiny(tmp_path, "--port", str(port)) as part:
            out, errors = part.communicate(timeout=LIMIT_S)
    assert (part.returncode, out) == (4, "")
    assert errors == (
        f"tiny: cannot listen on 127.0.0.1:{port}: Address already in use; "
        "choose another port, or 0 for a free one\n"
    )


def test_every_part_has_the_same_options(tmp_path: Path) -> None:
    with tiny(tmp_path, "--help") as part:
        out, _ = part.communicate(timeout=LIMIT_S)
    for option in ("--host", "--port", "--forever", "standard input closes"):
        assert option in out
