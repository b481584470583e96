"""Taking messages in: what a carrier accepts now, and what it answers. Sans-IO."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Protocol

from fake_carriers.ledger import Tell
from fake_carriers.magic import magic_of
from fake_carriers.message import Client, Part
from fake_carriers.moods import Behaviour
from fake_carriers.network import Network
from fake_carriers.notices import Notices
from fake_carriers.receipts import shown_id
from fake_carriers.smpp import (
    Address,
    Command,
    MessageId,
    Pdu,
    Status,
    SubmitMulti,
    SubmitMultiResp,
    Unsuccess,
)
from fake_carriers.strictness import must_be_possible
from fake_carriers.submission import Refused, Submission, destinations_of, shown_number, single, submission_of
from fake_carriers.throttle import Throttle

Answer = Callable[[Pdu, float, Callable[[float], None]], None]
"""Takes the response, the seconds that it is held back, and what to do when it was and has left."""


class Asker(Protocol):
    """Whoever submits: an SMPP session, or the HTTP gateway."""

    throttle: Throttle
    unanswered: int

    @property
    def door(self) -> str:
        """The SMSC, or "gateway"."""


class Intake:
    """The door of one carrier. `behaviour` says how it behaves now; `clock` what time it is."""

    def __init__(self, name: str, network: Network, tell: Tell, clock: Callable[[], float]) -> None:
        self._name, self._network, self._clock = name, network, clock
        self.notices = Notices(name, network, tell)
        self._throttle = Throttle()
        self.behaviour = Behaviour(network.carrier(name))

    def admit(self, asker: Asker, number: str, now: float) -> float:
        """Let one more message in: how late its response is by magic. Raises Refused, Unanswered."""
        forced = magic_of(number)
        if forced is not None and not forced.answer:
            self.notices.swallowed(number, False, asker.door)
            raise Unanswered
        if forced is not None and forced.answer != "ROK":
            raise Refused(Status[forced.answer])
        carrier, waiting = self.behaviour.carrier, self._network.under_way[self._name]
        if self.behaviour.queue_full or (carrier.queue_max and waiting >= carrier.queue_max):
            self._put_off(asker, number, "queue full", Status.RMSGQFUL)
        if carrier.window and asker.unanswered > carrier.window:
            self._put_off(asker, number, "window", Status.RTHROTTLED)
        if not asker.throttle.take(carrier.session_rate_per_s, now):
            self._put_off(asker, number, "session rate", Status.RTHROTTLED)
        if not self._throttle.take(carrier.rate_per_s, now):
            self._put_off(asker, number, "rate", Status.RTHROTTLED)
        return 0.0 if forced is None else forced.answer_s

    def _put_off(self, asker: Asker, number: str, reason: str, status: Status) -> None:
        self.notices.throttled(number, reason, asker.door)
        raise Refused(status, told=True)

    def submit(self, asker: Asker, client: Client, pdu: Pdu, now: float, answer: Answer) -> None:
        """A submit_sm, data_sm or submit_multi: answered when it is kept. Raises Refused."""
        if isinstance(pdu.body, SubmitMulti):
            self._submit_multi(asker, client, pdu, pdu.body, now, answer)
            return
        try:
            submission = self._read(pdu if pdu.command is Command.SUBMIT_SM else single(pdu), now)
            late_s = self.admit(asker, submission.number, now)
            replaced = self._replaced(submission, client, now)
            part = replaced or self.take(submission, client, now)
        except Unanswered:
            return
        except Refused as refused:
            self._tell_refused(refused, destinations_of(pdu)[0], asker)
            raise
        body = MessageId(shown_id(part.message_id, self.behaviour.carrier, receipt=False))
        told = self._answers(pdu, body, [part], now, late_s, answer)
        if replaced is None:
            self.when_kept([part], told)
        else:
            self._network.store.when_kept(told)

    def _read(self, pdu: Pdu, now: float) -> Submission:
        submission = submission_of(pdu, now)
        if self.behaviour.carrier.strict:
            must_be_possible(submission.request)
        return submission

    def _replaced(self, submission: Submission, client: Client, now: float) -> Part | None:
        """The newest message under way that gave way to this one, if the client asks for it (5.2.18)."""
        one_of_many = submission.place is not None and submission.place.parts > 1
        if not submission.request.replace_if_present_flag or one_of_many:
            return None
        asked = submission.request.service_type, submission.sender, submission.number
        for part in reversed(list(self._network.parts)):
            same = part.submission.request.service_type, part.submission.sender, part.submission.number
            mine = (part.client.door, part.client.account) == (client.door, client.account)
            if mine and same == asked and self._network.replace(part, submission, now):
                return part
        return None

    def _tell_refused(self, refused: Refused, number: str, asker: Asker) -> None:
        if not refused.told:
            self.notices.refused(number, refused.status, asker.door)

    def _submit_multi(
        self, asker: Asker, client: Client, pdu: Pdu, body: SubmitMulti, now: float, answer: Answer
    ) -> None:
        parts: list[Part] = []
        failed: list[Unsuccess] = []
        late_s, unanswered = 0.0, False
        if not body.dest_address:
            raise Refused(Status.RINVNUMDESTS)
        for destination in body.dest_address:
            if not isinstance(destination, Address):
                failed.append(Unsuccess(0, 0, destination.dl_name[:20], Status.RINVDLNAME))
                self.notices.refused(destination.dl_name, Status.RINVDLNAME, asker.door)
                continue
            try:
                submission = self._read(single(pdu, destination), now)
                late_s = max(late_s, self.admit(asker, submission.number, now))
                shared = parts[0].message_id if parts else ""
                parts.append(self.take(submission, client, now, shared))
            except Unanswered:
                unanswered = True
            except Refused as refused:
                to = destination.dest_addr_ton, destination.dest_addr_npi, destination.destination_addr
                failed.append(Unsuccess(*to, refused.status))
                self._tell_refused(refused, shown_number(destination), asker)
        if not parts:
            if unanswered:
                return
            raise Refused(Status(failed[0].error_status_code))
        message_id = shown_id(parts[0].message_id, self.behaviour.carrier, receipt=False)
        told = SubmitMultiResp(message_id, tuple(failed))
        heard = _unheard if unanswered else answer
        self.when_kept(parts, self._answers(pdu, told, parts, now, late_s, heard))

    def take(self, submission: Submission, client: Client, now: float, message_id: str = "") -> Part:
        """Into the network. Raises Refused when no carrier has the number."""
        try:
            return self._network.take(submission, client, now, message_id)
        except ValueError:
            raise Refused(Status.RINVDSTADR) from None

    def when_kept(self, parts: list[Part], answer: Callable[[bool], None]) -> None:
        """Call `answer` once the parts are safe (True), or when they cannot be kept; then they go on."""
        self._network.store.when_kept(partial(self._kept, parts, answer))

    def _kept(self, parts: list[Part], answer: Callable[[bool], None], kept: bool) -> None:
        answer(kept)
        now = self._clock()
        for part in parts:
            if kept:
                self._network.accepted(part, now)
            else:
                self._network.forget(part)
        if not kept:
            for part in {part.message: part for part in parts}.values():
                self.notices.refused(part.submission.number, Status.RSYSERR, part.client.door)

    def _answers(
        self,
        pdu: Pdu,
        body: MessageId | SubmitMultiResp,
        parts: Sequence[Part],
        asked_at: float,
        late_s: float,
        answer: Answer,
    ) -> Callable[[bool], None]:
        """The response to a submit, by whether its message could be kept."""

        def told(kept: bool) -> None:
            left = partial(self.notices.answered, parts if kept else (), asked_at)
            if kept:
                answer(Pdu(pdu.command.response, pdu.sequence, Status.ROK, body), late_s, left)
            else:
                answer(Pdu(pdu.command.response, pdu.sequence, Status.RSYSERR), 0.0, left)

        return told


def _unheard(response: Pdu, after_s: float, left: Callable[[float], None]) -> None:
    """The answer of a submit that has none by magic."""


class Unanswered(Exception):
    """By magic: the submit has no answer and comes to nothing."""
