"""The way from acceptance to the handset, on a clock turned by hand."""

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from carriers_lab import (
    ICE,
    NOW,
    NUMBER,
    OTHER,
    QUICK,
    TELENOR,
    TELIA,
    TELIA_NUMBER,
    Bench,
    Phone,
    quick_with,
)

from fake_carriers.fate import Carrier, fate
from fake_carriers.message import Part
from fake_carriers.state import State
from fake_carriers.text import How, parts_of


class NetworkBench(Bench):
    """Keeps what the network reports instead of telling clients."""

    def __init__(self, carriers: Sequence[Carrier] = QUICK, seed: int = 1, **options: Any) -> None:
        super().__init__(carriers, seed, **options)
        self.reported: list[tuple[float, State]] = []
        self.network.report = self._keep

    def _keep(self, part: Part, now: float) -> None:
        self.reported.append((now - self.begins_at, part.state))

    @property
    def ends(self) -> list[tuple[float, State]]:
        return [(at, state) for at, state in self.reported if state is not State.ENROUTE]


OF_ONE = {"number": NUMBER, "carrier": "telenor", "door": "telenor", "part": 1, "parts": 1}


def always(delay_s: float, **changed: Any) -> tuple[Carrier, ...]:
    """Telenor with one delay for all."""
    fixed = {"delay_s_median": delay_s, "delay_s_sigma": 0.0, "tail_share": 0.0, "loss": 0.0}
    return replace(TELENOR, duplicates=0.0, **{**fixed, **changed}), TELIA, ICE


def test_a_message_arrives_when_its_fate_says() -> None:
    carrier = replace(TELENOR, loss=0.0, duplicates=0.0)
    bench = NetworkBench((carrier, TELIA, ICE), seed=5)
    phone = Phone(bench)
    drawn = fate(5, carrier, NUMBER, 0, 0)
    assert drawn.delay_s is not None
    part = bench.send()
    bench.advance(60)
    assert phone.at_s == [drawn.delay_s]
    assert bench.ends == [(drawn.delay_s + drawn.receipt_s, State.DELIVRD)]
    facts = {**OF_ONE, "message_id": part.message_id}
    assert bench.told == [
        (0.0, "sms.submitted", facts),
        (0.0, "sms.accepted", {**facts, "drawn_s": drawn.delay_s}),
        (drawn.delay_s, "sms.delivered", {**facts, "copy": 1, "links": [], "broken": False}),
    ]


def test_ordinals_count_per_number_and_start_again_with_a_new_fate() -> None:
    bench = NetworkBench((TELENOR, TELIA, ICE))
    numbers = [NUMBER, OTHER, NUMBER, TELIA_NUMBER]
    drawn = [bench.send(to=number).message.fate for number in numbers]
    assert drawn[0] == fate(1, TELENOR, NUMBER, 0, 0)
    assert drawn[2] == fate(1, TELENOR, NUMBER, 1, 2)
    assert drawn[3] == fate(1, TELIA, TELIA_NUMBER, 0, 0)
    bench.network.set_fate(1, (TELENOR, TELIA, ICE))
    assert [bench.send(to=number).message.fate for number in numbers] == drawn
    bench.network.set_fate(2, (TELENOR, TELIA, ICE))
    assert bench.send().message.fate == fate(2, TELENOR, NUMBER, 0, 0)


def test_a_lost_message_is_accepted_and_then_silence() -> None:
    bench = NetworkBench(quick_with(lost_first=1))
    phone = Phone(bench)
    lost, kept = bench.send(b"one"), bench.send(b"two")
    bench.advance(2000)
    assert phone.texts == ["two"]
    assert (lost.state, kept.state) == (State.LOST, State.DELIVRD)
    assert [state for _, state in bench.reported] == [State.DELIVRD]
    assert [facts["drawn_s"] for facts in bench.events("sms.accepted")] == [None, 0.0]
    assert bench.events("sms.failed") == []
    assert bench.network.counts["telenor"]["sms.lost"] == 1


