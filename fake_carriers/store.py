"""The durable queue: what was accepted outlives `kill -9`. SQLite, many changes to a commit.

A submit is answered when it is kept, so nothing that a client was told of is lost; a message that reaches a
simulated phone leaves the queue and enters the screen in one commit, so it is there exactly once.
"""

import contextlib
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from fake_carriers.fate import Fate
from fake_carriers.message import Client, Message, Part
from fake_carriers.smpp import Command, Pdu, decode, encode
from fake_carriers.state import State
from fake_carriers.submission import Submission, submission_of

_SCHEMA = """
CREATE TABLE IF NOT EXISTS parts (
    row INTEGER PRIMARY KEY, message INTEGER, total INTEGER, id TEXT, door TEXT, account TEXT, note TEXT,
    request BLOB, submitted_at REAL, expires_at REAL, carrier TEXT, delay_s REAL, duplicate_after_s REAL,
    receipt_s REAL, end INTEGER, state INTEGER, ended_at REAL);
CREATE TABLE IF NOT EXISTS screens (
    n INTEGER PRIMARY KEY, number TEXT, id TEXT, sender TEXT, text TEXT, at REAL, binary TEXT,
    UNIQUE (number, id));
CREATE TABLE IF NOT EXISTS ordinals (number TEXT PRIMARY KEY, carrier TEXT, sent INTEGER) WITHOUT ROWID;
"""


class StoreError(Exception):
    """The file cannot be used; the text names it and the remedy."""


@dataclass(frozen=True, slots=True)
class Kept:
    """What an earlier life left: messages to bring to their end, or whose receipts are owed."""

    messages: tuple[Message, ...] = ()
    ordinals: dict[str, tuple[str, int]] = field(default_factory=dict)
    """number -> (carrier, messages sent to it)"""
    screens: tuple[tuple[str, dict[str, Any]], ...] = ()


class Store(Protocol):
    """What the network tells its queue."""

    def last_row(self) -> int: ...
    def keep(self, part: Part) -> None: ...
    def replaced(self, part: Part) -> None: ...
    def ended(self, part: Part) -> None: ...
    def done(self, part: Part) -> None: ...
    def shown(self, number: str, shown: dict[str, Any], left: str | None) -> None: ...
    def counted(self, number: str, carrier: str, sent: int) -> None: ...
    def count_anew(self) -> None: ...
    def when_kept(self, do: Callable[[bool], None]) -> None:
        """Call `do(True)` once all that was told so far is safe, `do(False)` when it cannot be kept."""


class Forgetful:
    """No queue on disk: everything is as safe at once as it will ever be."""

    def last_row(self) -> int:
        return 0

    def keep(self, part: Part) -> None: ...
    def replaced(self, part: Part) -> None: ...
    def ended(self, part: Part) -> None: ...
    def done(self, part: Part) -> None: ...
    def shown(self, number: str, shown: dict[str, Any], left: str | None) -> None: ...
    def counted(self, number: str, carrier: str, sent: int) -> None: ...
    def count_anew(self) -> None: ...

    def when_kept(self, do: Callable[[bool], None]) -> None:
        do(True)


Row = tuple[Any, ...]

_KEEP = "INSERT INTO parts VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,NULL)"
_REPLACE = "UPDATE parts SET request = ?, expires_at = ? WHERE row = ?"
_ENDED = "UPDATE parts SET state = ?, ended_at = ? WHERE row = ?"
_DONE = "DELETE FROM parts WHERE row = ?"
_SHOWN = "INSERT OR IGNORE INTO screens (number, id, sender, text, at, binary) VALUES (?,?,?,?,?,?)"
_LEFT = "DELETE FROM screens WHERE number = ? AND id = ?"
_COUNTED = "INSERT OR REPLACE INTO ordinals VALUES (?,?,?)"


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
        try:
            self._db = sqlite3.connect(path, isolation_level=None, timeout=1.0)
            # WAL without a sync per commit is safe against the end of the program, not of the machine
            for pragma in ("locking_mode = EXCLUSIVE", "journal_mode = WAL", "synchronous = NORMAL"):
                self._db.execute(f"PRAGMA {pragma}")
            self._db.execute("BEGIN IMMEDIATE")
            self._db.execute("COMMIT")
            self._db.executescript(_SCHEMA)
            self.last_row()  # tables of these names may be somebody else's
        except sqlite3.Error as error:
            raise StoreError(f"the store {path} cannot be used: {error}; {_remedy(path, error)}") from None

    def last_row(self) -> int:
        return int(self._db.execute("SELECT coalesce(max(row), 0) FROM parts").fetchone()[0])

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
                *(drawn.receipt_s, int(drawn.end), int(part.state)),
            ),
        )

    def replaced(self, part: Part) -> None:
        submission = part.submission
        self._change(_REPLACE, (_octets(submission), part.message.expires_at, part.row))

    def ended(self, part: Part) -> None:
        self._change(_ENDED, (int(part.state), part.ended_at, part.row))

    def done(self, part: Part) -> None:
        self._change(_DONE, (part.row,))

    def shown(self, number: str, shown: dict[str, Any], left: str | None) -> None:
        row = shown["message_id"], shown["from"], shown["text"], shown["at"], shown.get("binary")
        self._change(_SHOWN, (number, *row))
        if left is not None:
            self._change(_LEFT, (number, left))

    def counted(self, number: str, carrier: str, sent: int) -> None:
        self._change(_COUNTED, (number, carrier, sent))

    def count_anew(self) -> None:
        self.commit()
        with contextlib.suppress(sqlite3.Error):  # what cannot be written is given up
            self._db.execute("DELETE FROM ordinals")

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
        """Make all changes safe, then tell those who wait for it. What cannot be written is given up."""
        changes, self._changes = self._changes, {}
        waiting, self._waiting = self._waiting, []
        kept = self._write(changes) if changes else True
        for do in waiting:
            do(kept)

    def _write(self, changes: dict[str, list[Row]]) -> bool:
        try:
            self._db.execute("BEGIN")
            for sql in (_KEEP, _REPLACE, _ENDED, _SHOWN, _LEFT, _COUNTED, _DONE):
                if rows := changes.get(sql):
                    self._db.executemany(sql, rows)
            self._db.execute("COMMIT")
        except sqlite3.Error:
            with contextlib.suppress(sqlite3.Error):  # there may be nothing to take back
                self._db.execute("ROLLBACK")
            return False
        return True

    def load(self) -> Kept:
        """What is there."""
        messages: dict[int, Message] = {}
        for row in self._db.execute("SELECT * FROM parts ORDER BY row"):
            _restore(row, messages)
        ordinals = {n: (c, sent) for n, c, sent in self._db.execute("SELECT * FROM ordinals")}
        return Kept(tuple(messages.values()), ordinals, tuple(self._screens()))

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
    carrier, delay_s, duplicate_after_s, receipt_s, end, state, ended_at = row[10:]
    submission = submission_of(decode(request), submitted_at)
    drawn = Fate(delay_s, duplicate_after_s, receipt_s, State(end))
    message = messages.setdefault(first, Message(carrier, drawn, total, expires_at))
    part = Part(
        number,
        message_id,
        submission,
        message,
        Client(door, account, 0, note),
        submitted_at,
        State(state),
        ended_at,
    )
    message.parts[part.part] = part
    message.over = message.over or part.state is not State.ENROUTE
