"""The SMSC on real sockets, with smpplib as the client that others wrote."""

import asyncio
import json
import socket
from collections.abc import Callable
from typing import Any

import httpx
import pytest
import smpplib.consts
import smpplib.exceptions
import smpplib.gsm
from carriers_lab import NUMBER, QUICK, Client, bound_client, quick_serving
from websockets.asyncio.client import connect

from stand_alone.listening import PortTaken

LONG = "Hjelp 113: åpne lenken på telefonen din så vi kan se det du ser. Pris: 0 € [gratis]. " * 3


def in_lab(body: Callable[[dict[str, Any], str], Any], **options: Any) -> None:
    """Run a body with the lab's facts and its WebSocket base."""

    async def run() -> None:
        async with asyncio.timeout(20), quick_serving(**options) as facts:
            await body(facts, facts["url"].replace("http", "ws"))

    asyncio.run(run())


async def take_text(phone: Any) -> dict[str, Any]:
    """The next text of a phone, acknowledged."""
    told: dict[str, Any] = json.loads(await phone.recv())
    await phone.send(json.dumps({"got": told["message_id"]}))
    return told


def test_a_real_client_from_bind_to_unbind() -> None:
    async def body(facts: dict[str, Any], ws: str) -> None:
        def submit(client: Client) -> str:
            octets = smpplib.gsm.gsm_encode("Blåbærsyltetøy koster 5 €")
            return client.submitted(octets, data_coding=0)

        async with (
            connect(f"{ws}/handsets/{NUMBER}") as phone,
            bound_client(facts["smpp"]["telenor"]) as client,
        ):
            assert client.bind_resp.system_id == b"telenor"
            message_id = await asyncio.to_thread(submit, client)
            text = await take_text(phone)
            assert text["text"] == "Blåbærsyltetøy koster 5 €"
            assert (text["message_id"], text["from"]) == (message_id, "113")
            assert text["monotonic_s"] <= asyncio.get_running_loop().time()
            await asyncio.to_thread(client.until, lambda: bool(client.receipts))
            (receipt,) = client.receipts
            assert receipt.receipted_message_id == message_id.encode()
            assert receipt.message_state == smpplib.consts.SMPP_MESSAGE_STATE_DELIVERED
            assert b"stat:DELIVRD" in receipt.short_message
            client.smpp.send_pdu(smpplib.smpp.make_pdu("enquire_link", client=client.smpp))
            assert (await asyncio.to_thread(client.smpp.read_pdu)).command == "enquire_link_resp"
            assert (await asyncio.to_thread(client.smpp.unbind)).command == "unbind_resp"
            with pytest.raises(smpplib.exceptions.ConnectionError):  # the SMSC has closed
                await asyncio.to_thread(client.smpp.read_pdu)

    in_lab(body)


@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        (smpplib.consts.SMPP_ENCODING_DEFAULT, LONG),
        (smpplib.consts.SMPP_ENCODING_ISO10646, LONG[:100]),
        (smpplib.consts.SMPP_ENCODING_ISO88591, LONG.replace("€", "kr")[:200]),
    ],
)
def test_a_long_text_arrives_whole(encoding: int, text: str) -> None:
    parts, data_coding, esm_class = smpplib.gsm.make_parts(text, encoding)
    assert len(parts) == 2

    def submit(client: Client) -> list[str]:
        return [client.submitted(part, data_coding=data_coding, esm_class=esm_class) for part in parts]

    async def body(facts: dict[str, Any], ws: str) -> None:
        async with (
            connect(f"{ws}/handsets/{NUMBER}") as phone,
            bound_client(facts["smpp"]["ice"]) as client,
        ):
            ids = await asyncio.to_thread(submit, client)
            assert (await take_text(phone))["text"] == text
            await asyncio.to_thread(client.until, lambda: len(client.receipts) == 2)
            assert sorted(receipt.receipted_message_id.decode() for receipt in client.receipts) == ids

    in_lab(body)


def test_delivery_follows_the_carrier_of_the_number() -> None:
    async def body(facts: dict[str, Any], _: str) -> None:
        async with bound_client(facts["smpp"]["telenor"]) as client:
            await asyncio.to_thread(client.submitted, b"hei", to="4712000005")
        async with httpx.AsyncClient(base_url=facts["url"]) as http:
            (message,) = (await http.get("/messages")).json()
        assert (message["carrier"], message["to"]) == ("ice", "+4712000005")

    in_lab(body)