@pytest.mark.parametrize(
    ("share", "state", "arrives"),
    [
        ("undeliverable", State.UNDELIV, False),
        ("expired", State.EXPIRED, False),
        ("rejected", State.REJECTD, False),
        ("accepted_only", State.ACCEPTD, True),
        ("unknown", State.UNKNOWN, True),
    ],
)
def test_every_end_is_reached_and_told(share: str, state: State, arrives: bool) -> None:
    bench = NetworkBench(quick_with(**{share: 1.0}))
    phone = Phone(bench)
    bench.send()
    bench.advance(1)
    assert phone.texts == ["hei"] * arrives
    assert bench.ends == [(0.0, state)]
    assert [facts["state"] for facts in bench.events("sms.failed")] == [state.name] * (not arrives)
    assert len(bench.events("sms.delivered")) == arrives
    assert bench.network.under_way["telenor"] == 0


def test_a_message_waits_for_its_handset() -> None:
    bench = NetworkBench()
    part = bench.send()
    bench.advance(600)
    assert part.state is State.ENROUTE
    assert Phone(bench).texts == ["hei"]
    assert part.state is State.DELIVRD
    bench.advance(1000)
    assert bench.ends == [(600.0, State.DELIVRD)]


@pytest.mark.parametrize(("validity", "seconds"), [("", 900), ("000000000100000R", 60)])
def test_a_message_without_a_handset_expires(validity: str, seconds: float) -> None:
    bench = NetworkBench()
    part = bench.send(validity_period=validity)
    bench.advance(seconds - 1)
    assert part.state is State.ENROUTE
    bench.advance(1)
    assert bench.ends == [(seconds, State.EXPIRED)]
    facts = {**OF_ONE, "message_id": part.message_id}
    assert bench.told[-1][1:] == ("sms.failed", {**facts, "state": "EXPIRED"})
    assert Phone(bench).got == []


def test_a_message_slower_than_its_validity_never_arrives() -> None:
    bench = NetworkBench(always(50.0))
    phone = Phone(bench)
    bench.send(validity_period="000000000040000R")
    bench.advance(1000)
    assert (phone.got, bench.ends) == ([], [(40.0, State.EXPIRED)])


def test_a_message_that_comes_at_the_last_moment_is_still_delivered() -> None:
    bench = NetworkBench(always(900.0))
    phone = Phone(bench, answers=False)
    part = bench.send()
    bench.advance(905)
    phone.handset.got(part.message_id, bench.now)
    bench.advance(100)
    assert phone.at_s == [900.0]
    assert [state for _, state in bench.ends] == [State.DELIVRD]


def test_a_duplicate_arrives_later_under_another_id_and_ends_nothing_twice() -> None:
    bench = NetworkBench(quick_with(duplicates=1.0))
    phone = Phone(bench)
    bench.send()
    bench.advance(2000)
    assert (phone.texts, phone.at_s) == (["hei", "hei"], [0.0, 30.0])
    assert len({arrival.arrival_id for arrival in phone.got if arrival}) == 2
    assert [facts["copy"] for facts in bench.events("sms.delivered")] == [1, 2]
    assert len(bench.ends) == 1
    assert bench.network.counts["telenor"]["doubled"] == 1


def test_a_second_copy_waits_for_its_phone_as_the_first_did_and_no_longer() -> None:
    bench = NetworkBench(quick_with(duplicates=1.0, retry_s=(60.0,)), simulated=True)
    for n in range(3):
        bench.send(str(n).encode())
    bench.advance(1)
    bench.switch(coverage=False)
    bench.advance(100)
    handset = bench.network.handset(NUMBER)
    assert handset.waiting == 3
    bench.switch(coverage=True)
    bench.advance(60)  # the carrier's retry finds it
    assert bench.screen() == ["0", "1", "2"] * 2
    bench.send(b"3")
    bench.advance(1)
    bench.switch(power=False)
    bench.advance(900)
    assert handset.waiting == 0
    dropped = bench.events("sms.dropped")
    assert [(facts["number"], facts["copy"]) for facts in dropped] == [(NUMBER, 2)]
    bench.switch(power=True)
    bench.advance(1000)
    assert bench.screen() == [*["0", "1", "2"] * 2, "3"]
    assert (len(bench.agenda), bench.network._transit._twice) == (0, set())


