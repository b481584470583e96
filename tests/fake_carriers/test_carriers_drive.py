"""The drive: what it submits, what it counts, when it ends, whom it refuses."""

import asyncio
import contextlib
import json
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from carriers_lab import QUICK

from fake_carriers.drive import DriveError, Load, driven
from fake_carriers.drive.__main__ import loopback, main
from fake_carriers.drive.load import Submits
from fake_carriers.drive.tally import Tally
from fake_carriers.serving import Options, serving
from fake_carriers.smpp import (
    BindResp,
    Command,
    Framer,
    MessageId,
    Pdu,
    ShortMessage,
    Status,
    Tag,
    Tlv,
    decode,
    encode,
)
from fake_carriers.text import decode_text

ROOT = Path(__file__).parents[2]
TIMEOUT_S = 20


# -- what it submits --


@pytest.mark.parametrize("text", ["Hei", "Привет 🚑", "å" * 500])
def test_each_submit_is_a_whole_one(text: str) -> None:
    load = Load(numbers=3, prefix="+47119", text=text)
    submits = Submits(load)
    for n, sequence in ((0, 2), (1, 0x01020304), (2, 7), (3, 0x7FFFFFFF)):
        pdu = decode(submits.octets(n, sequence))
        assert isinstance(pdu.body, ShortMessage)
        assert (pdu.command, pdu.sequence) == (Command.SUBMIT_SM, sequence)
        assert pdu.body.destination_addr == f"47119{n % 3:05}"
        assert (pdu.body.dest_addr_ton, pdu.body.registered_delivery) == (1, 1)
        octets = pdu.body.short_message or pdu.tlv(Tag.MESSAGE_PAYLOAD)
        assert octets is not None
        assert decode_text(octets, pdu.body.data_coding) == text


def test_no_receipts_are_asked_for_when_none_are_wanted() -> None:
    body = decode(Submits(Load(receipts=False)).octets(0, 1)).body
    assert isinstance(body, ShortMessage)
    assert body.registered_delivery == 0


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"prefix": "+4610"}, "begin with \\+471"),  # may be somebody's
        ({"prefix": "4710"}, "begin with \\+471"),
        ({"prefix": "+4710000001"}, "begin with \\+471"),
        ({"prefix": "+471000000", "numbers": 11}, "leaves 10"),
        ({"messages": 0}, "messages"),
        ({"window": 0}, "window"),
        ({"rate": -1.0}, "rate"),
        ({"limit_s": 0.0}, "limit"),
    ],
)
def test_a_load_that_cannot_be_is_refused(wrong: dict[str, Any], told: str) -> None:
    with pytest.raises(ValueError, match=told):
        Load(**wrong)


# -- what it counts --


def test_the_tally_knows_fast_receipts_doubled_ones_and_strangers() -> None:
    tally = Tally(100.0)
    tally.submitted = 4
    tally.receipted(b"early", 101.0)
    tally.receipted(b"early", 101.0)
    tally.receipted(b"stranger", 101.0)
    tally.receipted(b"stranger", 101.0)
    tally.answered(Status.ROK, b"early", 102.0)
    tally.answered(Status.ROK, b"late", 104.0)
    tally.answered(Status.RTHROTTLED, b"", 104.0)
    assert (tally.answers_missing, tally.receipts_missing) == (True, True)
    tally.answered(0x400, b"", 105.0)
    tally.receipted(b"late", 110.0)
    tally.receipted(b"late", 112.0)
    assert (tally.answers_missing, tally.receipts_missing) == (False, False)
    assert tally.report(113.0) == {
        "submitted": 4,
        "accepted": 2,
        "refused": {"RTHROTTLED": 1, "0x00000400": 1},
        "receipts": 2,
        "receipts_doubled": 2,
        "unanswered": 0,
        "elapsed_s": 13.0,
        "submit_sm_per_s": 0.4,
        "submit_sm_per_s_with_receipts": 0.2,
    }


# -- against our carriers --


