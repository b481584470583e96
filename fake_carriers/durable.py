"""The durable queue: what was accepted outlives `kill -9`. SQLite, many changes to a commit.

A submit is answered when it is kept, so nothing that a client was told of is lost; a message that reaches a
simulated phone leaves the queue and enters the screen in one commit, so it is there exactly once.
"""

import contextlib
import logging
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from fake_carriers import schema
from fake_carriers.fate import Fate
from fake_carriers.message import Client, Message, Part
from fake_carriers.originated import Originated
from fake_carriers.smpp import Command, Pdu, ShortMessage, decode, encode
from fake_carriers.state import State
from fake_carriers.store import Kept
from fake_carriers.submission import Submission, submission_of

log = logging.getLogger("fake_carriers")

OWED_MAX = 100_000  # changes that wait until the file can be written again; beyond it they are given up


# WAL without a sync per commit is safe against the end of the program, not of the machine. A sync comes when
# the log is copied into the file: so 16 MB of it, not the usual 4, and nobody waits for a quarter as many.
_PRAGMAS = (
    *("locking_mode = EXCLUSIVE", "journal_mode = WAL", "synchronous = NORMAL"),
    "wal_autocheckpoint = 4000",
)


class StoreError(Exception):
    """The file cannot be used; the text names it and the remedy."""


Row = tuple[Any, ...]

_KEEP = "INSERT INTO parts VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,NULL,?,0)"
_REPLACE = "UPDATE parts SET request = ?, begins_at = ?, expires_at = ? WHERE row = ?"
_ENDED = "UPDATE parts SET state = ?, ended_at = ? WHERE row = ?"
_REPORTED = "UPDATE parts SET reported = 1 WHERE row = ?"
_TWICE = "UPDATE parts SET duplicate_after_s = NULL WHERE row = ?"
_DONE = "DELETE FROM parts WHERE row = ?"
_SHOWN = "INSERT OR IGNORE INTO screens (number, id, sender, text, at, binary) VALUES (?,?,?,?,?,?)"
_LEFT = "DELETE FROM screens WHERE number = ? AND id = ?"
_SWITCHED = "INSERT OR REPLACE INTO phones VALUES (?,?,?)"
_ORIGINATED = "INSERT INTO originated VALUES (?,?,?,?)"
_BROUGHT = "DELETE FROM originated WHERE row = ?"
_COUNT_ANEW = "DELETE FROM ordinals"
_COUNTED = "INSERT OR REPLACE INTO ordinals VALUES (?,?,?)"
_EMPTY = tuple(f"DELETE FROM {table}" for table in ("parts", "screens", "originated"))
_IN_ORDER = (
    *(*_EMPTY, _COUNT_ANEW, _KEEP, _REPLACE, _ENDED, _REPORTED, _TWICE, _SHOWN, _LEFT),
    *(_SWITCHED, _ORIGINATED, _BROUGHT, _COUNTED, _DONE),
)


def _remedy(path: Path, error: sqlite3.Error) -> str:
    if not path.parent.is_dir():
        return f"make the folder {path.parent} first"
    if "locked" in str(error):
        return "another program uses it: choose another --store FILE"
    return "is it the store of such a program, and writable? Choose another --store FILE"


