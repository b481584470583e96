"""The program itself, killed with SIGKILL while messages wait, and started again on the same store."""

import asyncio
import contextlib
import json
import os
import signal
import sys
from collections import Counter, defaultdict
from collections.abc import AsyncIterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import httpx
import pytest
import tomli_w
from carriers_lab import QUICK, TELENOR, body_of, quick, short
from carriers_wire import Wire
from websockets.asyncio.client import connect
from websockets.exceptions import WebSocketException

from fake_carriers.durable import Durable, StoreError
from fake_carriers.fate import fate
from fake_carriers.smpp import Command, MessageId

ROOT = Path(__file__).parents[2]
SEED = 7
WAITING = quick(
    TELENOR, delay_s_median=0.5, delay_s_sigma=0.5, delay_s_max=1.5, tail_share=0.0
)  # its messages wait for half a second


def carriers_file(folder: Path) -> Path:
    file = folder / "carriers.toml"
    file.write_text(tomli_w.dumps({"carriers": [asdict(each) for each in (WAITING, *QUICK[1:])]}), "utf-8")
    return file


class Program:
    """A running `python -m fake_carriers`."""

    def __init__(self, process: asyncio.subprocess.Process, ready: dict[str, Any]) -> None:
        self.process, self.ready = process, ready
        self.telenor: str = ready["smpp"]["telenor"]

    @classmethod
    async def started(cls, *arguments: str | Path, **environment: str) -> "Program":
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "fake_carriers", *map(str, arguments)),
            cwd=ROOT,
            env={**os.environ, **environment},
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        assert process.stdout is not None
        assert process.stderr is not None
        line = await process.stdout.readline()
        assert line, (await process.stderr.read()).decode()
        return cls(process, json.loads(line))

    async def kill(self) -> None:
        if self.process.returncode is None:
            self.process.send_signal(signal.SIGKILL)
        await self.process.communicate()

    async def end(self) -> tuple[int | None, str]:
        """The standard input closes: its exit code and what it complained of."""
        _, errors = await self.process.communicate(b"")
        return self.process.returncode, errors.decode()


@contextlib.asynccontextmanager
async def program(*arguments: str | Path, **environment: str) -> AsyncIterator[Program]:
    running = await Program.started(*arguments, **environment)
    try:
        yield running
    finally:
        await running.kill()


class Sender:
    """Submits, and remembers what it was told: over all lives of the program."""

    def __init__(self, numbers: list[str]) -> None:
        self.numbers = numbers
        self.answered: dict[str, str] = {}  # message_id -> text
        self.sent: dict[str, str] = {}  # text -> number
        self.receipts: Counter[str] = Counter()

    async def submit(self, wire: Wire, count: int) -> None:
        """Submit so many, all at once; then hear until all is answered or the connection breaks."""
        waiting: dict[int, str] = {}
        for _ in range(count):
            n = len(self.sent)
            text, number = f"text {n}", self.numbers[n % len(self.numbers)]
            body = short(short_message=text.encode(), destination_addr=number[1:])
            waiting[wire.put(Command.SUBMIT_SM, body)] = text
            self.sent[text] = number
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            while waiting:
                await self.hear(wire, waiting)

    async def hear(self, wire: Wire, waiting: dict[int, str]) -> None:
        pdu = await wire.heard()
        if pdu.command is Command.DELIVER_SM:
            wire.confirm(pdu)
            self.receipts[body_of(pdu).short_message.split()[0].removeprefix(b"id:").decode()] += 1
        elif pdu.command is Command.SUBMIT_SM_RESP:
            assert pdu.status == 0
            assert isinstance(pdu.body, MessageId)
            assert pdu.body.message_id not in self.answered  # no id twice, in no life
            self.answered[pdu.body.message_id] = waiting.pop(pdu.sequence)

    async def settle(self, wire: Wire) -> None:
        """Hear until every answered message has its receipt."""
        while not set(self.answered) <= set(self.receipts):
            await self.hear(wire, {})


async def screens(url: str, numbers: list[str]) -> dict[str, list[dict[str, Any]]]:
    async with httpx.AsyncClient(base_url=url, verify=False) as http:
        return {number: (await http.get(f"/handsets/{number}")).json()["screen"] for number in numbers}


async def killed_while_messages_wait(options: list[str | Path], sender: Sender, count: int) -> None:
    """One life: bind, submit, and die when half of the answers are there."""
    async with program(*options) as life, Wire.opened(life.telenor, Command.BIND_TRANSCEIVER) as wire:
        submitting = asyncio.create_task(sender.submit(wire, count))
        known = set(sender.answered)
        while len(sender.answered) < len(known) + count // 2 and not submitting.done():  # noqa: ASYNC110
            await asyncio.sleep(0.001)
        await life.kill()
        await submitting
        new = set(sender.answered) - known
        assert len(new - set(sender.receipts)) > count // 4  # these wait


