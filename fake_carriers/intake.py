"""Taking messages in: what a carrier accepts now, and what it answers. Sans-IO."""

from collections.abc import Callable
from functools import partial
from typing import Protocol

from fake_carriers.magic import magic_of
from fake_carriers.message import Client, Part
from fake_carriers.moods import Behaviour
from fake_carriers.network import Network, Tell
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
from fake_carriers.submission import Refused, Submission, single, submission_of
from fake_carriers.throttle import Throttle

Answer = Callable[[Pdu, float], None]
"""Takes the response, and the seconds that it is held back."""


class Asker(Protocol):
    """Whoever submits: an SMPP session, or the HTTP gateway."""

    throttle: Throttle
    unanswered: int


class Intake:
    """The door of one carrier. `behaviour` says how it behaves now; `clock` what time it is."""

    def __init__(self, name: str, network: Network, tell: Tell, clock: Callable[[], float]) -> None:
        self._name, self._network, self._tell, self._clock = name, network, tell, clock
        self._throttle = Throttle()
        self.behaviour = Behaviour(network.carrier(name))

    def admit(self, asker: Asker, number: str, now: float) -> float:
        """Let one more message in: how late its response is by magic. Raises Refused, Unanswered."""
        forced = magic_of(number)
        if forced is not None and forced.answer != "ROK":
            raise Unanswered if not forced.answer else Refused(Status[forced.answer])
        carrier, waiting = self.behaviour.carrier, self._network.under_way[self._name]
        if self.behaviour.queue_full or (carrier.queue_max and waiting >= carrier.queue_max):
            self._throttled(number, "queue full", Status.RMSGQFUL)
        if carrier.window and asker.unanswered > carrier.window:
            self._throttled(number, "window", Status.RTHROTTLED)
        if not asker.throttle.take(carrier.session_rate_per_s, now):
            self._throttled(number, "session rate", Status.RTHROTTLED)
        if not self._throttle.take(carrier.rate_per_s, now):
            self._throttled(number, "rate", Status.RTHROTTLED)
        return 0.0 if forced is None else forced.answer_s

    def _throttled(self, number: str, reason: str, status: Status) -> None:
        try:
            carrier = self._network.carrier_of(number).name
        except ValueError:
            raise Refused(Status.RINVDSTADR) from None
        self._network.counts[self._name]["sms.throttled"] += 1
        self._tell("sms.throttled", number=number, carrier=carrier, door=self._name, reason=reason)
        raise Refused(status)

    def submit(self, asker: Asker, client: Client, pdu: Pdu, now: float, answer: Answer) -> None:
        """A submit_sm, data_sm or submit_multi: answered when it is kept. Raises Refused."""
        try:
            if isinstance(pdu.body, SubmitMulti):
                self._submit_multi(asker, client, pdu, pdu.body, now, answer)
                return
            submission = submission_of(pdu if pdu.command is Command.SUBMIT_SM else single(pdu), now)
            late_s = self.admit(asker, submission.number, now)
            part = self.take(submission, client, now)
        except Unanswered:
            return
        body = MessageId(shown_id(part.message_id, self.behaviour.carrier, receipt=False))
        self.when_kept([part], _answers(pdu, body, late_s, answer))

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
                continue
            try:
                submission = submission_of(single(pdu, destination), now)
                late_s = max(late_s, self.admit(asker, submission.number, now))
                shared = parts[0].message_id if parts else ""
                parts.append(self.take(submission, client, now, shared))
            except Unanswered:
                unanswered = True
            except Refused as refused:
                to = destination.dest_addr_ton, destination.dest_addr_npi, destination.destination_addr
                failed.append(Unsuccess(*to, refused.status))
        if not parts:
            raise Unanswered if unanswered else Refused(Status(failed[0].error_status_code))
        message_id = shown_id(parts[0].message_id, self.behaviour.carrier, receipt=False)
        told = SubmitMultiResp(message_id, tuple(failed))
        self.when_kept(parts, _answers(pdu, told, late_s, _unheard if unanswered else answer))

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


def _answers(
    pdu: Pdu, body: MessageId | SubmitMultiResp, late_s: float, answer: Answer
) -> Callable[[bool], None]:
    """The response to a submit, by whether its message could be kept."""

    def told(kept: bool) -> None:
        if kept:
            answer(Pdu(pdu.command.response, pdu.sequence, Status.ROK, body), late_s)
        else:
            answer(Pdu(pdu.command.response, pdu.sequence, Status.RSYSERR), 0.0)

    return told


def _unheard(response: Pdu, after_s: float) -> None:
    """The answer of a submit that has none by magic."""


class Unanswered(Exception):
    """By magic: the submit has no answer and comes to nothing."""