def test_our_carriers_take_a_load_and_return_every_receipt() -> None:
    async def body() -> None:
        async with asyncio.timeout(TIMEOUT_S), serving(QUICK, Options(seed=1)) as facts:
            load = Load(messages=400, sessions=3, window=20, numbers=50, limit_s=15)
            report = await driven(*loopback(facts["smpp"]["telenor"]), load)
        counts = {key: report[key] for key in ("submitted", "accepted", "receipts", "unanswered")}
        assert counts == {"submitted": 400, "accepted": 400, "receipts": 400, "unanswered": 0}
        assert (report["refused"], report["receipts_doubled"]) == ({}, 0)
        assert report["submit_sm_per_s"] >= report["submit_sm_per_s_with_receipts"] > 0

    asyncio.run(body())


def test_a_wrong_password_is_told() -> None:
    async def body() -> None:
        async with asyncio.timeout(TIMEOUT_S), serving(QUICK, Options(seed=1)) as facts:
            with pytest.raises(DriveError, match=r"RINVPASWD.*--password"):
                await driven(*loopback(facts["smpp"]["telia"]), Load(password="wrong", limit_s=15))

    asyncio.run(body())


# -- against a message centre that misbehaves --


def is_submit(pdu: Pdu) -> bool:
    return pdu.command is Command.SUBMIT_SM


class Smsc:
    """Answers each PDU with what `answers` says; keeps what came."""

    def __init__(self, answers: Callable[["Smsc", Pdu], list[Pdu | bytes]]) -> None:
        self.heard: list[Pdu] = []
        self.submits_at_once = 0
        self._answers = answers

    def submits(self) -> list[Pdu]:
        return [pdu for pdu in self.heard if is_submit(pdu)]

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        framer = Framer()
        with contextlib.suppress(ConnectionError):
            while data := await reader.read(65536):
                pdus = [decode(frame) for frame in framer.feed(data)]
                self.heard += pdus
                self.submits_at_once = max(self.submits_at_once, sum(map(is_submit, pdus)))
                for pdu in pdus:
                    for answer in self._answers(self, pdu):
                        writer.write(answer if isinstance(answer, bytes) else encode(answer))
        writer.close()


def id_of(submit: Pdu) -> str:
    assert isinstance(submit.body, ShortMessage)
    return f"id-{submit.body.destination_addr}"  # each message has another one in these tests


def accepted(submit: Pdu) -> Pdu:
    return Pdu(Command.SUBMIT_SM_RESP, submit.sequence, Status.ROK, MessageId(id_of(submit)))


def receipt(submit: Pdu, in_text: bool = False) -> Pdu:
    message_id = id_of(submit).encode()
    text = b"id:" + message_id + b" sub:001" if in_text else b""
    tlvs = () if in_text else (Tlv(Tag.RECEIPTED_MESSAGE_ID, message_id + b"\0"),)
    return Pdu(Command.DELIVER_SM, 9, 0, ShortMessage(esm_class=4, short_message=text), tlvs)


def politely(
    answers: Callable[[Smsc, Pdu], list[Pdu | bytes]],
) -> Callable[[Smsc, Pdu], list[Pdu | bytes]]:
    """Bind and unbind as usual, the rest as told."""

    def answer(smsc: Smsc, pdu: Pdu) -> list[Pdu | bytes]:
        if pdu.command is Command.BIND_TRANSCEIVER:
            return [Pdu(Command.BIND_TRANSCEIVER_RESP, pdu.sequence, 0, BindResp("stub"))]
        if pdu.command is Command.UNBIND:
            return [Pdu(Command.UNBIND_RESP, pdu.sequence)]
        return answers(smsc, pdu)

    return answer


@contextlib.asynccontextmanager
async def stub(answers: Callable[[Smsc, Pdu], list[Pdu | bytes]]) -> AsyncIterator[tuple[Smsc, int]]:
    smsc = Smsc(answers)
    talks: set[asyncio.Task[None]] = set()

    def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        talks.add(asyncio.create_task(smsc.talk(reader, writer)))

    server = await asyncio.start_server(connected, "127.0.0.1", 0)
    try:
        async with asyncio.timeout(TIMEOUT_S):
            yield smsc, server.sockets[0].getsockname()[1]
    finally:
        server.close()
        await asyncio.gather(*talks)
        await server.wait_closed()


