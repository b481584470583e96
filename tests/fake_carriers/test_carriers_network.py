"""The way from acceptance to the handset, on a clock turned by hand."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from carriers_lab import ICE, NUMBER, QUICK, TELENOR, TELIA, HandClock, quick

from fake_carriers.fate import Carrier, fate
from fake_carriers.handsets import Arrival
from fake_carriers.network import Network, Part
from fake_carriers.receipts import State
from fake_carriers.smpp import Command, Pdu, ShortMessage
from fake_carriers.submission import submission_of

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


class Bench:
    def __init__(self, carriers: tuple[Carrier, ...] = QUICK, seed: int = 1) -> None:
        self.clock = HandClock()
        self.told: list[tuple[float, str, dict[str, Any]]] = []
        self.ended: list[tuple[float, State]] = []
        self.network = Network(carriers, seed, self.clock.after, self._tell)

    def _tell(self, event: str, **facts: Any) -> None:
        self.told.append((self.clock.now_s, event, facts))

    def _report(self, part: Part) -> None:
        self.ended.append((self.clock.now_s, part.state))

    def send(self, octets: bytes = b"hei", to: str = NUMBER, **fields: Any) -> Part:
        body = ShortMessage(destination_addr=to, short_message=octets, source_addr="113", **fields)
        submission = submission_of(Pdu(Command.SUBMIT_SM, 1, body=body), NOW)
        part = self.network.take(submission, self._report)
        self.network.accepted(part)
        return part

    def part(self, n: int, octets: bytes, of: int = 2, reference: int = 9, **fields: Any) -> Part:
        return self.send(bytes((5, 0, 3, reference, of, n)) + octets, esm_class=0x40, **fields)

    def events(self) -> list[str]:
        return [event for _, event, _ in self.told]


class Phone:
    """Keeps what it gets; acknowledges when told to."""

    def __init__(self, bench: Bench, number: str = NUMBER, answers: bool = True) -> None:
        self.got: list[Arrival | None] = []
        self.at_s: list[float] = []
        self._bench, self._answers = bench, answers
        self.handset = bench.network.handset(number)
        self.line = self._line
        self.handset.connect(self.line)

    def _line(self, arrival: Arrival | None) -> None:
        self.got.append(arrival)
        self.at_s.append(self._bench.clock.now_s)
        if arrival and self._answers:
            self.handset.got(arrival.arrival_id)

    @property
    def texts(self) -> list[str]:
        return [arrival.text for arrival in self.got if arrival]


def test_a_message_arrives_when_its_fate_says() -> None:
    carrier = replace(TELENOR, loss=0.0, duplicates=0.0)
    bench = Bench((carrier, TELIA, ICE), seed=5)
    phone = Phone(bench)
    drawn = fate(5, carrier, NUMBER, 0, 0)
    assert drawn.delay_s is not None
    part = bench.send()
    bench.clock.advance(60)
    assert phone.at_s == [drawn.delay_s]
    assert bench.ended == [(drawn.delay_s + drawn.receipt_s, State.DELIVRD)]
    facts = {"number": NUMBER, "message_id": part.message_id, "carrier": "telenor", "part": 1, "parts": 1}
    assert bench.told == [
        (0.0, "sms.submitted", facts),
        (0.0, "sms.accepted", {**facts, "drawn_s": drawn.delay_s}),
        (drawn.delay_s, "sms.delivered", {**facts, "copy": 1}),
    ]


def test_ordinals_count_per_number_and_start_again_with_a_new_fate() -> None:
    bench = Bench((TELENOR, TELIA, ICE))
    numbers = [NUMBER, "+4710000002", NUMBER, "+4711000001"]
    drawn = [bench.send(to=number).message.fate for number in numbers]
    assert drawn[0] == fate(1, TELENOR, NUMBER, 0, 0)
    assert drawn[2] == fate(1, TELENOR, NUMBER, 1, 2)
    assert drawn[3] == fate(1, TELIA, "+4711000001", 0, 0)
    bench.network.set_fate(1, (TELENOR, TELIA, ICE))
    assert [bench.send(to=number).message.fate for number in numbers] == drawn
    bench.network.set_fate(2, (TELENOR, TELIA, ICE))
    assert bench.send().message.fate == fate(2, TELENOR, NUMBER, 0, 0)


def test_a_lost_message_is_accepted_and_then_silence() -> None:
    bench = Bench((quick(TELENOR, lost_first=1), TELIA, ICE))
    phone = Phone(bench)
    lost, kept = bench.send(b"one"), bench.send(b"two")
    bench.clock.advance(2000)
    assert phone.texts == ["two"]
    assert (lost.state, kept.state) == (State.LOST, State.DELIVRD)
    assert [state for _, state in bench.ended] == [State.DELIVRD]
    accepted = [facts["drawn_s"] for _, event, facts in bench.told if event == "sms.accepted"]
    assert accepted == [None, 0.0]
    assert bench.events().count("sms.failed") == 0


def test_a_message_waits_for_its_handset() -> None:
    bench = Bench()
    part = bench.send()
    bench.clock.advance(600)
    assert part.state is State.ENROUTE
    assert Phone(bench).texts == ["hei"]
    assert part.state is State.DELIVRD
    bench.clock.advance(1000)
    assert bench.ended == [(600.0, State.DELIVRD)]


@pytest.mark.parametrize(("validity", "seconds"), [("", 900), ("000000000100000R", 60)])
def test_a_message_without_a_handset_expires(validity: str, seconds: float) -> None:
    bench = Bench()
    part = bench.send(validity_period=validity)
    bench.clock.advance(seconds - 1)
    assert part.state is State.ENROUTE
    bench.clock.advance(1)
    assert bench.ended == [(seconds, State.EXPIRED)]
    assert bench.told[-1][1:] == (
        "sms.failed",
        {
            "number": NUMBER,
            "message_id": part.message_id,
            "carrier": "telenor",
            "part": 1,
            "parts": 1,
            "state": "EXPIRED",
        },
    )
    assert Phone(bench).got == []


def test_a_message_slower_than_its_validity_never_arrives() -> None:
    bench = Bench(
        (replace(TELENOR, loss=0.0, delay_s_median=50.0, delay_s_sigma=0.0, tail_share=0.0), TELIA, ICE)
    )
    phone = Phone(bench)
    bench.send(validity_period="000000000040000R")
    bench.clock.advance(1000)
    assert (phone.got, bench.ended) == ([], [(40.0, State.EXPIRED)])


def test_a_message_that_comes_at_the_last_moment_is_still_delivered() -> None:
    bench = Bench(
        (replace(TELENOR, loss=0.0, delay_s_median=900.0, delay_s_sigma=0.0, tail_share=0.0), TELIA, ICE)
    )
    phone = Phone(bench, answers=False)
    part = bench.send()
    bench.clock.advance(905)
    phone.handset.got(part.message_id)
    bench.clock.advance(100)
    assert phone.at_s == [900.0]
    assert [state for _, state in bench.ended] == [State.DELIVRD]


def test_a_duplicate_arrives_later_under_another_id_and_ends_nothing_twice() -> None:
    bench = Bench((quick(TELENOR, duplicates=1.0), TELIA, ICE))
    phone = Phone(bench)
    bench.send()
    bench.clock.advance(2000)
    assert (phone.texts, phone.at_s) == (["hei", "hei"], [0.0, 30.0])
    assert len({arrival.arrival_id for arrival in phone.got if arrival}) == 2
    copies = [facts["copy"] for _, event, facts in bench.told if event == "sms.delivered"]
    assert (copies, len(bench.ended)) == ([1, 2], 1)


def test_unacknowledged_messages_are_sent_again_on_the_next_connection() -> None:
    bench = Bench()
    deaf = Phone(bench, answers=False)
    part = bench.send(b"one")
    bench.clock.advance(1)
    deaf.handset.disconnect(deaf.line)
    bench.send(b"two")
    bench.clock.advance(1)
    assert (deaf.texts, part.state) == (["one"], State.ENROUTE)
    second = Phone(bench)
    assert second.texts == ["one", "two"]
    assert Phone(bench).got == []


def test_the_newest_phone_wins() -> None:
    bench = Bench()
    old = Phone(bench)
    new = Phone(bench)
    assert old.got == [None]
    old.handset.disconnect(old.line)  # the old one leaving does not unplug the new one
    bench.send()
    bench.clock.advance(1)
    assert (old.texts, new.texts) == ([], ["hei"])


def test_an_acknowledgement_of_nothing_is_nothing() -> None:
    bench = Bench()
    phone = Phone(bench)
    phone.handset.got("17")
    assert bench.told == []


def test_parts_are_joined_as_octets_in_their_order() -> None:
    bench = Bench()
    phone = Phone(bench)
    octets = "Åpne 😀 lenken".encode("utf-16-be")
    cut = 12  # between the halves of the surrogate pair
    second = bench.part(2, octets[cut:], data_coding=8)
    bench.clock.advance(5)
    assert phone.got == []
    first = bench.part(1, octets[:cut], data_coding=8)
    bench.clock.advance(1)
    assert phone.texts == ["Åpne 😀 lenken"]
    assert phone.got[0] is not None
    assert phone.got[0].arrival_id == first.message_id
    assert [first.state, second.state] == [State.DELIVRD] * 2
    delivered = [
        (facts["part"], facts["parts"]) for _, event, facts in bench.told if event == "sms.delivered"
    ]
    assert (delivered, len(bench.ended)) == ([(1, 2), (2, 2)], 2)


def test_an_escape_may_straddle_two_parts() -> None:
    bench = Bench()
    phone = Phone(bench)
    bench.part(1, b"5 \x1b")
    bench.part(2, b"\x65")
    bench.clock.advance(1)
    assert phone.texts == ["5 €"]


def test_the_parts_of_a_message_share_one_fate_and_one_ordinal() -> None:
    bench = Bench((TELENOR, TELIA, ICE))
    one, two = bench.part(1, b"a"), bench.part(2, b"b")
    assert one.message is two.message
    assert bench.send().message.fate == fate(1, TELENOR, NUMBER, 1, 1)


def test_a_reused_reference_begins_a_new_message() -> None:
    bench = Bench()
    phone = Phone(bench)
    stale = bench.part(1, b"old ")
    bench.part(1, b"new ")
    bench.part(2, b"text")
    bench.part(1, b"next ")
    bench.part(2, b"one")
    bench.clock.advance(1)
    assert phone.texts == ["new text", "next one"]
    bench.clock.advance(900)
    assert stale.state is State.EXPIRED


def test_parts_of_different_messages_do_not_mix() -> None:
    bench = Bench()
    phone, other = Phone(bench), Phone(bench, "+4710000002")
    bench.part(1, b"a1", reference=1)
    bench.part(1, b"b1", reference=2)
    bench.part(1, b"c1", reference=1, to="+4710000002")
    bench.part(2, b"b2", reference=2)
    bench.part(2, b"a2", reference=1)
    bench.clock.advance(1)
    assert (phone.texts, other.texts) == (["b1b2", "a1a2"], [])


def test_an_incomplete_message_expires_and_is_forgotten() -> None:
    bench = Bench()
    part = bench.part(1, b"half")
    bench.clock.advance(900)
    assert part.state is State.EXPIRED
    late = bench.part(2, b"late")
    assert late.message is not part.message


def test_a_lost_message_of_two_parts_is_lost_whole() -> None:
    bench = Bench((quick(TELENOR, lost_first=1), TELIA, ICE))
    parts = [bench.part(1, b"a"), bench.part(2, b"b")]
    half = Bench((quick(TELENOR, lost_first=1), TELIA, ICE)).part(1, b"a")
    bench.clock.advance(2000)
    assert [part.state for part in parts] == [State.LOST] * 2
    assert half.state is State.LOST
    assert bench.ended == []


def test_ids_are_unique_and_not_handed_out_again_after_a_restart() -> None:
    ids = [Bench().send().message_id for _ in range(20)]
    assert len(set(ids)) == 20
    assert all(message_id.isdigit() for message_id in ids)


def test_the_handset_of_an_unknown_number_is_refused() -> None:
    with pytest.raises(ValueError, match="no carrier has"):
        Bench().network.handset("+4719000000")
