"""The life of one video session: pure rules, no clock and no store.

Every function takes a session and returns the next one, or raises why not. Times are seconds since
the epoch, so that they mean the same after a restart.
"""

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any


class State(StrEnum):
    """How far a session has come. `live`: a phone's picture is arriving now."""

    REQUESTED = "requested"
    OPENED = "opened"
    CONSENTED = "consented"
    LIVE = "live"
    ENDED = "ended"


class Because(StrEnum):
    """Why a session ended."""

    OPERATOR = "operator"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"
    CALLER = "caller"
    SMS_FAILED = "sms_failed"
    CREW = "crew"
    PHONE_GONE = "phone_gone"
    REPLACED = "replaced"
    REVOKED = "revoked"


class Act(StrEnum):
    """What moves a session on, other than its end."""

    OPEN = "open"
    APPROVE = "approve"
    CONNECT = "connect"
    LOSE = "lose"


AFTER: dict[tuple[State, Act], State] = {
    (State.REQUESTED, Act.OPEN): State.OPENED,
    (State.OPENED, Act.OPEN): State.OPENED,
    (State.CONSENTED, Act.OPEN): State.CONSENTED,
    (State.LIVE, Act.OPEN): State.LIVE,
    (State.REQUESTED, Act.APPROVE): State.CONSENTED,
    (State.OPENED, Act.APPROVE): State.CONSENTED,
    (State.CONSENTED, Act.APPROVE): State.CONSENTED,
    (State.LIVE, Act.APPROVE): State.LIVE,
    (State.CONSENTED, Act.CONNECT): State.LIVE,
    (State.LIVE, Act.CONNECT): State.LIVE,
    (State.CONSENTED, Act.LOSE): State.CONSENTED,
    (State.LIVE, Act.LOSE): State.CONSENTED,
}
"""Every move there is. An ended session has none; nothing is live without consent."""

APPROVED = (State.CONSENTED, State.LIVE)


class Ended(Exception):
    """The session is over; `because` says why."""

    def __init__(self, because: Because | None) -> None:
        super().__init__(f"the session has ended ({because})")
        self.because = because


class NotThisBrowser(Exception):
    """The link is approved by another browser, or by none yet."""


class NotNow(Exception):
    """The act is not possible in the session's present state."""


@dataclass(frozen=True)
class Ambulance:
    """Who films, when it is no caller: an enrolled phone, and for whom. `centres` begins with its AMK."""

    phone: str
    unit: str
    centres: tuple[str, ...]

    def told(self) -> dict[str, Any]:
        """What the named centres are told of the stream."""
        return {"unit": self.unit, "amk": self.centres[0], "centres": list(self.centres)}


@dataclass(frozen=True)
class Session:
    """One request for a caller's camera, or an ambulance's stream, which needs no link and no SMS.

    `link` and `browser` are hashes of secrets, never the secrets.
    """

    id: str
    centre: str
    seat: str
    call: str
    number: str
    language: str
    link: str
    expires_at: float
    state: State = State.REQUESTED
    ended_because: Because | None = None
    camera: str = "back"
    sms: str = "waiting"
    sms_accepted: bool = False
    browser: str | None = None
    phone_left_at: float | None = None
    """When an approved session last had no picture; None while one arrives, and before approval."""
    ambulance: Ambulance | None = None

    @property
    def filmed_by(self) -> str:
        """Whose phone it is, for the audit log."""
        return "crew" if self.ambulance else "caller"


def moved(session: Session, act: Act) -> Session:
    """The session after `act`. Raises Ended, or NotNow for a move that is not in AFTER."""
    if session.state is State.ENDED:
        raise Ended(session.ended_because)
    after = AFTER.get((session.state, act))
    if after is None:
        raise NotNow(f"cannot {act} a session that is {session.state}")
    return replace(session, state=after)


def opened(session: Session, browser: str | None) -> Session:
    """A browser runs the page. Raises Ended, NotThisBrowser."""
    may_use(session, browser)
    return moved(session, Act.OPEN)


def approved(session: Session, browser: str, now: float) -> Session:
    """The caller agrees: the link now belongs to `browser`. Again from it: the same.

    Raises Ended, NotThisBrowser.
    """
    may_use(session, browser)
    after = moved(session, Act.APPROVE)
    return after if session.browser else replace(after, browser=browser, phone_left_at=now)


def connected(session: Session) -> Session:
    """The picture arrives. Raises Ended, NotNow."""
    return replace(moved(session, Act.CONNECT), phone_left_at=None)


def lost(session: Session, now: float) -> Session:
    """No picture arrives any more. Raises Ended, NotNow."""
    after = moved(session, Act.LOSE)
    return after if session.phone_left_at else replace(after, phone_left_at=now)


def ended(session: Session, because: Because) -> Session:
    """The session is over. Raises Ended when it was over before."""
    if session.state is State.ENDED:
        raise Ended(session.ended_because)
    return replace(session, state=State.ENDED, ended_because=because)


def declined(session: Session, browser: str | None) -> Session:
    """The caller says no: refused before consent, withdrawn after it. Raises Ended, NotThisBrowser."""
    may_use(session, browser)
    return ended(session, Because.WITHDRAWN if session.browser else Because.REFUSED)


def may_use(session: Session, browser: str | None) -> None:
    """A browser may use the link until another has approved it. Raises Ended, NotThisBrowser."""
    if session.state is State.ENDED:
        raise Ended(session.ended_because)
    if session.browser is not None and session.browser != browser:
        raise NotThisBrowser("this link has been approved in another browser")


def may_film(session: Session, browser: str | None) -> None:
    """Only the browser that approved may send pictures, and only then. Raises Ended, NotThisBrowser."""
    may_use(session, browser)
    if session.browser is None:
        raise NotThisBrowser("the caller has not agreed yet: no picture before consent")


def due_to_end(session: Session, now: float, phone_gone_s: float) -> Because | None:
    """Whether time alone ends the session now: an unused link expires, a phone that left stays away."""
    if session.state in (State.REQUESTED, State.OPENED) and now >= session.expires_at:
        return Because.EXPIRED
    left_at = session.phone_left_at
    if session.state is State.CONSENTED and left_at is not None and now >= left_at + phone_gone_s:
        return Because.PHONE_GONE if session.ambulance else Because.CALLER
    return None
