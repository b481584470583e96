"""The message centre of one carrier: accounts, sessions, and the way of each deliver_sm. Sans-IO."""

import hmac
import itertools
from collections import OrderedDict, deque
from collections.abc import Callable

import draws
from fake_carriers.agenda import Agenda, Step
from fake_carriers.delivery import AGAIN_S, NOT_NOW, OWED_MAX, Delivery
from fake_carriers.inquiry import answer_of
from fake_carriers.intake import Intake
from fake_carriers.ledger import Tell
from fake_carriers.message import Client, Part
from fake_carriers.moods import Behaviour
from fake_carriers.network import Network
from fake_carriers.receipts import RECEIPT, receipt_of, wanted
from fake_carriers.ring import Ring
from fake_carriers.session import Session
from fake_carriers.silence import Silence
from fake_carriers.smpp import Bind, Command, Pdu, PduError, Status, decode
from fake_carriers.submission import SUBMITS, destinations_of

_numbers = itertools.count(1)  # of sessions, over all carriers


class Smsc:
    """One carrier's SMSC: takes messages for any carrier's numbers."""

    def __init__(
        self,
        name: str,
        network: Network,
        agenda: Agenda,
        tell: Tell,
        clock: Callable[[], float],
        ring: Ring | None = None,
    ) -> None:
        self.name = name
        self.intake = Intake(name, network, tell, clock)
        self.sessions: list[Session] = []  # bound or not
        self.clock = clock
        self._network, self._agenda, self._tell = network, agenda, tell
        self._ring = Ring() if ring is None else ring
        self._silence = Silence()
        self._owed: OrderedDict[Delivery, None] = OrderedDict()  # oldest first, wherever they are
        self._waiting: deque[Delivery] = deque()  # those of them that nobody is bound for
        self._responses = itertools.count()

    # ---- connections

    def opened(self, send: Callable[[bytes], None], close: Callable[[], None], now: float) -> Session:
        """A client has connected."""
        session = Session(self, send, close, now, next(_numbers))
        self.sessions.append(session)
        if self.behaviour.outage == "silent":
            session.hold()
        return session

    @property
    def answers_calls(self) -> bool:
        """Whether a new connection is let in at all."""
        return self.behaviour.outage != "drop"

    def turned_away(self) -> None:
        """A connection came that is not let in."""
        self._tell("session.turned_away", carrier=self.name)

    def lost(self, session: Session, now: float) -> None:
        """The connection is gone: what its client has not confirmed goes another way."""
        session.closed = True
        if session not in self.sessions:
            return
        self.sessions.remove(session)
        if session.bind is not None:
            self._tell("session.closed", carrier=self.name, session=session.number)
        for delivery in session.deliveries.take_back():
            self._route(delivery)

    @property
    def account(self) -> tuple[str, str]:
        """system_id and password."""
        carrier = self._network.carrier(self.name)
        return carrier.system_id, carrier.password

    def check(self, system_id: str, password: str) -> Status:
        """ROK, or why this account may not bind."""
        known, secret = self.account
        if system_id != known:
            return Status.RINVSYSID
        right = hmac.compare_digest(password.encode("latin-1"), secret.encode("latin-1"))
        return Status.ROK if right else Status.RINVPASWD

    def bound(self, session: Session, now: float) -> None:
        """A session has bound: it gets what nobody could take."""
        self._tell(
            "session.bound",
            carrier=self.name,
            session=session.number,
            system_id=session.system_id,
            bind=session.bind.name.lower() if session.bind else "",
        )
        if session.receives:
            waiting, self._waiting = self._waiting, deque()
            for delivery in waiting:
                session.deliveries.put(delivery)

    def refused(self, session: Session, pdu: Pdu, status: Status) -> None:
        """A bind, or a submit that was not looked at."""
        if isinstance(pdu.body, Bind):
            self._tell("session.refused", carrier=self.name, session=session.number, status=status.name)
        elif pdu.command in SUBMITS:
            for number in destinations_of(pdu):
                self.intake.notices.refused(number, status, self.name)

    # ---- messages

    def ask(self, session: Session, pdu: Pdu, now: float) -> None:
        """A request about messages. Raises Refused."""
        if pdu.command in SUBMITS:
            session.submitted += 1
            client = Client(self.name, session.system_id, session.number)
            self.intake.submit(session, client, pdu, now, session.answer)
        else:
            response = answer_of(self._network, self.name, session.system_id, pdu, now)
            self._network.store.when_kept(lambda kept: session.answer(response, 0.0))

    def report(self, part: Part, now: float) -> None:
        """A part that was submitted here has ended, or could not be brought to the phone at first."""
        if wanted(part):
            self._owe(receipt_of(part, self._network.carrier(self.name), now))
        elif part.ended_at is not None:
            self._network.reported(part)

    def originate(self, delivery: Delivery) -> None:
        """A message from a phone, for whoever is bound here."""
        self._network.counts[self.name]["originated"] += 1
        self._tell(
            "sms.originated",
            number=f"+{delivery.message.source_addr}",
            to=delivery.message.destination_addr,
            carrier=self.name,
        )
        self.bring(delivery)

    def bring(self, delivery: Delivery) -> None:
        """To whoever is bound here, until it is answered."""
        self._owe(delivery)

    def empty(self) -> None:
        """Nothing is owed to clients any more."""
        for delivery in self._owed:
            delivery.over = True
        self._owed.clear()
        self._waiting.clear()

    @property
    def waiting(self) -> int:
        """Receipts and messages from phones that nobody could take yet."""
        return len(self._waiting)

    def _owe(self, delivery: Delivery) -> None:
        self._owed[delivery] = None
        if len(self._owed) > OWED_MAX:
            self._give_up(self._owed.popitem(last=False)[0])
        self._route(delivery)

    def _give_up(self, delivery: Delivery) -> None:
        """Nobody takes it, and there is no room for more: a receipt that is lost so is told."""
        delivery.over = True
        while self._waiting and self._waiting[0].over:
            self._waiting.popleft()
        self._network.counts[self.name]["dropped"] += 1
        if delivery.part is not None and delivery.message.esm_class == RECEIPT:
            self._network.reported(delivery.part)
            self._tell("receipt.dropped", carrier=self.name, message_id=delivery.part.message_id)
        elif delivery.originated is not None:
            self._network.brought(delivery.originated, False, self.clock())

    def _route(self, delivery: Delivery) -> None:
        """To the session that submitted, else another that is bound, else wait until one binds.

        The first rule matters: without it receipts reach the wrong one of two clients with one account.
        A session that does not answer comes last.
        """
        if delivery.over:
            return
        own = delivery.part.client.session if delivery.part else 0
        receiving = [session for session in self.sessions if session.receives]
        if not receiving:
            self._waiting.append(delivery)
            return
        chosen = next((s for s in receiving if s.number == own and not s.deliveries.deaf), None)
        chosen = chosen or min(receiving, key=lambda s: s.deliveries.load)
        chosen.deliveries.put(delivery)

    def confirmed(self, delivery: Delivery, status: int, session: Session, now: float) -> None:
        """The client has answered: "not now" is asked again, any other answer is the end of it."""
        if delivery.over:  # it was answered elsewhere meanwhile
            return
        if status in NOT_NOW:
            self.later(AGAIN_S, lambda _: self._route(delivery))
            return
        delivery.over = True
        self._owed.pop(delivery, None)
        if delivery.part is not None and delivery.message.esm_class == RECEIPT:
            self._network.counts[self.name]["receipts"] += 1
            self._network.reported(delivery.part)
        elif delivery.originated is not None:
            self._network.brought(delivery.originated, status == Status.ROK, now)

    def _bring_again(self, session: Session) -> None:
        """What its client does not answer goes another way, and what waits behind it too; or comes again."""
        late = session.deliveries.overdue()
        if late and any(other.receives and not other.deliveries.deaf for other in self.sessions):
            late += session.deliveries.take_queue()
        for delivery in late:
            self._route(delivery)

    # ---- moods

    @property
    def behaviour(self) -> Behaviour:
        return self.intake.behaviour

    def behave(self, behaviour: Behaviour, now: float) -> None:
        """From now on so."""
        before, self.intake.behaviour = self.behaviour.outage, behaviour
        if behaviour.outage == "silent" and before != "silent":
            for session in self.sessions:
                session.hold()
        if behaviour.outage == "drop":
            for session in list(self.sessions):
                self._cut(session)
        if before == "silent" and behaviour.outage != "silent":
            for session, frame in self._silence.end():
                session.frame(frame, now)
            for session in list(self.sessions):
                session.wake(now)

    def _cut(self, session: Session) -> None:
        if not session.closed:
            self._tell("session.cut", carrier=self.name, session=session.number)
            session.end()

    def swallow(self, session: Session, frame: bytes) -> None:
        """Asked of a silent carrier."""
        try:
            pdu = decode(frame)
        except PduError:  # it has its answer later, and tells nothing
            pdu = Pdu(Command.GENERIC_NACK, 0)
        kept = False
        if self.behaviour.swallowed == "later":
            kept = self._silence.keep(session, frame, pdu.command)
            if not kept:
                self._network.counts[self.name]["not kept"] += 1
        if pdu.command in SUBMITS:
            for number in destinations_of(pdu):
                self.intake.notices.swallowed(number, kept, self.name)

    def count_anew(self) -> None:
        """A new run: its seed breaks the same responses again."""
        self._responses = itertools.count()

    def breaks(self) -> str:
        """How the next response is to be broken; keyed by its number, so that a seed breaks the same ones."""
        if not self.behaviour.malformed:
            return ""
        u = draws.uniform(self._network.fates.seed, "smsc/malformed", self.name, next(self._responses))
        return self.behaviour.malformed if u < self.behaviour.malformed_share else ""

    def garbled(self, session: Session, response: Pdu, how: str) -> None:
        command = response.command.name.lower()
        self._tell("session.garbled", carrier=self.name, session=session.number, command=command, how=how)

    def saw(self, session: Session, direction: str, octets: bytes) -> None:
        self._ring.put(self.name, session.number, direction, octets)

    def later(self, seconds: float, do: Step) -> None:
        self._agenda.at(self.clock() + seconds, do)

    def tick(self, now: float) -> None:
        """Time has passed."""
        for session in list(self.sessions):
            session.tick(now)
            if self.behaviour.outage != "silent":
                self._bring_again(session)
