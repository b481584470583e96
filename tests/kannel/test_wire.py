"""The same octets seen by Wireshark: every PDU that crosses is SMPP, whole, with nothing to complain of."""

import socket
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
import raw_client as raw
from carriers_rig import Carriers, fake_carriers
from dissection import Dissection, dissected
from kannel_rig import Smsc, kannel
from raw_client import RESPONSE_BIT, RawClient, submission, tlv
from recording import Recording, relay
from smpplib_client import smpplib_client
from sms_service import sms_service
from waiting import until

pytestmark = pytest.mark.slow

NUMBER = "+4710000001"
LONG = "Hjelp 113: åpne lenken, æøå €. " * 12
UCS2 = "Ø" * 66 + "😀 blålys på vei"
ENQUIRE_S = 40.0  # the carriers ask a client that has been silent for 30 s whether it lives


@pytest.fixture(scope="module")
def carriers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Carriers]:
    names = {"telenor": {}, "telia": {}, "ice": {"receipt_tlvs": False}}
    with fake_carriers(tmp_path_factory.mktemp("wire"), names) as running:
        yield running


@pytest.fixture(scope="module")
def silent(carriers: Carriers) -> Iterator[tuple[RawClient, Recording]]:
    """A client that binds and says no more; begun first, so that its silence costs no time."""
    with relay(carriers.smpp["ice"]) as tap, raw.raw_client(tap.address) as client:
        assert client.bind().status == 0
        yield client, tap.recordings[0]


def checked(recording: Recording, folder: Path) -> Dissection:
    """The dissection: as many PDUs as crossed, the same ones, in order, and no complaint at all."""
    seen = dissected(recording, folder)
    for to_carrier in (True, False):
        crossed = recording.headers(to_carrier)
        assert sum(header.length for header in crossed) == len(recording.octets(to_carrier)), "a PDU was cut"
        assert seen.both(to_carrier) == crossed
    assert seen.complaints == []
    assert [(pdu.header, pdu.complaints) for pdu in seen.pdus if pdu.complaints] == []
    return seen


def counted(seen: Dissection) -> Counter[int]:
    return Counter(pdu.header.command_id for pdu in seen.pdus)


def test_what_kannel_and_the_carriers_say_to_each_other(
    carriers: Carriers, silent: object, tmp_path: Path
) -> None:
    with sms_service() as service, relay(carriers.smpp["telenor"]) as tap:
        smsc = Smsc("telenor", tap.address, {"enquire-link-interval": 1})
        with kannel(tmp_path / "kannel", [smsc], service) as gateway:
            for reference, text, coding in (("short", "Kort €", 0), ("long", LONG, 0), ("ucs2", UCS2, 2)):
                gateway.send("telenor", NUMBER, text, reference=reference, coding=coding)
            until("the DLRs", lambda: len(service.dlrs(kinds=(1,))) == 3)
            for long in ("udh8", "udh16", "sar", "payload"):
                carriers.post(f"/handsets/{NUMBER}/messages", to="113", text=LONG, long=long)
            until(
                "Kannel asks whether we live", lambda: counted_raw(tap.recordings[0])[raw.ENQUIRE_LINK] >= 2
            )
            until("the texts from the handset", lambda: len(service.mos(NUMBER)) >= 4)
    (recording,) = tap.recordings
    seen = checked(recording, tmp_path / "wire")
    counts = counted(seen)
    submits = 1 + 3 + 2
    assert counts[raw.SUBMIT_SM] == counts[raw.SUBMIT_SM | RESPONSE_BIT] == submits
    receipts = [pdu for pdu in seen.of(raw.DELIVER_SM) if "smpp.receipted_message_id" in pdu.fields]
    assert [pdu.fields["smpp.message_state"] for pdu in receipts] == ["2"] * 3
    assert all("Delivery Receipt" in " ".join(pdu.labels) for pdu in receipts)
    fragments = [pdu for pdu in seen.of(raw.DELIVER_SM) if "smpp.sar_msg_ref_num" in pdu.fields]
    assert len(fragments) == 3, "the text by SAR has three parts"
    assert counts[raw.UNBIND] == counts[raw.UNBIND | RESPONSE_BIT] == 1


