"""What happens to messages, told as events and counted by carrier. Pure."""

from collections import Counter, defaultdict
from collections.abc import Callable
from typing import Any

from fake_carriers.message import Part

Tell = Callable[..., Any]


class Ledger:
    """`counts` of events, and messages `under_way`, both by carrier."""

    def __init__(self, tell: Tell) -> None:
        self._tell = tell
        self.counts: defaultdict[str, Counter[str]] = defaultdict(Counter)
        self.under_way: Counter[str] = Counter()

    def told(self, event: str, part: Part, counted_as: str = "", **facts: Any) -> None:
        """Tell `event(**facts)` of this part, and count it."""
        self.counts[part.message.carrier][counted_as or event] += 1
        self._tell(event, **part.facts(), **facts)
