"""The handset side: a phone, on or off, in coverage or not; what waits for it and what it shows. Pure."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

SHOWN_MAX = 50


@dataclass(frozen=True, slots=True)
class Arrival:
    """One whole text on its way into a phone. `arrival_id` is the phone's name for it."""

    arrival_id: str
    sender: str
    text: str
    octets: bytes | None
    """Of a message that is no text."""
    received: Callable[[float], None]
    """Called when the phone has it."""


Line = Callable[[Arrival | None], None]
"""How to reach a connected phone: takes an arrival, or None when another phone has replaced it."""
Show = Callable[[str, dict[str, Any], str | None], None]
"""Told (number, what is shown, arrival_id of what has left the screen)."""
Switched = Callable[[str, bool, bool], None]
"""Told (number, power, coverage) when somebody has switched or moved the phone."""


class Handset:
    """One number. With `simulated` it takes messages by itself; else it is off until a phone connects.

    An arrival stays until the phone has it: a connected phone must say so, and gets it again, with the
    same id, on each new connection until then.
    """

    __slots__ = (
        *("coverage", "heard_at", "number", "power", "screen", "taken"),
        *("_line", "_shown", "_simulated", "_switched", "_waiting"),
    )

    def __init__(
        self, number: str, simulated: bool, shown: Show, switched: Switched = lambda *told: None
    ) -> None:
        self.number = number
        self.power = simulated
        self.coverage = True
        self.heard_at = 0.0  # when something last happened with it
        self.taken = 0  # messages in all
        self.screen: deque[dict[str, Any]] = deque()
        self._simulated = simulated
        self._shown, self._switched = shown, switched
        self._waiting: dict[str, Arrival] = {}
        self._line: Line | None = None

    @property
    def attached(self) -> bool:
        return self._line is not None

    @property
    def waiting(self) -> int:
        return len(self._waiting)

    @property
    def can_be_on(self) -> bool:
        """There is a phone at all."""
        return self._simulated or self._line is not None

    @property
    def reachable(self) -> bool:
        return self.power and self.coverage and self.can_be_on

    def arrive(self, arrival: Arrival, now: float) -> bool:
        """A message comes, perhaps again; False when the phone cannot be reached and it waits."""
        self._waiting[arrival.arrival_id] = arrival
        self.heard_at = now
        return self._offer(arrival, now)

    def _offer(self, arrival: Arrival, now: float) -> bool:
        if not self.reachable:
            return False
        if self._line is not None:
            self._line(arrival)
        else:
            self._take(arrival, now)
        return True

    def switch(self, now: float, power: bool | None = None, coverage: bool | None = None) -> None:
        """Switch the phone on or off, move it; a phone that is switched on gets all that waits.

        One that only comes back into coverage is found by the next retry.
        """
        was_on, self.heard_at = self.power, now
        self.power = self.power if power is None else power
        self.coverage = self.coverage if coverage is None else coverage
        self._switched(self.number, self.power, self.coverage)
        if self.power and not was_on:
            self._offer_all(now)

    def was(self, power: bool, coverage: bool) -> None:
        """So it was in an earlier life; a phone that has yet to connect is off."""
        self.power, self.coverage = power and self._simulated, coverage

    def connect(self, line: Line, now: float) -> None:
        """A phone connects: it gets all that waits, and replaces the one before it."""
        if self._line:
            self._line(None)
        self._line, self.power, self.heard_at = line, True, now
        self._offer_all(now)

    def _offer_all(self, now: float) -> None:
        for arrival in list(self._waiting.values()):
            self._offer(arrival, now)

    def disconnect(self, line: Line) -> None:
        """This phone is gone; nothing when another has replaced it."""
        if self._line is line:
            self._line = None
            self.power = self._simulated

    def got(self, arrival_id: str, now: float) -> None:
        """The phone acknowledges; nothing when there is no such arrival any more."""
        if arrival := self._waiting.get(arrival_id):
            self._take(arrival, now)

    def _take(self, arrival: Arrival, now: float) -> None:
        self._waiting.pop(arrival.arrival_id, None)
        self.heard_at, self.taken = now, self.taken + 1
        shown: dict[str, Any] = {
            "message_id": arrival.arrival_id,
            "from": arrival.sender,
            "text": arrival.text,
            "at": now,
        }
        if arrival.octets is not None:
            shown["binary"] = arrival.octets.hex()
        self.screen.append(shown)
        left = self.screen.popleft()["message_id"] if len(self.screen) > SHOWN_MAX else None
        self._shown(self.number, shown, left)
        arrival.received(now)

    def correct(self, arrival: Arrival) -> None:
        """Another text in the place of one that waits; nothing when it does not wait."""
        if arrival.arrival_id in self._waiting:
            self._waiting[arrival.arrival_id] = arrival

    def forget(self, arrival_id: str) -> None:
        """The message has expired or was cancelled: it is not offered again."""
        self._waiting.pop(arrival_id, None)

    def empty(self) -> None:
        """Nothing waits for it, nothing is on its screen, it has had nothing."""
        self._waiting.clear()
        self.screen.clear()
        self.taken = 0


class Handsets(dict[str, Handset]):
    """The handset of each number, made when something first comes for it."""

    def __init__(self, simulated: bool, shown: Show, switched: Switched) -> None:
        super().__init__()
        self._simulated, self._shown, self._switched = simulated, shown, switched

    def __missing__(self, number: str) -> Handset:
        made = self[number] = Handset(number, self._simulated, self._shown, self._switched)
        return made
