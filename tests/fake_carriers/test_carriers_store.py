"""The durable queue: what was answered outlives the program, and nothing arrives twice.

On a clock turned by hand. A program is killed by closing its database behind its back: what it had not
committed is gone.
"""

import random
import re
import sqlite3
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from carriers_lab import (
    NOW,
    NUMBER,
    OTHER,
    QUICK,
    TELENOR,
    TELIA,
    TELIA_NUMBER,
    Bench,
    End,
    Phone,
    ended,
    quick_with,
    short,
)

from fake_carriers.durable import Durable, StoreError
from fake_carriers.fate import Carrier, fate
from fake_carriers.handsets import SHOWN_MAX
from fake_carriers.inquiry import answer_of
from fake_carriers.phone import send_text
from fake_carriers.smpp import Address, Cancel, Command, Pdu, Query, Replace, Status, SubmitMulti, encode
from fake_carriers.state import State
from fake_carriers.text import parts_of


class Life(Bench):
    """One life of a program with a store."""

    def __init__(
        self, path: Path, carriers: Sequence[Carrier] = QUICK, begins_at: float = NOW, simulated: bool = True
    ) -> None:
        self.store = Durable(path)
        self._path, self._carriers, self._simulated = path, carriers, simulated
        super().__init__(carriers, begins_at=begins_at, store=self.store, simulated=simulated)
        self.network.take_up(self.store.load(), self.now)

    def kill(self) -> None:
        self.store._db.close()

    def restart(self, after_s: float = 0.0) -> "Life":
        """Killed, and started again on the same file."""
        self.kill()
        return Life(self._path, self._carriers, self.now + after_s, self._simulated)

    def settle(self, seconds: float = 0.0) -> None:
        """Let time pass and keep what it brings."""
        self.store.commit()
        self.advance(seconds)
        self.store.commit()

    def submitted(self, end: End, **fields: Any) -> str:
        """The id of a message that is kept and answered."""
        asked = end.put(Command.SUBMIT_SM, short(**fields))
        self.store.commit()
        answer = end.answer(asked)
        assert answer is not None
        assert answer.status == Status.ROK
        return str(answer.body.message_id)  # type: ignore[union-attr]

    def rows(self, table: str = "parts") -> int:
        return int(self.store._db.execute(f"SELECT count(*) FROM {table}").fetchone()[0])


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "queue.db"


def ids(end: End) -> list[str]:
    return [str(re.search(r"id:(\S+)", text)[1]) for text in end.receipts()]  # type: ignore[index]


# ---- what was answered is safe


def test_a_submit_is_answered_when_it_is_kept_and_goes_on_then(path: Path) -> None:
    life = Life(path)
    end = End(life)
    asked = end.put(Command.SUBMIT_SM, short())
    life.advance(1)
    assert (end.answer(asked), life.screen()) == (None, [])
    life.store.commit()
    assert end.answer(asked) is not None
    life.advance(1)
    assert life.screen() == ["hei"]


def test_what_was_never_answered_was_never_there(path: Path) -> None:
    life = Life(path)
    End(life).put(Command.SUBMIT_SM, short())
    again = life.restart()
    again.settle(1000)
    assert (again.screen(), again.rows()) == ([], 0)


def test_an_answered_message_arrives_once_in_the_next_life_and_its_receipt_finds_the_client(
    path: Path,
) -> None:
    life = Life(path)
    message_id = life.submitted(End(life))
    again = life.restart(after_s=5)
    again.settle(1)
    assert again.screen() == ["hei"]
    end = End(again)
    assert (ids(end), end.states()) == ([message_id], ["DELIVRD"])
    assert "submit date:2601020304" in end.receipts()[0]
    end.confirm()
    again.settle()
    assert again.rows() == 0
    third = again.restart()
    third.settle(1000)
    assert (third.screen(), End(third).heard) == (["hei"], [])


def test_a_delivered_message_does_not_arrive_again_but_its_receipt_does_until_it_is_confirmed(
    path: Path,
) -> None:
    life = Life(path)
    end = End(life)
    message_id = life.submitted(end)
    life.settle(1)
    assert end.states() == ["DELIVRD"]  # and the program dies before the client answers
    for _ in range(3):
        life = life.restart()
        life.settle(100)
        end = End(life)
        assert (life.screen(), ids(end)) == (["hei"], [message_id])
    end.confirm()
    life.settle()
    assert End(life.restart()).heard == []


