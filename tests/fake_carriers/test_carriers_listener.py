"""What only sockets show: connections that are cut, TLS, outbind, clients that do not read or never bind."""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from carriers_lab import NUMBER, body_of, short
from carriers_wire import Lab, Wire, in_lab

from fake_carriers import listener, session
from fake_carriers.certificate import make_certificate
from fake_carriers.smpp import Bind, BindResp, Command, MessageId, Outbind, Pdu, Status, encode
from fake_carriers.smsc import Smsc
from stand_alone.listening import bound as bound_by_the_house

TRX = Command.BIND_TRANSCEIVER


async def cut(wire: Wire) -> bool:
    """Whether the other side has gone without a word."""
    try:
        return await wire.reader.read(1) == b""
    except ConnectionError:
        return True


# ---- moods


def test_moods_that_answer_something() -> None:
    async def body(lab: Lab) -> None:
        async with Wire.opened(lab.telenor, TRX) as wire, Wire.opened(lab.telenor) as newcomer:
            await lab.mood("outage", how="refuse")
            assert (await wire.ask(Command.SUBMIT_SM, short())).status == Status.RSYSERR
            assert (await newcomer.bind()).status == Status.RSYSERR
            await lab.calm()
            assert (await newcomer.bind()).status == Status.ROK

            await lab.mood("slow", response_s=0.2)
            asked = wire.put(Command.SUBMIT_SM, short())
            receipt = await wire.heard()  # is faster
            wire.confirm(receipt)
            assert receipt.command is Command.DELIVER_SM
            assert (await wire.heard()).sequence == asked
            await lab.calm()

            await lab.mood("queue_full")
            assert (await wire.ask(Command.SUBMIT_SM, short())).status == Status.RMSGQFUL
            await lab.calm()

            await lab.mood("throttled", rate_per_s=0.001)
            told = [(await wire.ask(Command.SUBMIT_SM, short())).status for _ in range(3)]
            assert told == [Status.ROK, Status.RTHROTTLED, Status.RTHROTTLED]
            await lab.calm()

            assert (await wire.ask(Command.SUBMIT_SM, short())).status == Status.ROK

    in_lab(body, web=False, simulated=True)


def test_moods_that_break_answers() -> None:
    async def body(lab: Lab) -> None:
        async with Wire.opened(lab.telenor, TRX) as wire:
            for how in ("command", "sequence", "cut"):
                await lab.mood("malformed", how=how, share=1.0)
                asked = wire.put(Command.ENQUIRE_LINK)
                frame = await wire.frame()
                told = int.from_bytes(frame[4:8], "big"), int.from_bytes(frame[12:16], "big")
                assert (told == (Command.ENQUIRE_LINK_RESP, asked)) == (how == "cut")
                assert len(frame) == (23 if how == "cut" else 16)
                await lab.calm()
                assert (await wire.ask(Command.ENQUIRE_LINK)).command is Command.ENQUIRE_LINK_RESP
            await lab.mood("malformed", how="length", share=1.0)
            wire.put(Command.ENQUIRE_LINK)
            assert (await wire.reader.readexactly(16))[:4] == (7).to_bytes(4, "big")

    in_lab(body, web=False)


def test_a_carrier_that_drops() -> None:
    async def body(lab: Lab) -> None:
        async with (
            Wire.opened(lab.telenor, TRX) as wire,
            Wire.opened(lab.telenor) as unbound,
            Wire.opened(lab.smpp["ice"], TRX) as neighbour,
        ):
            await lab.mood("outage", how="drop")
            assert await cut(wire)
            assert await cut(unbound)
            for _ in range(3):
                async with Wire.opened(lab.telenor) as newcomer:
                    newcomer.put(TRX, Bind("lab113", "lab113"))
                    assert await cut(newcomer)
            assert (await neighbour.ask(Command.ENQUIRE_LINK)).status == Status.ROK
            assert [each["carrier"] for each in await lab.get("/sessions")] == ["ice"]
            await lab.calm()
        async with Wire.opened(lab.telenor, TRX) as wire:
            assert (await wire.ask(Command.SUBMIT_SM, short())).status == Status.ROK

    in_lab(body, web=False)


