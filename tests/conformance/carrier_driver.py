"""Submits to the carriers and what became of them: one client of the model and of the real part."""

import asyncio
import json
import struct
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import httpx
import simpy
import tomli_w
from websockets.asyncio.client import connect

from sim.call import Call
from sim.clock import Process
from sim.faults import SmsMood
from sim.journal import Journal
from sim.models import ModelledCarrier
from sim.models.smsc import Answer, ModelledSmsc
from sim.nation import load_nation
from sim.resolve import Resolved, resolve
from sim.scenario import Scenario

SEED = 113
DOOR = "telenor"
QUICK = {
    "delay_s_median": 0.2,
    "delay_s_sigma": 0.4,
    "tail_share": 0.0,
    "delay_s_max": 0.6,
    "loss": 0.0,
    "duplicates": 0.0,
    "receipt_s_min": 0.0,
    "receipt_s_max": 0.05,
}


@dataclass
class Sent:
    """What became of one submit. Times are seconds since it was sent; `status` is SMPP's name, "" = cut."""

    number: str
    status: str | None = None  # None: no answer
    answered_s: float | None = None
    arrived_s: list[float] = field(default_factory=list)
    state: str | None = None  # why it was not delivered, as the carrier tells


@dataclass(frozen=True)
class Case:
    """When what is submitted, and the carrier's changed fields and moods meanwhile."""

    submits: Sequence[tuple[float, str]]
    lasts_s: float
    changes: dict[str, Any] = field(default_factory=dict)
    moods: Sequence[dict[str, Any]] = ()

    def resolved(self) -> Resolved:
        faults = [{**mood, "kind": f"sms.{mood['kind']}", "carrier": DOOR} for mood in self.moods]
        tables = {
            "title": "conformance",
            "nation": {"centres": "one-centre"},
            "carriers": {DOOR: {**QUICK, **self.changes}},
            "calls": [{"kind": "single", "at_s": 0, "line": "113", "centre": "AMK Eksempel"}],
            "faults": faults,
        }
        return resolve(Scenario.model_validate(tables), load_nation("one-centre", Path()), SEED)


# ---- the model


def modelled(case: Case) -> list[Sent]:
    made = case.resolved()
    env = simpy.Environment()
    journal = Journal(lambda: env.now)
    carriers = ModelledCarrier(env, journal, made)
    smsc = ModelledSmsc(DOOR, carriers)
    sent = [Sent(number) for _, number in case.submits]

    def submits(n: int, at_s: float) -> Process[None]:
        call = _call(made.calls[0], n, sent[n].number)
        carriers.attach(call.caller.number)
        yield env.timeout(at_s)
        answer: Answer = yield smsc.submit(call, "text")
        sent[n].status, sent[n].answered_s = answer.status, env.now - at_s

    for n, (at_s, _) in enumerate(case.submits):
        env.process(submits(n, at_s))
    env.run(until=case.lasts_s)
    owner: dict[str, int] = {}
    for record in journal.records:
        n = int(record.call or 0)
        match record.event:
            case "sms.submitted":
                owner[record.facts["message_id"]] = n
            case "sms.delivered":
                sent[owner[record.facts["message_id"]]].arrived_s.append(record.t_s - case.submits[n][0])
            case "sms.failed":
                sent[n].state = record.facts["state"]
    return sent


def _call(call: Call, n: int, number: str) -> Call:
    return replace(call, name=str(n), caller=replace(call.caller, number=number))


# ---- the real part


class RealCarriers:
    """`python -m fake_carriers`, told each case anew."""

    def __init__(self, facts: dict[str, Any]) -> None:
        self._url, self._smpp = str(facts["url"]), str(facts["smpp"][DOOR])

    def __call__(self, case: Case) -> list[Sent]:
        return asyncio.run(self._tell(case))

    async def _tell(self, case: Case) -> list[Sent]:
        made = case.resolved()
        sent = [Sent(number) for _, number in case.submits]
        async with asyncio.timeout(case.lasts_s + 20), httpx.AsyncClient(base_url=self._url) as http:
            told = {c.name: c.fields() for c in made.carriers}
            for fields in told.values():
                del fields["name"], fields["share"], fields["prefixes"]
            (await http.put("/fate", json={"seed": SEED, "carriers": told})).raise_for_status()
            client = await _Client.bound(self._smpp)
            phones = [_Phone(number) for number in dict.fromkeys(n for _, n in case.submits)]
            phones_on = [asyncio.create_task(phone.listen(self._url)) for phone in phones]
            await asyncio.gather(*(phone.on.wait() for phone in phones))
            begun = time.monotonic()
            moods = [asyncio.create_task(_begin(http, mood, begun)) for mood in made.moods]
            await asyncio.sleep(0.1 if moods and made.moods[0].at_s == 0 else 0)  # it holds when we submit
            begun = time.monotonic()
            await asyncio.gather(
                *(client.submit(s, at, begun) for s, (at, _) in zip(sent, case.submits, strict=True))
            )
            await asyncio.sleep(begun + case.lasts_s - time.monotonic())
            for task in (*moods, *phones_on):
                task.cancel()
            await asyncio.gather(*moods, *phones_on, return_exceptions=True)
            await client.close()
        for phone in phones:
            client.came(phone)
        return sent