def test_who_wants_no_receipt_leaves_nothing_behind(path: Path) -> None:
    life = Life(path)
    life.submitted(End(life), registered_delivery=0)
    life.settle(1)
    assert (life.screen(), life.rows()) == (["hei"], 0)


def test_a_lost_message_is_lost_for_good(path: Path) -> None:
    life = Life(path, quick_with(loss=1.0))
    life.submitted(End(life))
    life.settle()
    assert life.rows() == 0


def test_a_final_receipt_is_owed_though_the_client_has_answered_the_intermediate_one(path: Path) -> None:
    life = Life(path)
    life.switch(power=False)
    end = End(life)
    message_id = life.submitted(end, registered_delivery=0x11)
    life.settle(1)
    assert end.states() == ["ENROUTE"]
    life.switch(power=True)  # the end comes before the answer to the notification
    end.confirm(n=1)
    life.settle()
    assert end.states() == ["DELIVRD"]
    assert ids(End(life.restart())) == [message_id]


def test_what_was_due_while_nobody_ran_is_due_at_once_and_what_has_expired_has(path: Path) -> None:
    slow = {"delay_s_max": 60.0, "delay_s_median": 60.0, "delay_s_sigma": 0.0, "tail_share": 0.0}
    life = Life(path, quick_with(**slow))
    end = End(life)
    life.submitted(end)
    life.submitted(end, destination_addr=OTHER[1:], validity_period="000000000030000R")
    early = life.restart(after_s=50)
    early.settle(9)
    assert early.screen() == []
    early.settle(1)
    assert early.screen() == ["hei"]
    late = early.restart(after_s=100)
    late.settle(0)
    assert (late.screen(), late.screen(OTHER)) == (["hei"], [])
    assert sorted(End(late).states()) == ["DELIVRD", "EXPIRED"]


def test_a_message_waits_for_its_phone_over_lives_and_expires_when_it_said(path: Path) -> None:
    life = Life(path, simulated=False)
    message_id = life.submitted(End(life))
    life.settle(300)
    again = life.restart(after_s=300)
    again.settle(299)
    assert ended(again, message_id) is State.ENROUTE
    again.settle(1)
    assert End(again).states() == ["EXPIRED"]


def test_a_message_for_later_is_for_later_still(path: Path) -> None:
    life = Life(path)
    life.submitted(End(life), schedule_delivery_time="000000010000000R")
    again = life.restart(after_s=1800)
    again.settle(1799)
    assert again.screen() == []
    again.settle(1)
    assert again.screen() == ["hei"]


@pytest.mark.parametrize("how", ["udh8", "udh16", "sar"])
def test_the_parts_of_one_message_may_come_in_two_lives(path: Path, how: Any) -> None:
    text = "Åpne lenken. " * 30
    pieces = parts_of(text, 17, how)
    life = Life(path)
    for n, piece in enumerate(pieces):
        end = End(life)
        fields = {"esm_class": piece.esm_class, "short_message": piece.short_message}
        asked = end.put(Command.SUBMIT_SM, short(**fields, data_coding=piece.data_coding), *piece.tlvs)
        life.store.commit()
        assert end.answer(asked) is not None
        assert life.rows() == n + 1
        life = life.restart()
    life.settle(1)
    assert life.screen() == [text]
    assert len(set(ids(End(life)))) == len(pieces)
    assert life.network.under_way["telenor"] == 0


def test_the_parts_that_were_sent_in_one_go_arrive_once(path: Path) -> None:
    life = Life(path)
    end = End(life)
    for piece in parts_of("Åpne lenken. " * 30, 17, "udh8"):
        end.put(Command.SUBMIT_SM, short(esm_class=0x40, short_message=piece.short_message))
    life.settle(1)
    assert life.screen() == ["Åpne lenken. " * 30]
    assert len(life.events("sms.delivered")) == 3
    assert life.network.under_way["telenor"] == 0


def test_a_submit_multi_keeps_its_one_id(path: Path) -> None:
    life = Life(path)
    both = (Address(1, 1, NUMBER[1:]), Address(1, 1, OTHER[1:]))
    End(life).put(
        Command.SUBMIT_MULTI, SubmitMulti(dest_address=both, registered_delivery=1, short_message=b"hei")
    )
    life.store.commit()
    (message_id,) = {part.message_id for part in life.network.parts}
    again = life.restart()
    again.settle(1)
    assert (again.screen(NUMBER), again.screen(OTHER)) == (["hei"], ["hei"])
    assert ids(End(again)) == [message_id] * 2