def test_who_is_turned_away_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []

    async def body(lab: Lab) -> None:
        monkeypatch.setattr(Smsc, "turned_away", lambda smsc: told.append(smsc.name))
        async with called_client() as (address, calls):
            await lab.mood("outage", how="drop")
            for _ in range(2):
                async with Wire.opened(lab.telenor) as newcomer:
                    assert await cut(newcomer)
            async with Wire.opened(lab.smpp["ice"], TRX):
                pass
            await lab.http.post("/carriers/telenor/outbind", json={"address": address})
            called = await calls.get()  # the carrier's own call is nobody's
            assert await cut(called)
            called.writer.transport.abort()
        assert told == ["telenor"] * 2

    in_lab(body, web=False)


def test_a_carrier_that_is_silent_and_forgets() -> None:
    async def body(lab: Lab) -> None:
        async with Wire.opened(lab.telenor, TRX) as wire:
            await lab.mood("outage", how="silent", for_s=0.2)
            forgotten = wire.put(Command.SUBMIT_SM, short())
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(wire.reader.read(1), 0.1)
            await lab.until("/carriers", lambda told: not told["carriers"][0]["moods"])
            answer = await wire.ask(Command.SUBMIT_SM, short())
            assert (answer.status, answer.sequence) == (Status.ROK, forgotten + 1)
        assert len(await lab.get("/messages")) == 1

    in_lab(body, web=False)


def test_a_carrier_that_is_silent_and_does_it_later_even_for_a_client_that_left() -> None:
    async def body(lab: Lab) -> None:
        await lab.mood("outage", how="silent", swallowed="later")
        async with Wire.opened(lab.telenor) as leaver:
            leaver.put(TRX, Bind("lab113", "lab113"))
            leaver.put(Command.SUBMIT_SM, short(short_message=b"left"))
            await leaver.writer.drain()
            await lab.until("/pdus", lambda told: len(told) == 2)
        await lab.until("/sessions", lambda told: not told)
        async with Wire.opened(lab.telenor) as stayer:
            bind = stayer.put(TRX, Bind("lab113", "lab113"))
            submit = stayer.put(Command.SUBMIT_SM, short(short_message=b"stayed"))
            await lab.until("/pdus", lambda told: len(told) == 4)
            await lab.calm()
            assert [(await stayer.heard()).sequence for _ in range(2)] == [bind, submit]
            assert {body_of(await stayer.heard()).short_message[-4:] for _ in range(2)} == {b"left", b"ayed"}
        assert [m["text"] for m in await lab.get("/messages")] == ["left", "stayed"]

    in_lab(body, web=False, simulated=True)


# ---- clients that behave badly


def test_rubbish_on_the_port_disturbs_nobody() -> None:
    async def body(lab: Lab) -> None:
        async with Wire.opened(lab.telenor, TRX) as good:
            for rubbish in (b"GET / HTTP/1.1\r\n\r\n", bytes(64), b"\xff" * 5000, b"\0\0\0\x10\0\0"):
                async with Wire.opened(lab.telenor) as bad:
                    bad.writer.write(rubbish)
                    bad.writer.write_eof()
                    assert len(await bad.reader.read()) in (0, 16)  # generic_nack, unless nothing whole came
            good.confirm(Pdu(Command.DELIVER_SM, 4711))  # the answer to nothing
            assert (await good.ask(Command.SUBMIT_SM, short())).status == Status.ROK

    in_lab(body, web=False)


def test_a_connection_that_never_binds_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session, "BIND_S", 0.1)
    monkeypatch.setattr("fake_carriers.serving.TICK_S", 0.05)

    async def body(lab: Lab) -> None:
        async with Wire.opened(lab.telenor, TRX) as bound, Wire.opened(lab.telenor) as idle:
            assert await cut(idle)
            assert (await bound.ask(Command.ENQUIRE_LINK)).status == Status.ROK
            assert len(await lab.get("/sessions")) == 1

    in_lab(body, web=False)