def test_a_second_copy_that_comes_after_its_message_s_validity_still_comes() -> None:
    bench = NetworkBench(quick_with(duplicates=1.0), simulated=True)
    bench.send(validity_period="000000000010000R")
    bench.advance(100)
    assert bench.screen() == ["hei", "hei"]


def test_a_phone_that_was_switched_on_before_a_retry_gets_its_second_copy_in_its_time() -> None:
    bench = NetworkBench(quick_with(duplicates=1.0, retry_s=(20.0,)), simulated=True)
    phone_on_s = 10.0
    bench.switch(power=False)
    bench.send()
    bench.advance(phone_on_s)
    bench.switch(power=True)
    bench.advance(29)  # the retry after 20 s was of the first copy
    assert bench.screen() == ["hei"]
    bench.advance(1)
    assert bench.screen() == ["hei", "hei"]


def test_a_try_that_comes_long_after_the_validity_is_none() -> None:
    """As after a program that was stopped for a while: all steps are due at once, in their order."""
    bench = NetworkBench(always(50.0))
    phone = Phone(bench)
    bench.send(validity_period="000000000100000R")
    bench.now = 1000.0
    bench.advance(0)
    assert (phone.got, bench.ends) == ([], [(1000.0, State.EXPIRED)])


def test_what_is_delivered_is_told_with_the_hashes_of_its_links() -> None:
    bench = NetworkBench(simulated=True)
    link = "https://hjelp.test/v/abc-123?x=1"
    bench.send(f"Open {link}. Or HTTP://b.test/) not https:// or ftp://c.test".encode("ascii"))
    bench.send(b"no link")
    bench.send("Å �".encode("utf-16-be"), data_coding=8)
    for piece in parts_of(f"Long: {'x' * 150} {link}", 3, "udh8"):
        bench.send_piece(piece)
    bench.advance(1)
    first, second, third, *long = bench.events("sms.delivered")

    def hashed(text: str) -> str:
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    assert (first["links"], first["broken"]) == ([hashed(link), hashed("HTTP://b.test/")], False)
    assert (second["links"], second["broken"]) == ([], False)
    assert (third["links"], third["broken"]) == ([], True)
    assert [facts["links"] for facts in long] == [[hashed(link)]] * 2


# ---- dropped and emptied


def test_all_that_is_on_its_way_is_dropped_and_nothing_of_it_comes_back() -> None:
    bench = NetworkBench((always(50.0)[0], *QUICK[1:]))
    deaf = Phone(bench, TELIA_NUMBER, answers=False)
    slow, in_handset = bench.send(), bench.send(to=TELIA_NUMBER)
    half = bench.part(1, b"half", to=OTHER)
    bench.advance(1)
    assert len(deaf.texts) == 1
    bench.network.drop(bench.now)
    dropped = {facts["message_id"] for facts in bench.events("sms.dropped")}
    assert dropped == {part.message_id for part in (slow, in_handset, half)}
    assert {part.state for part in (slow, in_handset, half)} == {State.DELETED}
    deaf.handset.got(in_handset.message_id, bench.now)
    late = bench.part(2, b"late", to=OTHER)
    assert late.message is not half.message
    bench.network.drop(bench.now)
    phones = [Phone(bench, number) for number in (NUMBER, OTHER, TELIA_NUMBER)]
    bench.advance(2000)
    assert ([phone.got for phone in phones], bench.reported) == ([[], [], []], [])
    assert +bench.network.under_way == {}
    assert len(bench.agenda) == 0