class Durable:
    """The queue in one file, held by one program. `wake` is told when there is something to commit."""

    def __init__(self, path: Path, wake: Callable[[], None] = lambda: None) -> None:
        """Raises StoreError."""
        self._wake = wake
        self._changes: dict[str, list[Row]] = {}
        self._waiting: list[Callable[[bool], None]] = []
        self._failing = False
        try:
            self._db = sqlite3.connect(path, isolation_level=None, timeout=1.0)
            for pragma in _PRAGMAS:
                self._db.execute(f"PRAGMA {pragma}")
            schema.prepare(self._db)
        except sqlite3.Error as error:
            raise StoreError(f"the store {path} cannot be used: {error}; {_remedy(path, error)}") from None
        except schema.OfAnotherVersion as error:
            self._db.close()
            raise StoreError(f"the store {path} {error}; choose another --store FILE") from None

    def last_row(self) -> int:
        """Of all tables: one row number is one thing."""
        rows = "SELECT row FROM parts UNION ALL SELECT row FROM originated"
        return int(self._db.execute(f"SELECT coalesce(max(row), 0) FROM ({rows})").fetchone()[0])

    def keep(self, part: Part) -> None:
        message, submission, client = part.message, part.submission, part.client
        drawn = message.fate
        first = next(iter(message.parts.values()))
        self._change(
            _KEEP,
            (
                *(part.row, first.row, message.parts_total, part.message_id),
                *(client.door, client.account, client.note, _octets(submission), part.submitted_at),
                *(message.expires_at, message.carrier, drawn.delay_s, drawn.duplicate_after_s),
                *(drawn.receipt_s, int(drawn.end), int(part.state), message.begins_at),
            ),
        )

    def replaced(self, part: Part) -> None:
        message = part.message
        self._change(_REPLACE, (_octets(part.submission), message.begins_at, message.expires_at, part.row))

    def ended(self, part: Part) -> None:
        self._change(_ENDED, (int(part.state), part.ended_at, part.row))

    def reported(self, part: Part) -> None:
        self._change(_REPORTED, (part.row,))

    def came_twice(self, part: Part) -> None:
        self._change(_TWICE, (part.row,))

    def done(self, part: Part) -> None:
        self._change(_DONE, (part.row,))

    def shown(self, number: str, shown: dict[str, Any], left: str | None) -> None:
        row = shown["message_id"], shown["from"], shown["text"], shown["at"], shown.get("binary")
        self._change(_SHOWN, (number, *row))
        if left is not None:
            self._change(_LEFT, (number, left))

    def switched(self, number: str, power: bool, coverage: bool) -> None:
        self._change(_SWITCHED, (number, power, coverage))

    def originated(self, originated: Originated) -> None:
        frame = encode(Pdu(Command.DELIVER_SM, 0, 0, originated.request, originated.tlvs))
        self._change(_ORIGINATED, (originated.row, originated.carrier, originated.sent_at, frame))

    def brought(self, originated: Originated) -> None:
        self._change(_BROUGHT, (originated.row,))

    def counted(self, number: str, carrier: str, sent: int) -> None:
        self._change(_COUNTED, (number, carrier, sent))

    def count_anew(self) -> None:
        self._changes.pop(_COUNTED, None)
        self._change(_COUNT_ANEW, ())
        self.commit()

    def empty(self) -> None:
        for sql in _IN_ORDER:
            if sql not in (_COUNT_ANEW, _COUNTED, _SWITCHED):
                self._changes.pop(sql, None)
        for sql in _EMPTY:
            self._change(sql, ())
        self.commit()

    def when_kept(self, do: Callable[[bool], None]) -> None:
        if self._changes:
            self._waiting.append(do)
        else:
            do(True)

    def _change(self, sql: str, row: Row) -> None:
        if not self._changes:
            self._wake()
        self._changes.setdefault(sql, []).append(row)

    def commit(self) -> None:
        """Make all changes safe, then tell those who wait for it.

        When it fails, messages that have just come in are given up, and their clients told so. What has
        become of the others is kept for the next time.
        """
        changes, self._changes = self._changes, {}
        waiting, self._waiting = self._waiting, []
        kept = self._write(changes)
        if not kept:
            changes.pop(_KEEP, None)
            if not self._write(changes):
                self._keep_for_later(changes)
        for do in waiting:
            do(kept)

    def _write(self, changes: dict[str, list[Row]]) -> bool:
        if not changes:
            return True
        try:
            self._db.execute("BEGIN")
            for sql in _IN_ORDER:
                if rows := changes.get(sql):
                    self._db.executemany(sql, rows)
            self._db.execute("COMMIT")
        except sqlite3.Error as error:
            with contextlib.suppress(sqlite3.Error):  # there may be nothing to take back
                self._db.execute("ROLLBACK")
            if not self._failing:
                log.warning("the store cannot be written: %s; make room, or mend its file's rights", error)
            self._failing = True
            return False
        self._failing = False
        return True

    def _keep_for_later(self, changes: dict[str, list[Row]]) -> None:
        owed = sum(map(len, changes.values()))
        if owed > OWED_MAX:
            log.error("the store cannot be written: %d changes are given up", owed)
        else:
            self._changes = changes
            self._wake()

    def load(self) -> Kept:
        """What is there."""
        messages: dict[int, Message] = {}
        for row in self._db.execute("SELECT * FROM parts ORDER BY row"):
            _restore(row, messages)
        ordinals = {n: (c, sent) for n, c, sent in self._db.execute("SELECT * FROM ordinals")}
        phones = tuple((n, bool(p), bool(c)) for n, p, c in self._db.execute("SELECT * FROM phones"))
        sent = tuple(map(_originated, self._db.execute("SELECT * FROM originated ORDER BY row")))
        return Kept(tuple(messages.values()), ordinals, tuple(self._screens()), phones, sent)

    def _screens(self) -> Iterator[tuple[str, dict[str, Any]]]:
        rows = self._db.execute("SELECT number, id, sender, text, at, binary FROM screens ORDER BY n")
        for number, arrival_id, sender, text, at, binary in rows:
            shown = {"message_id": arrival_id, "from": sender, "text": text, "at": at}
            yield number, shown if binary is None else {**shown, "binary": binary}

    def close(self) -> None:
        self.commit()
        self._db.close()


def _octets(submission: Submission) -> bytes:
    return submission.frame or encode(Pdu(Command.SUBMIT_SM, 0, 0, submission.request, submission.tlvs))


def _restore(row: Row, messages: dict[int, Message]) -> None:
    number, first, total, message_id, door, account, note, request, submitted_at, expires_at = row[:10]
    carrier, delay_s, duplicate_after_s, receipt_s, end, state, ended_at, begins_at, reported = row[10:]
    submission = submission_of(_without_times(decode(request)), submitted_at)
    drawn = Fate(delay_s, duplicate_after_s, receipt_s, State(end))
    message = messages.setdefault(first, Message(carrier, drawn, total, begins_at, expires_at))
    part = Part(
        *(number, message_id, submission, message, Client(door, account, 0, note), submitted_at),
        *(State(state), ended_at, bool(reported)),
    )
    message.parts[part.part] = part
    if part.state is not State.ENROUTE:
        message.coming = 2 if part.state.arrives and duplicate_after_s is not None else 0


def _without_times(pdu: Pdu) -> Pdu:
    """What a submit says of times was read when it came, once for all."""
    assert isinstance(pdu.body, ShortMessage)
    return replace(pdu, body=replace(pdu.body, schedule_delivery_time="", validity_period=""))


def _originated(row: Row) -> Originated:
    number, carrier, sent_at, frame = row
    pdu = decode(frame)
    assert isinstance(pdu.body, ShortMessage)
    return Originated(number, carrier, pdu.body, pdu.tlvs, sent_at)
