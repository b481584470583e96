"""Ambulance phones: enrolled by an administrator, started by their crew, seen by the centres they name."""

import contextlib
import logging
import secrets
import time
from collections.abc import Iterator, Sequence

from video_service import enrolment
from video_service.ambulance_challenge import Challenges
from video_service.enrolment import AmbulancePhone, CodeOver, NotAllowed, NotAuthentic, Taken
from video_service.link import hashed, new_token, same
from video_service.session import Ambulance, Because, Ended, Session, State
from video_service.sessions import Sessions
from video_service.store import Unknown
from video_service.viewers import BadToken

log = logging.getLogger("video_service.ambulance")

ADMINISTRATOR = "administrator"
CREW = "crew"


class Ambulances:
    """What an administrator does with phones, and what a phone's crew does with streams.

    A stream is a session that begins approved: the crew's own decision takes the place of a caller's consent,
    and a token that only this phone gets that of the browser. What is refused to a known phone is audited.
    """

    def __init__(self, sessions: Sessions) -> None:
        self.challenges = Challenges()
        self._sessions = sessions
        self._store = sessions.store

    # ---- the administrator

    def expect(self, amk: str, centres: Sequence[str], expires_in_s: float) -> tuple[AmbulancePhone, str]:
        """A phone to be enrolled, and its code, which is shown once."""
        code = new_token()
        allowed = tuple(dict.fromkeys(centre for centre in centres if centre != amk))
        phone = AmbulancePhone(secrets.token_hex(8), hashed(code), time.time() + expires_in_s, amk, allowed)
        self._store.add_phone(phone)
        self._note(phone, "ambulance.expected", ADMINISTRATOR, amk=amk, centres=list(allowed))
        return phone, code

    def revoke(self, phone_id: str) -> None:
        """The phone is refused from now on and its stream stops at once. Again: nothing. Raises Unknown."""
        before, phone = self._store.change_phone(phone_id, lambda each: enrolment.revoked(each, time.time()))
        if before.revoked_at is None:
            self._note(phone, "ambulance.revoked", ADMINISTRATOR)
        self._end_stream(phone, Because.REVOKED, ADMINISTRATOR)

    # ---- the phone

    def enrol(self, code: str, name: str, amk: str, public_key: bytes, signature: bytes) -> AmbulancePhone:
        """The code becomes this phone, once. Raises Unknown, CodeOver, NotAuthentic, NotAllowed, Taken."""
        found = self._store.phone(code=hashed(code))
        with self._refusals_audited(found, "enrolment"):
            enrolment.check_signature(public_key, signature, enrolment.enrolment_text(code, name, amk))
            others = [phone for phone in self._store.phones() if phone.id != found.id]
            now = time.time()
            _, phone = self._store.change_phone(
                found.id, lambda each: enrolment.enrolled(each, name, amk, public_key.hex(), others, now)
            )
        self._note(phone, "ambulance.enrolled", CREW, name=name, amk=amk)
        return phone

    def start(
        self, public_key: bytes, nonce: str, centres: Sequence[str], signature: bytes
    ) -> tuple[Session, str]:
        """A new stream and the phone's token to it; one that this phone had before ends.

        Raises NotAuthentic, NotAllowed.
        """
        try:
            phone = self._store.phone(public_key=public_key.hex())
        except Unknown:
            raise NotAuthentic("no phone with this key is enrolled") from None
        with self._refusals_audited(phone, "start"):
            enrolment.check_signature(public_key, signature, enrolment.start_text(nonce, centres))
            self.challenges.spend(nonce, time.monotonic())
            seen_by = enrolment.centres_of_start(phone, centres)
        self._end_stream(phone, Because.REPLACED, CREW)
        token = new_token()
        session = _stream(phone, seen_by, token)
        self._store.add(session)
        self._note(phone, "ambulance.started", CREW, session=session.id)
        self._tell_started(session, CREW)
        return session, token

    def may_film(self, session_id: str, token: str, where: str) -> Session:
        """The stream that this token is for. Raises Unknown, BadToken (audited), Ended."""
        session = self._authentic(session_id, token, where)
        if session.state is State.ENDED:
            raise Ended(session.ended_because)
        return session

    async def publish(self, session_id: str, token: str, offer: str) -> tuple[str, str]:
        """WHIP: (publication id, SDP answer). Raises also negotiation.BadOffer, .Unsupported, room.Closed."""
        session = self.may_film(session_id, token, "media")
        return await self._sessions.relay.room(session.id).publish(offer)

    def unpublish(self, session_id: str, token: str, publication: str) -> None:
        """The phone stops its picture; the stream goes on. Raises Unknown for another publication."""
        self._sessions.unpublish(self.may_film(session_id, token, "media"), publication)

    def end(self, session_id: str, token: str) -> None:
        """The crew ends its stream. Again: nothing. Raises Unknown, BadToken."""
        self._sessions.end(self._authentic(session_id, token, "end").id, Because.CREW, CREW)

    # ---- the centres

    def seen_by(self, centre: str) -> list[Session]:
        """The streams, not ended, that this centre is named in."""
        return [session for session in self._going() if centre in _centres(session)]

    def check(self, session_id: str, centre: str | None) -> None:
        """An ambulance's stream is there for the centres it names only. Raises Unknown."""
        session = self._store.session(session_id)
        if session.ambulance and centre not in session.ambulance.centres:
            raise Unknown("no such session" if centre else "no such session; say ?centre= for an ambulance's")

    def take_up(self) -> None:
        """After a restart the numbers of the events begin anew: tell again which streams there are."""
        for session in self._going():
            self._tell_started(session, "service", again=True)

    # ----

    def _going(self) -> Iterator[Session]:
        return (session for session in self._store.not_ended() if session.ambulance)

    def _end_stream(self, phone: AmbulancePhone, because: Because, who: str) -> None:
        for session in list(self._going()):
            if session.ambulance and session.ambulance.phone == phone.id:
                self._sessions.end(session.id, because, who)

    def _authentic(self, session_id: str, token: str, where: str) -> Session:
        session = self._store.session(session_id)
        if session.ambulance is None:
            raise Unknown("no such stream")
        if not same(hashed(token), session.browser or ""):
            self._store.note(session.id, "ambulance.refused", "anybody", {"where": where})
            raise BadToken("the stream's token is missing or wrong")
        return session

    def _tell_started(self, session: Session, who: str, **facts: bool) -> None:
        assert session.ambulance
        self._sessions.tell("ambulance.started", session, who, **session.ambulance.told(), **facts)

    def _note(self, phone: AmbulancePhone, event: str, who: str, **facts: object) -> None:
        """To the phone's own audit log: no centre is told."""
        self._store.note(phone.id, event, who, facts)

    @contextlib.contextmanager
    def _refusals_audited(self, phone: AmbulancePhone, where: str) -> Iterator[None]:
        try:
            yield
        except (CodeOver, NotAllowed, NotAuthentic, Taken) as refusal:
            log.warning("ambulance phone %s (%s): %s", phone.id, phone.name, refusal)
            self._note(phone, "ambulance.refused", "anybody", where=where, reason=str(refusal))
            raise


def _centres(session: Session) -> tuple[str, ...]:
    return session.ambulance.centres if session.ambulance else ()


def _stream(phone: AmbulancePhone, centres: tuple[str, ...], token: str) -> Session:
    """A session without a call, a number or a link: what stands for the link is known to nobody."""
    now = time.time()
    return Session(
        id=secrets.token_hex(8),
        centre=phone.amk,
        seat="",
        call="",
        number="",
        language="nb",
        link=hashed(new_token()),
        expires_at=now,
        state=State.CONSENTED,
        sms="none",
        browser=hashed(token),
        phone_left_at=now,
        ambulance=Ambulance(phone.id, phone.name or "", centres),
    )