def test_second_copies_are_dropped_too_and_the_receipt_of_the_first_still_comes() -> None:
    bench = NetworkBench(quick_with(duplicates=1.0, receipt_s_min=5.0, receipt_s_max=5.0), simulated=True)
    bench.send()
    bench.advance(1)
    bench.network.drop(bench.now)
    (dropped,) = bench.events("sms.dropped")
    assert dropped["copy"] == 2
    bench.advance(100)
    assert (bench.screen(), [state for _, state in bench.ends]) == (["hei"], [State.DELIVRD])


def test_what_could_not_be_kept_after_it_was_dropped_is_counted_once() -> None:
    bench = NetworkBench()
    part = bench.take()
    bench.network.drop(bench.now)
    bench.network.forget(part)
    assert bench.network.under_way["telenor"] == 0


def test_emptied_is_as_if_there_had_been_nothing() -> None:
    bench = NetworkBench(quick_with(receipt_s_min=5.0, receipt_s_max=5.0), simulated=True)
    bench.send()
    bench.advance(1)
    bench.switch(power=False, number=OTHER)
    bench.send(to=OTHER)
    bench.network.empty(bench.now)
    bench.switch(power=True, number=OTHER)
    bench.advance(2000)
    assert (bench.screen(), bench.screen(OTHER), bench.reported) == ([], [], [])
    assert list(bench.network.parts) == []
    assert bench.network.handset(NUMBER).taken == 0
    bench.send(b"next")
    bench.advance(10)
    assert (bench.screen(), len(bench.ends)) == (["next"], 1)


# ---- phones that are there or not


def test_unacknowledged_messages_are_sent_again_on_the_next_connection() -> None:
    bench = NetworkBench()
    deaf = Phone(bench, answers=False)
    part = bench.send(b"one")
    bench.advance(1)
    deaf.handset.disconnect(deaf.line)
    bench.send(b"two")
    bench.advance(1)
    assert (deaf.texts, part.state) == (["one"], State.ENROUTE)
    second = Phone(bench)
    assert second.texts == ["one", "two"]
    assert Phone(bench).got == []


def test_the_newest_phone_wins() -> None:
    bench = NetworkBench()
    old = Phone(bench)
    new = Phone(bench)
    assert old.got == [None]
    old.handset.disconnect(old.line)  # the old one leaving does not unplug the new one
    bench.send()
    bench.advance(1)
    assert (old.texts, new.texts) == ([], ["hei"])


def test_an_acknowledgement_of_nothing_is_nothing() -> None:
    bench = NetworkBench()
    phone = Phone(bench)
    phone.handset.got("17", bench.now)
    assert bench.told == []


def tries(bench: Bench) -> int:
    return max(part.message.tries for part in bench.network.parts)


def test_a_phone_out_of_coverage_is_tried_again_by_the_carrier_s_schedule() -> None:
    bench = NetworkBench(quick_with(retry_s=(30.0, 300.0)), simulated=True)
    bench.switch(coverage=False)
    bench.send()
    seen = []
    for second in (0, 29, 30, 329, 330):
        bench.advance(second - bench.now)
        seen.append(tries(bench))
    assert seen == [1, 1, 2, 2, 3]
    bench.switch(coverage=True)
    bench.advance(299)
    assert bench.screen() == []  # the next retry finds it, not sooner
    bench.advance(1)
    assert bench.screen() == ["hei"]
    assert bench.ends == [(630.0, State.DELIVRD)]


def test_the_last_wait_is_repeated_until_the_message_expires() -> None:
    bench = NetworkBench(quick_with(retry_s=(100.0,)), simulated=True)
    bench.switch(coverage=False)
    bench.send()
    bench.advance(850)
    assert tries(bench) == 9
    bench.advance(50)
    assert bench.ends == [(900.0, State.EXPIRED)]