def small_buffers(sock: socket.socket) -> None:
    for option in (socket.SO_RCVBUF, socket.SO_SNDBUF):
        sock.setsockopt(socket.SOL_SOCKET, option, 4096)


@asynccontextmanager
async def deaf_client(address: str) -> AsyncIterator[Wire]:
    """It asks and asks, and does not read the answers; its own buffers are small."""
    with socket.socket() as sock:
        small_buffers(sock)
        sock.setblocking(False)
        host, _, port = address.rpartition(":")
        await asyncio.get_running_loop().sock_connect(sock, (host, int(port)))
        async with Wire.opened(address, sock=sock) as wire:
            await wire.bind()
            wire.reader._limit = 0  # type: ignore[attr-defined]
            yield wire


async def asked_in_vain(wire: Wire, most: int) -> int:
    """How many octets it could write before nobody read them any more."""
    requests = b"".join(encode(Pdu(Command.ENQUIRE_LINK, n)) for n in range(1, 1025))
    for written in range(0, most, len(requests)):
        wire.writer.write(requests)
        try:
            await asyncio.wait_for(wire.writer.drain(), 0.3)
        except TimeoutError:
            return written
    return most


def test_a_client_that_does_not_read_is_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its requests stay in its own buffers, so that what the server keeps is bounded; it can be cut off."""

    def bound(host: str, port: int) -> socket.socket:
        sock = bound_by_the_house(host, port)
        small_buffers(sock)
        return sock

    monkeypatch.setattr(listener, "bound", bound)
    monkeypatch.setattr(listener, "CLOSE_S", 0.1)

    async def body(lab: Lab) -> None:
        async with deaf_client(lab.telenor) as deaf, Wire.opened(lab.telenor, TRX) as good:
            most = 32 << 20
            assert await asked_in_vain(deaf, most) < most
            assert (await good.ask(Command.SUBMIT_SM, short())).status == Status.ROK
            await lab.mood("outage", how="drop")
            await lab.until("/sessions", lambda told: not told)

    in_lab(body, web=False)


def test_two_hundred_connections() -> None:
    async def client(address: str, n: int) -> bytes:
        async with Wire.opened(address, TRX) as wire:
            to = f"4710{n:06}"
            answer = await wire.ask(Command.SUBMIT_SM, short(destination_addr=to))
            receipt = await wire.heard()
            wire.confirm(receipt)
            assert isinstance(answer.body, MessageId)
            assert answer.body.message_id.encode() in body_of(receipt).short_message
            assert (await wire.ask(Command.UNBIND)).command is Command.UNBIND_RESP
            assert await cut(wire)
            return body_of(receipt).source_addr.encode()

    async def body(lab: Lab) -> None:
        addresses = [lab.telenor, lab.smpp["ice"]]
        told = await asyncio.gather(*(client(addresses[n % 2], n) for n in range(200)))
        assert told == [f"4710{n:06}".encode() for n in range(200)]
        assert await lab.get("/sessions") == []
        carriers = (await lab.get("/carriers"))["carriers"]
        assert [carrier["sessions"] for carrier in carriers] == [0, 0, 0]

    in_lab(body, web=False, simulated=True)


# ---- TLS


def trusting(certificate: str | Path) -> dict[str, Any]:
    return {"ssl": ssl.create_default_context(cafile=str(certificate)), "server_hostname": "localhost"}


def test_a_tls_port_with_a_certificate_of_this_run() -> None:
    async def body(lab: Lab) -> None:
        assert lab.facts["smpps"].keys() == lab.smpp.keys()
        trusted = trusting(lab.facts["tls_certificate"])
        async with (
            Wire.opened(lab.facts["smpps"]["telenor"], TRX, **trusted) as wire,
            Wire.opened(lab.telenor, TRX) as plain,
        ):
            assert (await wire.ask(Command.SUBMIT_SM, short())).status == Status.ROK
            receipt = await wire.heard()
            assert receipt.command is Command.DELIVER_SM
            assert [each["tls"] for each in await lab.get("/sessions")] == [True, False]
            carrier = (await lab.get("/carriers"))["carriers"][0]
            assert (carrier["smpp"], carrier["smpps"]) == (lab.telenor, lab.facts["smpps"]["telenor"])
            assert (await plain.ask(Command.ENQUIRE_LINK)).status == Status.ROK
            assert (await wire.ask(Command.UNBIND)).command is Command.UNBIND_RESP
        with pytest.raises(ssl.SSLCertVerificationError):
            async with Wire.opened(lab.facts["smpps"]["telenor"], ssl=True, server_hostname="localhost"):
                pass
        async with Wire.opened(lab.facts["smpps"]["telenor"]) as not_tls:
            not_tls.writer.write(b"\0\0\0\x10" * 10)
            assert await not_tls.closed()

    in_lab(body, web=False, tls=True, simulated=True)


def test_a_certificate_of_one_s_own(tmp_path: Path) -> None:
    certificate, key = make_certificate("127.0.0.1", tmp_path)
    assert key.stat().st_mode & 0o077 == 0

    async def body(lab: Lab) -> None:
        assert lab.facts["tls_certificate"] == str(certificate)
        tls = {**trusting(certificate), "server_hostname": "127.0.0.1"}
        async with Wire.opened(lab.facts["smpps"]["ice"], TRX, **tls) as wire:
            assert (await wire.ask(Command.ENQUIRE_LINK)).status == Status.ROK

    in_lab(body, web=False, tls=True, certificate=(certificate, key))


# ---- outbind


@asynccontextmanager
async def called_client() -> AsyncIterator[tuple[str, "asyncio.Queue[Wire]"]]:
    """A client that listens for its carrier's call."""
    calls: asyncio.Queue[Wire] = asyncio.Queue()
    server = await asyncio.start_server(
        lambda reader, writer: calls.put_nowait(Wire(reader, writer)), "127.0.0.1"
    )
    try:
        yield f"127.0.0.1:{server.sockets[0].getsockname()[1]}", calls
    finally:
        server.close()
        await server.wait_closed()


