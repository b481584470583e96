"""The journal: what happened, one record a line. Record first, judge later.

Every mode writes the same journal; checks and reports read nothing else.
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from types import TracebackType
from typing import IO, Any

EVENTS = frozenset(
    [
        "run.begun",
        "run.ended",
        "lab.lagged",
        "lab.measured",
        "load.accounted",  # what became of every arrival
        "part.measured",  # what a part cost
        "part.died",
        "port.failed",
        "person.waited",
        "call.due",  # at its scheduled moment, which its arrival may have missed
        "load.enough",  # a ramp has found its knee
        "call.placed",
        "call.queued",
        "call.answered",
        "call.abandoned",
        "call.transferred",
        "call.guided",
        "call.ended",
        "video.requested",
        "video.ended",
        "sms.submitted",
        "sms.accepted",
        "sms.throttled",
        "sms.delivered",
        "sms.failed",
        "sms.refused",
        "sms.swallowed",
        "sms.answered",
        "sms.dropped",
        "sms.told",  # what the video service says of an SMS to the operator
        "mood.begun",
        "mood.ended",
        "session.refused",  # SMPP sessions, here and below
        "session.cut",
        "session.turned_away",
        "session.garbled",
        "receipt.forged",
        "link.shown",  # to whoever holds an attached phone
        "link.opened",
        "link.expired",
        "link.refused",
        "consent.asked",
        "consent.given",
        "consent.refused",
        "consent.withdrawn",
        "media.connected",
        "media.lost",
        "media.recovered",
        "media.stopped",
        "frame.first",
        "frame.stray",
        "camera.requested",
        "camera.switched",
        "camera.failed",
        "scene.changed",
        "viewer.invited",
        "viewer.watching",
        "viewer.left",
        "viewer.measured",
        "viewer.refused",  # a look, to a centre that an ambulance did not name
        "ambulance.started",
        "ambulance.ended",
        "fault.begun",
        "fault.ended",
    ]
)


@dataclass(frozen=True, slots=True)
class Record:
    """One thing that happened. `t_s` is scenario time; `wall_s` is None on the virtual clock."""

    t_s: float
    event: str
    call: str | None = None
    session: str | None = None
    actor: str | None = None
    wall_s: float | None = None
    facts: dict[str, Any] = field(default_factory=dict)


class Journal:
    """Appends records, in memory and (when given a path) to a file that is readable at any moment."""

    def __init__(
        self,
        now: Callable[[], float],
        wall: Callable[[], float] | None = None,
        path: Path | None = None,
        keep: bool = True,
    ) -> None:
        """Without `keep` records go to the file and to `on_record` alone."""
        self._now, self._wall, self._keep = now, wall, keep
        self.records: list[Record] = []
        self.on_record: Callable[[Record], None] = lambda record: None
        self._file: IO[str] | None = path.open("w", encoding="utf-8") if path else None

    def __enter__(self) -> "Journal":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._file:
            self._file.close()
            self._file = None

    def record(
        self,
        event: str,
        *,
        call: str | None = None,
        session: str | None = None,
        actor: str | None = None,
        at_s: float | None = None,
        **facts: Any,
    ) -> Record:
        """Append one record, now or at the scenario time `at_s`. Raises ValueError on an unknown event."""
        if event not in EVENTS:
            raise ValueError(f"unknown journal event {event!r}: add it to EVENTS in sim/journal.py")
        now = self._now() if at_s is None else at_s
        wall = None if self._wall is None else self._wall() if at_s is None else at_s
        made = Record(
            round(now, 6), event, call, session, actor, None if wall is None else round(wall, 6), facts
        )
        if self._keep:
            self.records.append(made)
        if self._file:
            self._file.write(_line(made) + "\n")
            self._file.flush()
        self.on_record(made)
        return made


def journal_hash(records: Iterable[Record]) -> str:
    """SHA-256 over the records, wall time left out: equal for equal seeds on the virtual clock."""
    digest = hashlib.sha256()
    for record in records:
        told = asdict(record)
        del told["wall_s"]
        digest.update(json.dumps(told, sort_keys=True, ensure_ascii=False).encode() + b"\n")
    return digest.hexdigest()


def read_journal(path: Path) -> list[Record]:
    """The records of a journal file in the order of scenario time; a torn last line is left out."""
    return sorted(_whole_lines(path), key=lambda record: record.t_s)


def _whole_lines(path: Path) -> Iterator[Record]:
    with path.open("rb") as lines:  # a torn line may end within a letter
        for line in lines:
            if line.endswith(b"\n"):
                yield Record(**json.loads(line))


def _line(record: Record) -> str:
    return json.dumps(asdict(record), ensure_ascii=False)