def test_without_retries_a_message_waits_for_the_phone_to_be_switched_on() -> None:
    bench = NetworkBench(quick_with(retry_s=()), simulated=True)
    bench.switch(power=False)
    bench.send()
    bench.advance(500)
    assert (bench.screen(), tries(bench)) == ([], 1)
    bench.switch(power=True)
    assert bench.screen() == ["hei"]


def test_a_phone_that_is_switched_on_gets_it_at_once_and_only_once() -> None:
    bench = NetworkBench(simulated=True)
    bench.switch(power=False)
    bench.send()
    bench.advance(10)
    bench.switch(power=True)
    assert bench.screen() == ["hei"]
    bench.advance(2000)
    assert bench.screen() == ["hei"]
    assert bench.ends == [(10.0, State.DELIVRD)]


def test_a_phone_that_is_on_but_far_away_gets_nothing() -> None:
    bench = NetworkBench(simulated=True)
    bench.switch(power=False, coverage=False)
    bench.send()
    bench.advance(1)
    bench.switch(power=True)
    assert bench.screen() == []
    bench.switch(power=True, coverage=True)
    assert bench.screen() == []
    bench.advance(30)
    assert bench.screen() == ["hei"]


def test_the_first_vain_try_is_reported_once() -> None:
    bench = NetworkBench(quick_with(retry_s=(1.0,)))
    bench.send()
    bench.advance(100)
    assert bench.reported == [(0.0, State.ENROUTE)]


def test_a_message_for_later_leaves_later_and_lives_from_then_on() -> None:
    bench = NetworkBench(always(5.0), begins_at=NOW)
    early, late = Phone(bench), bench.send(schedule_delivery_time="000000010000000R")
    bench.advance(3604)
    assert (early.got, late.state) == ([], State.ENROUTE)
    bench.advance(1)
    assert early.at_s == [3605.0]
    early.handset.disconnect(early.line)
    bench.send(schedule_delivery_time="260102050405000+", validity_period="000000010000000R")
    bench.advance(3600)
    assert bench.ends[-1] == (3605.0 + 3600.0, State.EXPIRED)  # its validity began when it was submitted
    bench.send(schedule_delivery_time="000000020000000R")
    bench.advance(7200 + 900)
    assert bench.ends[-1] == (7205.0 + 8100.0, State.EXPIRED)


# ---- parts


def test_parts_are_joined_as_octets_in_their_order() -> None:
    bench = NetworkBench()
    phone = Phone(bench)
    octets = "Åpne 😀 lenken".encode("utf-16-be")
    cut = 12  # between the halves of the surrogate pair
    second = bench.part(2, octets[cut:], data_coding=8)
    bench.advance(5)
    assert phone.got == []
    first = bench.part(1, octets[:cut], data_coding=8)
    bench.advance(1)
    assert phone.texts == ["Åpne 😀 lenken"]
    assert phone.got[0] is not None
    assert phone.got[0].arrival_id == first.message_id
    assert [first.state, second.state] == [State.DELIVRD] * 2
    assert [(facts["part"], facts["parts"]) for facts in bench.events("sms.delivered")] == [(1, 2), (2, 2)]
    assert len(bench.ends) == 2


@pytest.mark.parametrize("how", ["udh8", "udh16", "sar", "payload"])
@pytest.mark.parametrize("text", ["Åpne lenken: €5 [gratis] " * 20, "Åpne 😀 lenken " * 20])
def test_a_long_text_arrives_whole_in_every_way(how: How, text: str) -> None:
    bench = NetworkBench()
    phone = Phone(bench)
    pieces = parts_of(text, 300, how)
    assert (len(pieces) == 1) == (how == "payload")
    for piece in reversed(pieces):
        bench.send_piece(piece)
    bench.advance(1)
    assert phone.texts == [text]


