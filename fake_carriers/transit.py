"""Messages on their way to the handset: when each is tried, and how it ends. Sans-IO."""

from collections.abc import Callable
from functools import partial

from fake_carriers.agenda import Agenda
from fake_carriers.gathering import Gathering
from fake_carriers.handsets import Arrival, Handsets
from fake_carriers.ledger import Ledger
from fake_carriers.links import read_of
from fake_carriers.message import Message, Part
from fake_carriers.register import Register
from fake_carriers.state import State
from fake_carriers.store import Store
from fake_carriers.text import is_binary

HANDSET_ANSWER_S = 10.0  # a message that reaches a phone just before it expires may still be acknowledged
LATE_S = 1.0  # a step that is done so late on a busy machine was in time


class Transit:
    """The way of each message, from acceptance to its end; of some a second copy follows.

    `report(part, now)` is told of every end and of a first vain try.
    """

    def __init__(
        self,
        agenda: Agenda,
        store: Store,
        ledger: Ledger,
        handsets: Handsets,
        report: Callable[[Part, float], None],
    ) -> None:
        self._agenda, self._store, self._ledger = agenda, store, ledger
        self._handsets, self._report = handsets, report
        self.gathering = Gathering()
        self.parts = Register()
        self._twice: set[Message] = set()  # whose second copy is on its way
        self._era = 0  # receipts of an earlier one are owed no more

    # ---- its turn

    def send_off(self, message: Message, accepted_at: float, now: float) -> None:
        """All its parts were accepted: plan what its fate says."""
        if message.parts_total > 1:
            self.gathering.take_out(message)
        if message.over:  # cancelled meanwhile
            return
        drawn = message.fate
        begins_at = max(message.begins_at, accepted_at)
        if drawn.end is State.LOST:
            self._end(message, State.LOST, now)
        elif drawn.delay_s is None:
            self._plan(message, begins_at + drawn.receipt_s)
        elif begins_at + drawn.delay_s > message.expires_at or now >= message.expires_at:
            message.turn_at = None
            self.expires(message)
        else:
            self._plan(message, begins_at + drawn.delay_s)

    def _plan(self, message: Message, at: float) -> None:
        message.turn_at = at
        self._agenda.at(at, partial(self._turn, message, at))

    def _turn(self, message: Message, at: float, now: float) -> None:
        if message.turn_at != at:  # planned anew since, or over
            return
        message.turn_at = None
        if message.fate.delay_s is None:
            self.fail(message, message.fate.end, now)
        elif now > message.expires_at + LATE_S:
            self._expire(message, now)
        else:
            self._try(message, now)

    def _try(self, message: Message, now: float) -> None:
        """Bring it to the handset; when that is in vain, again after the carrier's next wait."""
        copy = message.coming
        if self._handsets[message.number].arrive(self.arrival(message), now):
            if message.coming == copy:  # a connected phone has yet to say that it has it
                message.expires_at = max(message.expires_at, now + HANDSET_ANSWER_S)
                self.expires(message)
            return
        if message.tries == 0 and copy == 1:
            self._report(message.first, now)
        again_s = message.retry_s[min(message.tries, len(message.retry_s) - 1)] if message.retry_s else None
        message.tries += 1
        if again_s is not None and now + again_s < message.expires_at:
            self._plan(message, now + again_s)
        else:
            self.expires(message)

    def arrival(self, message: Message) -> Arrival:
        """The copy that is on its way, as the handset gets it."""
        first, text = message.first.submission, message.text
        octets = message.octets if is_binary(first.request.data_coding) else None
        received = partial(self._received, message, message.coming, text)
        return Arrival(message.arrival_id, first.sender, text, octets, received)

    def _received(self, message: Message, copy: int, text: str, now: float) -> None:
        counted_as, read = "sms.delivered" if copy == 1 else "doubled", read_of(text)
        for _, part in sorted(message.parts.items()):
            self._ledger.told("sms.delivered", part, counted_as, copy=copy, **read)
        if copy == 1:
            self._end(message, message.fate.end, now)
        else:
            self._no_second_copy(message)

    def _withdraw(self, message: Message) -> None:
        """It does not wait in its handset any more, if it did."""
        handset = self._handsets.get(message.number)
        if handset is not None:
            handset.forget(message.arrival_id)

    # ---- its end

    def expires(self, message: Message) -> None:
        """It ends when it expires, unless it lives longer by then."""
        self._agenda.at(message.expires_at, partial(self._expire, message))

    def _expire(self, message: Message, now: float) -> None:
        if message.coming and now >= message.expires_at:
            if message.coming == 1:
                self.gathering.take_out(message)
                self.fail(message, State.EXPIRED, now)
            else:
                self._drop(message, now)

    def fail(self, message: Message, state: State, now: float) -> None:
        """It ends short of the handset; nothing when it has ended."""
        if not message.over:
            self._end(message, state, now)
            for _, part in sorted(message.parts.items()):
                self._ledger.told("sms.failed", part, state=state.name)

    def _end(self, message: Message, state: State, now: float) -> None:
        twice = state.arrives and message.fate.duplicate_after_s is not None
        if not state.arrives:
            self._withdraw(message)
        message.coming, message.turn_at = (2 if twice else 0), None
        self._ledger.under_way[message.carrier] -= 1
        for _, part in sorted(message.parts.items()):
            self._end_part(part, state, now)
        if twice:
            self._comes_again(message, now)

    def _end_part(self, part: Part, state: State, now: float) -> None:
        part.state, part.ended_at = state, now
        self._store.ended(part)
        self.parts.ended(part)
        after_s = part.message.fate.receipt_s if state.arrives else 0.0
        if state is State.LOST:
            self._ledger.counts[part.message.carrier]["sms.lost"] += 1
            self.reported(part)
        elif after_s > 0:
            self._agenda.at(now + after_s, partial(self._report_later, part, self._era))
        else:
            self._report(part, now)

    def _report_later(self, part: Part, era: int, now: float) -> None:
        if era == self._era:
            self._report(part, now)

    def reported(self, part: Part) -> None:
        """The client has its receipt, or wants none: nothing more is owed."""
        part.reported = True
        if part.message.coming:  # else a restart would forget its second copy
            self._store.reported(part)
        else:
            self._store.done(part)

    def changed(self, message: Message, begins_at: float, now: float) -> None:
        """It has another text, and may begin or expire at another time."""
        if begins_at != message.begins_at:
            self._withdraw(message)
            message.begins_at, message.tries = begins_at, 0
            self.send_off(message, begins_at, now)
        elif handset := self._handsets.get(message.number):
            handset.correct(self.arrival(message))
        self.expires(message)

    # ---- a second copy

    def _comes_again(self, message: Message, since: float) -> None:
        again_at = since + (message.fate.duplicate_after_s or 0.0)
        message.tries, message.expires_at = 0, max(message.expires_at, again_at + HANDSET_ANSWER_S)
        self._twice.add(message)
        self._plan(message, again_at)

    def _no_second_copy(self, message: Message) -> None:
        message.coming, message.turn_at = 0, None
        self._twice.discard(message)
        for part in message.parts.values():
            if part.reported:
                self._store.done(part)
            else:
                self._store.came_twice(part)

    # ---- from life to life, from run to run

    def take_up(self, message: Message, now: float) -> None:
        """Go on with it, and report its end where that is owed: an earlier life had accepted it."""
        parts = list(message.parts.values())
        for part in parts:
            self.parts.add(part)
            if message.over:
                self.parts.ended(part)
        if not message.over:
            self._ledger.under_way[message.carrier] += 1
            if message.complete:  # as if accepted when it was: a delay that is over already is due now
                self.send_off(message, max(part.submitted_at for part in parts), now)
            else:
                self.gathering.put(message.first.submission, message)
                self.expires(message)
            return
        if message.coming:
            self._comes_again(message, message.first.ended_at or now)
        for part in parts:
            if part.ended_at is not None and not part.reported:
                self._report(part, now)

    def drop(self, now: float) -> None:
        """End all that is on its way, second copies too, without a receipt."""
        first_copies = dict.fromkeys(part.message for part in self.parts if not part.message.over)
        for message in [*first_copies, *self._twice]:
            self._drop(message, now)

    def _drop(self, message: Message, now: float) -> None:
        copy = message.coming
        self._withdraw(message)
        if copy == 1:
            self.gathering.take_out(message)
            self._ledger.under_way[message.carrier] -= 1
            message.coming, message.turn_at = 0, None
            for part in message.parts.values():
                part.state, part.ended_at = State.DELETED, now
                self.parts.ended(part)
                self.reported(part)
        else:
            self._no_second_copy(message)
        for _, part in sorted(message.parts.items()):
            self._ledger.told("sms.dropped", part, copy=copy)

    def empty(self, now: float) -> None:
        """`drop`, and forget what has ended and the receipts for it."""
        self.drop(now)
        self._era += 1
        self.parts.clear()