def counted_raw(recording: Recording) -> Counter[int]:
    return Counter(header.command_id for way in (True, False) for header in recording.headers(way))


def test_what_smpplib_and_the_carriers_say_to_each_other(
    carriers: Carriers, silent: object, tmp_path: Path
) -> None:
    with relay(carriers.smpp["telenor"]) as tap, smpplib_client(tap.address) as client:
        ids = [*client.submit_text(LONG), *client.submit_text(UCS2)]
        client.until("the receipts", lambda: len(client.delivered) >= len(ids))
        client.unbind()
    seen = checked(tap.recordings[0], tmp_path / "wire")
    assert [pdu.fields["smpp.message_id"] for pdu in seen.of(raw.SUBMIT_SM | RESPONSE_BIT)] == ids
    receipted = {pdu.fields["smpp.receipted_message_id"] for pdu in seen.of(raw.DELIVER_SM)}
    assert receipted == set(ids)
    assert counted(seen)[raw.UNBIND] == counted(seen)[raw.UNBIND | RESPONSE_BIT] == 1


def test_every_other_command(carriers: Carriers, silent: object, tmp_path: Path) -> None:
    number = "+4710000002"
    with relay(carriers.smpp["telenor"]) as tap, raw.raw_client(tap.address) as client:
        assert client.bind().status == 0
        carriers.put(f"/handsets/{number}", power="off")
        waiting = _message_id(client.ask(raw.SUBMIT_SM, submission(number, b"Vent")).body)
        both = raw.text(waiting) + raw.FROM
        assert client.ask(raw.QUERY_SM, both).status == 0
        replacement = both + b"\0\0" + bytes((1, 0, 3)) + b"Nei"
        assert client.ask(raw.REPLACE_SM, replacement).status == 0
        assert client.ask(raw.CANCEL_SM, b"\0" + both + raw.address(number)).status == 0
        assert client.ask(raw.QUERY_SM, raw.text("12345") + raw.FROM).status == 0x67
        several = [NUMBER, "+4710990013", "+4710000003"]
        dests = bytes((len(several),)) + b"".join(b"\1" + raw.address(each) for each in several)
        rest = bytes((0, 0, 0)) + b"\0\0" + bytes((1, 0, 0, 0, 5)) + b"Flere"
        assert client.ask(raw.SUBMIT_MULTI, b"\0" + raw.FROM + dests + rest).status in (0, 0x45)
        by_data = b"\0" + raw.FROM + raw.address(NUMBER) + bytes((0, 1, 0))
        assert client.ask(raw.DATA_SM, by_data + tlv(raw.MESSAGE_PAYLOAD, b"Data " * 80)).status == 0
        assert client.ask(raw.ENQUIRE_LINK).status == 0
        client.gather(raw.DELIVER_SM, 4)  # the receipts: one cancelled, two of the three, data_sm's
        assert client.ask(raw.UNBIND).status == 0
    seen = checked(tap.recordings[0], tmp_path / "wire")
    counts = counted(seen)
    for command in (
        raw.QUERY_SM,
        raw.REPLACE_SM,
        raw.CANCEL_SM,
        raw.SUBMIT_MULTI,
        raw.DATA_SM,
        raw.ENQUIRE_LINK,
    ):
        assert counts[command] == counts[command | RESPONSE_BIT] > 0, hex(command)
    (multi,) = seen.of(raw.SUBMIT_MULTI | RESPONSE_BIT)
    assert multi.fields["smpp.destination_addr"] == "4710990013", "the one that has failed, by its error"
    assert multi.fields["smpp.error_status_code"] == "0x0000000b"
    (cancelled,) = [pdu for pdu in seen.of(raw.DELIVER_SM) if pdu.fields["smpp.message_state"] == "4"]
    assert cancelled.fields["smpp.receipted_message_id"] == waiting


