"""What the caller can do with the link, from one browser."""

import time

from video_service import session as rules
from video_service.link import hashed
from video_service.session import Session
from video_service.sessions import Sessions


class Caller:
    """`token` is the link's, `browser` the secret in the browser's cookie (None without one).

    Every method raises store.Unknown for a link that never was, Ended for one whose time or session
    is over, and NotThisBrowser, which is audited.
    """

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions
        self._store = sessions.store

    def fetched(self, token: str, browser: str | None, agent: str) -> Session:
        """Somebody got the page: a link scanner perhaps. It spends nothing."""
        session = self._sessions.of_link(token)
        self._sessions.tell("link.fetched", session, "anybody", agent=agent[:80])
        with self._sessions.refusals_audited(session, "page"):
            rules.may_use(session, _kept(browser))
        return session

    def opened(self, token: str, browser: str) -> None:
        """A browser runs the page."""
        session = self._sessions.of_link(token)
        with self._sessions.refusals_audited(session, "opened"):
            _, after = self._store.change(session.id, lambda s: rules.opened(s, _kept(browser)))
        self._sessions.tell("link.opened", after, "caller")

    def consented(self, token: str, browser: str) -> Session:
        """The caller agrees in this browser; from now on no other one can. Again: the same."""
        session = self._sessions.of_link(token)
        with self._sessions.refusals_audited(session, "consent"):
            before, after = self._store.change(
                session.id, lambda s: rules.approved(s, hashed(browser), time.time())
            )
        if before.browser is None:
            self._sessions.tell("consent.given", after, "caller", how="page")
        return after

    def refused(self, token: str, browser: str | None) -> None:
        """The caller says no. After a yes in this browser it is a withdrawal."""
        session = self._sessions.of_link(token)
        with self._sessions.refusals_audited(session, "refusal"):
            self._sessions.end_by(session.id, lambda s: rules.declined(s, _kept(browser)), "caller")

    def withdrew(self, token: str, browser: str | None) -> None:
        """The caller stops: only possible where the caller agreed."""
        self.may_film(token, browser, "withdrawal")
        self.refused(token, browser)

    def may_film(self, token: str, browser: str | None, where: str) -> Session:
        """The session, if this browser has its consent."""
        session = self._sessions.of_link(token)
        with self._sessions.refusals_audited(session, where):
            rules.may_film(session, _kept(browser))
        return session

    async def publish(self, token: str, browser: str | None, offer: str) -> tuple[str, str]:
        """WHIP: (publication id, SDP answer). Raises also negotiation.BadOffer, .Unsupported, room.Closed."""
        session = self.may_film(token, browser, "media")
        return await self._sessions.relay.room(session.id).publish(offer)

    def unpublish(self, token: str, browser: str | None, publication: str) -> None:
        """The phone stops its picture; the session goes on. Raises Unknown for another publication."""
        self._sessions.unpublish(self.may_film(token, browser, "media"), publication)


def _kept(browser: str | None) -> str | None:
    return None if browser is None else hashed(browser)
