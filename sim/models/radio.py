"""A caller's radio as a model: how long words take on it, and for how long the picture is away.

The packet rule, the words and the waits are the phones' own; here they are told on the virtual clock.
"""

from collections.abc import Sequence
from functools import cache

from fake_phones.radio.exchange import (
    COMES_BACK_WITHIN_S,
    CONNECT_LIMIT_S,
    GIVEN_UP_AFTER_S,
    KEYFRAME,
    KEYFRAME_WANTED,
    OPEN,
    ORDER,
    PRESS,
    PUBLISH,
    SILENT_AFTER_S,
    Flight,
    arrival,
)
from fake_phones.radio.link import Link
from fake_phones.radio.profiles import BadRadio, named
from sim.call import Filmed

FREEZE_S_MIN = 0.217
"""A gap of 15 frames a second that counts as a freeze: the mean of 67 ms and 150 ms more (W3C)."""

radio = cache(named)
"""The radio of this name. Raises BadRadio."""


class ModelledRadio:
    """The radio of one call's phone, from the moment when it opens its link (`begun_s`)."""

    def __init__(self, call: Filmed, begun_s: float) -> None:
        assert call.radio is not None
        self._radio, self._seed, self._begun_s = radio(call.radio), call.radio_seed, begun_s
        self._words = self._link("exchange")

    def takes_s(self, flights: Sequence[Flight], now_s: float) -> float:
        """How long these words take; infinite when they never arrive."""
        return arrival(self._words, flights, now_s) - now_s

    def frozen_s(self, from_s: float, to_s: float) -> tuple[int, float]:
        """(freezes, seconds frozen) of a picture that is looked at from `from_s` to `to_s`.

        By outages and changes of address alone; what single losses freeze is left out.
        """
        until_s = to_s - self._begun_s
        gone = [(a, self._back_s(a, b)) for a, b in self._radio.outages(until_s)]
        gone += [(a, self._anew_s(a)) for a in self._radio.address_changes(until_s)]
        spans = [
            (max(self._begun_s + a, from_s), min(self._begun_s + b, to_s))
            for a, b in sorted(gone)
            if self._begun_s + b > from_s
        ]
        frozen = [b - a for a, b in _merged(spans) if b - a >= FREEZE_S_MIN]
        return len(frozen), sum(frozen)

    def _back_s(self, begun_s: float, over_s: float) -> float:
        """When the picture of an outage is back, on the course's clock."""
        if over_s - begun_s < SILENT_AFTER_S + COMES_BACK_WITHIN_S:
            return self._arrival((*KEYFRAME_WANTED, *KEYFRAME), over_s)
        return self._anew_s(begun_s)

    def _anew_s(self, lost_s: float) -> float:
        """When it is back after the phone has given its connection up and made another."""
        return self._arrival((*PUBLISH, *KEYFRAME), lost_s + SILENT_AFTER_S + COMES_BACK_WITHIN_S)

    def _arrival(self, flights: Sequence[Flight], t_s: float) -> float:
        return arrival(self._link(f"back/{t_s:g}"), flights, self._begun_s + t_s) - self._begun_s

    def _link(self, entity: str) -> Link:
        link = Link(self._radio, self._seed, entity)
        link.begin(self._begun_s)
        return link


def _merged(spans: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """Spans that overlap, as one."""
    merged: list[tuple[float, float]] = []
    for a, b in spans:
        if merged and a <= merged[-1][1]:
            merged[-1] = merged[-1][0], max(merged[-1][1], b)
        elif b > a:
            merged.append((a, b))
    return merged


__all__ = [
    "CONNECT_LIMIT_S",
    "GIVEN_UP_AFTER_S",
    "KEYFRAME",
    "KEYFRAME_WANTED",
    "OPEN",
    "ORDER",
    "PRESS",
    "PUBLISH",
    "BadRadio",
    "Flight",
    "ModelledRadio",
    "radio",
]
