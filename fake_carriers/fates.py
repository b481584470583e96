"""Which message of a number it is, and so what becomes of it. Pure."""

from collections import Counter
from collections.abc import Mapping

from fake_carriers.fate import Carrier, Fate, fate


class Fates:
    """Draws each message's fate by its place among those to its number, counting from zero."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self._to_number: Counter[str] = Counter()
        self._by_carrier: Counter[str] = Counter()

    def draw(self, carrier: Carrier, number: str) -> tuple[Fate, int]:
        """The fate of the next message to this number, and how many it makes."""
        ordinal = self._to_number[number]
        drawn = fate(self.seed, carrier, number, ordinal, self._by_carrier[carrier.name])
        self._to_number[number] = ordinal + 1
        self._by_carrier[carrier.name] += 1
        return drawn, ordinal + 1

    def go_on_from(self, sent: Mapping[str, tuple[str, int]]) -> None:
        """Count on from number -> (carrier, messages sent to it)."""
        for number, (carrier, count) in sent.items():
            self._to_number[number] = count
            self._by_carrier[carrier] += count