def _message_id(body: bytes) -> str:
    return body.split(b"\0")[0].decode()


def test_what_cannot_be_read_is_answered_with_generic_nack(
    carriers: Carriers, silent: object, tmp_path: Path
) -> None:
    with relay(carriers.smpp["telia"]) as tap, raw.raw_client(tap.address) as client:
        assert client.bind().status == 0
        sequence = client.send(0x0777)
        nack = client.next_that("nacks", lambda pdu: pdu.command_id == raw.GENERIC_NACK)
        assert (nack.status, nack.sequence) == (3, sequence)
        assert client.ask(raw.UNBIND).status == 0
    seen = dissected(tap.recordings[0], tmp_path / "wire")
    assert seen.both(False) == tap.recordings[0].headers(False)
    assert [pdu.complaints for pdu in seen.pdus if not pdu.header.to_carrier and pdu.complaints] == []
    (told,) = seen.of(raw.GENERIC_NACK)
    assert (told.header.status, told.header.sequence) == (3, sequence)


def test_outbind_asks_a_client_to_bind(carriers: Carriers, silent: object, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        host, port = listener.getsockname()
        with relay(f"{host}:{port}") as tap:
            carriers.post("/carriers/telia/outbind", address=tap.address)
            listener.settimeout(raw.ANSWER_S)
            sock, _ = listener.accept()
            with sock:
                client = RawClient(sock)
                asked = client.next_that("is outbind", lambda pdu: pdu.command_id == raw.OUTBIND)
                assert asked.body.endswith(b"\0")
                assert client.bind(raw.BIND_RECEIVER).status == 0
                carriers.post("/handsets/+4711000001/messages", to="113", text="Hei")
                client.next_that("is the handset's text", lambda pdu: pdu.command_id == raw.DELIVER_SM)
                assert client.ask(raw.UNBIND).status == 0
        seen = checked(tap.recordings[0], tmp_path / "wire")
    assert [pdu.header.command_id for pdu in seen.pdus][:3] == [
        *(raw.OUTBIND, raw.BIND_RECEIVER, raw.BIND_RECEIVER | RESPONSE_BIT)
    ]


@pytest.mark.parametrize("how", ["length", "command", "cut"])
def test_wireshark_does_find_what_is_broken_on_purpose(
    carriers: Carriers, silent: object, tmp_path: Path, how: str
) -> None:
    """Which shows that the tests above can fail."""
    with relay(carriers.smpp["telia"]) as tap, raw.raw_client(tap.address) as client:
        assert client.bind().status == 0
        carriers.mood("telia", "malformed", share=1.0, how=how)
        try:
            client.send(raw.SUBMIT_SM, submission("+4711000009", b"Kort"))
            bound = len(tap.recordings[0].octets(False))
            until("a broken response", lambda: len(tap.recordings[0].octets(False)) > bound)
        finally:
            carriers.calm("telia")
    with pytest.raises(AssertionError):
        checked(tap.recordings[0], tmp_path / "wire")


def test_the_carrier_asks_a_silent_client_whether_it_lives(
    silent: tuple[RawClient, Recording], tmp_path: Path
) -> None:
    client, recording = silent
    client.next_that("asks", lambda pdu: pdu.command_id == raw.ENQUIRE_LINK, ENQUIRE_S)
    assert client.ask(raw.ENQUIRE_LINK).status == 0
    assert client.ask(raw.UNBIND).status == 0
    counts = counted(checked(recording, tmp_path / "wire"))
    assert counts[raw.ENQUIRE_LINK] == counts[raw.ENQUIRE_LINK | RESPONSE_BIT] == 2