def test_what_is_wrong_has_its_status() -> None:
    async def body(facts: dict[str, Any], _: str) -> None:
        address = facts["smpp"]["telenor"]
        with pytest.raises(smpplib.exceptions.PDUError) as told:
            await asyncio.to_thread(Client, address, password="wrong")
        assert told.value.args[1] == smpplib.consts.SMPP_ESME_RINVPASWD
        async with bound_client(address) as client:
            client.submit(b"hei", to="4719000001")
            await asyncio.to_thread(client.until, lambda: bool(client.statuses))
            assert client.statuses == [smpplib.consts.SMPP_ESME_RINVDSTADR]

    in_lab(body)


def test_rubbish_on_the_port_disturbs_nobody() -> None:
    async def body(facts: dict[str, Any], ws: str) -> None:
        host, port = facts["smpp"]["telenor"].split(":")
        async with bound_client(facts["smpp"]["telenor"]) as client:
            for rubbish in (b"GET / HTTP/1.1\r\n\r\n", bytes(64), b"\xff" * 5000, b"\0\0\0\x10\0\0"):
                reader, writer = await asyncio.open_connection(host, int(port))
                writer.write(rubbish)
                writer.write_eof()
                answer = await reader.read()
                assert len(answer) in (0, 16)  # generic_nack, unless nothing whole has come
                writer.close()
            async with connect(f"{ws}/handsets/{NUMBER}") as phone:
                await asyncio.to_thread(client.submitted, b"hei")
                assert (await take_text(phone))["text"] == "hei"

    in_lab(body)


def test_the_receipt_of_a_killed_client_finds_another() -> None:
    async def body(facts: dict[str, Any], ws: str) -> None:
        address = facts["smpp"]["telenor"]
        async with bound_client(address, mode="receiver") as other:
            killed = await asyncio.to_thread(Client, address)
            message_id = await asyncio.to_thread(killed.submitted, b"hei")
            killed.kill()
            async with connect(f"{ws}/handsets/{NUMBER}") as phone:  # the handset was off until now
                await take_text(phone)
            await asyncio.to_thread(other.until, lambda: bool(other.receipts))
            assert other.receipts[0].receipted_message_id == message_id.encode()

    in_lab(body)


def test_the_receipt_waits_for_the_client_to_come_back() -> None:
    async def body(facts: dict[str, Any], ws: str) -> None:
        address = facts["smpp"]["telenor"]
        async with bound_client(address) as client:
            message_id = await asyncio.to_thread(client.submitted, b"hei")
        async with connect(f"{ws}/handsets/{NUMBER}") as phone:
            await take_text(phone)
        async with bound_client(address) as back:
            await asyncio.to_thread(back.until, lambda: bool(back.receipts))
            assert back.receipts[0].receipted_message_id == message_id.encode()

    in_lab(body)


def test_many_at_once() -> None:
    """Three clients send 40 messages each before they read: every text and every receipt arrives once."""
    numbers = [f"+471{n % 3}{n:06}" for n in range(120)]

    async def burst(address: str, mine: list[str]) -> list[bytes]:
        async with bound_client(address) as client:
            for number in mine:
                client.submit(number.encode(), to=number)
            await asyncio.to_thread(client.until, lambda: len(client.receipts) == len(mine))
            assert len(client.sent) == len(mine)
            return [receipt.source_addr for receipt in client.receipts]

    async def phone(url: str, number: str) -> str:
        async with connect(f"{url}/handsets/{number}") as handset:
            return str((await take_text(handset))["text"])

    async def body(facts: dict[str, Any], ws: str) -> None:
        phones = [asyncio.create_task(phone(ws, number)) for number in numbers]
        addresses = list(facts["smpp"].values())
        bursts = [burst(addresses[n], numbers[n::3]) for n in range(3)]
        receipts = await asyncio.gather(*bursts)
        assert await asyncio.gather(*phones) == numbers
        assert sorted(address.decode() for part in receipts for address in part) == sorted(numbers)

    in_lab(body)


def test_a_taken_smpp_port_is_named() -> None:
    async def body() -> None:
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
            with pytest.raises(PortTaken, match=f"telia.*{port}.*--smpp-port telia=PORT"):
                async with quick_serving(carriers=QUICK, smpp_ports={"telia": port}):
                    pass

    asyncio.run(body())


def test_a_client_that_never_reads_is_not_waited_for_at_the_end() -> None:
    async def body(facts: dict[str, Any], _: str) -> None:
        client = await asyncio.to_thread(Client, facts["smpp"]["telenor"])
        client.submit(b"hei")
        clients.append(client)

    clients: list[Client] = []
    in_lab(body)
    clients[0].kill()
