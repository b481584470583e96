"""What an operator can do, and what becomes of the SMS."""

import contextlib
import logging
import secrets
import time
from collections.abc import Sequence

from video_service.enrolment import NotAllowed
from video_service.link import hashed, language_of, new_token, sms_text
from video_service.outbox import Outcome
from video_service.session import Because, Ended, NotNow, Session, State
from video_service.sessions import Sessions
from video_service.sms import SmsSender
from video_service.sms_route import SmsRoute
from video_service.store import Unknown, Viewer

log = logging.getLogger("video_service.control_room")

OPERATOR = "operator"
_LINK_ARRIVED_OR_USELESS = ("link.opened", "consent.given", "video.ended")


class ControlRoom:
    """`public_url` is where phones reach this service; it must be set before the first request."""

    def __init__(self, sessions: Sessions, routes: Sequence[SmsRoute], sms_give_up_s: float) -> None:
        self.public_url = ""
        self.sms = SmsSender(routes, self._sms_happened, sms_give_up_s)
        self._sessions = sessions
        sessions.when_told = self._settle_sms
        self._store = sessions.store

    def request(
        self, centre: str, seat: str, call: str, number: str, language: str | None
    ) -> tuple[Session, Viewer, str]:
        """A new session, its SMS on the way: (session, the operator's place as a viewer, its token)."""
        link = new_token()
        session = Session(
            id=secrets.token_hex(8),
            centre=centre,
            seat=seat,
            call=call,
            number=number,
            language=language_of(language),
            link=hashed(link),
            expires_at=time.time() + self._sessions.times.link_expires_s,
        )
        viewer, token = _new_viewer(session.id, OPERATOR)
        self._store.add(session, viewer)
        self._sessions.links[session.id] = link
        self._sessions.tell("video.requested", session, OPERATOR, centre=centre, seat=seat)
        self._send_link(session, "requested")
        return session, viewer, token

    def send_again(self, session_id: str, because: str = "asked for again") -> None:
        """The same link once more. After a restart nobody knows it any more: a new one replaces it.

        Raises Unknown, Ended, and NotNow when that would break a link that a phone is using.
        """
        session = self._sessions.going(session_id)
        if session.ambulance:
            raise NotNow("an ambulance's stream has no link")
        if session_id not in self._sessions.links:
            if session.browser:
                raise NotNow("the link is in use on a phone and, since a restart, cannot be sent again")
            link = new_token()
            session = self._sessions.change(session_id, link=hashed(link))
            self._sessions.links[session_id] = link
        self._send_link(session, because)

    # `centre` is which of an ambulance's centres acts; without meaning for a caller's session

    def switch_camera(self, session_id: str, camera: str, centre: str | None = None) -> None:
        """Raises Unknown, Ended, control.NoPhone."""
        session = self._sessions.going(session_id)
        at = {"centre": centre} if session.ambulance else {}
        self._sessions.phones.order(session_id, {"do": "camera", "camera": camera})
        self._sessions.tell("camera.requested", session, OPERATOR, camera=camera, **at)

    def invite(self, session_id: str, role: str, centre: str | None = None) -> tuple[Viewer, str]:
        """A place for one more viewer, and its token. Raises Unknown, Ended."""
        session = self._sessions.going(session_id)
        viewer, token = _new_viewer(session_id, role, centre if session.ambulance else None)
        self._store.add_viewer(viewer)
        self._sessions.tell("viewer.invited", session, OPERATOR, **viewer.told())
        return viewer, token

    def show_out(self, session_id: str, viewer_id: str, centre: str | None = None) -> None:
        """The viewer's picture stops at once, for good. Again: nothing.

        Raises Unknown, also for a viewer of another centre.
        """
        viewer = self._store.viewer(viewer_id)
        if viewer.session != session_id or viewer.centre not in (None, centre):
            raise Unknown("no such viewer in this session")
        self._store.show_out(viewer_id)
        room = self._sessions.relay.rooms.get(session_id)
        if room:
            room.show_out(viewer_id)

    def end(self, session_id: str, centre: str | None = None) -> None:
        """Raises Unknown, and NotAllowed: an ambulance's stream is ended by its crew or its own AMK."""
        session = self._store.session(session_id)
        if session.ambulance and centre != session.centre:
            raise NotAllowed(f"the crew or {session.centre} ends this stream; a centre that is done leaves")
        self._sessions.end(session_id, Because.OPERATOR, OPERATOR)

    def take_up(self) -> None:
        """After a restart: nobody is live any more, and an SMS that was not accepted is sent again."""
        for session in self._store.not_ended():
            if session.state is State.LIVE:
                self._sessions.media_lost(session.id, "restart")
            if session.state is State.REQUESTED and not session.sms_accepted:
                self.send_again(session.id, "restart")

    def _send_link(self, session: Session, because: str) -> None:
        url = f"{self.public_url}/v/{self._sessions.links[session.id]}"
        text = sms_text(session.centre, url, session.language)
        self.sms.send(session.id, session.number, text, because)

    def _settle_sms(self, event: str, session: Session) -> None:
        if event in _LINK_ARRIVED_OR_USELESS:
            self.sms.settle(session.id)

    def _sms_happened(self, outcome: Outcome) -> None:
        with contextlib.suppress(Unknown):
            session = self._store.session(outcome.reference)
            self._sessions.tell(outcome.event, session, "service", **outcome.facts)
            with contextlib.suppress(Ended):
                accepted = session.sms_accepted or outcome.event == "sms.accepted"
                self._sessions.change(session.id, sms=_sms_state(outcome, session), sms_accepted=accepted)
            if outcome.facts.get("final") and session.state is State.REQUESTED and not session.sms_accepted:
                log.warning("session %s: no SMS went out: %s", session.id, outcome.facts["reason"])
                self._sessions.end(session.id, Because.SMS_FAILED, "service")


def _sms_state(outcome: Outcome, session: Session) -> str:
    if outcome.event == "sms.duplicated":
        return session.sms
    return "delayed" if "next" in outcome.facts else outcome.event.removeprefix("sms.")


def _new_viewer(session: str, role: str, centre: str | None = None) -> tuple[Viewer, str]:
    token = new_token()
    return Viewer(secrets.token_hex(8), session, role, hashed(token), centre=centre), token
