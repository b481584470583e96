"""The packet rule: what becomes of each packet in one direction. Pure: `now` and every draw are given."""

from statistics import NormalDist

from draws import bernoulli, uniform
from fake_phones.radio.conditions import Conditions, Direction

_NORMAL = NormalDist()


class Channel:
    """One direction of one phone's radio. `conditions` may be set at any time.

    Draws are keyed by (seed, direction, entity, number of the packet): the same packets at the same times
    have the same fate, and one more kind of trouble does not change the others' draws.
    """

    def __init__(self, conditions: Conditions, seed: int, direction: Direction, entity: str = "") -> None:
        self.conditions = conditions
        self._seed, self._direction, self._entity = seed, direction, entity
        self._packet = 0
        self._bad = False
        self._free_at = float("-inf")  # when the packets before it have been sent
        self._last_due = float("-inf")

    def passes(self, octets: int, now: float) -> list[float]:
        """When a packet of so many octets (IP header included) arrives that is sent `now`.

        [] when it is lost, twice the time when it is doubled. `now` must not decrease.
        """
        c, self._packet = self.conditions, self._packet + 1
        if self._is_lost(c):
            return []
        sent = self._sent(c, octets, now)
        if sent is None:
            return []
        due = sent + self._delay_s(c)
        if c.reorder and self._drawn("reorder", c.reorder):
            due += c.reorder_s
        else:
            due = self._last_due = max(due, self._last_due)
        return [due, due] if c.duplicates and self._drawn("duplicates", c.duplicates) else [due]

    def _is_lost(self, c: Conditions) -> bool:
        if c.burst_p:
            turn = c.burst_r if self._bad else c.burst_p
            self._bad ^= self._drawn("turn", turn)
        else:
            self._bad = False
        if self._bad and (c.burst_loss == 1 or self._drawn("burst", c.burst_loss)):
            return True
        return c.loss == 1 or (c.loss > 0 and self._drawn("loss", c.loss))

    def _sent(self, c: Conditions, octets: int, now: float) -> float | None:
        """When the last bit has left the queue; None when the queue is full."""
        if c.rate_bit_per_s is None:
            return now
        begins = max(now, self._free_at)
        if begins - now > c.queue_s:
            return None
        self._free_at = begins + octets * 8 / c.rate_bit_per_s
        return self._free_at

    def _delay_s(self, c: Conditions) -> float:
        if not c.jitter_s:
            return c.delay_s
        return max(0.0, c.delay_s + c.jitter_s * _NORMAL.inv_cdf(self._u("jitter")))

    def _drawn(self, what: str, share: float) -> bool:
        return bernoulli(self._u(what), share)

    def _u(self, what: str) -> float:
        return uniform(self._seed, f"radio/{what}/{self._direction}", self._entity, self._packet)
