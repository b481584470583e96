"""What a phone sends: short and long messages, octets, its location."""

from datetime import UTC, datetime

import pytest
from carriers_lab import NUMBER, TELIA_NUMBER, Bench, End, body_of

from fake_carriers.aml import DATA_CODING, Position, octets_text, read_sms
from fake_carriers.phone import SwitchedOff, send_location, send_octets, send_text
from fake_carriers.smpp import Command, Pdu
from fake_carriers.text import How, decode_text, place_of

LONG = "Vi er ved Ulriken, østsiden. En er skadd: {hode}, 2 går selv. Kostet 5 €. " * 5
BERGEN = Position(60.39299, 5.32415, 12, datetime(2026, 1, 31, 12, 0, 0, tzinfo=UTC))


def whole(deliveries: list[Pdu]) -> str:
    """The text of parts, joined as octets by what they say of their places."""
    pieces = sorted(
        ((place_of(pdu), pdu) for pdu in deliveries), key=lambda p: p[0][0].part if p[0][0] else 1
    )
    assert len({(place.reference, place.parts) for (place, _), _ in pieces if place}) <= 1
    octets = b"".join(octets for (_, octets), _ in pieces)
    return decode_text(octets, body_of(deliveries[0]).data_coding)


@pytest.mark.parametrize(("to", "ton"), [("113", 3), ("+4710000009", 1)])
def test_a_short_message_comes_to_the_one_who_is_bound(to: str, ton: int) -> None:
    bench = Bench(simulated=True)
    end = End(bench, Command.BIND_RECEIVER)
    assert send_text(bench.country, NUMBER, to, "Hjelp på €!", "udh8") == 1
    (delivery,) = end.deliveries()
    message = body_of(delivery)
    assert (message.source_addr, message.source_addr_ton) == (NUMBER[1:], 1)
    assert (message.destination_addr, message.dest_addr_ton) == (to.removeprefix("+"), ton)
    assert (message.esm_class, whole([delivery])) == (0, "Hjelp på €!")


@pytest.mark.parametrize("how", ["udh8", "udh16", "sar", "payload"])
@pytest.mark.parametrize("text", [LONG, LONG + "😀" * 40])
def test_a_long_message_comes_whole_in_every_way(how: How, text: str) -> None:
    bench = Bench(simulated=True)
    end = End(bench)
    parts = send_text(bench.country, NUMBER, "113", text, how)
    assert len(end.deliveries()) == parts
    assert (parts == 1) == (how == "payload")
    assert whole(end.deliveries()) == text
    assert all(bool(body_of(pdu).esm_class & 0x40) == how.startswith("udh") for pdu in end.deliveries())


def test_two_long_messages_have_two_references() -> None:
    bench = Bench(simulated=True)
    end = End(bench)
    for _ in range(2):
        send_text(bench.country, NUMBER, "113", LONG, "udh8")
    places = [place for pdu in end.deliveries() if (place := place_of(pdu)[0])]
    assert len({place.reference for place in places}) == 2


def test_octets_come_as_they_are() -> None:
    bench = Bench(simulated=True)
    end = End(bench)
    assert send_octets(bench.country, NUMBER, "113", bytes(range(200)), 4, "udh16") == 2
    first, second = end.deliveries()
    assert (body_of(first).data_coding, place_of(first)[1] + place_of(second)[1]) == (4, bytes(range(200)))


def test_a_message_from_a_phone_goes_to_its_own_carrier_and_waits_there() -> None:
    bench = Bench(simulated=True)
    telenor = End(bench)
    send_text(bench.country, TELIA_NUMBER, "113", "hallo", "udh8")
    send_text(bench.country, TELIA_NUMBER, "113", LONG, "udh8")
    assert telenor.deliveries() == []
    telia = End(bench, carrier="telia")
    assert telia.receipts()[0] == "hallo"
    assert whole(telia.deliveries()[1:]) == LONG
    telia.confirm()
    telia.lose()
    assert End(bench, carrier="telia").deliveries() == []


@pytest.mark.parametrize(("power", "coverage"), [(False, True), (True, False)])
def test_a_phone_that_is_off_sends_nothing(power: bool, coverage: bool) -> None:
    bench = Bench(simulated=True)
    end = End(bench)
    bench.switch(power=power, coverage=coverage)
    with pytest.raises(SwitchedOff, match=f"is off or out of coverage.*PUT /handsets/.{NUMBER[1:]}"):
        send_text(bench.country, NUMBER, "113", "hallo", "udh8")
    with pytest.raises(SwitchedOff):
        send_location(bench.country, NUMBER, "113", BERGEN)
    assert end.heard == []


def test_what_a_phone_sends_is_told_of() -> None:
    bench = Bench(simulated=True)
    send_text(bench.country, TELIA_NUMBER, "113", "hallo", "udh8")
    assert bench.events("sms.originated") == [{"number": TELIA_NUMBER, "to": "113", "carrier": "telia"}]
    assert bench.network.counts["telia"]["originated"] == 1


def test_what_cannot_be_sent_is_told() -> None:
    bench = Bench(simulated=True)
    with pytest.raises(ValueError, match="no carrier has"):
        send_text(bench.country, "+4719000000", "113", "hallo", "udh8")
    with pytest.raises(ValueError, match="a long SMS has 255 at most"):
        send_text(bench.country, NUMBER, "113", "x" * 153 * 256, "udh8")


def test_a_call_for_help_brings_the_location() -> None:
    bench = Bench(simulated=True)
    end = End(bench)
    text = send_location(bench.country, NUMBER, "113", BERGEN)
    (delivery,) = end.deliveries()
    message = body_of(delivery)
    assert (message.data_coding, message.destination_addr) == (DATA_CODING, "113")
    assert octets_text(message.short_message) == text
    assert read_sms(text) == BERGEN