def lives(tmp_path: Path, kills: int, count: int, numbers: int) -> None:
    """Killed again and again: in the end each message is on its simulated phone once, and receipted."""
    store = tmp_path / "queue.db"
    options: list[str | Path] = ["--store", store, "--carriers", carriers_file(tmp_path), "--seed", str(SEED)]

    async def body() -> None:
        sender = Sender([f"+4710{n:06}" for n in range(numbers)])
        for _ in range(kills):
            await killed_while_messages_wait(options, sender, count)
        assert len(sender.answered) >= kills * (count // 2)
        async with program(*options) as life, Wire.opened(life.telenor, Command.BIND_TRANSCEIVER) as wire:
            second = asyncio.create_task(asyncio.to_thread(Durable, store))
            await sender.submit(wire, 50)
            await sender.settle(wire)
            await ordinals_go_on(wire, life)
            shown = await screens(life.ready["url"], sender.numbers)
            with pytest.raises(StoreError, match="locked; another program uses it"):
                await second
            assert await life.end() == (0, "")
        texts = Counter(each["text"] for screen in shown.values() for each in screen)
        assert set(texts.values()) == {1}
        assert set(sender.answered.values()) <= set(texts) <= set(sender.sent)
        ids = {each["message_id"]: each["text"] for screen in shown.values() for each in screen}
        assert {message_id: ids[message_id] for message_id in sender.answered} == sender.answered

    async def run() -> None:
        async with asyncio.timeout(60):
            await body()

    asyncio.run(run())


async def ordinals_go_on(wire: Wire, life: Program) -> None:
    """The next message to a number meets the fate that its ordinal has."""
    number = "+4710000000"
    async with httpx.AsyncClient(base_url=life.ready["url"], verify=False) as http:
        before = len((await http.get(f"/handsets/{number}")).json()["screen"])
        assert before > 1
        answer = await wire.ask(Command.SUBMIT_SM, short(destination_addr=number[1:], short_message=b"next"))
        assert isinstance(answer.body, MessageId)
        (told,) = (await http.get(f"/messages/{answer.body.message_id}")).json()
    assert told["drawn_s"] == fate(SEED, WAITING, number, before, 0).delay_s


def test_what_was_answered_outlives_a_kill_and_arrives_once(tmp_path: Path) -> None:
    lives(tmp_path, kills=1, count=400, numbers=50)


@pytest.mark.slow
def test_what_was_answered_outlives_many_kills_and_arrives_once(tmp_path: Path) -> None:
    lives(tmp_path, kills=6, count=1000, numbers=200)


class Phone:
    """A phone with a network of its own: it connects again and again, and knows what it has by its id."""

    def __init__(self, number: str) -> None:
        self.number, self.url = number, ""
        self.times: Counter[str] = Counter()
        self.texts: dict[str, str] = {}

    async def live(self) -> None:
        while True:
            with contextlib.suppress(OSError, WebSocketException):
                async with connect(f"{self.url}/handsets/{self.number}") as socket:
                    async for line in socket:
                        told = json.loads(line)
                        self.times[told["message_id"]] += 1
                        assert self.texts.setdefault(told["message_id"], told["text"]) == told["text"]
                        await socket.send(json.dumps({"got": told["message_id"]}))
            await asyncio.sleep(0.01)


@pytest.mark.slow
def test_connected_phones_get_every_message_once_by_its_id_over_many_kills(tmp_path: Path) -> None:
    options: list[str | Path] = ["--store", tmp_path / "queue.db", "--handsets", "attached"]
    options += ["--carriers", carriers_file(tmp_path)]

    async def body() -> None:
        sender = Sender([f"+4710{n:06}" for n in range(30)])
        phones = [Phone(number) for number in sender.numbers]
        living = [asyncio.create_task(phone.live()) for phone in phones]
        for kill in range(5):
            async with program(*options) as life, Wire.opened(life.telenor, Command.BIND_TRANSCEIVER) as wire:
                for phone in phones:
                    phone.url = life.ready["url"].replace("http", "ws")
                submitting = asyncio.create_task(sender.submit(wire, 300))
                if kill < 4:
                    await asyncio.sleep(0.4 + 0.2 * kill)
                    await life.kill()
                    await submitting
                else:
                    await submitting
                    await sender.settle(wire)
        for task in living:
            task.cancel()
        await asyncio.gather(*living, return_exceptions=True)
        got: dict[str, set[str]] = defaultdict(set)
        for phone in phones:
            for message_id, text in phone.texts.items():
                got[text].add(message_id)
                assert sender.sent[text] == phone.number
        assert {len(ids) for ids in got.values()} == {1}
        for message_id, text in sender.answered.items():
            assert got[text] == {message_id}

    async def run() -> None:
        async with asyncio.timeout(60):
            await body()

    asyncio.run(run())
