"""What survives a restart: sessions, viewers and the audit log, in one SQL database.

Calls block for about as long as one small SQLite write (well below a millisecond) and are made from
the event loop; `change` is one transaction, so that two browsers, or two processes, cannot both win.
"""

import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime
from typing import Any, TypeVar

from sqlalchemy import JSON, Connection, Engine, create_engine, event, inspect, or_, select
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, sessionmaker

from video_service.enrolment import AmbulancePhone
from video_service.session import Ambulance, Because, Session, State


class Unknown(Exception):
    """There is no such session, link or viewer."""


@dataclass(frozen=True)
class Viewer:
    """Somebody who may watch one session. `token` is the hash of the secret."""

    id: str
    session: str
    role: str
    token: str
    shown_out: bool = False
    centre: str | None = None
    """Of an ambulance's stream: for which of its centres."""

    def told(self) -> dict[str, Any]:
        """What followers are told of a viewer."""
        at = {"centre": self.centre} if self.centre else {}
        return {"viewer": self.id, "role": self.role, **at}


class _Base(DeclarativeBase):
    pass


class _SessionRow(_Base):
    __tablename__ = "sessions"
    id: Mapped[str] = mapped_column(primary_key=True)
    centre: Mapped[str]
    seat: Mapped[str]
    call: Mapped[str]
    number: Mapped[str]
    language: Mapped[str]
    link: Mapped[str] = mapped_column(unique=True)
    expires_at: Mapped[float]
    state: Mapped[str] = mapped_column(index=True)
    ended_because: Mapped[str | None]
    camera: Mapped[str]
    sms: Mapped[str]
    sms_accepted: Mapped[bool]
    browser: Mapped[str | None]
    phone_left_at: Mapped[float | None]
    ambulance: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))


class _ViewerRow(_Base):
    __tablename__ = "viewers"
    id: Mapped[str] = mapped_column(primary_key=True)
    session: Mapped[str] = mapped_column(index=True)
    role: Mapped[str]
    token: Mapped[str]
    shown_out: Mapped[bool]
    centre: Mapped[str | None]


class _AmbulancePhoneRow(_Base):
    __tablename__ = "ambulance_phones"
    id: Mapped[str] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(unique=True)
    code_expires_at: Mapped[float]
    amk: Mapped[str]
    centres: Mapped[list[str]] = mapped_column(JSON)
    name: Mapped[str | None]
    public_key: Mapped[str | None] = mapped_column(unique=True)
    enrolled_at: Mapped[float | None]
    revoked_at: Mapped[float | None]


class _AuditRow(_Base):
    __tablename__ = "audit"
    n: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    session: Mapped[str] = mapped_column(index=True)
    at: Mapped[float]
    event: Mapped[str]
    who: Mapped[str]
    facts: Mapped[dict[str, Any]] = mapped_column(JSON)


