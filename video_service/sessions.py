"""All sessions: their store, their events, and the one way each of them ends."""

import contextlib
import logging
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from stand_alone import Feed
from video_service import session as rules
from video_service.control import Phones
from video_service.link import hashed
from video_service.relay import Relay
from video_service.session import Because, Ended, NotThisBrowser, Session, State
from video_service.store import Store, Unknown

log = logging.getLogger("video_service.sessions")


@dataclass(frozen=True)
class Times:
    """Seconds. `link_expires_s`: an unused link; `phone_gone_s`: a phone that agreed and stays away."""

    link_expires_s: float = 900.0
    phone_gone_s: float = 300.0


class Sessions:
    """Applies the rules of `session` to the store, cuts the media and tells everybody.

    Every event goes to the feed and to the audit log. It is also what the relay reports to
    (`room.Events`): those four methods never raise.
    """

    def __init__(self, store: Store, times: Times) -> None:
        self.store = store
        self.times = times
        self.feed = Feed()
        self.phones = Phones()
        self.relay = Relay(self)
        self.links: dict[str, str] = {}
        """session -> its link's token, which is kept nowhere else and forgotten when the session ends."""
        self.when_told: Callable[[str, Session], None] = lambda event, session: None
        """Called after each event."""

    def tell(self, event: str, session: Session, who: str, **facts: Any) -> None:
        """One event, to the audit log (`who` did it) and to the followers."""
        self.store.note(session.id, event, who, facts)
        self.feed.tell(event, session=session.id, call=session.call or None, **facts)
        self.when_told(event, session)

    def going(self, session_id: str) -> Session:
        """Raises store.Unknown, Ended."""
        session = self.store.session(session_id)
        if session.state is State.ENDED:
            raise Ended(session.ended_because)
        return session

    def of_link(self, token: str) -> Session:
        """The session of a link, ended here and now when its time is over. Raises store.Unknown."""
        session = self.store.session_of_link(hashed(token))
        self._end_if_due(session, time.time())
        return self.store.session(session.id)

    def change(self, session_id: str, **values: Any) -> Session:
        """Note something about a session that is not a move of its state. Raises Ended."""

        def step(session: Session) -> Session:
            if session.state is State.ENDED:
                raise Ended(session.ended_because)
            return replace(session, **values)

        return self.store.change(session_id, step)[1]

    def end(self, session_id: str, because: Because, who: str) -> None:
        """Every picture stops at once. An ended session stays as it ended. Raises store.Unknown."""
        with contextlib.suppress(Ended):
            self.end_by(session_id, lambda session: rules.ended(session, because), who)

    def end_by(self, session_id: str, step: Callable[[Session], Session], who: str) -> None:
        """As `end`, by a rule that may object. Raises what `step` raises."""
        before, after = self.store.change(session_id, step)
        self.relay.close(session_id, "ended")
        self.links.pop(session_id, None)
        because = str(after.ended_because)
        self.phones.end(session_id, because)
        if after.ended_because in (Because.REFUSED, Because.WITHDRAWN):
            self.tell(f"consent.{because}", after, who, how="page")
        if after.ended_because is Because.EXPIRED:
            self.tell("link.expired", after, who)
        if before.state is State.LIVE:
            self.tell("media.stopped", after, who)
        if after.ambulance:
            self.tell("ambulance.ended", after, who, **after.ambulance.told(), because=because)
        else:
            self.tell("video.ended", after, who, because=because)

    def lost(self, session_id: str, event: str, who: str, **facts: Any) -> None:
        """The phone's picture is gone, the session is not. Raises Ended, NotNow."""
        _, after = self.store.change(session_id, lambda session: rules.lost(session, time.time()))
        self.tell(event, after, who, **facts)

    def unpublish(self, session: Session, publication: str) -> None:
        """The phone stops its picture; the session goes on. Raises Unknown for another publication."""
        room = self.relay.rooms.get(session.id)
        if room is None or not room.unpublish(publication):
            raise Unknown("no such publication; it may have been replaced by a later one")
        self.lost(session.id, "media.stopped", session.filmed_by)

    def hear(self, session: Session, message: dict[str, Any]) -> None:
        """An answer on the control line. What it does not understand it leaves alone; raises nothing."""
        camera = message.get("camera")
        if message.get("did") == "camera" and camera in ("back", "front"):
            with contextlib.suppress(Ended):
                after = self.change(session.id, camera=camera)
                self.tell("camera.switched", after, session.filmed_by, camera=camera)
        elif message.get("failed") == "camera":
            detail = str(message.get("detail", ""))[:200]
            self.tell("camera.failed", session, session.filmed_by, detail=detail)

    def end_what_is_due(self) -> None:
        """To be called often: end what time alone ends."""
        now = time.time()
        for session in self.store.timed(now, now - self.times.phone_gone_s):
            self._end_if_due(session, now)

    @contextlib.contextmanager
    def refusals_audited(self, session: Session, where: str) -> Iterator[None]:
        """A browser that the link is not for gets its exception, and the audit log a line."""
        try:
            yield
        except NotThisBrowser as refusal:
            self.tell("link.refused", session, "anybody", where=where, reason=str(refusal))
            raise

    def media_connected(self, session: str) -> None:
        with _harmless():
            _, after = self.store.change(session, rules.connected)
            self.tell("media.connected", after, after.filmed_by)

    def media_lost(self, session: str, reason: str) -> None:
        with _harmless():
            self.lost(session, "media.lost", "service", reason=reason)

    def watching(self, session: str, viewer: str) -> None:
        with _harmless():
            seen_by = self.store.viewer(viewer)
            self.tell("viewer.watching", self.store.session(session), seen_by.role, **seen_by.told())

    def left(self, session: str, viewer: str, because: str) -> None:
        with _harmless():
            gone, found = self.store.viewer(viewer), self.store.session(session)
            self.tell("viewer.left", found, gone.role, **gone.told(), because=because)

    def _end_if_due(self, session: Session, now: float) -> None:
        because = rules.due_to_end(session, now, self.times.phone_gone_s)
        if because:
            self.end(session.id, because, "service")


@contextlib.contextmanager
def _harmless() -> Iterator[None]:
    """A report must not break the media: neither because the session has just ended nor by the database."""
    try:
        yield
    except (Ended, rules.NotNow):
        pass
    except Exception:
        log.exception("an event of the media could not be kept")