def test_octets_that_are_no_text_stay_octets(path: Path) -> None:
    life = Life(path)
    life.submitted(End(life), data_coding=4, short_message=b"\x00\xff")
    life.settle(1)
    again = life.restart()
    assert again.network.handset(NUMBER).screen[0]["binary"] == "00ff"


def test_a_screen_keeps_its_last_messages_in_their_order(path: Path) -> None:
    life = Life(path)
    end = End(life)
    for n in range(SHOWN_MAX + 5):
        life.submitted(end, short_message=str(n).encode(), registered_delivery=0)
        life.settle(1)
    assert life.rows("screens") == SHOWN_MAX
    assert life.restart().screen() == [str(n) for n in range(5, SHOWN_MAX + 5)]


def test_what_was_taken_back_or_replaced_stays_so(path: Path) -> None:
    life = Life(path, simulated=False)
    end = End(life)
    taken_back, replaced = life.submitted(end), life.submitted(end, destination_addr=OTHER[1:])
    for command, body in (
        (Command.CANCEL_SM, Cancel(message_id=taken_back, source_addr="113")),
        (
            Command.REPLACE_SM,
            Replace(replaced, source_addr="113", short_message=b"nytt", registered_delivery=1),
        ),
    ):
        asked = end.put(command, body)
        life.store.commit()
        answer = end.answer(asked)
        assert answer is not None
        assert answer.status == Status.ROK
    again = life.restart()
    assert ended(again, taken_back) is State.DELETED
    (part,) = again.network.parts.find(replaced)
    assert part.message.text == "nytt"
    assert End(again).states() == ["DELETED"]


def test_a_message_of_an_earlier_life_can_be_asked_after(path: Path) -> None:
    life = Life(path, simulated=False)
    message_id = life.submitted(End(life))
    again = life.restart()
    query = Pdu(Command.QUERY_SM, 1, body=Query(message_id, source_addr="113"))
    assert answer_of(again.network, "telenor", "lab113", query, again.now).body.message_state == State.ENROUTE  # type: ignore[union-attr]


def test_ordinals_go_on_and_a_new_run_counts_from_zero(path: Path) -> None:
    carriers = (TELENOR, TELIA, *QUICK[2:])
    life = Life(path, carriers)
    for n in range(5):
        life.submitted(End(life), destination_addr=(NUMBER, OTHER)[n % 2][1:])
    again = life.restart()
    (part,) = again.network.parts.find(again.submitted(End(again)))
    assert part.message.fate == fate(1, TELENOR, NUMBER, 3, 5)
    again.country.new_run(1, {})
    third = again.restart()
    (part,) = third.network.parts.find(third.submitted(End(third)))
    assert part.message.fate == fate(1, TELENOR, NUMBER, 0, 0)


def test_ids_are_never_handed_out_twice(path: Path) -> None:
    life, seen = Life(path, simulated=False), set()
    for _ in range(10):
        for _ in range(10):
            seen.add(life.submitted(End(life, Command.BIND_TRANSMITTER)))
        life = life.restart()
    assert len(seen) == 100
    assert {part.message_id for part in life.network.parts} == seen


def test_what_expired_while_nobody_ran_does_not_arrive(path: Path) -> None:
    life = Life(path, quick_with(delay_s_max=5.0, delay_s_median=5.0, delay_s_sigma=0.0, tail_share=0.0))
    message_id = life.submitted(End(life), validity_period="000000000030000R")
    again = life.restart(after_s=31)
    again.settle(1000)
    end = End(again)
    assert (again.screen(), ids(end), end.states()) == ([], [message_id], ["EXPIRED"])


def replaced(life: Life, end: End, message_id: str, **fields: Any) -> None:
    body = Replace(message_id, source_addr="113", registered_delivery=1, **fields)
    asked = end.put(Command.REPLACE_SM, body)
    life.store.commit()
    answer = end.answer(asked)
    assert answer is not None
    assert answer.status == Status.ROK