async def _begin(http: httpx.AsyncClient, mood: SmsMood, begun: float) -> None:
    await asyncio.sleep(begun + mood.at_s - time.monotonic())
    left_s = {} if mood.for_s is None else {"for_s": mood.for_s}
    (await http.post(f"/carriers/{DOOR}/moods", json={**mood.mood(), **left_s})).raise_for_status()


class _Phone:
    def __init__(self, number: str) -> None:
        self.number, self.on = number, asyncio.Event()
        self.got: list[tuple[str, float]] = []  # (message id, when)

    async def listen(self, url: str) -> None:
        async with connect(f"ws{url.removeprefix('http')}/handsets/{self.number}") as socket:
            await (await socket.ping())
            self.on.set()
            async for text in socket:
                told = json.loads(text)
                self.got.append((told["message_id"].partition("-")[0], time.monotonic()))
                await socket.send(json.dumps({"got": told["message_id"]}))


_HEADER = struct.Struct(">IIII")
_BIND, _SUBMIT, _DELIVER, _ENQUIRE, _RESPONSE = 0x09, 0x04, 0x05, 0x15, 0x80000000
STATUS = {0x00: "ROK", 0x08: "RSYSERR", 0x0B: "RINVDSTADR", 0x14: "RMSGQFUL", 0x58: "RTHROTTLED"}


class _Client:
    """A raw SMPP transceiver: sends, and notes what comes."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer, self._sequence = reader, writer, 0
        self._open: dict[int, tuple[Sent, float]] = {}
        self._by_id: dict[str, tuple[Sent, float]] = {}

    @classmethod
    async def bound(cls, address: str) -> "_Client":
        host, _, port = address.rpartition(":")
        client = cls(*await asyncio.open_connection(host, int(port)))
        client._send(_BIND, b"lab113\0lab113\0\0\x34\0\0\0")
        command, status, _, _ = await client._pdu()
        assert (command, status) == (_BIND | _RESPONSE, 0)
        client._hearing = asyncio.create_task(client._hear())
        return client

    async def submit(self, sent: Sent, at_s: float, begun: float) -> None:
        await asyncio.sleep(max(0.0, begun + at_s - time.monotonic()))
        if self._hearing.done():  # the connection is gone
            sent.status = ""
            return
        to, text = sent.number.removeprefix("+").encode(), b"text"
        body = b"\0\x05\0LAB113\0\x01\x01" + to + b"\0\0\0\0\0\0\x01\0\0\0" + bytes([len(text)]) + text
        self._open[self._sequence + 1] = sent, time.monotonic()
        self._send(_SUBMIT, body)

    def came(self, phone: _Phone) -> None:
        """Give each arrival to the submit whose message it is."""
        for message_id, at in phone.got:
            sent, submitted = self._by_id[message_id]
            sent.arrived_s.append(at - submitted)

    async def close(self) -> None:
        self._hearing.cancel()
        await asyncio.gather(self._hearing, return_exceptions=True)
        self._writer.close()
        with suppress(OSError):
            await self._writer.wait_closed()

    def _send(self, command: int, body: bytes, sequence: int = 0, status: int = 0) -> None:
        if not sequence:
            sequence = self._sequence = self._sequence + 1
        self._writer.write(_HEADER.pack(16 + len(body), command, status, sequence) + body)

    async def _hear(self) -> None:
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                command, status, sequence, body = await self._pdu()
                if command == _SUBMIT | _RESPONSE:
                    self._answered(sequence, STATUS[status], body)
                elif command == _DELIVER:
                    self._receipt(body.decode("latin-1"))
                    self._send(_DELIVER | _RESPONSE, b"\0", sequence)
                elif command == _ENQUIRE:
                    self._send(_ENQUIRE | _RESPONSE, b"", sequence)
        for sequence in list(self._open):
            self._answered(sequence, "", b"")

    def _answered(self, sequence: int, status: str, body: bytes) -> None:
        sent, submitted = self._open.pop(sequence)
        sent.status, sent.answered_s = status, time.monotonic() - submitted
        if status == "ROK":
            self._by_id[body.rstrip(b"\0").decode()] = sent, submitted

    def _receipt(self, text: str) -> None:
        words = dict(word.partition(":")[::2] for word in text[text.index("id:") :].split(" "))
        if words["stat"] != "DELIVRD":
            self._by_id[words["id"]][0].state = words["stat"]

    async def _pdu(self) -> tuple[int, int, int, bytes]:
        length, command, status, sequence = _HEADER.unpack(await self._reader.readexactly(16))
        return command, status, sequence, await self._reader.readexactly(length - 16)


@contextmanager
def real_carriers(folder: Path) -> Iterator[RealCarriers]:
    tables = [carrier.fields() for carrier in Case([], 0).resolved().carriers]
    (folder / "carriers.toml").write_text(tomli_w.dumps({"carriers": tables}), encoding="utf-8")
    words = [sys.executable, "-m", "fake_carriers", "--carriers", str(folder / "carriers.toml")]
    with subprocess.Popen(
        [*words, "--handsets", "attached"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as part:
        assert part.stdin is not None
        assert part.stdout is not None
        try:
            yield RealCarriers(json.loads(part.stdout.readline()))
        finally:
            part.stdin.close()
            part.wait(timeout=10)
