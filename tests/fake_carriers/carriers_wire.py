"""What the tests of fake_carriers share on sockets: a running part, and clients of it."""

import asyncio
import contextlib
import itertools
import json
from collections.abc import AsyncIterator, Callable
from typing import Any
from unittest.mock import patch

import httpx
import smpplib.client
import smpplib.consts
from carriers_lab import NUMBER, QUICK
from fastapi import APIRouter
from websockets.asyncio.client import connect

from fake_carriers.serving import Options, serving
from fake_carriers.smpp import Bind, Command, MessageId, Pdu, Tlv, decode, encode

KEY = "of-the-gateway"


class Client:
    """A bound smpplib client that keeps what comes to it."""

    def __init__(self, address: str, **bind: Any) -> None:
        host, port = address.rsplit(":", 1)
        self.smpp = smpplib.client.Client(host, int(port), timeout=10, allow_unknown_opt_params=True)
        self.receipts: list[Any] = []
        self.sent: list[Any] = []
        self.statuses: list[int] = []
        self.smpp.set_message_received_handler(self._received)
        self.smpp.set_message_sent_handler(lambda pdu: self.sent.append(pdu))
        self.smpp.set_error_pdu_handler(lambda pdu: self.statuses.append(pdu.status))
        self.smpp.connect()
        mode = bind.pop("mode", "transceiver")
        try:
            self.bind_resp = getattr(self.smpp, f"bind_{mode}")(
                **{"system_id": "lab113", "password": "lab113", **bind}
            )
        except BaseException:
            self.kill()
            raise

    def _received(self, pdu: Any) -> int:
        self.receipts.append(pdu)
        return int(smpplib.consts.SMPP_ESME_ROK)

    def submit(self, octets: bytes, to: str = NUMBER, **fields: Any) -> None:
        """Send a submit_sm; the response comes with `until`."""
        self.smpp.send_message(
            **{
                "source_addr_ton": smpplib.consts.SMPP_TON_ALNUM,
                "source_addr": "113",
                "dest_addr_ton": smpplib.consts.SMPP_TON_INTL,
                "destination_addr": to,
                "short_message": octets,
                "registered_delivery": True,
                **fields,
            }
        )

    def until(self, done: Callable[[], bool]) -> None:
        """Read PDUs until something holds; the socket's time-out bounds each wait."""
        while not done():
            self.smpp.read_once(auto_send_enquire_link=False)

    def submitted(self, octets: bytes, **fields: Any) -> str:
        """Submit, and wait for the message id."""
        n = len(self.sent) + len(self.statuses)
        self.submit(octets, **fields)
        self.until(lambda: len(self.sent) + len(self.statuses) > n)
        return str(self.sent[-1].message_id.decode())

    def kill(self) -> None:
        """Go without a word."""
        self.smpp.state = smpplib.consts.SMPP_CLIENT_STATE_OPEN
        self.smpp.disconnect()


@contextlib.asynccontextmanager
async def bound_client(address: str, **bind: Any) -> AsyncIterator[Client]:
    """A client of the lab in this very loop: smpplib blocks, so it works in threads."""
    client = await asyncio.to_thread(Client, address, **bind)
    try:
        yield client
    finally:
        client.kill()