@pytest.mark.parametrize("schedule", ["000000010000000R", "260102040405000+"])
def test_a_replaced_message_for_later_keeps_its_time_its_text_and_its_validity(
    path: Path, schedule: str
) -> None:
    life = Life(path, simulated=False)
    end = End(life)
    message_id = life.submitted(
        end, schedule_delivery_time=schedule, validity_period="000000010010000R", short_message=b"gammelt"
    )
    replaced(life, end, message_id, short_message=b"nytt")
    again = life.restart(after_s=1800)
    again.settle(1799)
    phone = Phone(again, answers=False)
    assert (phone.texts, ended(again, message_id)) == ([], State.ENROUTE)
    again.settle(1)
    assert phone.texts == ["nytt"]
    again.settle(10)
    assert End(again).states() == ["EXPIRED"]


def test_a_message_may_be_replaced_for_another_time(path: Path) -> None:
    life = Life(path)
    end = End(life)
    first = life.submitted(end, schedule_delivery_time="000000010000000R")
    second = life.submitted(end, schedule_delivery_time="000000010000000R")
    life.settle(60)
    replaced(life, end, first, short_message=b"sooner", schedule_delivery_time="000000000100000R")
    replaced(
        *(life, end, second),
        short_message=b"later",
        schedule_delivery_time="000000020000000R",
        validity_period="000000020010000R",
    )
    life.settle(59)
    assert life.screen() == []
    life.settle(1)
    assert life.screen() == ["sooner"]
    again = life.restart(after_s=3600)
    again.settle(3539)
    assert again.screen() == ["sooner"]
    again.settle(1)
    assert again.screen() == ["sooner", "later"]


def test_a_new_validity_must_reach_beyond_the_time_of_the_message(path: Path) -> None:
    life = Life(path)
    end = End(life)
    message_id = life.submitted(end, schedule_delivery_time="000000010000000R")
    too_short = Replace(message_id, source_addr="113", validity_period="000000005900000R", short_message=b"x")
    assert end.ask(Command.REPLACE_SM, too_short).status == Status.RINVEXPIRY
    again = life.submitted(end, replace_if_present_flag=1, validity_period="000000000100000R")
    assert again != message_id  # it is a message of its own
    life.settle(1)
    assert life.screen() == ["hei"]
    life.settle(3600)
    assert life.screen() == ["hei", "hei"]


@pytest.mark.parametrize("confirmed", [True, False])
def test_a_second_copy_outlives_the_program(path: Path, confirmed: bool) -> None:
    life = Life(path, quick_with(duplicates=1.0))
    end = End(life)
    message_id = life.submitted(end)
    life.settle(1)
    assert life.screen() == ["hei"]
    if confirmed:
        end.confirm()
        life.settle()
    life = life.restart(after_s=10)
    life.settle(18)
    assert life.screen() == ["hei"]
    assert ids(End(life)) == [] if confirmed else [message_id]
    life.settle(1)
    assert life.screen() == ["hei", "hei"]
    third = life.restart()
    third.settle(1000)
    assert third.screen() == ["hei", "hei"]
    end = End(third)
    assert ids(end) == ([] if confirmed else [message_id])
    end.confirm()
    third.settle()
    assert third.rows() == 0


def test_a_second_copy_that_expired_while_nobody_ran_is_dropped_and_told(path: Path) -> None:
    life = Life(path, quick_with(duplicates=1.0))
    life.submitted(End(life), registered_delivery=0)
    life.settle(1)
    again = life.restart(after_s=2000)
    again.settle(1)
    assert (again.screen(), len(again.events("sms.dropped")), again.rows()) == (["hei"], 1, 0)


def test_what_was_dropped_stays_so(path: Path) -> None:
    life = Life(path, quick_with(duplicates=1.0))
    end = End(life)
    life.submitted(end)
    life.settle(1)
    end.confirm()
    life.switch(power=False, number=OTHER)
    life.submitted(end, destination_addr=OTHER[1:])
    life.country.new_run(2, {})
    life.settle()
    assert life.rows() == 0
    again = life.restart()
    again.switch(power=True, number=OTHER)
    again.settle(1000)
    assert (again.screen(), again.screen(OTHER), End(again).heard) == (["hei"], [], [])


def test_what_was_emptied_stays_empty(path: Path) -> None:
    life = Life(path)
    end = End(life)
    life.submitted(end)
    life.settle(1)
    life.submitted(end, schedule_delivery_time="000000010000000R")
    asked = end.put(Command.SUBMIT_SM, short())
    life.country.empty()
    assert end.answer(asked) is not None
    assert [life.rows(table) for table in ("parts", "screens", "originated")] == [0, 0, 0]
    again = life.restart()
    again.settle(5000)
    assert (again.screen(), End(again).heard) == ([], [])