@pytest.mark.parametrize("how", ["udh8", "udh16", "sar"])
def test_a_long_text_without_one_part_expires(how: How) -> None:
    bench = NetworkBench()
    phone = Phone(bench)
    pieces = parts_of("Åpne lenken. " * 30, 300, how)
    assert len(pieces) == 3
    for piece in pieces[1:]:
        bench.send_piece(piece)
    bench.advance(899)
    assert bench.reported == []
    bench.advance(1)
    assert (phone.got, bench.reported) == ([], [(900.0, State.EXPIRED)] * 2)
    assert bench.network.under_way["telenor"] == 0


def test_an_escape_may_straddle_two_parts() -> None:
    bench = NetworkBench()
    phone = Phone(bench)
    bench.part(1, b"5 \x1b")
    bench.part(2, b"\x65")
    bench.advance(1)
    assert phone.texts == ["5 €"]


def test_the_parts_of_a_message_share_one_fate_and_one_ordinal() -> None:
    bench = NetworkBench((TELENOR, TELIA, ICE))
    one, two = bench.part(1, b"a"), bench.part(2, b"b")
    assert one.message is two.message
    assert bench.send().message.fate == fate(1, TELENOR, NUMBER, 1, 1)


def test_a_reused_reference_begins_a_new_message() -> None:
    bench = NetworkBench()
    phone = Phone(bench)
    stale = bench.part(1, b"old ")
    bench.part(1, b"new ")
    bench.part(2, b"text")
    bench.part(1, b"next ")
    bench.part(2, b"one")
    bench.advance(1)
    assert phone.texts == ["new text", "next one"]
    bench.advance(900)
    assert stale.state is State.EXPIRED


def test_a_stale_half_that_expires_leaves_a_newer_half_alone() -> None:
    bench = NetworkBench()
    phone = Phone(bench)
    bench.part(1, b"old ")
    bench.advance(890)
    bench.part(1, b"new ")
    bench.advance(20)  # the old one expires between the new one's parts
    bench.part(2, b"text")
    bench.advance(1)
    assert phone.texts == ["new text"]


def test_parts_of_different_messages_do_not_mix() -> None:
    bench = NetworkBench()
    phone, other = Phone(bench), Phone(bench, OTHER)
    bench.part(1, b"a1", reference=1)
    bench.part(1, b"b1", reference=2)
    bench.part(1, b"c1", reference=1, to=OTHER)
    bench.part(2, b"b2", reference=2)
    bench.part(2, b"a2", reference=1)
    bench.advance(1)
    assert (phone.texts, other.texts) == (["b1b2", "a1a2"], [])


def test_an_incomplete_message_expires_and_is_forgotten() -> None:
    bench = NetworkBench()
    part = bench.part(1, b"half")
    bench.advance(900)
    assert part.state is State.EXPIRED
    late = bench.part(2, b"late")
    assert late.message is not part.message


def test_a_lost_message_of_two_parts_is_lost_whole() -> None:
    bench = NetworkBench(quick_with(lost_first=1))
    parts = [bench.part(1, b"a"), bench.part(2, b"b")]
    bench.advance(2000)
    assert [part.state for part in parts] == [State.LOST] * 2
    assert (bench.reported, bench.network.under_way["telenor"]) == ([], 0)


def test_half_of_a_message_is_never_sent_whatever_its_fate() -> None:
    bench = NetworkBench(quick_with(lost_first=1))
    bench.part(1, b"a")
    bench.advance(2000)
    assert bench.reported == [(900.0, State.EXPIRED)]


def test_parts_that_were_taken_before_any_was_accepted_arrive_once() -> None:
    """As with a durable queue, which accepts what it has kept all at once, and as the HTTP gateway does."""
    bench = NetworkBench(simulated=True)
    taken = [bench.take_piece(piece) for piece in parts_of("Hei " * 100, 5, "udh8")]
    for part in taken:
        bench.network.accepted(part, bench.now)
    bench.advance(10)
    assert bench.screen() == ["Hei " * 100]
    assert len(bench.ends) == len(taken) == 3
    assert bench.network.under_way["telenor"] == 0


