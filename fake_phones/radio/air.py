"""A radio link at work on asyncio's clock: packets and waits of one phone, or of one network namespace."""

import asyncio
import heapq
import itertools
import math
from collections import Counter
from collections.abc import Callable, Sequence

from fake_phones.radio.conditions import Direction
from fake_phones.radio.exchange import Flight, arrival
from fake_phones.radio.link import Link
from fake_phones.radio.radio import Radio

SOON_S = 0.0002
"""A packet that is due so soon goes at once."""
ON_THE_WAY_MOST = 4096
"""More packets than this are on no link that this lab knows; what comes on top is lost."""

Carry = Callable[[Direction, int, Callable[[], None]], None]
"""Carry a packet of so many octets (IP header included): call the function each time that it arrives."""


class Air:
    """What is between a phone and the network. Use it in a running event loop; `close` it at the end.

    `media_blocked`: words pass, but no packet of a picture's connection, as behind a firewall without UDP.
    """

    def __init__(self, radio: Radio, seed: int, *, media_blocked: bool = False) -> None:
        self.counts: Counter[str] = Counter()
        """`up_packets`, `up_octets`, `up_lost`, `up_doubled`, and the same of `down`."""
        self._loop = asyncio.get_running_loop()
        self._link, self._words = Link(radio, seed, "packets"), Link(radio, seed, "exchange")
        self._on_the_way: list[tuple[float, int, Callable[[], None]]] = []
        self._numbers = itertools.count()
        self._timer: asyncio.TimerHandle | None = None
        self._dark_until = float("-inf")
        self._media_blocked = media_blocked

    @property
    def radio(self) -> Radio:
        return self._link.radio

    def begin(self) -> None:
        """The radio's course begins, unless it has."""
        now = self._loop.time()
        self._link.begin(now)
        self._words.begin(now)

    def become(self, radio: Radio) -> None:
        """Another course from now on."""
        now = self._loop.time()
        self._link.become(radio, now)
        self._words.become(radio, now)

    def black_out(self, for_s: float) -> None:
        """Nothing passes for so long, whatever the course says."""
        self._dark_until = self._loop.time() + for_s

    def address(self) -> int:
        """How often the phone has changed its address."""
        return self._link.address(self._loop.time())

    def carry(self, direction: Direction, octets: int, arrive: Callable[[], None]) -> None:
        """One packet, by whatever address. See Carry."""
        dues = self._link.passes(direction, octets, self._loop.time())
        if len(self._on_the_way) >= ON_THE_WAY_MOST or self._loop.time() < self._dark_until:
            dues = []
        self._count(direction, octets, len(dues))
        for due in dues:
            heapq.heappush(self._on_the_way, (due, next(self._numbers), arrive))
        self._arrive()

    def way(self) -> Carry:
        """The way of media from and to the phone's present address; dead once it has got another."""
        address = self.address()

        def carry(direction: Direction, octets: int, arrive: Callable[[], None]) -> None:
            if self.address() == address and not self._media_blocked:
                self.carry(direction, octets, arrive)
            else:
                self._count(direction, octets, 0)

        return carry

    async def takes(self, flights: Sequence[Flight]) -> None:
        """Wait as long as these words take. Raises TimeoutError when they never arrive."""
        now = self._loop.time()
        there = arrival(self._words, flights, now)
        if there == math.inf:
            raise TimeoutError(f"the radio ({self.radio.name}) let nothing through for too long")
        await asyncio.sleep(there - now)

    def close(self) -> None:
        """Nothing arrives any more. Again: nothing more."""
        self._on_the_way.clear()
        if self._timer:
            self._timer.cancel()

    def _count(self, direction: Direction, octets: int, arrivals: int) -> None:
        self.counts[f"{direction}_packets"] += 1
        self.counts[f"{direction}_octets"] += octets
        self.counts[f"{direction}_lost"] += arrivals == 0
        self.counts[f"{direction}_doubled"] += arrivals > 1

    def _arrive(self) -> None:
        """Let arrive what is due, in order, and wake again for the next."""
        until = self._loop.time() + SOON_S
        while self._on_the_way and self._on_the_way[0][0] <= until:
            heapq.heappop(self._on_the_way)[2]()
        if self._timer:
            self._timer.cancel()
            self._timer = None
        if self._on_the_way:
            self._timer = self._loop.call_at(self._on_the_way[0][0], self._arrive)
