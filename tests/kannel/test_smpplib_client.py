"""A second client that others wrote: smpplib, as a service's developer would use it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import smpplib.consts
import smpplib.exceptions
from carriers_rig import Carriers, fake_carriers
from smpplib_client import Client, smpplib_client

LONG = "Hjelp 113: åpne lenken på mobilen, Æøå ÆØÅ koster 5 €. " * 6
UCS2 = "Ø" * 66 + "😀 blålys på vei"
RECEIPT = 0x04  # esm_class of a deliver_sm that is a delivery receipt


@pytest.fixture(scope="module")
def carriers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Carriers]:
    with fake_carriers(tmp_path_factory.mktemp("smpplib"), {"telenor": {}, "telia": {}}) as running:
        yield running


@pytest.fixture
def client(carriers: Carriers) -> Iterator[Client]:
    with smpplib_client(carriers.smpp["telenor"]) as bound:
        yield bound


@pytest.mark.parametrize(("text", "parts"), [("Kort, æøå €", 1), (LONG, 3), ("Kort 🚑", 1), (UCS2, 2)])
def test_a_text_comes_whole_and_each_part_has_its_receipt(
    carriers: Carriers, client: Client, text: str, parts: int
) -> None:
    number = f"+471000{len(text):04}"
    ids = client.submit_text(text, number)
    assert len(ids) == parts
    client.until("the receipts", lambda: len(client.delivered) >= parts)
    assert carriers.screen(number) == [text]
    receipts = {pdu.receipted_message_id.decode().rstrip("\0"): pdu for pdu in client.delivered}
    assert set(receipts) == set(ids)
    for pdu in receipts.values():
        assert pdu.esm_class == RECEIPT
        assert pdu.message_state == 2
        assert b"stat:DELIVRD" in pdu.short_message
        assert (pdu.source_addr, pdu.destination_addr) == (number.encode(), b"113"), "swapped, as they came"


def test_a_failure_comes_as_a_receipt(client: Client) -> None:
    (message_id,) = client.submit_text("Kort", "+4710990003")
    client.until("the receipt", lambda: bool(client.delivered))
    (receipt,) = client.delivered
    assert (receipt.receipted_message_id.decode().rstrip("\0"), receipt.message_state) == (message_id, 5)
    assert b"stat:UNDELIV" in receipt.short_message


def test_a_refusal_comes_as_a_status(client: Client) -> None:
    assert client.submit_text("Kort", "+4710990010") == [""]
    assert [pdu.status for pdu in client.responses] == [smpplib.consts.SMPP_ESME_RTHROTTLED]


def test_query_says_where_a_message_is(carriers: Carriers, client: Client) -> None:
    (message_id,) = client.submit_text("Kort", "+4710990001")
    client.until("the receipt", lambda: bool(client.delivered))
    client.query_message(
        message_id=message_id,
        source_addr_ton=smpplib.consts.SMPP_TON_ALNUM,
        source_addr_npi=0,
        source_addr="113",
    )
    answer = client.read_pdu()
    assert (answer.command, answer.status, answer.message_id.decode()) == ("query_sm_resp", 0, message_id)
    assert answer.message_state == 2


def test_a_handset_s_text_comes_to_the_bound_client(carriers: Carriers, client: Client) -> None:
    carriers.post("/handsets/+4710000003/messages", to="113", text="Æ på vei")
    client.until("the text", lambda: bool(client.delivered))
    (pdu,) = client.delivered
    assert (pdu.source_addr, pdu.destination_addr, pdu.esm_class & 0x3C) == (b"4710000003", b"113", 0)
    assert pdu.short_message == b"\x1c p\x0f vei"  # GSM 03.38


def test_unbind_is_answered_and_ends_the_session(carriers: Carriers, client: Client) -> None:
    assert [session["system_id"] for session in carriers.sessions("telenor")] == ["lab113"]
    assert client.unbind().command == "unbind_resp"
    client.disconnect()
    assert carriers.sessions("telenor") == []
    assert carriers.get("/carriers")["carriers"][0]["sessions"] == 0


@pytest.mark.parametrize(
    ("account", "status"),
    [
        ({"system_id": "nobody", "password": "lab113"}, smpplib.consts.SMPP_ESME_RINVSYSID),
        ({"system_id": "lab113", "password": "guess"}, smpplib.consts.SMPP_ESME_RINVPASWD),
    ],
)
def test_a_wrong_account_may_not_bind(carriers: Carriers, account: dict[str, str], status: int) -> None:
    client = Client(carriers.smpp["telia"])
    client.connect()
    try:
        with pytest.raises(smpplib.exceptions.PDUError) as refused:
            client.bind_transceiver(**account)
        assert refused.value.args[1] == status
    finally:
        client.go()


def test_the_program_ends_when_its_standard_input_closes(tmp_path: Path) -> None:
    with fake_carriers(tmp_path, {"telenor": {}}) as running:
        assert running.get("/magic")
    assert running.process.returncode == 0
