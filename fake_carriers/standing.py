"""The moods that hold just now: begun by hand or by a fault, for a while or until ended, or by the hour."""

import itertools
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any

from fake_carriers.agenda import Agenda
from fake_carriers.fate import Carrier
from fake_carriers.ledger import Tell
from fake_carriers.moods import WEEK_S, Behaviour, Mood, behaviour


@dataclass(frozen=True, slots=True)
class Standing:
    """One mood of one carrier; `ends_at` None: until it is ended."""

    id: int
    carrier: str
    mood: Mood
    ends_at: float | None

    def told(self, now: float) -> dict[str, Any]:
        """The mood's own fields only, and how long it still lasts."""
        fields = {key: value for key, value in asdict(self.mood).items() if value}
        left_s = None if self.ends_at is None else round(max(0.0, self.ends_at - now), 3)
        return {"id": self.id, **fields, "ends_in_s": left_s}


class Moods:
    """Every carrier's behaviour now. `changed(name, behaviour, now)` is called whenever one's changes."""

    def __init__(
        self, carriers: Sequence[Carrier], agenda: Agenda, tell: Tell, week_s: Callable[[float], float]
    ):
        self._agenda, self._tell, self._week_s = agenda, tell, week_s
        self._ids = itertools.count(1)
        self._standing: list[Standing] = []
        self.changed: Callable[[str, Behaviour, float], None] = lambda name, behaviour, now: None
        self._carriers = {carrier.name: carrier for carrier in carriers}
        self._now = {carrier.name: Behaviour(carrier) for carrier in carriers}

    def behaviour(self, name: str) -> Behaviour:
        return self._now[name]

    def of(self, name: str) -> list[Standing]:
        return [standing for standing in self._standing if standing.carrier == name]

    def begin(self, name: str, mood: Mood, for_s: float | None, now: float) -> Standing:
        """The carrier gets into this mood."""
        standing = Standing(next(self._ids), name, mood, None if for_s is None else now + for_s)
        self._standing.append(standing)
        self._tell("mood.begun", carrier=name, **standing.told(now))
        if standing.ends_at is not None:
            self._agenda.at(standing.ends_at, partial(self._end, standing))
        self.refresh(now)
        return standing

    def end(self, name: str, mood_id: int | None, now: float) -> bool:
        """This mood, or all of the carrier's, is over; False when there is none."""
        ending = [s for s in self.of(name) if mood_id in (None, s.id)]
        for standing in ending:
            self._end(standing, now)
        return bool(ending)

    def _end(self, standing: Standing, now: float) -> None:
        if standing in self._standing:
            self._standing.remove(standing)
            self._tell("mood.ended", carrier=standing.carrier, **standing.told(now))
            self.refresh(now)

    def begin_anew(self, carriers: Sequence[Carrier], week_s: float | None, now: float) -> None:
        """These carriers, without moods; and, when it is given, it is `week_s` after Monday 00:00 now."""
        for standing in list(self._standing):
            self._end(standing, now)
        if week_s is not None:
            self._week_s = lambda then: (week_s + then - now) % WEEK_S
        self._carriers = {carrier.name: carrier for carrier in carriers}
        self.refresh(now)

    def refresh(self, now: float) -> None:
        """Look what each carrier's behaviour is now: the hour may have changed it."""
        week_s = self._week_s(now)
        for name, carrier in self._carriers.items():
            troubles = [trouble.mood for trouble in carrier.troubles if trouble.now(week_s)]
            now_is = behaviour(carrier, [*troubles, *(s.mood for s in self.of(name))])
            if now_is != self._now[name]:
                self._now[name] = now_is
                self.changed(name, now_is, now)
