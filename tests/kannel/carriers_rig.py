"""The fake carriers as a program of their own, and their REST interface as the tests read it."""

import contextlib
import json
import selectors
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest
from websockets.sync.client import connect

ROOT = Path(__file__).parents[2]
READY_S = 30.0
STOP_S = 15.0
QUIET_S = 0.3  # so long without an event, and all that were kept have been told
QUICK = {
    "share": 0.1,
    "delay_s_median": 1.0,
    "delay_s_sigma": 0.1,
    "tail_share": 0.0,
    "tail_s_min": 1.0,
    "tail_alpha": 1.0,
    "delay_s_max": 0.0,
    "loss": 0.0,
    "duplicates": 0.0,
    "receipt_s_min": 0.0,
    "receipt_s_max": 0.0,
}


class Carriers:
    """`python -m fake_carriers`, ready: `smpp`, `smpps` {name: "host:port"}, and what REST says."""

    def __init__(self, process: subprocess.Popen[bytes], facts: Mapping[str, Any]) -> None:
        self.process, self.facts = process, facts
        self.smpp: dict[str, str] = facts["smpp"]
        self.smpps: dict[str, str] = facts.get("smpps", {})
        self.rest = httpx.Client(base_url=facts["url"], timeout=10)

    def get(self, path: str, **asked: Any) -> Any:
        return self._said("GET", path, params=asked)

    def post(self, path: str, **told: Any) -> Any:
        return self._said("POST", path, json=told)

    def put(self, path: str, **told: Any) -> Any:
        return self._said("PUT", path, json=told)

    def delete(self, path: str) -> Any:
        return self._said("DELETE", path)

    def _said(self, method: str, path: str, **fields: Any) -> Any:
        answer = self.rest.request(method, path, **fields)
        assert answer.is_success, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json() if answer.content else None

    def mood(self, carrier: str, kind: str, **fields: Any) -> str:
        """Put a carrier into a mood; its id."""
        return str(self.post(f"/carriers/{carrier}/moods", kind=kind, **fields)["id"])

    def calm(self, carrier: str) -> None:
        """End all moods of a carrier."""
        self.delete(f"/carriers/{carrier}/moods")

    def messages(self, number: str) -> list[dict[str, Any]]:
        """The submits to a number that were taken, oldest first."""
        return list(self.get("/messages", number=number, limit=20000))

    def screen(self, number: str) -> list[str]:
        """The texts on a handset's screen, oldest first."""
        return [shown["text"] for shown in self.get(f"/handsets/{number}")["screen"]]

    def events(self) -> list[dict[str, Any]]:
        """Everything that has been told so far."""
        told: list[dict[str, Any]] = []
        url = f"{self.facts['url'].replace('http', 'ws', 1)}/events?since=0"
        with connect(url, close_timeout=1) as socket, contextlib.suppress(TimeoutError):
            while True:
                told.append(json.loads(socket.recv(timeout=QUIET_S)))
        return told

    def sessions(self, carrier: str) -> list[dict[str, Any]]:
        return [session for session in self.get("/sessions") if session["carrier"] == carrier]


def carriers_file(folder: Path, carriers: Mapping[str, Mapping[str, Any]]) -> Path:
    """A file of quick carriers, {name: what differs}; the first has +4710, the second +4711, and so on."""
    assert len(carriers) <= 10, "the lab has ten two-digit ranges"
    tables = []
    for n, (name, changed) in enumerate(carriers.items()):
        fields = {"name": name, "prefixes": [f"+471{n}"], **QUICK, **changed}
        tables.append(
            "[[carriers]]\n" + "".join(f"{key} = {json.dumps(value)}\n" for key, value in fields.items())
        )
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "carriers.toml"
    file.write_text("\n".join(tables), "utf-8")
    return file


@contextlib.contextmanager
def fake_carriers(
    folder: Path, carriers: Mapping[str, Mapping[str, Any]], *options: str
) -> Iterator[Carriers]:
    """The program while the block runs; it ends because its standard input closes."""
    command = [
        sys.executable,
        "-m",
        "fake_carriers",
        "--carriers",
        str(carriers_file(folder, carriers)),
        *options,
    ]
    log = folder / "fake_carriers.log"
    with log.open("wb") as errors:
        process = subprocess.Popen(
            command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors
        )
    try:
        running = Carriers(process, _ready(process, log))
        with running.rest:
            yield running
        assert process.poll() is None, (
            f"fake_carriers ended by itself with {process.returncode}: {_tail(log)}"
        )
    finally:
        _end(process)
    assert process.returncode == 0, f"fake_carriers ended with {process.returncode}: {_tail(log)}"
    assert "Traceback" not in _tail(log), _tail(log)


def _ready(process: subprocess.Popen[bytes], log: Path) -> dict[str, Any]:
    assert process.stdout
    give_up_at, line = time.monotonic() + READY_S, b""
    with selectors.DefaultSelector() as selector:
        selector.register(process.stdout, selectors.EVENT_READ)
        while not line.endswith(b"\n"):
            if not selector.select(max(0.0, give_up_at - time.monotonic())):
                pytest.fail(f"fake_carriers was not ready within {READY_S:g} s: {_tail(log)}")
            if not (read := process.stdout.read1(65536)):  # type: ignore[attr-defined]
                pytest.fail(f"fake_carriers ended before it was ready: {_tail(log)}")
            line += read
    return dict(json.loads(line))


def _end(process: subprocess.Popen[bytes]) -> None:
    assert process.stdin
    assert process.stdout
    process.stdin.close()
    try:
        process.wait(STOP_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(STOP_S)
    process.stdout.close()


def _tail(log: Path) -> str:
    return log.read_text("utf-8", errors="replace")[-4000:]
