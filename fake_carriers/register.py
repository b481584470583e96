"""The parts that can be asked for by their id: all that are under way, and the last that have ended. Pure."""

import itertools
from collections import deque
from collections.abc import Iterator, Sequence

from fake_carriers.message import Part

ENDED_KEPT = 20_000


class Register:
    """Parts of a submit_multi share an id."""

    def __init__(self) -> None:
        self._parts: dict[str, list[Part]] = {}
        self._ended: deque[Part] = deque()

    def __iter__(self) -> Iterator[Part]:
        """In the order in which they were taken."""
        return itertools.chain.from_iterable(self._parts.values())

    def find(self, message_id: str) -> Sequence[Part]:
        """None when the id is unknown, or known no more."""
        return self._parts.get(message_id, ())

    def add(self, part: Part) -> None:
        self._parts.setdefault(part.message_id, []).append(part)

    def ended(self, part: Part) -> None:
        """It is kept until so many others have ended."""
        self._ended.append(part)
        if len(self._ended) > ENDED_KEPT:
            self.remove(self._ended.popleft())

    def clear(self) -> None:
        """No part is known."""
        self._parts.clear()
        self._ended.clear()

    def remove(self, part: Part) -> None:
        left = [other for other in self._parts.get(part.message_id, ()) if other is not part]
        if left:
            self._parts[part.message_id] = left
        else:
            self._parts.pop(part.message_id, None)
