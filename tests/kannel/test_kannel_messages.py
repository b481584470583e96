"""A real gateway on three carriers: texts come whole, receipts come back, TLS is verified."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from carriers_rig import fake_carriers
from kannel_lab import Lab
from kannel_rig import Smsc, kannel
from sms_service import sms_service
from waiting import until

pytestmark = pytest.mark.slow

# each carrier writes its message ids differently, and Kannel is told so
CARRIERS = {"telenor": {}, "telia": {"message_ids": "hex"}, "ice": {"message_ids": "mixed"}}
MSG_ID_TYPES = {"telenor": "0x00", "telia": "0x03", "ice": "0x01"}
NUMBERS = {"telenor": "+4710000001", "telia": "+4711000001", "ice": "+4712000001"}
DELIVERED, FAILED, BUFFERED, TAKEN, REFUSED = 1, 2, 4, 8, 16  # Kannel's kinds of DLR

GSM = "Hjelp 113: åpne lenken på mobilen. Æøå ÆØÅ koster 5 € {[~]}. "
UCS2_CUT = (
    "Ø" * 66 + "😀" + " blålys på vei, Ærlig talt 🚑"
)  # 67 UTF-16 units fit a part: the cut is in the 😀
TEXTS = {
    "gsm short": ("Trykk på lenken: https://v.example/æøå €5", 0),
    "gsm of 160": (("æøå " * 40)[:160], 0),
    "gsm of 161": (("æøå " * 41)[:161], 0),
    "gsm of five parts": ((GSM * 12)[:700], 0),
    "gsm, escapes at every cut": ("€" * 200, 0),
    "ucs2 short": ("Hjelp er på vei 🚑 Ωж", 2),
    "ucs2, a pair at the cut": (UCS2_CUT, 2),
    "ucs2 of four parts": (("Ambulansen er på vei 🚑 " * 12)[:260], 2),
}


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    folder = tmp_path_factory.mktemp("messages")
    with sms_service() as service, fake_carriers(folder, {**CARRIERS, "tls": {}}, "--tls") as carriers:
        smscs = [Smsc(name, carriers.smpp[name], {"msg-id-type": MSG_ID_TYPES[name]}) for name in CARRIERS]
        smscs.append(Smsc("tls", carriers.smpps["tls"], {"use-ssl": True}))
        core = {"ssl-trusted-ca-file": carriers.facts["tls_certificate"]}
        with kannel(folder / "kannel", smscs, service, core) as gateway:
            yield Lab(carriers, gateway, service)


def sent_and_reported(lab: Lab, carrier: str, number: str, text: str, coding: int = 0) -> list[int]:
    """Send a text; the kinds of its DLRs once both have come, all with the id that the carrier gave."""
    reference = f"{carrier}-{number}-{len(lab.service.dlrs())}"
    before = len(lab.carriers.messages(number))
    lab.kannel.send(carrier, number, text, reference=reference, coding=coding)
    ends = (DELIVERED, FAILED, BUFFERED, REFUSED, 18, 34)
    until(f"the DLR of {reference}", lambda: lab.service.dlrs(reference, ends))
    if not lab.service.dlrs(reference, (REFUSED,)):
        until(f"the DLR of the submit of {reference}", lambda: lab.service.dlrs(reference, (TAKEN,)))
    dlrs = lab.service.dlrs(reference)
    assert {dlr.smsc for dlr in dlrs} == {carrier}
    if REFUSED not in [dlr.kind for dlr in dlrs]:
        first = lab.carriers.messages(number)[before]
        assert [canonical(dlr.message_id) for dlr in dlrs] == [canonical(first["id"])] * len(dlrs)
    return sorted(dlr.kind for dlr in dlrs)  # smsbox posts several at once, in no order


def canonical(message_id: str) -> str:
    return message_id.lower().lstrip("0")


def test_kannel_is_bound_to_all_at_once(lab: Lab) -> None:
    assert set(lab.kannel.statuses()) == {*CARRIERS, "tls"}
    bound = [(each["carrier"], each["bind"], each["system_id"]) for each in lab.carriers.get("/sessions")]
    assert sorted(bound) == sorted((name, "bind_transceiver", "lab113") for name in (*CARRIERS, "tls"))


@pytest.mark.parametrize("carrier", CARRIERS)
@pytest.mark.parametrize("what", TEXTS)
def test_a_text_comes_whole_and_its_receipt_comes_back(lab: Lab, carrier: str, what: str) -> None:
    text, coding = TEXTS[what]
    number = NUMBERS[carrier][:-2] + f"{list(TEXTS).index(what):02}"
    assert sent_and_reported(lab, carrier, number, text, coding) == [DELIVERED, TAKEN]
    assert lab.carriers.screen(number) == [text]
    parts = lab.carriers.messages(number)
    assert [part["part"] for part in parts] == list(range(1, parts[0]["parts"] + 1))
    assert {part["state"] for part in parts} == {"DELIVRD"}
    assert (len(parts) > 1) == (len(text) > 160 or (coding == 2 and len(text) > 60) or text.startswith("€"))


@pytest.mark.parametrize(
    ("digits", "state", "kinds", "shown"),
    [
        ("01", "DELIVRD", [DELIVERED, TAKEN], 1),
        ("03", "UNDELIV", [FAILED, TAKEN], 0),
        ("04", "EXPIRED", [TAKEN, 34], 0),
        ("05", "REJECTD", [FAILED, TAKEN], 0),
        ("06", "ACCEPTD", [BUFFERED, TAKEN], 1),
        ("07", "UNKNOWN", [FAILED, TAKEN], 1),
        ("08", "DELIVRD", [DELIVERED, TAKEN], 1),
    ],
)
def test_a_failure_is_told_as_such(lab: Lab, digits: str, state: str, kinds: list[int], shown: int) -> None:
    number = f"+47109900{digits}"
    assert sent_and_reported(lab, "telenor", number, "Trykk på lenken") == kinds
    assert lab.carriers.screen(number)[:1] == ["Trykk på lenken"] * shown
    assert [message["state"] for message in lab.carriers.messages(number)] == [state]


def test_a_phone_that_is_off_is_told_of_and_gets_its_text_when_it_is_on(lab: Lab) -> None:
    """Kannel asks for the intermediate notification (dlr-mask 63 has its 4) and tells of it as "buffered"."""
    number = "+4710000077"
    lab.carriers.put(f"/handsets/{number}", power="off")
    lab.kannel.send("telenor", number, "Vent", reference="off")
    until("the intermediate notification", lambda: lab.service.dlrs("off", (BUFFERED,)))
    assert lab.carriers.screen(number) == []
    lab.carriers.put(f"/handsets/{number}", power="on")
    until("the receipt", lambda: lab.service.dlrs("off", (DELIVERED,)))
    assert lab.carriers.screen(number) == ["Vent"]
    assert sorted(dlr.kind for dlr in lab.service.dlrs("off")) == [DELIVERED, BUFFERED, TAKEN]


def test_the_second_copy_of_a_message_is_seen_but_not_reported(lab: Lab) -> None:
    number = "+4711990008"
    assert sent_and_reported(lab, "telia", number, "To ganger") == [DELIVERED, TAKEN]
    until("the second copy", lambda: lab.carriers.screen(number) == ["To ganger"] * 2)
    assert len(lab.carriers.messages(number)) == 1


def test_a_refusal_is_told_as_such(lab: Lab) -> None:
    """RINVDSTADR; what Kannel takes for a passing trouble (RSYSERR, RTHROTTLED, RMSGQFUL) it tries again."""
    number = "+4712990013"
    assert sent_and_reported(lab, "ice", number, "Trykk på lenken") == [REFUSED]
    assert (lab.carriers.messages(number), lab.carriers.screen(number)) == ([], [])


@pytest.mark.parametrize("long", [None, "udh8", "udh16", "sar", "payload"])
@pytest.mark.parametrize("what", TEXTS)
def test_a_text_from_a_handset_comes_whole(lab: Lab, what: str, long: str | None) -> None:
    text, _ = TEXTS[what]
    number = (
        f"+471100{list(TEXTS).index(what):02}{['', 'udh8', 'udh16', 'sar', 'payload'].index(long or ''):02}"
    )
    told = {"to": "113", "text": text, **({"long": long} if long else {})}
    lab.carriers.post(f"/handsets/{number}/messages", **told)
    until(f"the text of {number}", lambda: lab.service.mos(number))
    (mo,) = lab.service.mos(number)
    assert (mo.text, mo.to, mo.smsc) == (text, "113", "telia")


def test_a_transmitter_and_a_receiver_of_one_account_are_one_client(lab: Lab, tmp_path: Path) -> None:
    """What a transmitter has submitted is reported to the receiver, as are the texts from handsets.

    The receipt comes a second later, as from any real carrier: Kannel reads its two binds in two threads,
    and loses a receipt that it reads before the response to the submit.
    """
    late = {"receipt_s_min": 1.0, "receipt_s_max": 1.0}
    with fake_carriers(tmp_path, {"split": late}) as carriers:
        port = carriers.smpp["split"].rpartition(":")[2]
        one_way = {"transceiver-mode": False, "smsc-admin-id": "transmitter"}
        other_way = {**one_way, "port": None, "receive-port": port, "smsc-admin-id": "receiver"}
        smscs = [Smsc("split", carriers.smpp["split"], settings) for settings in (one_way, other_way)]
        with kannel(tmp_path / "kannel", smscs, lab.service) as gateway:
            gateway.send("split", "+4710000001", GSM * 4, reference="split")
            carriers.post("/handsets/+4710000002/messages", to="113", text=GSM * 4)
            until("the DLR", lambda: lab.service.dlrs("split", (DELIVERED,)))
            until("the text", lambda: [mo for mo in lab.service.mos() if mo.smsc == "split"])
            assert carriers.screen("+4710000001") == [GSM * 4]
            took = {
                each["bind"]: (each["submitted"], each["delivered"]) for each in carriers.sessions("split")
            }
            assert took == {"bind_transmitter": (2, 0), "bind_receiver": (0, 3)}


def test_a_text_over_tls_comes_whole(lab: Lab) -> None:
    number = "+4713000001"
    assert [session["tls"] for session in lab.carriers.sessions("tls")] == [True]
    assert sent_and_reported(lab, "tls", number, UCS2_CUT, 2) == [DELIVERED, TAKEN]
    assert lab.carriers.screen(number) == [UCS2_CUT]
    assert "Accepting certificate" in lab.kannel.log()


def test_kannel_refuses_a_certificate_that_it_was_not_told_to_trust(lab: Lab, tmp_path: Path) -> None:
    """Which shows that the test above verifies: a carrier with another certificate is not bound to."""
    with fake_carriers(tmp_path, {"other": {}}, "--tls") as other:
        smscs = [Smsc("other", other.smpps["other"], {"use-ssl": True})]
        core = {"ssl-trusted-ca-file": lab.carriers.facts["tls_certificate"]}
        with kannel(tmp_path / "kannel", smscs, lab.service, core, bound=False) as gateway:
            until("Kannel's refusal", lambda: "Rejecting certificate" in gateway.log())
            assert not gateway.statuses()["other"].startswith("online")
            assert other.get("/sessions") == []