def test_a_message_from_a_phone_waits_over_lives_for_its_client(path: Path) -> None:
    life = Life(path)
    for text in ("one", "two"):
        send_text(life.country, NUMBER, "113", text, "udh8")
    life.settle()
    again = life.restart(after_s=60)
    end = End(again)
    assert end.receipts() == ["one", "two"]
    end.confirm(n=1)
    again.settle()
    assert [(o.text, o.state) for o in again.network.outbox] == [("one", "delivered"), ("two", "waiting")]
    third = again.restart()
    end = End(third)
    assert end.receipts() == ["two"]
    end.confirm()
    third.settle()
    assert third.rows("originated") == 0
    send_text(third.country, NUMBER, "113", "three", "udh8")  # its row is a new one
    third.submitted(end)
    third.settle()
    assert third.rows("originated") == 1


def test_power_and_coverage_of_phones_outlive_the_program(path: Path) -> None:
    life = Life(path)
    life.switch(power=False)
    life.switch(coverage=False, number=OTHER)
    life.switch(power=False, number=TELIA_NUMBER)
    life.switch(power=True, number=TELIA_NUMBER)
    end = End(life)
    for number in (NUMBER, OTHER, TELIA_NUMBER):
        life.submitted(end, destination_addr=number[1:])
    life.settle()
    again = life.restart()
    again.settle(1)
    found = [again.network.handset(number) for number in (NUMBER, OTHER, TELIA_NUMBER)]
    assert [(each.power, each.coverage) for each in found] == [(False, True), (True, False), (True, True)]
    assert [again.screen(each.number) for each in found] == [[], [], ["hei"]]


def test_a_phone_that_has_yet_to_connect_is_off_whatever_it_was(path: Path) -> None:
    life = Life(path, simulated=False)
    Phone(life)
    life.switch(power=True, coverage=False)
    life.settle()
    handset = life.restart().network.handset(NUMBER)
    assert (handset.power, handset.coverage) == (False, False)


# ---- killed again and again


@pytest.mark.parametrize("seed", range(8))
def test_whatever_happens_in_whatever_order_each_message_arrives_once(path: Path, seed: int) -> None:
    """Submits, phones off and on, clients that come, confirm and go, and a kill at any moment."""
    dice = random.Random(seed)
    life, end = Life(path), None
    answered: dict[str, str] = {}  # id -> text
    asked: dict[int, str] = {}
    receipts: Counter[str] = Counter()
    numbers = [f"+4710{n:06}" for n in range(5)]

    def hear() -> None:
        assert end is not None
        for sequence, text in list(asked.items()):
            if answer := end.answer(sequence):
                assert answer.status == Status.ROK
                answered[answer.body.message_id] = text  # type: ignore[union-attr]
                del asked[sequence]
        receipts.update(ids(end))
        end.confirm()

    for n in range(400):
        if end is None:
            end, asked = End(life), {}
        match dice.randrange(40):
            case 0:
                life, end = life.restart(after_s=dice.choice((0, 1, 60))), None
            case 1:
                end.lose()
                end = None
            case die if die < 18:
                to = dice.choice(numbers)[1:]
                body = short(short_message=str(n).encode(), destination_addr=to)
                asked[end.put(Command.SUBMIT_SM, body)] = str(n)
            case die if die < 21:
                life.switch(power=dice.random() < 0.5, number=dice.choice(numbers))
            case die if die < 28:
                life.advance(dice.choice((0.0, 0.1)))
            case die if die < 33:
                hear()
            case _:
                life.store.commit()
    life.store.commit()
    end = end or End(life)
    hear()
    for number in numbers:
        life.switch(power=True, number=number)
    life.settle(1)
    hear()
    life.settle()
    life = life.restart()
    shown = Counter(text for number in numbers for text in life.screen(number))
    assert set(answered.values()) <= set(shown)
    assert len(answered) > 50
    assert set(shown.values()) == {1}
    assert set(answered) <= set(receipts)
    assert life.rows() == 0


# ---- a store that fails


def full(life: Life) -> None:
    """No page more."""
    life.store._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    pages = life.store._db.execute("PRAGMA page_count").fetchone()[0]
    life.store._db.execute(f"PRAGMA max_page_count = {pages}")