def against(answers: Callable[[Smsc, Pdu], list[Pdu | bytes]], load: Load) -> tuple[dict[str, Any], Smsc]:
    async def body() -> tuple[dict[str, Any], Smsc]:
        async with stub(answers) as (smsc, port):
            return await driven("127.0.0.1", port, load), smsc

    return asyncio.run(body())


def test_refusals_are_counted_by_status_and_end_the_drive() -> None:
    def answers(smsc: Smsc, pdu: Pdu) -> list[Pdu | bytes]:
        if not is_submit(pdu):
            return []
        if pdu.sequence % 3 == 0:
            return [Pdu(Command.SUBMIT_SM_RESP, pdu.sequence, Status.RTHROTTLED)]
        if pdu.sequence % 3 == 1:
            return [Pdu(Command.GENERIC_NACK, pdu.sequence, Status.RINVCMDID)]
        return [accepted(pdu), receipt(pdu)]

    report, smsc = against(politely(answers), Load(messages=30, sessions=1, window=7, limit_s=10))
    assert report["refused"] == {"RTHROTTLED": 10, "RINVCMDID": 10}
    assert (report["accepted"], report["receipts"], report["unanswered"]) == (10, 10, 0)
    assert smsc.submits_at_once <= 7
    assert smsc.heard[-1].command is Command.UNBIND


def test_receipts_are_answered_matched_and_counted_twice_when_doubled() -> None:
    def answers(smsc: Smsc, pdu: Pdu) -> list[Pdu | bytes]:
        if not is_submit(pdu):
            return []
        mo = Pdu(Command.DELIVER_SM, 3, 0, ShortMessage(short_message=b"id:id-4710000000 is no receipt"))
        cut = encode(receipt(pdu))[:-1]
        cut = len(cut).to_bytes(4, "big") + cut[4:]
        live = Pdu(Command.ENQUIRE_LINK, 77)
        in_text = receipt(pdu, in_text=True)
        return [mo, cut, live, in_text, accepted(pdu), receipt(pdu)]  # the first receipt is faster

    report, smsc = against(politely(answers), Load(messages=25, sessions=2, window=5, limit_s=10))
    assert (report["accepted"], report["receipts"], report["receipts_doubled"]) == (25, 25, 25)
    answered = [pdu.command for pdu in smsc.heard]
    assert answered.count(Command.DELIVER_SM_RESP) == 25 * 4
    assert answered.count(Command.ENQUIRE_LINK_RESP) == 25


def test_a_silent_message_centre_costs_the_limit_and_no_more() -> None:
    report, smsc = against(
        politely(lambda smsc, pdu: []), Load(messages=100, sessions=2, window=5, limit_s=0.5)
    )
    assert (report["submitted"], report["unanswered"], report["accepted"]) == (10, 10, 0)
    assert report["submit_sm_per_s"] == report["submit_sm_per_s_with_receipts"] == 0.0
    assert len(smsc.submits()) == 10


def test_missing_receipts_cost_the_limit_and_unasked_ones_nothing() -> None:
    def answers(smsc: Smsc, pdu: Pdu) -> list[Pdu | bytes]:
        return [accepted(pdu)] if is_submit(pdu) else []

    report, _ = against(politely(answers), Load(messages=10, limit_s=0.5))
    assert (report["accepted"], report["receipts"]) == (10, 0)
    assert report["elapsed_s"] >= 0.3
    report, _ = against(politely(answers), Load(messages=10, receipts=False, limit_s=15))
    assert (report["accepted"], report["elapsed_s"] < 10) == (10, True)


@pytest.mark.parametrize(
    "rubbish", [b"\0\0\0\x03", encode(Pdu(Command.UNBIND, 5))], ids=["a bad length", "an unbind"]
)
def test_a_lost_connection_ends_the_drive_at_once(rubbish: bytes) -> None:
    def answers(smsc: Smsc, pdu: Pdu) -> list[Pdu | bytes]:
        return [rubbish] if len(smsc.submits()) >= 5 else []

    report, _ = against(politely(answers), Load(messages=100, sessions=1, window=5, limit_s=15))
    assert (report["submitted"], report["unanswered"], report["elapsed_s"] < 10) == (5, 5, True)


