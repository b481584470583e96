"""The tables of a store, and how those of an earlier version become them."""

import sqlite3

from fake_carriers.smpp import ShortMessage, Status, decode
from fake_carriers.submission import seconds_until

VERSION = 2
_PARTS = (
    "row INTEGER PRIMARY KEY, message INTEGER, total INTEGER, id TEXT, door TEXT, account TEXT, note TEXT, "
    "request BLOB, submitted_at REAL, expires_at REAL, carrier TEXT, delay_s REAL, duplicate_after_s REAL, "
    "receipt_s REAL, end INTEGER, state INTEGER, ended_at REAL"
)
_SINCE_2 = "begins_at REAL", "reported INTEGER NOT NULL DEFAULT 0"
_OTHERS_1 = (
    "CREATE TABLE screens (n INTEGER PRIMARY KEY, number TEXT, id TEXT, sender TEXT, text TEXT, at REAL, "
    "binary TEXT, UNIQUE (number, id))",
    "CREATE TABLE ordinals (number TEXT PRIMARY KEY, carrier TEXT, sent INTEGER) WITHOUT ROWID",
)
_OTHERS_2 = (
    "CREATE TABLE phones (number TEXT PRIMARY KEY, power INTEGER, coverage INTEGER) WITHOUT ROWID",
    "CREATE TABLE originated (row INTEGER PRIMARY KEY, carrier TEXT, sent_at REAL, request BLOB)",
)
_COLUMNS_1 = ", ".join(column.split()[0] for column in _PARTS.split(", "))


class OfAnotherVersion(Exception):
    """The tables are of another version; the text says which and what to do."""


def prepare(db: sqlite3.Connection) -> None:
    """Make the tables, or bring those of an earlier version up to date.

    Raises OfAnotherVersion, and sqlite3.Error when the file is none of ours or in use.
    """
    db.execute("BEGIN IMMEDIATE")
    (version,) = db.execute("PRAGMA user_version").fetchone()
    if version not in (0, VERSION):
        db.execute("ROLLBACK")
        remedy = "start the program that made it"
        raise OfAnotherVersion(f"has version {version}, and this program reads {VERSION}: {remedy}")
    if version == 0:
        if db.execute("SELECT 1 FROM sqlite_master").fetchone() is None:
            _make(db)
        else:
            _bring_up_to_date(db)
        db.execute(f"PRAGMA user_version = {VERSION}")
    db.execute("COMMIT")


def _make(db: sqlite3.Connection) -> None:
    db.execute(f"CREATE TABLE parts ({', '.join((_PARTS, *_SINCE_2))})")
    for sql in (*_OTHERS_1, *_OTHERS_2):
        db.execute(sql)


def _bring_up_to_date(db: sqlite3.Connection) -> None:
    """From version 1, which had no number yet and did not keep when a message was to begin."""
    parts = db.execute(f"SELECT {_COLUMNS_1} FROM parts").fetchall()  # it may be somebody else's
    for column in _SINCE_2:
        db.execute(f"ALTER TABLE parts ADD COLUMN {column}")
    for sql in _OTHERS_2:
        db.execute(sql)
    for row, *_, request, submitted_at in (part[:9] for part in parts):
        body = decode(request).body
        assert isinstance(body, ShortMessage)
        waits_s = seconds_until(body.schedule_delivery_time, submitted_at, Status.RINVSCHED) or 0.0
        db.execute("UPDATE parts SET begins_at = ? WHERE row = ?", (submitted_at + waits_s, row))
