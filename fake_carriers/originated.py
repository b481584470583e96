"""Messages from phones (MO), and whether a client has them. Pure."""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from fake_carriers.smpp import Command, Pdu, ShortMessage, Tlv
from fake_carriers.text import Place, decode_text, place_of

KEPT = 20_000
Progress = Literal["waiting", "delivered", "refused"]


@dataclass(eq=False, slots=True)
class Originated:
    """One part of a message that a phone has sent; it waits for a client that is bound at its carrier."""

    row: int  # its number in the store
    carrier: str
    request: ShortMessage  # the deliver_sm
    tlvs: tuple[Tlv, ...]
    sent_at: float  # Unix time
    state: Progress = "waiting"
    ended_at: float | None = None  # Unix time

    @property
    def sender(self) -> str:
        return f"+{self.request.source_addr}"

    @property
    def place(self) -> Place | None:
        return self._read[0]

    @property
    def text(self) -> str:
        """The text of this part alone."""
        return decode_text(self._read[1], self.request.data_coding)

    @property
    def octets(self) -> bytes:
        return self._read[1]

    @property
    def _read(self) -> tuple[Place | None, bytes]:
        return place_of(Pdu(Command.DELIVER_SM, 0, 0, self.request, self.tlvs))


class Outbox:
    """The last that were sent, oldest first."""

    def __init__(self) -> None:
        self._sent: deque[Originated] = deque(maxlen=KEPT)

    def __iter__(self) -> Iterator[Originated]:
        return iter(self._sent)

    def add(self, originated: Originated) -> None:
        self._sent.append(originated)

    def clear(self) -> None:
        self._sent.clear()