def test_the_other_sessions_go_on_when_one_is_lost() -> None:
    def answers(smsc: Smsc, pdu: Pdu) -> list[Pdu | bytes]:
        if not is_submit(pdu):
            return []
        return [b"\0\0\0\0"] if len(smsc.submits()) == 1 else [accepted(pdu), receipt(pdu)]

    report, _ = against(politely(answers), Load(messages=50, sessions=2, window=1, limit_s=15))
    assert (report["submitted"], report["accepted"], report["unanswered"]) == (50, 49, 1)
    assert report["elapsed_s"] < 10


def test_the_rate_is_kept() -> None:
    def answers(smsc: Smsc, pdu: Pdu) -> list[Pdu | bytes]:
        return [accepted(pdu)] if is_submit(pdu) else []

    load = Load(messages=50, sessions=3, rate=100.0, receipts=False, limit_s=15)
    report, _ = against(politely(answers), load)
    assert report["accepted"] == 50
    assert report["elapsed_s"] >= 0.48  # the last of 50 is due after 49 hundredths
    assert report["submit_sm_per_s"] <= 105


def test_a_bind_without_answer_and_a_closed_port_are_told() -> None:
    with pytest.raises(DriveError, match=r"no answer to the bind in 0\.3 s"):
        against(lambda smsc, pdu: [], Load(limit_s=0.3))

    async def body() -> None:
        server = await asyncio.start_server(lambda reader, writer: None, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        server.close()
        await server.wait_closed()
        with pytest.raises(DriveError, match=f"cannot connect to 127.0.0.1:{port}"):
            await driven("127.0.0.1", port, Load(limit_s=5))

    asyncio.run(body())


def test_a_connection_closed_at_the_bind_is_told() -> None:
    with pytest.raises(DriveError, match="closed before the bind was answered"):
        against(lambda smsc, pdu: [b"\0\0\0\0"], Load(limit_s=10))


# -- the program --


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["192.0.2.1:2775"], "is not loopback"),
        (["smsc.example:2775"], "is not loopback"),
        (["0.0.0.0:2775"], "is not loopback"),
        (["127.0.0.1"], "is not HOST:PORT"),
        (["127.0.0.1:99999"], "is not HOST:PORT"),
        (["127.0.0.1:2775", "--prefix", "+4610"], "begin with +471"),
        (["127.0.0.1:2775", "--pin", "4096"], "--pin 4096"),
    ],
)
def test_bad_usage_ends_with_2(arguments: list[str], told: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
    assert told in " ".join(capsys.readouterr().err.split())


def test_loopback_addresses() -> None:
    assert loopback("127.0.0.5:1") == ("127.0.0.5", 1)
    assert loopback("localhost:2775") == ("127.0.0.1", 2775)
    assert loopback("[::1]:2775") == ("::1", 2775)


def program(port: int, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "fake_carriers.drive", f"127.0.0.1:{port}", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=TIMEOUT_S, check=False)


def test_the_program_prints_one_json_object() -> None:
    async def body() -> None:
        answers = politely(lambda smsc, pdu: [accepted(pdu)] if is_submit(pdu) else [])
        async with stub(answers) as (_, port):
            whole = await asyncio.to_thread(program, port, "--messages", "20", "--no-receipts")
            part = await asyncio.to_thread(program, port, "--messages", "20", "--limit-s", "0.5")
        assert (whole.returncode, json.loads(whole.stdout)["accepted"]) == (0, 20), whole.stderr
        assert (part.returncode, json.loads(part.stdout)["receipts"]) == (1, 0), part.stderr
        refused = await asyncio.to_thread(program, port, "--messages", "20", "--limit-s", "2")
        assert (refused.returncode, refused.stdout) == (1, "")
        assert "cannot connect" in refused.stderr
        assert "Traceback" not in refused.stderr

    asyncio.run(body())