class Store:
    """The database behind the service. `url` is SQLAlchemy's, such as `sqlite:////var/lib/video.db`."""

    def __init__(self, url: str) -> None:
        self._engine = create_engine(url)
        if self._engine.dialect.name == "sqlite":
            _prepare_sqlite(self._engine)
        _Base.metadata.create_all(self._engine)
        _add_missing_columns(self._engine)
        self._transaction = sessionmaker(self._engine)

    def close(self) -> None:
        self._engine.dispose()

    def add(self, session: Session, *viewers: Viewer) -> None:
        """A new session, and who may watch it from the start."""
        with self._transaction.begin() as rows:
            rows.add(_SessionRow(**asdict(session)))
            rows.add_all(_ViewerRow(**asdict(viewer)) for viewer in viewers)

    def session(self, session_id: str) -> Session:
        """Raises Unknown."""
        with self._transaction() as rows:
            return _session(_found(rows.get(_SessionRow, session_id), "session"))

    def session_of_link(self, link: str) -> Session:
        """The session whose link has this hash. Raises Unknown."""
        with self._transaction() as rows:
            row = rows.scalars(select(_SessionRow).where(_SessionRow.link == link)).one_or_none()
            return _session(_found(row, "link"))

    def change(self, session_id: str, step: Callable[[Session], Session]) -> tuple[Session, Session]:
        """Replace a session by `step(session)` in one transaction; returns (before, after).

        Nothing is written when `step` raises. Raises Unknown.
        """
        with self._transaction.begin() as rows:
            row = _found(rows.get(_SessionRow, session_id, with_for_update=True), "session")
            return _replaced(row, _session(row), step)

    def not_ended(self) -> list[Session]:
        with self._transaction() as rows:
            found = rows.scalars(select(_SessionRow).where(_SessionRow.state != State.ENDED))
            return [_session(row) for row in found]

    def timed(self, expired_before: float, left_before: float) -> list[Session]:
        """Sessions that time may have ended: an unused link, or a phone that left, from before then."""
        unused = _SessionRow.state.in_((State.REQUESTED, State.OPENED))
        gone = (_SessionRow.state == State.CONSENTED) & (_SessionRow.phone_left_at <= left_before)
        wanted = select(_SessionRow).where(or_(unused & (_SessionRow.expires_at <= expired_before), gone))
        with self._transaction() as rows:
            return [_session(row) for row in rows.scalars(wanted)]

    def add_viewer(self, viewer: Viewer) -> None:
        with self._transaction.begin() as rows:
            rows.add(_ViewerRow(**asdict(viewer)))

    def viewer(self, viewer_id: str) -> Viewer:
        """Raises Unknown."""
        with self._transaction() as rows:
            return _viewer(_found(rows.get(_ViewerRow, viewer_id), "viewer"))

    def viewers(self, session_id: str) -> list[Viewer]:
        """Everybody who may watch; those shown out are left out."""
        wanted = select(_ViewerRow).where(_ViewerRow.session == session_id, ~_ViewerRow.shown_out)
        with self._transaction() as rows:
            return [_viewer(row) for row in rows.scalars(wanted)]

    def show_out(self, viewer_id: str) -> None:
        """Raises Unknown."""
        with self._transaction.begin() as rows:
            _found(rows.get(_ViewerRow, viewer_id), "viewer").shown_out = True

    def note(self, session_id: str, event: str, who: str, facts: dict[str, Any]) -> None:
        """Add a line to the audit log, which nothing ever changes."""
        with self._transaction.begin() as rows:
            rows.add(_AuditRow(session=session_id, at=time.time(), event=event, who=who, facts=facts))

    def audit(self, session_id: str) -> list[dict[str, Any]]:
        """Who did what in a session, oldest first: {at (UTC, ISO 8601), event, who, ...}."""
        wanted = select(_AuditRow).where(_AuditRow.session == session_id).order_by(_AuditRow.n)
        with self._transaction() as rows:
            return [_line(row) for row in rows.scalars(wanted)]

    def add_phone(self, phone: AmbulancePhone) -> None:
        with self._transaction.begin() as rows:
            rows.add(_AmbulancePhoneRow(**asdict(phone)))

    def phones(self) -> list[AmbulancePhone]:
        """All ambulance phones there ever were, and those that are still to be enrolled."""
        with self._transaction() as rows:
            return [_phone(row) for row in rows.scalars(select(_AmbulancePhoneRow))]

    def phone(self, **by: str) -> AmbulancePhone:
        """The ambulance phone with that `id`, `code` (hash) or `public_key`. Raises Unknown."""
        with self._transaction() as rows:
            row = rows.scalars(select(_AmbulancePhoneRow).filter_by(**by)).one_or_none()
            return _phone(_found(row, "ambulance phone"))

    def change_phone(
        self, phone_id: str, step: Callable[[AmbulancePhone], AmbulancePhone]
    ) -> tuple[AmbulancePhone, AmbulancePhone]:
        """As `change`, of an ambulance phone."""
        with self._transaction.begin() as rows:
            row = _found(rows.get(_AmbulancePhoneRow, phone_id, with_for_update=True), "ambulance phone")
            return _replaced(row, _phone(row), step)


_Row = TypeVar("_Row")


def _found(row: _Row | None, what: str) -> _Row:
    if row is None:
        raise Unknown(f"no such {what}")
    return row


_Kept = TypeVar("_Kept", Session, AmbulancePhone)


def _replaced(row: _Base, before: _Kept, step: Callable[[_Kept], _Kept]) -> tuple[_Kept, _Kept]:
    """Write `step(before)` into the row; (before, after)."""
    after = step(before)
    for name, value in asdict(after).items():
        setattr(row, name, value)
    return before, after


def _session(row: _SessionRow) -> Session:
    values = {field.name: getattr(row, field.name) for field in fields(Session)}
    because = values.pop("ended_because")
    state = State(values.pop("state"))
    if films := values["ambulance"]:
        values["ambulance"] = Ambulance(**{**films, "centres": tuple(films["centres"])})
    return Session(**values, state=state, ended_because=Because(because) if because else None)


def _phone(row: _AmbulancePhoneRow) -> AmbulancePhone:
    values = {field.name: getattr(row, field.name) for field in fields(AmbulancePhone)}
    return AmbulancePhone(**{**values, "centres": tuple(row.centres)})


def _viewer(row: _ViewerRow) -> Viewer:
    return Viewer(**{field.name: getattr(row, field.name) for field in fields(Viewer)})


def _line(row: _AuditRow) -> dict[str, Any]:
    at = datetime.fromtimestamp(row.at, UTC).isoformat(timespec="milliseconds")
    return {"at": at, "event": row.event, "who": row.who, **row.facts}


def _add_missing_columns(engine: Engine) -> None:
    """Bring the tables of an earlier version up to date: whatever was added since may be null."""
    with engine.begin() as connection:
        for name, table in _Base.metadata.tables.items():
            known = {column["name"] for column in inspect(connection).get_columns(name)}
            for column in table.columns:
                if column.name not in known:
                    kind = column.type.compile(engine.dialect)
                    connection.exec_driver_sql(f"ALTER TABLE {name} ADD COLUMN {column.name} {kind}")


def _prepare_sqlite(engine: Engine) -> None:
    """A write-ahead log, so that a commit waits for no disk, and transactions that lock when they begin."""

    @event.listens_for(engine, "connect")
    def connected(connection: Any, _record: object) -> None:
        connection.isolation_level = None  # sqlite3 would begin too late to exclude a second writer
        for setting in ("journal_mode=WAL", "synchronous=NORMAL", "busy_timeout=5000"):
            connection.execute(f"PRAGMA {setting}").close()

    @event.listens_for(engine, "begin")
    def begun(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")
