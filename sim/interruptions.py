"""When the operator's picture was gone, and how long until it came back: from one session's records."""

from dataclasses import dataclass, field

from sim.call import FILMS
from sim.journal import Record

SETTLED_S = 1.5  # a viewer tells its counts each second: only what was told so long after is surely later


@dataclass(slots=True)
class Interruptions:
    """Takes the records of a session in order. A picture is gone when the phone says so, or the operator's
    viewer notices a gap; it is back with the first new frame there. A gap in which the camera changes is a
    switch, which has a duration of its own.
    """

    _over: list[float | None] = field(default_factory=list)
    _lost_s: float | None = None  # as the phone told, until it is over
    _recovered_s: float | None = None  # as the phone told
    _new_frames: bool | None = None  # whether any were seen since; None: nobody counted

    def take(self, record: Record) -> None:
        t_s, facts = record.t_s, record.facts
        match record.event, record.actor:
            case "media.lost", who if who in FILMS:
                if self._recovered_s is not None:
                    self._settle()
                self._lost_s = t_s if self._lost_s is None else self._lost_s
            case "media.recovered" | "media.connected", who if who in FILMS and self._lost_s is not None:
                self._recovered_s = t_s
            case "frame.first", "operator" if facts.get("lost_s") is not None:
                self._back(facts["lost_s"], t_s)
            case "viewer.measured", "operator" if self._surely_after(t_s):
                self._new_frames = bool(self._new_frames) or facts["received"] > facts.get("repeated", 0)

    @property
    def recoveries_s(self) -> list[float | None]:
        """Seconds of each; None = the picture never came back."""
        return [*self._over, *self._pending()]

    def _back(self, gap_begun_s: float, t_s: float) -> None:
        """The viewer had no new frame from then to now."""
        if self._recovered_s is not None and gap_begun_s > self._recovered_s:
            self._settle()  # this gap is another one
        begun_s = gap_begun_s if self._lost_s is None else min(gap_begun_s, self._lost_s)
        self._over.append(t_s - begun_s)
        self._lost_s = self._recovered_s = self._new_frames = None

    def _settle(self) -> None:
        self._over += self._pending()
        self._lost_s = self._recovered_s = self._new_frames = None

    def _pending(self) -> list[float | None]:
        """What the phone told of and whose end no viewer noticed: too short for that, or for ever."""
        if self._lost_s is None:
            return []
        if self._recovered_s is None or self._new_frames is False:
            return [None]
        return [self._recovered_s - self._lost_s]

    def _surely_after(self, t_s: float) -> bool:
        return self._recovered_s is not None and t_s >= self._recovered_s + SETTLED_S