def test_parts_that_were_taken_together_and_are_lost_are_lost_once() -> None:
    bench = NetworkBench(quick_with(loss=1.0))
    taken = [bench.take_piece(piece) for piece in parts_of("Hei " * 100, 5, "udh8")]
    for part in taken:
        bench.network.accepted(part, bench.now)
    assert bench.network.counts["telenor"]["sms.lost"] == 3
    assert bench.network.under_way["telenor"] == 0


def test_parts_that_were_taken_together_and_are_too_few_expire() -> None:
    bench = NetworkBench()
    pieces = parts_of("Hei " * 100, 5, "udh8")[:2]
    for part in [bench.take_piece(piece) for piece in pieces]:
        bench.network.accepted(part, bench.now)
    bench.advance(900)
    assert bench.ends == [(900.0, State.EXPIRED)] * 2


# ---- ids


def test_ids_are_unique_and_not_handed_out_again_after_a_restart() -> None:
    ids = [NetworkBench().send().message_id for _ in range(20)]
    assert len(set(ids)) == 20
    assert all(message_id.isdigit() for message_id in ids)


def test_the_handset_of_an_unknown_number_is_refused() -> None:
    with pytest.raises(ValueError, match="no carrier has"):
        NetworkBench().network.handset("+4719000000")


def test_ported_numbers_travel_with_their_new_carrier() -> None:
    bench = NetworkBench((*QUICK[:2], replace(QUICK[2], ported=(NUMBER,))))
    assert bench.send().message.carrier == "ice"
    assert bench.send(to=OTHER).message.carrier == "telenor"


def test_held_back_messages_are_overtaken() -> None:
    bench = NetworkBench(quick_with(held_back=0.5, held_back_s=10.0), simulated=True)
    for n in range(20):
        bench.send(str(n).encode())
        bench.advance(1.0)
    bench.advance(20)
    shown = [int(text) for text in bench.screen()]
    assert sorted(shown) == list(range(20))
    assert shown != sorted(shown)


def test_the_newest_that_ended_can_be_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fake_carriers.register.ENDED_KEPT", 10)
    bench = NetworkBench(simulated=True)
    first, *_, last = [bench.send() for _ in range(30)]
    bench.advance(1)
    assert len(list(bench.network.parts)) == 10
    found = [bench.network.parts.find(part.message_id) for part in (first, last)]
    assert found == [(), [last]]


def test_many_quarters_of_an_hour_leave_nothing_behind() -> None:
    """Whatever became of them, nothing of 600 messages stays on the agenda, on a phone or under way."""
    ends = dict.fromkeys(("loss", "undeliverable", "expired", "rejected", "accepted_only", "unknown"), 0.1)
    carriers = (replace(TELENOR, **ends, duplicates=0.3, held_back=0.3), TELIA, ICE)
    bench = NetworkBench(carriers)
    for n in range(600):
        number = f"+4710{n % 50:06}"
        if n % 3 == 0:
            phone = Phone(bench, number)
            bench.send(to=number)
            bench.advance(10)
            phone.handset.disconnect(phone.line)
        elif n % 3 == 1:
            bench.part(1 + n % 2, b"half", to=number, reference=n % 256)
        else:
            bench.send(to=number)
    bench.advance(2000)
    for n in range(50):
        Phone(bench, f"+4710{n:06}")
    bench.advance(2000)
    assert +bench.network.under_way == {}
    assert [handset.waiting for handset in bench.network.handsets.values()] == [0] * 50
    assert (len(bench.agenda), bench.network._transit.gathering._messages) == (0, {})
    assert not [part for part in bench.network.parts if part.state is State.ENROUTE]
