"""query_sm, cancel_sm, replace_sm: of one's own messages, before and after their end."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from carriers_lab import NOW, NUMBER, OTHER, QUICK, Bench, End, Phone, ended, quick_with

from fake_carriers.fate import Carrier
from fake_carriers.smpp import (
    Address,
    Cancel,
    Command,
    Query,
    QueryResp,
    Replace,
    Status,
    SubmitMulti,
    SubmitMultiResp,
)
from fake_carriers.state import State


class Desk:
    """A client of a bench, and its questions."""

    def __init__(self, carriers: Sequence[Carrier] = QUICK, **options: Any) -> None:
        self.bench = Bench(carriers, begins_at=NOW, **options)
        self.end = End(self.bench)

    def query(self, message_id: str, **fields: Any) -> tuple[int, str, int, int]:
        """Status, final date, state and error."""
        answer = self.end.ask(Command.QUERY_SM, Query(message_id, **{"source_addr": "113", **fields}))
        if answer.body is None:
            return answer.status, "", 0, 0
        assert isinstance(answer.body, QueryResp)
        assert answer.body.message_id == message_id
        return answer.status, answer.body.final_date, answer.body.message_state, answer.body.error_code

    def cancel(self, message_id: str = "", **fields: Any) -> int:
        asked = {"source_addr": "113", "message_id": message_id, **fields}
        return self.end.ask(Command.CANCEL_SM, Cancel(**asked)).status

    def replace(self, message_id: str, text: bytes = b"nytt", **fields: Any) -> int:
        asked = {"source_addr": "113", "message_id": message_id, "short_message": text, **fields}
        return self.end.ask(Command.REPLACE_SM, Replace(**asked)).status


def test_a_message_is_asked_after_until_its_end() -> None:
    desk = Desk()
    message_id = desk.end.submitted()
    assert desk.query(message_id) == (Status.ROK, "", State.ENROUTE, 0)
    desk.bench.advance(60)
    Phone(desk.bench)
    assert desk.query(message_id) == (Status.ROK, "260102030505000+", State.DELIVRD, 0)


@pytest.mark.parametrize(
    ("share", "state", "error"),
    [
        ("undeliverable", State.UNDELIV, 1),
        ("expired", State.EXPIRED, 1),
        ("rejected", State.REJECTD, 1),
        ("accepted_only", State.ACCEPTD, 0),
        ("unknown", State.UNKNOWN, 0),
    ],
)
def test_every_end_can_be_asked_for(share: str, state: State, error: int) -> None:
    desk = Desk(quick_with(**{share: 1.0}), simulated=True)
    message_id = desk.end.submitted()
    desk.bench.advance(0)
    assert desk.query(message_id) == (Status.ROK, "260102030405000+", state, error)


def test_nobody_learns_that_a_message_is_lost() -> None:
    desk = Desk(quick_with(loss=1.0))
    message_id = desk.end.submitted()
    desk.bench.advance(100)
    assert desk.query(message_id) == (Status.ROK, "", State.ENROUTE, 0)


def test_a_cancelled_message_does_not_arrive_and_has_its_receipt() -> None:
    desk = Desk()
    message_id = desk.end.submitted()
    desk.bench.advance(1)
    assert desk.cancel(message_id) == Status.ROK
    assert desk.end.states() == ["DELETED"]
    assert desk.query(message_id)[2:] == (State.DELETED, 1)
    assert Phone(desk.bench).got == []
    desk.bench.advance(1000)
    assert desk.end.states() == ["DELETED"]
    assert [facts["state"] for facts in desk.bench.events("sms.failed")] == ["DELETED"]
    assert desk.bench.network.under_way["telenor"] == 0


def test_what_has_ended_is_neither_cancelled_nor_replaced() -> None:
    desk = Desk(simulated=True)
    message_id = desk.end.submitted()
    desk.bench.advance(0)
    assert desk.cancel(message_id) == Status.RCANCELFAIL
    assert desk.replace(message_id) == Status.RREPLACEFAIL
    assert desk.bench.screen() == ["hei"]


@pytest.mark.parametrize("message_id", ["", "17", "x" * 64, "FFFFFFFF"])
def test_an_unknown_message_is_not_found(message_id: str) -> None:
    desk = Desk()
    assert desk.query(message_id)[0] == Status.RQUERYFAIL
    assert desk.replace(message_id) == Status.RINVMSGID
    if message_id:
        assert desk.cancel(message_id) == Status.RINVMSGID


def test_a_stranger_s_message_is_not_found() -> None:
    carriers = (QUICK[0], QUICK[1], replace(QUICK[2], system_id="other"))
    desk = Desk(carriers)
    stranger, neighbour = End(desk.bench, None, "ice"), End(desk.bench, None, "telia")
    assert stranger.bind(Command.BIND_TRANSCEIVER, "other").status == Status.ROK
    assert neighbour.bind(Command.BIND_TRANSCEIVER).status == Status.ROK
    for message_id in (stranger.submitted(), neighbour.submitted()):
        assert desk.query(message_id)[0] == Status.RQUERYFAIL
        assert desk.cancel(message_id) == Status.RINVMSGID
        assert desk.replace(message_id) == Status.RINVMSGID
        assert ended(desk.bench, message_id) is State.ENROUTE
    assert desk.cancel(source_addr="113", destination_addr=NUMBER[1:]) == Status.RCANCELFAIL


def test_another_session_of_the_account_may_ask() -> None:
    desk = Desk()
    message_id = End(desk.bench, Command.BIND_TRANSMITTER).submitted()
    assert desk.query(message_id)[0] == Status.ROK
    assert desk.cancel(message_id) == Status.ROK


def test_all_messages_of_a_source_and_a_destination_are_cancelled() -> None:
    desk = Desk()
    of_it = [desk.end.submitted() for _ in range(3)]
    others = [
        desk.end.submitted(destination_addr=OTHER[1:]),
        desk.end.submitted(source_addr="116117"),
        desk.end.submitted(service_type="WAP"),
    ]
    asked = {"source_addr": "113", "destination_addr": NUMBER[1:]}
    assert desk.cancel(**asked, service_type="CMT") == Status.RCANCELFAIL
    assert desk.cancel(**asked, service_type="WAP") == Status.ROK
    assert [ended(desk.bench, each) for each in others] == [State.ENROUTE, State.ENROUTE, State.DELETED]
    assert desk.cancel(**asked) == Status.ROK
    assert [ended(desk.bench, each) for each in of_it] == [State.DELETED] * 3
    assert desk.cancel(**asked) == Status.RCANCELFAIL


def test_without_a_destination_nothing_is_cancelled() -> None:
    desk = Desk()
    message_id = desk.end.submitted()
    assert desk.cancel(source_addr="113") == Status.RINVDSTADR
    assert ended(desk.bench, message_id) is State.ENROUTE


def test_a_submit_multi_is_cancelled_whole() -> None:
    desk = Desk()
    both = (Address(1, 1, NUMBER[1:]), Address(1, 1, OTHER[1:]))
    answer = desk.end.ask(Command.SUBMIT_MULTI, SubmitMulti(dest_address=both, short_message=b"hei"))
    assert isinstance(answer.body, SubmitMultiResp)
    assert desk.cancel(answer.body.message_id, source_addr="") == Status.ROK
    assert {part.state for part in desk.bench.network.parts} == {State.DELETED}


def test_a_replaced_message_arrives_with_its_new_text() -> None:
    desk = Desk(quick_with(held_back=1.0, delay_s_max=5.0), simulated=True)
    message_id = desk.end.submitted(registered_delivery=0)
    assert desk.replace(message_id, b"nytt \x0c", registered_delivery=1) == Status.ROK
    desk.bench.advance(60)
    assert desk.bench.screen() == ["nytt ø"]
    assert desk.end.states() == ["DELIVRD"]
    assert desk.end.receipts()[0].endswith("text:nytt \x0c")


def test_a_message_that_waits_for_its_phone_is_replaced_too() -> None:
    desk = Desk(simulated=True)
    desk.bench.switch(power=False)
    message_id = desk.end.submitted()
    desk.bench.advance(5)
    assert desk.replace(message_id) == Status.ROK
    desk.bench.switch(power=True)
    assert desk.bench.screen() == ["nytt"]


@pytest.mark.parametrize(("validity", "ends_s"), [("000000001000000R", 605), ("000000000020000R", 25)])
def test_a_replaced_message_has_its_new_validity(validity: str, ends_s: float) -> None:
    desk = Desk()
    message_id = desk.end.submitted(validity_period="000000000100000R")
    desk.bench.advance(5)
    assert desk.replace(message_id, validity_period=validity, registered_delivery=1) == Status.ROK
    desk.bench.advance(ends_s - 5 - 1)
    assert ended(desk.bench, message_id) is State.ENROUTE
    desk.bench.advance(1)
    assert ended(desk.bench, message_id) is State.EXPIRED


def test_a_replacement_that_says_nothing_of_it_leaves_the_validity() -> None:
    desk = Desk()
    message_id = desk.end.submitted(validity_period="000000000100000R")
    desk.bench.advance(50)
    assert desk.replace(message_id) == Status.ROK
    desk.bench.advance(9)
    assert ended(desk.bench, message_id) is State.ENROUTE
    desk.bench.advance(1)
    assert ended(desk.bench, message_id) is State.EXPIRED


def test_what_cannot_replace() -> None:
    desk = Desk()
    message_id = desk.end.submitted()
    assert desk.replace(message_id, b"x" * 161) == Status.RINVMSGLEN
    assert desk.replace(message_id, b"x" * 160) == Status.ROK
    assert desk.replace(message_id, validity_period="soon") == Status.RINVEXPIRY
    part = desk.end.submitted(esm_class=0x40, short_message=b"\x05\x00\x03\x09\x02\x01hei")
    assert desk.replace(part) == Status.RREPLACEFAIL


# ---- whose message it is


@pytest.mark.parametrize(
    ("submitted", "asked", "right"),
    [
        ({}, {}, True),
        ({}, {"source_addr": ""}, False),
        ({}, {"source_addr": "116117"}, False),
        ({"source_addr": ""}, {"source_addr": ""}, True),
        ({"source_addr": ""}, {"source_addr": "113"}, False),
        ({"source_addr_ton": 3, "source_addr_npi": 1}, {}, True),  # what is not known may be left out
        ({"source_addr_ton": 3, "source_addr_npi": 1}, {"source_addr_ton": 3, "source_addr_npi": 1}, True),
        ({"source_addr_ton": 3}, {"source_addr_ton": 5}, False),
        ({}, {"source_addr_npi": 1}, False),
    ],
)
def test_a_question_names_the_sender_of_the_message(
    submitted: dict[str, Any], asked: dict[str, Any], right: bool
) -> None:
    desk = Desk()
    message_id = desk.end.submitted(**submitted)
    assert desk.query(message_id, **asked)[0] == (Status.ROK if right else Status.RQUERYFAIL)
    assert desk.replace(message_id, **asked) == (Status.ROK if right else Status.RREPLACEFAIL)
    assert desk.cancel(message_id, **asked) == (Status.ROK if right else Status.RCANCELFAIL)
    assert ended(desk.bench, message_id) is (State.DELETED if right else State.ENROUTE)


def test_a_lenient_carrier_lets_the_sender_be_left_out_but_not_be_another() -> None:
    desk = Desk(quick_with(strict=False))
    message_id = desk.end.submitted()
    assert desk.query(message_id, source_addr="116117")[0] == Status.RQUERYFAIL
    assert desk.query(message_id, source_addr="")[0] == Status.ROK
    assert desk.replace(message_id, b"x" * 161, source_addr="") == Status.ROK
    assert desk.cancel(message_id, source_addr="") == Status.ROK


def test_a_destination_that_is_named_must_be_the_message_s() -> None:
    desk = Desk()
    message_id = desk.end.submitted()
    assert desk.cancel(message_id, destination_addr=OTHER[1:]) == Status.RCANCELFAIL
    assert desk.cancel(message_id, destination_addr=NUMBER[3:], dest_addr_ton=2) == Status.ROK
    both = (Address(1, 1, NUMBER[1:]), Address(1, 1, OTHER[1:]))
    answer = desk.end.ask(Command.SUBMIT_MULTI, SubmitMulti(dest_address=both, short_message=b"hei"))
    assert isinstance(answer.body, SubmitMultiResp)
    asked = {"source_addr": "", "destination_addr": OTHER[1:]}
    assert desk.cancel(answer.body.message_id, **asked) == Status.ROK
    states = {p.submission.number: p.state for p in desk.bench.network.parts.find(answer.body.message_id)}
    assert states == {NUMBER: State.ENROUTE, OTHER: State.DELETED}


def test_questions_of_a_slow_carrier_are_answered_slowly() -> None:
    desk = Desk()
    message_id = desk.end.submitted()
    desk.bench.mood("slow", response_s=3.0)
    asked = desk.end.put(Command.QUERY_SM, Query(message_id))
    desk.bench.advance(2.9)
    assert desk.end.answer(asked) is None
    desk.bench.advance(0.1)
    assert desk.end.answer(asked) is not None
