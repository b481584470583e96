"""The SMSC on real sockets, with smpplib as the client that others wrote."""

import asyncio
import socket

import pytest
import smpplib.consts
import smpplib.exceptions
import smpplib.gsm
from carriers_lab import NUMBER
from carriers_wire import Client, Lab, bound_client, in_lab, running, take_text

from stand_alone.listening import PortTaken

LONG = "Hjelp 113: åpne lenken på telefonen din så vi kan se det du ser. Pris: 0 € [gratis]. " * 3


def test_a_real_client_from_bind_to_unbind() -> None:
    async def body(lab: Lab) -> None:
        def submit(client: Client) -> str:
            octets = smpplib.gsm.gsm_encode("Blåbærsyltetøy koster 5 €")
            return client.submitted(octets, data_coding=0)

        async with lab.phone() as phone, bound_client(lab.telenor) as client:
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


def test_a_long_text_arrives_whole() -> None:
    texts = [
        (smpplib.consts.SMPP_ENCODING_DEFAULT, LONG),
        (smpplib.consts.SMPP_ENCODING_ISO10646, LONG[:100]),
        (smpplib.consts.SMPP_ENCODING_ISO88591, LONG.replace("€", "kr")[:200]),
    ]

    async def body(lab: Lab) -> None:
        async with bound_client(lab.smpp["ice"]) as client:
            for encoding, text in texts:
                parts, coding, esm_class = smpplib.gsm.make_parts(text, encoding)
                assert len(parts) == 2
                fields = {"data_coding": coding, "esm_class": esm_class}
                ids = [await asyncio.to_thread(client.submitted, part, **fields) for part in parts]
                await asyncio.to_thread(client.until, lambda: len(client.receipts) == 2)
                assert (await lab.get(f"/handsets/{NUMBER}"))["screen"][-1]["text"] == text
                assert sorted(receipt.receipted_message_id.decode() for receipt in client.receipts) == ids
                client.receipts.clear()

    in_lab(body, web=False, simulated=True)


def test_what_is_wrong_has_its_status_and_a_client_may_stay() -> None:
    async def body(lab: Lab) -> None:
        with pytest.raises(smpplib.exceptions.PDUError) as told:
            await asyncio.to_thread(Client, lab.telenor, password="wrong")
        assert told.value.args[1] == smpplib.consts.SMPP_ESME_RINVPASWD
        async with bound_client(lab.telenor) as client:
            client.submit(b"hei", to="4719000001")
            await asyncio.to_thread(client.until, lambda: bool(client.statuses))
            assert client.statuses == [smpplib.consts.SMPP_ESME_RINVDSTADR]
            await lab.mood("throttled", rate_per_s=0.001)
            for _ in range(2):
                client.submit(b"hei")
            await asyncio.to_thread(client.until, lambda: len(client.statuses) == 2 and bool(client.sent))
            assert client.statuses[1] == smpplib.consts.SMPP_ESME_RTHROTTLED
            await lab.calm()
            assert await asyncio.to_thread(client.submitted, b"hei", to="4712000005")
        assert (await lab.get("/messages"))[-1]["carrier"] == "ice"

    in_lab(body, web=False)


def test_receipts_find_another_client_and_one_that_comes_back() -> None:
    async def body(lab: Lab) -> None:
        async def switch(power: str) -> None:
            assert (await lab.http.put(f"/handsets/{NUMBER}", json={"power": power})).status_code == 200

        await switch("off")
        async with bound_client(lab.telenor, mode="receiver") as other:
            killed = await asyncio.to_thread(Client, lab.telenor)
            message_id = await asyncio.to_thread(killed.submitted, b"hei")
            killed.kill()
            await lab.until("/sessions", lambda told: len(told) == 1)
            await switch("on")
            await asyncio.to_thread(other.until, lambda: bool(other.receipts))
            assert other.receipts[0].receipted_message_id == message_id.encode()
        await lab.until("/sessions", lambda told: not told)
        await switch("off")
        async with bound_client(lab.telenor) as client:
            message_id = await asyncio.to_thread(client.submitted, b"hei")
        await lab.until("/sessions", lambda told: not told)
        await switch("on")
        async with bound_client(lab.telenor) as back:
            await asyncio.to_thread(back.until, lambda: bool(back.receipts))
            assert back.receipts[0].receipted_message_id == message_id.encode()

    in_lab(body, web=False, simulated=True)


def test_many_at_once() -> None:
    """Three clients send 20 messages each before they read: every text and every receipt arrives once."""
    numbers = [f"+471{n % 3}{n:06}" for n in range(60)]

    async def burst(address: str, mine: list[str]) -> list[bytes]:
        async with bound_client(address) as client:
            for number in mine:
                client.submit(number.encode(), to=number)
            await asyncio.to_thread(client.until, lambda: len(client.receipts) == len(mine))
            assert len(client.sent) == len(mine)
            return [receipt.source_addr for receipt in client.receipts]

    async def phone(lab: Lab, number: str) -> str:
        async with lab.phone(number) as handset:
            return str((await take_text(handset))["text"])

    async def body(lab: Lab) -> None:
        phones = [asyncio.create_task(phone(lab, number)) for number in numbers]
        bursts = [burst(address, numbers[n::3]) for n, address in enumerate(lab.smpp.values())]
        receipts = await asyncio.gather(*bursts)
        assert await asyncio.gather(*phones) == numbers
        assert sorted(address.decode() for part in receipts for address in part) == sorted(numbers)

    in_lab(body)


def test_a_taken_smpp_port_is_named() -> None:
    async def body() -> None:
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
            with pytest.raises(PortTaken, match=rf"telia.*{port}.*--smpp-port telia=PORT"):
                async with running(smpp_ports={"telia": port}):
                    pass
            with pytest.raises(PortTaken, match=rf"ice.*{port}.*--smpps-port ice=PORT"):
                async with running(smpps_ports={"ice": port}, tls=True):
                    pass

    asyncio.run(body())


def test_a_client_that_never_reads_is_not_waited_for_at_the_end() -> None:
    async def body(lab: Lab) -> None:
        client = await asyncio.to_thread(Client, lab.telenor)
        client.submit(b"hei", to=NUMBER)
        clients.append(client)

    clients: list[Client] = []
    in_lab(body, web=False)
    clients[0].kill()