class Wire:
    """An SMPP client on a socket that does exactly what it is told, and what no library would."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer
        self._sequence = itertools.count(1)

    @classmethod
    @contextlib.asynccontextmanager
    async def opened(cls, address: str, bind: Command | None = None, **how: Any) -> AsyncIterator["Wire"]:
        host, _, port = address.rpartition(":")
        where: dict[str, Any] = {} if "sock" in how else {"host": host.strip("[]"), "port": int(port)}
        wire = cls(*await asyncio.open_connection(**where, **how))
        try:
            if bind is not None:
                assert (await wire.bind(bind)).status == 0
            yield wire
        finally:
            wire.writer.transport.abort()
            with contextlib.suppress(OSError):
                await wire.writer.wait_closed()

    async def bind(self, how: Command = Command.BIND_TRANSCEIVER) -> Pdu:
        return await self.ask(how, Bind("lab113", "lab113"))

    def put(self, command: Command, body: Any = None, *tlvs: Tlv) -> int:
        sequence = next(self._sequence)
        self.writer.write(encode(Pdu(command, sequence, body=body, tlvs=tlvs)))
        return sequence

    async def frame(self) -> bytes:
        """The next PDU. Raises IncompleteReadError when the other side has closed."""
        head = await self.reader.readexactly(4)
        return head + await self.reader.readexactly(max(0, int.from_bytes(head, "big") - 4))

    async def heard(self) -> Pdu:
        return decode(await self.frame())

    async def ask(self, command: Command, body: Any = None, *tlvs: Tlv) -> Pdu:
        """The response; deliver_sm that come meanwhile are confirmed and forgotten."""
        sequence = self.put(command, body, *tlvs)
        while (pdu := await self.heard()).sequence != sequence or not pdu.command.is_response:
            self.confirm(pdu)
        return pdu

    def confirm(self, delivery: Pdu) -> None:
        if delivery.command is Command.DELIVER_SM:
            resp = Pdu(Command.DELIVER_SM_RESP, delivery.sequence, body=MessageId())
            self.writer.write(encode(resp))

    async def closed(self) -> bool:
        """Whether the other side closes, whatever it still has to say."""
        try:
            while await self.reader.read(65_536):
                pass
        except ConnectionError:
            pass
        return True


class Lab:
    """A running part, and how to reach it."""

    def __init__(self, facts: dict[str, Any], http: httpx.AsyncClient) -> None:
        self.facts, self.http = facts, http
        self.smpp: dict[str, str] = facts["smpp"]
        self.telenor = self.smpp["telenor"]
        self.ws = facts["url"].replace("http", "ws")

    async def get(self, path: str) -> Any:
        answer = await self.http.get(path)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def mood(self, kind: str, carrier: str = "telenor", **fields: Any) -> dict[str, Any]:
        answer = await self.http.post(f"/carriers/{carrier}/moods", json={"kind": kind, **fields})
        assert answer.status_code == 201, answer.text
        return dict(answer.json())

    async def calm(self, carrier: str = "telenor") -> None:
        assert (await self.http.delete(f"/carriers/{carrier}/moods")).status_code == 204

    def phone(self, number: str = NUMBER) -> Any:
        return connect(f"{self.ws}/handsets/{number}")

    async def until(self, path: str, holds: Callable[[Any], bool]) -> Any:
        """What a path says once that holds; bounded by the lab's time-out."""
        while not holds(told := await self.get(path)):  # noqa: ASYNC110 - another program's state
            await asyncio.sleep(0.01)
        return told


@contextlib.asynccontextmanager
async def running(*, web: bool = True, **options: Any) -> AsyncIterator[Lab]:
    """The part in this loop, with phones that are off until they connect.

    Without `web` REST is asked without a socket, and there are no WebSockets: that is much faster.
    """
    carriers = options.pop("carriers", QUICK)
    chosen = Options(**{"seed": 1, "simulated": False, "gateway_key": KEY, **options})
    apps: list[Any] = []

    @contextlib.asynccontextmanager
    async def kept(app: Any, host: str, port: int) -> AsyncIterator[str]:
        apps.append(app)
        yield "http://carriers"

    async with contextlib.AsyncExitStack() as stack:
        if not web:
            stack.enter_context(patch("fake_carriers.serving.listening", kept))
            stack.enter_context(patch("fake_carriers.web.page_api", APIRouter))
        facts = await stack.enter_async_context(serving(carriers, chosen))
        how = {"verify": False} if web else {"transport": httpx.ASGITransport(app=apps[0])}
        http = httpx.AsyncClient(base_url=facts["url"], trust_env=False, **how)
        yield Lab(facts, await stack.enter_async_context(http))


def in_lab(body: Callable[[Lab], Any], limit_s: float = 20.0, **options: Any) -> None:
    """Run a body with a running lab."""

    async def run() -> None:
        async with asyncio.timeout(limit_s), running(**options) as lab:
            await body(lab)

    asyncio.run(run())


async def take_text(phone: Any) -> dict[str, Any]:
    """The next text of a connected phone, acknowledged."""
    told: dict[str, Any] = json.loads(await phone.recv())
    await phone.send(json.dumps({"got": told["message_id"]}))
    return told
