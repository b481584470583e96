"""Whole sessions of rubbish over sockets: the server answers or closes, never hangs, never stumbles, and
meanwhile a good client goes on.

`LAB113_FUZZ` is the number of byte strings of the campaign (2 000 unless told), half to bound sessions.
"""

import asyncio
import contextlib
import logging
import os
import random

import pytest
from carriers_lab import NUMBER, body_of, short
from carriers_wire import Lab, Wire, in_lab

from fake_carriers.smpp import (
    Address,
    Bind,
    Cancel,
    Command,
    Data,
    MessageId,
    Pdu,
    Query,
    Replace,
    SubmitMulti,
    Tag,
    Tlv,
    encode,
)

BYTE_STRINGS = int(os.environ.get("LAB113_FUZZ", "2000"))
PER_SESSION, SESSIONS_AT_ONCE, SEED = 20, 4, 113

PAYLOAD = Tlv(Tag.MESSAGE_PAYLOAD, b"x" * 200)
GOOD = [
    Pdu(Command.BIND_TRANSCEIVER, 1, body=Bind("lab113", "lab113")),
    Pdu(Command.BIND_RECEIVER, 1, body=Bind("lab113", "wrong")),
    Pdu(Command.SUBMIT_SM, 2, body=short(validity_period="000000000100000R")),
    Pdu(Command.SUBMIT_SM, 3, body=short(esm_class=0x40, short_message=b"\x05\x00\x03\x09\x02\x01hei")),
    Pdu(Command.SUBMIT_SM, 4, body=short(), tlvs=(Tlv(Tag.QOS_TIME_TO_LIVE, bytes((0, 0, 0, 9))),)),
    Pdu(Command.SUBMIT_SM, 4, body=short(data_coding=8, schedule_delivery_time="000000000100000R")),
    Pdu(Command.SUBMIT_MULTI, 5, body=SubmitMulti(dest_address=(Address(1, 1, NUMBER[1:]),) * 3)),
    Pdu(
        Command.DATA_SM,
        6,
        body=Data(destination_addr=NUMBER[1:]),
        tlvs=(Tlv(Tag.MESSAGE_PAYLOAD, b"x" * 200),),
    ),
    Pdu(Command.QUERY_SM, 7, body=Query("17")),
    Pdu(Command.CANCEL_SM, 8, body=Cancel(source_addr="113", destination_addr=NUMBER[1:])),
    Pdu(Command.REPLACE_SM, 9, body=Replace("17", short_message=b"nytt")),
    Pdu(Command.DELIVER_SM_RESP, 1, body=MessageId()),
    Pdu(Command.ENQUIRE_LINK, 10),
]


def rubbish(dice: random.Random) -> bytes:
    """Octets that are hardly a PDU, or a good one with something wrong."""
    if dice.random() < 0.01:
        return encode(Pdu(Command.UNBIND, 11))
    if dice.random() < 0.02:
        return dice.randbytes(dice.randrange(1, 200))
    frame = bytearray(encode(dice.choice(GOOD)))
    match dice.randrange(5):
        case 0:  # random octets in a frame that says its length
            frame[8:] = dice.randbytes(dice.randrange(8, 300))
        case 1:  # some octets are others
            for _ in range(dice.randrange(1, 8)):
                frame[dice.randrange(4, len(frame))] = dice.randrange(256)
        case 2:  # cut
            del frame[dice.randrange(16, len(frame) + 1) :]
        case 3:  # longer, with what may be a parameter
            frame += dice.randbytes(dice.randrange(1, 40))
        case _:
            frame += parameter(dice)
    if dice.random() < 0.99:
        frame[:4] = len(frame).to_bytes(4, "big")
    return bytes(frame)


def parameter(dice: random.Random) -> bytes:
    value = dice.randbytes(dice.choice((0, 1, 2, 4, 300)))
    return int(dice.choice(list(Tag))).to_bytes(2, "big") + len(value).to_bytes(2, "big") + value


async def one_session(address: str, strings: list[bytes], bind: bool) -> None:
    """Say it all; then the server has closed, or answers a plain question."""
    async with Wire.opened(address, Command.BIND_TRANSCEIVER if bind else None) as wire:
        for octets in strings:
            if not wire.writer.transport.is_closing():
                wire.writer.write(octets)
            await asyncio.sleep(0)
        with contextlib.suppress(OSError):  # it may have been cut off
            wire.writer.write_eof()
        assert await wire.closed()


async def good_client(lab: Lab, over: asyncio.Event) -> int:
    """Submits and gets its receipts as long as the others rage; how many."""
    done = 0
    async with Wire.opened(lab.telenor, Command.BIND_TRANSCEIVER) as wire:
        while not over.is_set() or done == 0:
            asked = wire.put(Command.SUBMIT_SM, short(destination_addr="4710009999", source_addr="good"))
            receipt, answered = None, False
            while receipt is None or not answered:
                pdu = await wire.heard()
                answered = answered or (pdu.sequence == asked and pdu.command is Command.SUBMIT_SM_RESP)
                wire.confirm(pdu)
                if pdu.command is Command.DELIVER_SM and body_of(pdu).destination_addr == "good":
                    receipt = pdu
            done += 1
            await asyncio.sleep(0)
    return done


def test_sessions_of_rubbish_disturb_nobody(caplog: pytest.LogCaptureFixture) -> None:
    dice = random.Random(SEED)
    strings = [rubbish(dice) for _ in range(BYTE_STRINGS)]
    sessions = [strings[at : at + PER_SESSION] for at in range(0, len(strings), PER_SESSION)]
    stumbled: list[str] = []

    async def rage(lab: Lab, mine: list[tuple[int, list[bytes]]]) -> None:
        for n, each in mine:
            async with asyncio.timeout(20):
                await one_session(lab.telenor, each, bind=n % 2 == 1)

    async def body(lab: Lab) -> None:
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(lambda _, context: stumbled.append(str(context)))
        over = asyncio.Event()
        good = asyncio.create_task(good_client(lab, over))
        numbered = list(enumerate(sessions))
        await asyncio.gather(*(rage(lab, numbered[n::SESSIONS_AT_ONCE]) for n in range(SESSIONS_AT_ONCE)))
        over.set()
        assert await good > 0
        async with Wire.opened(lab.telenor, Command.BIND_TRANSCEIVER) as wire:
            assert (await wire.ask(Command.ENQUIRE_LINK)).status == 0
        await lab.until("/sessions", lambda told: not told)
        assert (await lab.http.get("/metrics")).status_code == 200
        for path in ("/pdus?limit=2000", "/messages", "/handsets?limit=20000", "/carriers"):
            await lab.get(path)

    with caplog.at_level(logging.WARNING):
        in_lab(body, limit_s=20 + BYTE_STRINGS / 500, web=False, simulated=True)
    assert stumbled == []
    assert [record.getMessage() for record in caplog.records] == []