def read_only(life: Life) -> None:
    life.store._db.execute("PRAGMA query_only = ON")


def refused(life: Life, end: End, body: Any, command: Command = Command.SUBMIT_SM) -> None:
    asked = end.put(command, body)
    life.store.commit()
    answer = end.answer(asked)
    assert answer is not None
    assert (answer.command, answer.status) == (command.response, Status.RSYSERR)


@pytest.mark.parametrize("fails", [full, read_only])
def test_what_cannot_be_kept_is_refused_and_not_taken(path: Path, fails: Any) -> None:
    life = Life(path)
    end = End(life)
    fails(life)
    big = short(short_message=b"x" * 140)
    answers = []
    for _ in range(100):  # until the last page is full
        asked = end.put(Command.SUBMIT_SM, big)
        life.store.commit()
        answer = end.answer(asked)
        assert answer is not None
        answers.append(answer.status)
    assert answers[-50:] == [Status.RSYSERR] * 50
    taken = answers.count(Status.ROK)
    life.advance(1)
    assert life.network.handset(NUMBER).taken == taken
    assert len(end.receipts()) == taken
    assert len(list(life.network.parts)) == taken
    assert life.network.under_way["telenor"] == 0
    assert end.session.unanswered == 0


def test_when_there_is_room_again_messages_are_taken_again(path: Path) -> None:
    life = Life(path)
    end = End(life)
    read_only(life)
    refused(life, end, short())
    life.store._db.execute("PRAGMA query_only = OFF")
    message_id = life.submitted(end)
    life.settle(1)
    assert (life.screen(), ids(end)) == (["hei"], [message_id])


def test_of_a_long_message_only_the_part_that_could_not_be_kept_is_refused(path: Path) -> None:
    life = Life(path)
    end = End(life)
    first, second = (short(esm_class=0x40, short_message=bytes((5, 0, 3, 9, 2, n)) + b"del ") for n in (1, 2))
    life.submitted(end, esm_class=0x40, short_message=first.short_message)
    read_only(life)
    refused(life, end, second)
    assert life.network.under_way["telenor"] == 1
    life.store._db.execute("PRAGMA query_only = OFF")
    life.submitted(end, esm_class=0x40, short_message=second.short_message)
    life.settle(1)
    assert life.screen() == ["del del "]
    assert life.network.under_way["telenor"] == 0


def test_a_submit_multi_that_cannot_be_kept_is_refused_whole(path: Path) -> None:
    life = Life(path)
    end = End(life)
    read_only(life)
    both = (Address(1, 1, NUMBER[1:]), Address(1, 1, OTHER[1:]))
    refused(life, end, SubmitMulti(dest_address=both, short_message=b"hei"), Command.SUBMIT_MULTI)
    life.advance(1)
    assert (life.screen(NUMBER), list(life.network.parts), life.network.under_way["telenor"]) == ([], [], 0)


def test_a_new_run_begins_though_the_store_cannot_be_written(path: Path) -> None:
    life = Life(path)
    life.mood("queue_full")
    read_only(life)
    life.country.new_run(7, {})
    assert (life.network.fates.seed, life.country.moods.of("telenor")) == (7, [])


