"""Night: at some hours of every day, by local time, another centre takes a centre's calls."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import time
from typing import Annotated

from pydantic import Field

CLOCK = re.compile(r"([01]\d|2[0-3]):[0-5]\d")


@dataclass(frozen=True, slots=True)
class Night:
    """From the minute `from_` to `until`, over midnight or not, `to` takes the calls. Raises ValueError."""

    to: str
    from_: Annotated[str, Field(alias="from")]
    until: str

    def __post_init__(self) -> None:
        for at in (self.from_, self.until):
            if not CLOCK.fullmatch(at):
                raise ValueError(f"{at!r} is no time of day; write it as '23:00'")
        if self.from_ == self.until:
            raise ValueError(
                f"from {self.from_} until {self.until}: a centre that is never open; leave it out"
            )

    def holds(self, at: time) -> bool:
        """Whether it is this night."""
        return self._has(f"{at:%H:%M}")

    def meets(self, other: "Night") -> bool:
        """Whether there is a minute of both."""
        return self._has(other.from_) or other._has(self.from_)

    def told(self) -> dict[str, str]:
        """As JSON."""
        return {"to": self.to, "from": self.from_, "until": self.until}

    def _has(self, clock: str) -> bool:
        if self.from_ < self.until:
            return self.from_ <= clock < self.until
        return not self.until <= clock < self.from_


class Nights:
    """The nights of all centres as time goes on; at first all are open.

    An edge between 02:00 and 03:00 comes twice when summer time ends.
    """

    def __init__(self, nights: Mapping[str, Night]) -> None:
        self._nights = nights
        self._to: dict[str, str | None] = dict.fromkeys(nights)

    def changes(self, at: time) -> list[tuple[str, str | None]]:
        """Each centre whose night has begun or ended since last asked, and who takes its calls now.

        Those that open come first: they may be the ones that take the others' calls.
        """
        to = {centre: night.to if night.holds(at) else None for centre, night in self._nights.items()}
        changed = [(centre, now) for centre, now in to.items() if now != self._to[centre]]
        self._to = to
        return sorted(changed, key=lambda change: change[1] is not None)
