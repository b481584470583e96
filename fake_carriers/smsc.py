"""The message centre of one carrier: accounts, sessions, and the way of each receipt. Sans-IO."""

import hmac
from collections import defaultdict
from collections.abc import Callable
from datetime import datetime

from fake_carriers.network import Network, Part
from fake_carriers.receipts import Receipt, receipt_of, wanted
from fake_carriers.session import Session
from fake_carriers.smpp import Pdu, Status
from fake_carriers.submission import Refused, submission_of


class Smsc:
    """One carrier's SMSC: takes messages for any carrier's numbers; `clock` dates the receipts, in UTC."""

    def __init__(self, name: str, network: Network, clock: Callable[[], datetime]) -> None:
        self.name = name
        self._network, self._clock = network, clock
        self._sessions: list[Session] = []
        self._waiting: defaultdict[str, list[Receipt]] = defaultdict(list)

    def check(self, system_id: str, password: str) -> Status:
        """ROK, or why this account may not bind."""
        carrier = self._network.carrier(self.name)
        if system_id != carrier.system_id:
            return Status.RINVSYSID
        right = hmac.compare_digest(password.encode("latin-1"), carrier.password.encode("latin-1"))
        return Status.ROK if right else Status.RINVPASWD

    def bound(self, session: Session) -> None:
        """A session has bound: it gets the receipts that nobody could take."""
        self._sessions.append(session)
        if session.receives:
            for receipt in self._waiting.pop(session.system_id, []):
                session.deliver(receipt)

    def take(self, session: Session, pdu: Pdu) -> Part:
        """Take a submit_sm. Raises Refused."""
        submitted = self._clock()
        submission = submission_of(pdu, submitted)

        def report(part: Part) -> None:
            if wanted(submission, part.state):
                receipt = receipt_of(submission, part.message_id, part.state, submitted, self._clock())
                self._route(receipt, session)

        try:
            return self._network.take(submission, report)
        except ValueError:
            raise Refused(Status.RINVDSTADR) from None

    def accepted(self, part: Part) -> None:
        """The response has been sent."""
        self._network.accepted(part)

    def lost(self, session: Session) -> None:
        """The connection is gone: what its client has not confirmed goes another way."""
        session.closed = True
        if session in self._sessions:
            self._sessions.remove(session)
        for receipt in session.unconfirmed():
            self._route(receipt, session)

    def _route(self, receipt: Receipt, submitter: Session) -> None:
        """To the session that submitted, else another of its account, else wait until one binds.

        The first rule matters: without it receipts reach the wrong one of two clients with one account.
        """
        others = [session for session in self._sessions if session.system_id == submitter.system_id]
        for session in (submitter, *others):
            if session.receives:
                session.deliver(receipt)
                return
        self._waiting[submitter.system_id].append(receipt)