def test_a_carrier_calls_its_client_and_asks_it_to_bind() -> None:
    async def body(lab: Lab) -> None:
        async with called_client() as (address, calls), Wire.opened(lab.telenor) as sender:
            await sender.bind(Command.BIND_TRANSMITTER)
            await sender.ask(Command.SUBMIT_SM, short())
            answer = await lab.http.post("/carriers/telenor/outbind", json={"address": address})
            assert (answer.status_code, answer.json()) == (202, {"address": address})
            wire = await calls.get()
            outbind = await wire.heard()
            assert (outbind.command, outbind.body) == (Command.OUTBIND, Outbind("lab113", "lab113"))
            assert (await wire.bind(Command.BIND_RECEIVER)).body == BindResp("telenor")
            receipt = await wire.heard()
            assert (receipt.command, body_of(receipt).source_addr) == (Command.DELIVER_SM, NUMBER[1:])
            wire.confirm(receipt)
            sessions = await lab.until("/sessions", lambda told: told[1]["delivered"] == 1)
            assert (sessions[1]["bind"], sessions[1]["unanswered"]) == ("bind_receiver", 0)
            wire.writer.close()
            await wire.writer.wait_closed()

    in_lab(body, web=False, simulated=True)


def test_a_call_that_nobody_takes_and_one_that_may_not_be_made() -> None:
    async def body(lab: Lab) -> None:
        async def call(address: str, carrier: str = "telenor") -> tuple[int, str]:
            answer = await lab.http.post(f"/carriers/{carrier}/outbind", json={"address": address})
            return answer.status_code, answer.json()["detail"]

        async with called_client() as (address, _):
            pass
        status, detail = await call(address)
        assert status == 502
        assert detail.startswith(f"nobody takes the call at {address}: ")
        for elsewhere in (
            "127.0.0.1:99999",
            "10.0.0.1:2775",
            "example.org:2775",
            "127.0.0.1",
            "localhost:",
            "",
        ):
            assert (await call(elsewhere))[0] == 422
        assert (await call(address, "telnor"))[0] == 404

    in_lab(body, web=False)
