"""What the tests of fake_carriers share: quick carriers, and a country on a clock turned by hand."""

import itertools
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from fake_carriers.agenda import Agenda
from fake_carriers.carriers import load_carriers
from fake_carriers.country import Country
from fake_carriers.fate import Carrier
from fake_carriers.handsets import Arrival, Handset
from fake_carriers.message import Client, Part
from fake_carriers.moods import Mood
from fake_carriers.smpp import (
    Bind,
    Command,
    Framer,
    MessageId,
    Pdu,
    ShortMessage,
    Tlv,
    decode,
    encode,
)
from fake_carriers.state import State
from fake_carriers.store import Store
from fake_carriers.submission import submission_of
from fake_carriers.text import Part as Piece

TELENOR, TELIA, ICE = load_carriers()
NUMBER, OTHER, TELIA_NUMBER = "+4710000001", "+4710000002", "+4711000001"
NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC).timestamp()  # a Friday


def quick(carrier: Carrier, **changed: Any) -> Carrier:
    """The carrier without waits and without losses."""
    calm = {"delay_s_max": 0.0, "loss": 0.0, "duplicates": 0.0, "receipt_s_min": 0.0, "receipt_s_max": 0.0}
    return replace(carrier, **{**calm, **changed})


QUICK = (quick(TELENOR), quick(TELIA), quick(ICE))


def quick_with(**changed: Any) -> tuple[Carrier, ...]:
    """Quick carriers, and Telenor with something changed."""
    return quick(TELENOR, **changed), *QUICK[1:]


class Bench:
    """A country on a clock turned by hand. Its phones are off until they connect, unless `simulated`.

    What it tells is in `told` as (seconds since the start, event, facts).
    """

    def __init__(
        self,
        carriers: Sequence[Carrier] = QUICK,
        seed: int = 1,
        *,
        begins_at: float = 0.0,
        store: Store | None = None,
        simulated: bool = False,
    ) -> None:
        self.now = self.begins_at = begins_at
        self.told: list[tuple[float, str, dict[str, Any]]] = []
        self.agenda = Agenda()
        self.country = Country(
            carriers,
            seed,
            self._tell,
            lambda: self.now,
            agenda=self.agenda,
            store=store,
            simulated=simulated,
        )
        self.network = self.country.network

    def _tell(self, event: str, **facts: Any) -> None:
        self.told.append((self.now - self.begins_at, event, facts))

    def advance(self, seconds: float) -> None:
        """Let time pass, step by step of the agenda."""
        until = self.now + seconds
        next_at = self.agenda.run(self.now)
        while next_at is not None and next_at <= until:
            self.now = max(self.now, next_at)
            next_at = self.agenda.run(self.now)
        self.now = until

    def events(self, name: str = "") -> list[Any]:
        """The names of all events, or the facts of those with a name."""
        return [facts if name else event for _, event, facts in self.told if name in ("", event)]

    def mood(self, kind: str, for_s: float | None = None, carrier: str = "telenor", **fields: Any) -> int:
        return self.country.moods.begin(carrier, Mood(kind, **fields), for_s, self.now).id

    def calm(self, carrier: str = "telenor") -> None:
        assert self.country.moods.end(carrier, None, self.now)

    def take(self, *tlvs: Tlv, **fields: Any) -> Part:
        """Take a message, past every door."""
        pdu = Pdu(Command.SUBMIT_SM, 1, body=short(**fields), tlvs=tlvs)
        return self.network.take(submission_of(pdu, self.now), Client("telenor", "lab113"), self.now)

    def send(self, octets: bytes = b"hei", to: str = NUMBER, *tlvs: Tlv, **fields: Any) -> Part:
        """Take a message and accept it."""
        part = self.take(*tlvs, short_message=octets, destination_addr=to, **fields)
        self.network.accepted(part, self.now)
        return part

    def take_piece(self, piece: Piece) -> Part:
        return self.take(*piece.tlvs, **piece_fields(piece))

    def send_piece(self, piece: Piece) -> Part:
        part = self.take_piece(piece)
        self.network.accepted(part, self.now)
        return part

    def part(self, n: int, octets: bytes, of: int = 2, reference: int = 9, **fields: Any) -> Part:
        """`send` with an 8-bit header."""
        return self.send(bytes((5, 0, 3, reference, of, n)) + octets, esm_class=0x40, **fields)

    def screen(self, number: str = NUMBER) -> list[str]:
        return [shown["text"] for shown in self.network.handset(number).screen]

    def switch(self, power: bool | None = None, coverage: bool | None = None, number: str = NUMBER) -> None:
        self.network.handset(number).switch(self.now, power, coverage)


