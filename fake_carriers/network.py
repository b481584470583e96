"""The mobile network behind all carriers: each message's fate, its way to the handset, its end. Sans-IO.

`now` is Unix time on a clock that does not jump; what happens later is put on the agenda.
"""

import itertools
import secrets
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from fake_carriers.agenda import Agenda
from fake_carriers.fate import Carrier
from fake_carriers.fates import Fates
from fake_carriers.gathering import Gathering
from fake_carriers.handsets import Arrival, Handset
from fake_carriers.message import Client, Message, Part
from fake_carriers.numbering import Numbering
from fake_carriers.register import Register
from fake_carriers.state import State
from fake_carriers.store import Forgetful, Kept, Store
from fake_carriers.submission import Submission
from fake_carriers.text import is_binary

HANDSET_ANSWER_S = 10.0  # a message that reaches a phone just before it expires may still be acknowledged
Tell = Callable[..., Any]


class Network:
    """Carriers, their messages and the handsets.

    `tell(event, **facts)` is told of every step, `report(part, now)` of every end and of a first vain try
    (then the part is still ENROUTE). `now_as` gives a carrier as its moods make it now.
    """

    def __init__(
        self,
        carriers: Sequence[Carrier],
        seed: int,
        agenda: Agenda,
        tell: Tell,
        *,
        store: Store | None = None,
        simulated: bool = True,
    ) -> None:
        self.agenda, self._tell = agenda, tell
        self.store: Store = store or Forgetful()
        self.report: Callable[[Part, float], None] = lambda part, now: None
        self.now_as: Callable[[Carrier], Carrier] = lambda carrier: carrier
        self.handsets: dict[str, Handset] = {}
        self.counts: defaultdict[str, Counter[str]] = defaultdict(Counter)
        self.under_way: Counter[str] = Counter()  # messages by carrier
        self._simulated = simulated
        self._gathering = Gathering()
        self.parts = Register()
        # a restarted network must not hand out its old ids again
        self._ids = itertools.count(1 + secrets.randbelow(10**9) * 10**6)
        self._rows = itertools.count(self.store.last_row() + 1)
        self.fates = Fates(seed)
        self._set_carriers(carriers)

    # ---- the carriers

    def set_fate(self, seed: int, carriers: Sequence[Carrier]) -> None:
        """Draw from this seed, for these carriers, counting from zero; what is under way goes on."""
        self.fates = Fates(seed)
        self._set_carriers(carriers)
        self.store.count_anew()

    def _set_carriers(self, carriers: Sequence[Carrier]) -> None:
        self.carriers = tuple(carriers)
        self._by_name = {carrier.name: carrier for carrier in self.carriers}
        self._numbering = Numbering(self.carriers)

    def carrier(self, name: str) -> Carrier:
        """Raises KeyError."""
        return self._by_name[name]

    def carrier_of(self, number: str) -> Carrier:
        """Raises ValueError when no carrier has the number."""
        return self._numbering.carrier_of(number)

    def handset(self, number: str) -> Handset:
        """The handset of a number (E.164 with plus). Raises ValueError when no carrier has it."""
        if number not in self.handsets:
            self.carrier_of(number)
        return self._phone(number)

    def _phone(self, number: str) -> Handset:
        """A message under way finds its phone though the number is no carrier's by now."""
        found = self.handsets.get(number)
        if found is None:
            found = self.handsets[number] = Handset(number, self._simulated, self.store.shown)
        return found

    # ---- a message comes in

    def take(self, submission: Submission, client: Client, now: float, message_id: str = "") -> Part:
        """Take a submission; it goes no further until `accepted`. Raises ValueError for an unknown number.

        `message_id`: of a submit_multi, whose destinations share one; else a new one.
        """
        carrier = self.carrier_of(submission.number)
        message = self._message(submission, carrier, now)
        shown = message_id or str(next(self._ids))
        part = Part(next(self._rows), shown, submission, message, client, now)
        message.parts[part.part] = part
        self.parts.add(part)
        self.store.keep(part)
        self._told("sms.submitted", part)
        return part

    def accepted(self, part: Part, now: float) -> None:
        """The client knows: the part is on its way, and the message with it once all its parts are there."""
        message = part.message
        self._told("sms.accepted", part, drawn_s=message.fate.delay_s)
        taken = list(message.parts.values())  # before any was accepted, it may be
        if message.complete and part is taken[-1]:
            self._send_off(message, now)
        elif part is taken[0]:
            self.agenda.at(message.expires_at, partial(self._expire, message))

    def _message(self, submission: Submission, carrier: Carrier, now: float) -> Message:
        """A new message, or the one that waits for this part."""
        place = submission.place
        if place is None or place.parts == 1:
            return self._new_message(submission, carrier, 1, now)
        message = self._gathering.waits_for(submission)
        if message is None:
            message = self._new_message(submission, carrier, place.parts, now)
            self._gathering.put(submission, message)
        return message

    def _new_message(self, submission: Submission, carrier: Carrier, parts: int, now: float) -> Message:
        drawn, sent = self.fates.draw(self.now_as(carrier), submission.number)
        self.store.counted(submission.number, carrier.name, sent)
        self.under_way[carrier.name] += 1
        expires_at = now + submission.scheduled_s + submission.validity_s
        return Message(carrier.name, drawn, parts, expires_at, carrier.retry_s)

    # ---- on its way

    def _send_off(self, message: Message, now: float) -> None:
        if message.parts_total > 1:
            self._gathering.take_out(message)
        drawn = message.fate
        if message.over:  # cancelled meanwhile
            return
        if drawn.end is State.LOST:
            self._end(message, State.LOST, now)
            return
        begins_at = now + message.first.submission.scheduled_s
        if drawn.delay_s is None:
            self.agenda.at(begins_at + drawn.receipt_s, partial(self._fail, message, drawn.end))
        elif begins_at + drawn.delay_s > message.expires_at:
            self.agenda.at(message.expires_at, partial(self._expire, message))
        else:
            self.agenda.at(begins_at + drawn.delay_s, partial(self._try, message))

    def _try(self, message: Message, now: float) -> None:
        """Bring it to the handset; when that is in vain, again after the carrier's next wait."""
        if message.over:
            return
        if self._phone(message.number).arrive(self._arrival(message, 1), now):
            if not message.over:  # a connected phone has yet to say that it has it
                message.expires_at = max(message.expires_at, now + HANDSET_ANSWER_S)
                self.agenda.at(message.expires_at, partial(self._expire, message))
            return
        if message.tries == 0:
            self.report(message.first, now)
        again_s = message.retry_s[min(message.tries, len(message.retry_s) - 1)] if message.retry_s else None
        message.tries += 1
        if again_s is not None and now + again_s < message.expires_at:
            self.agenda.at(now + again_s, partial(self._try, message))
        else:
            self.agenda.at(message.expires_at, partial(self._expire, message))

    def _try_second_copy(self, message: Message, now: float) -> None:
        self._phone(message.number).arrive(self._arrival(message, 2), now)

    def _arrival(self, message: Message, copy: int) -> Arrival:
        first = message.first
        arrival_id = first.message_id if copy == 1 else f"{first.message_id}-{copy}"
        octets = message.octets if is_binary(first.submission.request.data_coding) else None
        return Arrival(
            arrival_id, first.submission.sender, message.text, octets, partial(self._received, message, copy)
        )

    def _received(self, message: Message, copy: int, now: float) -> None:
        for _, part in sorted(message.parts.items()):
            self._told("sms.delivered", part, "sms.delivered" if copy == 1 else "doubled", copy=copy)
        message.copies += 1
        if copy > 1:
            return
        again_s = message.fate.duplicate_after_s
        if again_s is not None:
            self.agenda.at(now + again_s, partial(self._try_second_copy, message))
        self._end(message, message.fate.end, now)

    # ---- its end

    def _fail(self, message: Message, state: State, now: float) -> None:
        if not message.over:
            self._end(message, state, now)
            for _, part in sorted(message.parts.items()):
                self._told("sms.failed", part, state=state.name)

    def _expire(self, message: Message, now: float) -> None:
        if now >= message.expires_at:  # else it lives longer by now
            self._gathering.take_out(message)
            self._fail(message, State.EXPIRED, now)

    def _end(self, message: Message, state: State, now: float) -> None:
        message.over = True
        self.under_way[message.carrier] -= 1
        handset = self.handsets.get(message.number)
        if handset is not None and message.copies == 0:
            handset.forget(message.first.message_id)
        for _, part in sorted(message.parts.items()):
            self._end_part(part, state, now)

    def _end_part(self, part: Part, state: State, now: float) -> None:
        part.state, part.ended_at = state, now
        self.store.ended(part)
        self.parts.ended(part)
        if state is State.LOST:
            self.counts[part.message.carrier]["sms.lost"] += 1
            self.store.done(part)
        elif part.message.copies and part.message.fate.receipt_s > 0:
            self.agenda.at(now + part.message.fate.receipt_s, partial(self.report, part))
        else:
            self.report(part, now)

    def reported(self, part: Part) -> None:
        """The client has its receipt, or wants none: nothing more is owed."""
        self.store.done(part)

    # ---- changed on the way

    def cancel(self, part: Part, now: float) -> bool:
        """Take the message back; False when it has ended already."""
        if part.message.over:
            return False
        self._fail(part.message, State.DELETED, now)
        return True

    def replace(self, part: Part, submission: Submission, now: float) -> bool:
        """Put another text in its place; False when it has ended, or is of several parts."""
        if part.message.over or part.message.parts_total > 1:
            return False
        part.submission = submission
        if submission.request.validity_period:  # empty: as it was (SMPP 3.4, 4.10.1)
            part.message.expires_at = now + submission.validity_s
        self.agenda.at(part.message.expires_at, partial(self._expire, part.message))
        self._phone(submission.number).correct(self._arrival(part.message, 1))
        self.store.replaced(part)
        return True

    def take_up(self, kept: Kept, now: float) -> None:
        """Go on with what an earlier life had accepted. Raises KeyError, ValueError: of other carriers."""
        self.fates.go_on_from(kept.ordinals)
        for number, shown in kept.screens:
            self.handset(number).screen.append(shown)
        for message in kept.messages:
            self._take_up(message, now)

    def forget(self, part: Part) -> None:
        """It could not be kept, and the client is told so: it was never taken."""
        message = part.message
        self.parts.remove(part)
        if len(message.parts) > 1:
            del message.parts[part.part]
        else:
            message.over = True
            self.under_way[message.carrier] -= 1
            self._gathering.take_out(message)

    def _take_up(self, message: Message, now: float) -> None:
        for part in message.parts.values():
            self.parts.add(part)
        if message.over:
            for part in message.parts.values():
                self.parts.ended(part)
                if part.ended_at is not None:
                    self.report(part, now)
            return
        self.under_way[message.carrier] += 1
        message.retry_s = self.carrier(message.carrier).retry_s
        if message.complete:  # as if accepted when it was: a delay that is over already is due now
            self._send_off(message, max(part.submitted_at for part in message.parts.values()))
        else:
            self._gathering.put(message.first.submission, message)
            self.agenda.at(message.expires_at, partial(self._expire, message))

    def _told(self, event: str, part: Part, counted_as: str = "", **facts: Any) -> None:
        self.counts[part.message.carrier][counted_as or event] += 1
        self._tell(event, **part.facts(), **facts)