def test_what_became_of_messages_is_kept_once_the_store_can_be_written_again(
    path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    life = Life(path)
    woken: list[int] = []
    life.store._wake = lambda: woken.append(1)
    end = End(life)
    life.submitted(end)
    read_only(life)
    life.advance(1)  # it arrives, and its receipt is confirmed
    end.confirm()
    refused(life, end, short())
    woken.clear()
    life.store.commit()
    assert woken  # it is tried again though nothing else happens
    life.store._db.execute("PRAGMA query_only = OFF")
    life.store.commit()
    assert (life.rows(), life.rows("screens")) == (0, 1)
    again = life.restart()
    again.settle(100)
    assert (again.screen(), End(again).heard) == (["hei"], [])
    assert [record.getMessage().partition(":")[0] for record in caplog.records] == [
        "the store cannot be written"
    ]


def test_what_is_owed_to_a_store_that_cannot_be_written_is_bounded(
    path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("fake_carriers.durable.OWED_MAX", 10)
    life = Life(path)
    read_only(life)
    for n in range(8):
        life.switch(power=False, number=f"+4710{n:06}")
    life.store.commit()
    assert sum(map(len, life.store._changes.values())) == 8
    for n in range(8):
        life.switch(power=False, number=f"+4710{n:06}")
    life.store.commit()
    assert life.store._changes == {}
    assert "16 changes are given up" in caplog.text


# ---- a file that is none


def test_a_store_is_held_by_one_program(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    life, connected = Life(path), sqlite3.connect

    def impatient(file: Path, **options: Any) -> sqlite3.Connection:
        return connected(file, **{**options, "timeout": 0.0})

    monkeypatch.setattr(sqlite3, "connect", impatient)
    with pytest.raises(StoreError, match=r"queue.db cannot be used: .*locked; another program uses it"):
        Durable(path)
    life.store.close()
    Durable(path).close()


def rubbish(path: Path) -> Path:
    path.write_bytes(b"this is no database" * 100)
    return path


def a_picture(path: Path) -> Path:
    path.write_bytes(b"\xff\xd8\xff")
    return path


def somebody_else_s(path: Path) -> Path:
    db = sqlite3.connect(path)
    db.execute("CREATE TABLE parts (name TEXT, price REAL)")
    db.commit()
    db.close()
    return path


@pytest.mark.parametrize(
    "what",
    [
        lambda path: path.parent / "nowhere" / "queue.db",
        lambda path: path.parent,
        rubbish,
        a_picture,
        somebody_else_s,
    ],
)
def test_what_is_no_store_is_told(path: Path, what: Any) -> None:
    file = what(path)
    with pytest.raises(StoreError, match=re.escape(str(file))):
        Durable(file)


def test_a_missing_folder_is_to_be_made(path: Path) -> None:
    folder = path.parent / "nowhere"
    with pytest.raises(StoreError, match=re.escape(f"make the folder {folder} first")):
        Durable(folder / "queue.db")


def test_a_store_of_other_carriers_is_told(path: Path) -> None:
    life = Life(path, simulated=False)
    life.submitted(End(life))
    life.kill()
    with pytest.raises(KeyError):
        Life(path, QUICK[1:])


# ---- versions

VERSION_1 = """
CREATE TABLE parts (
    row INTEGER PRIMARY KEY, message INTEGER, total INTEGER, id TEXT, door TEXT, account TEXT, note TEXT,
    request BLOB, submitted_at REAL, expires_at REAL, carrier TEXT, delay_s REAL, duplicate_after_s REAL,
    receipt_s REAL, end INTEGER, state INTEGER, ended_at REAL);
CREATE TABLE screens (
    n INTEGER PRIMARY KEY, number TEXT, id TEXT, sender TEXT, text TEXT, at REAL, binary TEXT,
    UNIQUE (number, id));
CREATE TABLE ordinals (number TEXT PRIMARY KEY, carrier TEXT, sent INTEGER) WITHOUT ROWID;
"""


def test_a_store_of_the_first_version_is_taken_up(path: Path) -> None:
    request = short(schedule_delivery_time="000000010000000R", validity_period="000000001000000R")
    frame = encode(Pdu(Command.SUBMIT_SM, 1, body=request))
    db = sqlite3.connect(path)
    db.executescript(VERSION_1)
    row = (7, 7, 1, "123", "telenor", "lab113", "", frame, NOW, NOW + 4200, "telenor", 0.0, None, 0.0, 2, 1)
    db.execute(f"INSERT INTO parts VALUES ({','.join('?' * 16)}, NULL)", row)
    db.execute("INSERT INTO ordinals VALUES (?, 'telenor', 1)", (NUMBER,))
    db.commit()
    db.close()
    life = Life(path)
    life.settle(3599)
    assert life.screen() == []
    life = life.restart()
    life.settle(1)
    life.settle()
    end = End(life)
    assert (life.screen(), ids(end)) == (["hei"], ["123"])
    end.confirm()
    life.settle()
    assert life.rows() == 0


def test_a_store_of_a_later_version_is_refused_and_left_as_it_is(path: Path) -> None:
    Durable(path).close()
    db = sqlite3.connect(path)
    assert db.execute("PRAGMA user_version").fetchone() == (2,)
    db.execute("PRAGMA user_version = 3")
    db.close()
    for _ in range(2):
        with pytest.raises(StoreError, match=r"queue.db has version 3, and this program reads 2: start the"):
            Durable(path)