class Phone:
    """A phone on a wire: keeps what it gets, and acknowledges unless it is deaf."""

    def __init__(self, bench: Bench, number: str = NUMBER, answers: bool = True) -> None:
        self.got: list[Arrival | None] = []
        self.at_s: list[float] = []
        self._bench, self._answers = bench, answers
        self.handset: Handset = bench.network.handset(number)
        self.line = self._line
        self.handset.connect(self.line, bench.now)

    def _line(self, arrival: Arrival | None) -> None:
        self.got.append(arrival)
        self.at_s.append(self._bench.now - self._bench.begins_at)
        if arrival and self._answers:
            self.handset.got(arrival.arrival_id, self._bench.now)

    @property
    def texts(self) -> list[str]:
        return [arrival.text for arrival in self.got if arrival]


class End:
    """The client's end of an SMPP session without a wire; bound unless `bind` is None."""

    def __init__(
        self, bench: Bench, bind: Command | None = Command.BIND_TRANSCEIVER, carrier: str = "telenor"
    ) -> None:
        self.bench, self.smsc = bench, bench.country.smscs[carrier]
        self.closed, self._framer = False, Framer()
        self._sequence = itertools.count(1)
        self.heard: list[Pdu] = []
        self.session = self.smsc.opened(self._hear, self._close, bench.now)
        if bind is not None:
            assert self.bind(bind).status == 0

    def _hear(self, octets: bytes) -> None:
        self.heard += [decode(frame) for frame in self._framer.feed(octets)]

    def _close(self) -> None:
        self.closed = True

    def bind(self, how: Command, system_id: str = "lab113", password: str = "lab113") -> Pdu:
        return self.ask(how, Bind(system_id, password))

    def say(self, pdu: Pdu) -> None:
        self.session.receive(encode(pdu), self.bench.now)

    def put(self, command: Command, body: Any = None, *tlvs: Tlv) -> int:
        """Ask without waiting; the sequence number."""
        sequence = next(self._sequence)
        self.say(Pdu(command, sequence, body=body, tlvs=tlvs))
        return sequence

    def answer(self, sequence: int) -> Pdu | None:
        """The response that has come, once."""
        for pdu in self.heard:
            if pdu.command.is_response and pdu.sequence == sequence:
                self.heard.remove(pdu)
                return pdu
        return None

    def ask(self, command: Command, body: Any = None, *tlvs: Tlv) -> Pdu:
        found = self.answer(self.put(command, body, *tlvs))
        assert found is not None, f"{command.name} has no answer: {self.heard}"
        return found

    def submit(self, *tlvs: Tlv, **fields: Any) -> Pdu:
        return self.ask(Command.SUBMIT_SM, short(**fields), *tlvs)

    def submitted(self, *tlvs: Tlv, **fields: Any) -> str:
        """The id of a message that was taken."""
        response = self.submit(*tlvs, **fields)
        assert response.status == 0
        assert isinstance(response.body, MessageId)
        return response.body.message_id

    def deliveries(self) -> list[Pdu]:
        return [pdu for pdu in self.heard if pdu.command is Command.DELIVER_SM]

    def receipts(self) -> list[str]:
        """The texts of the deliver_sm that have come."""
        return [body_of(pdu).short_message.decode("latin-1") for pdu in self.deliveries()]

    def states(self) -> list[str]:
        """What the receipts say."""
        return [text.partition("stat:")[2].split()[0] for text in self.receipts()]

    def confirm(self, status: int = 0, n: int | None = None) -> None:
        """Answer the first `n` deliver_sm that have come; they are not heard any more."""
        for pdu in self.deliveries()[:n]:
            self.heard.remove(pdu)
            self.say(Pdu(Command.DELIVER_SM_RESP, pdu.sequence, status, MessageId()))

    def lose(self) -> None:
        """The connection breaks."""
        self.smsc.lost(self.session, self.bench.now)


def piece_fields(piece: Piece) -> dict[str, Any]:
    """What a part of a text says of itself in a short message."""
    return {
        "esm_class": piece.esm_class,
        "data_coding": piece.data_coding,
        "short_message": piece.short_message,
    }


def short(**fields: Any) -> ShortMessage:
    """A short message to NUMBER that asks for a receipt."""
    asked = {"destination_addr": NUMBER[1:], "dest_addr_ton": 1, "source_addr": "113"}
    return ShortMessage(**{**asked, "short_message": b"hei", "registered_delivery": 1, **fields})


def body_of(pdu: Pdu) -> ShortMessage:
    assert isinstance(pdu.body, ShortMessage)
    return pdu.body


def ended(bench: Bench, message_id: str) -> State:
    (part,) = bench.network.parts.find(message_id)
    return part.state
