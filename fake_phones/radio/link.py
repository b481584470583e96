"""A phone's radio link: both directions, over the course of a radio."""

from fake_phones.radio.channel import Channel
from fake_phones.radio.conditions import DIRECTIONS, Direction
from fake_phones.radio.radio import Radio


class Link:
    """Any clock will do, as long as it is always the same one. `entity` keys the draws of this link."""

    def __init__(self, radio: Radio, seed: int, entity: str = "") -> None:
        self.radio = radio
        self._begun: float | None = None
        self._channels = {d: Channel(radio.at(0, d), seed, d, entity) for d in DIRECTIONS}

    def begin(self, now: float) -> None:
        """The course begins now, unless it has begun; until then it stands at its time 0."""
        if self._begun is None:
            self._begun = now

    def become(self, radio: Radio, now: float) -> None:
        """Another course, from its time 0 on; what is queued stays queued."""
        self.radio, self._begun = radio, now

    def passes(self, direction: Direction, octets: int, now: float) -> list[float]:
        """See Channel.passes."""
        channel = self._channels[direction]
        channel.conditions = self.radio.at(self._t_s(now), direction)
        return channel.passes(octets, now)

    def address(self, now: float) -> int:
        """How often the phone has changed its address."""
        return self.radio.address(self._t_s(now))

    def _t_s(self, now: float) -> float:
        return 0.0 if self._begun is None else now - self._begun
