"""The handset side: what has reached a phone's number, and the phone that is connected, if any. Pure."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Arrival:
    """One whole text on its way into a phone. `arrival_id` is the phone's name for it."""

    arrival_id: str
    sender: str
    text: str
    received: Callable[[], None]
    """Called when the phone has said that it got it."""


Line = Callable[[Arrival | None], None]
"""How to reach a connected phone: takes an arrival, or None when another phone has replaced it."""


class Handset:
    """One number: an arrival stays until the phone acknowledges it, and goes out once per connection."""

    def __init__(self) -> None:
        self._inbox: dict[str, Arrival] = {}
        self._line: Line | None = None

    def arrive(self, arrival: Arrival) -> None:
        """A message has reached the number; it waits when no phone is connected."""
        self._inbox[arrival.arrival_id] = arrival
        if self._line:
            self._line(arrival)

    def connect(self, line: Line) -> None:
        """A phone connects: it gets all that waits, and replaces the one before it."""
        if self._line:
            self._line(None)
        self._line = line
        for arrival in list(self._inbox.values()):
            line(arrival)

    def disconnect(self, line: Line) -> None:
        """This phone is gone; nothing when another has replaced it."""
        if self._line is line:
            self._line = None

    def got(self, arrival_id: str) -> None:
        """The phone acknowledges; nothing when there is no such arrival any more."""
        if arrival := self._inbox.pop(arrival_id, None):
            arrival.received()

    def forget(self, arrival_id: str) -> None:
        """The message has expired: it is not offered again."""
        self._inbox.pop(arrival_id, None)
