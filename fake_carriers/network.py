"""The mobile network behind all carriers: each message's fate, its way to the handset, its end. Sans-IO.

`now` is Unix time on a clock that does not jump; what happens later is put on the agenda.
"""

import itertools
import secrets
from collections.abc import Callable, Sequence
from dataclasses import replace

from fake_carriers.agenda import Agenda
from fake_carriers.fate import Carrier
from fake_carriers.fates import Fates
from fake_carriers.handsets import Handset, Handsets
from fake_carriers.ledger import Ledger, Tell
from fake_carriers.message import Client, Message, Part
from fake_carriers.numbering import Numbering
from fake_carriers.originated import Originated, Outbox
from fake_carriers.smpp import ShortMessage, Tlv
from fake_carriers.state import State
from fake_carriers.store import Forgetful, Kept, Store
from fake_carriers.submission import Submission
from fake_carriers.transit import Transit


class Network:
    """Carriers, their messages and the handsets.

    `tell(event, **facts)` is told of every step, `report(part, now)` of every end and of a first vain try
    (then the part is still ENROUTE). `bring` brings a message from a phone to the clients of its carrier.
    `now_as` gives a carrier as its moods make it now.
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
        self.store: Store = store or Forgetful()
        self.report: Callable[[Part, float], None] = lambda part, now: None
        self.bring: Callable[[Originated], None] = lambda originated: None
        self.now_as: Callable[[Carrier], Carrier] = lambda carrier: carrier
        self.handsets = Handsets(simulated, self.store.shown, self.store.switched)
        self.outbox = Outbox()
        self._ledger = Ledger(tell)
        self.counts, self.under_way = self._ledger.counts, self._ledger.under_way
        self._transit = Transit(
            agenda, self.store, self._ledger, self.handsets, lambda part, now: self.report(part, now)
        )
        self.parts = self._transit.parts
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
        return self.handsets[number]

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
        self._ledger.told("sms.submitted", part)
        return part

    def accepted(self, part: Part, now: float) -> None:
        """The client knows: the part is on its way, and the message with it once all its parts are there."""
        message = part.message
        self._ledger.told("sms.accepted", part, drawn_s=message.fate.delay_s)
        taken = list(message.parts.values())  # before any was accepted, it may be
        if message.complete and part is taken[-1]:
            self._transit.send_off(message, now, now)
        elif part is taken[0]:
            self._transit.expires(message)

    def forget(self, part: Part) -> None:
        """It could not be kept, and the client is told so: it was never taken."""
        message = part.message
        self.parts.remove(part)
        if len(message.parts) > 1:
            del message.parts[part.part]
        elif not message.over:
            message.coming = 0
            self.under_way[message.carrier] -= 1
            self._transit.gathering.take_out(message)

    def _message(self, submission: Submission, carrier: Carrier, now: float) -> Message:
        """A new message, or the one that waits for this part."""
        place = submission.place
        if place is None or place.parts == 1:
            return self._new_message(submission, carrier, 1, now)
        message = self._transit.gathering.waits_for(submission)
        if message is None:
            message = self._new_message(submission, carrier, place.parts, now)
            self._transit.gathering.put(submission, message)
        return message

    def _new_message(self, submission: Submission, carrier: Carrier, parts: int, now: float) -> Message:
        drawn, sent = self.fates.draw(self.now_as(carrier), submission.number)
        self.store.counted(submission.number, carrier.name, sent)
        self.under_way[carrier.name] += 1
        begins_at, expires_at = now + submission.scheduled_s, now + submission.validity_s
        return Message(carrier.name, drawn, parts, begins_at, expires_at, carrier.retry_s)

    # ---- changed on the way

    def cancel(self, part: Part, now: float) -> bool:
        """Take the message back; False when it has ended already."""
        if part.message.over:
            return False
        self._transit.fail(part.message, State.DELETED, now)
        return True

    def replace(self, part: Part, submission: Submission, now: float) -> bool:
        """Put another text in its place; False when it is over, of several parts, or would never begin.

        A schedule or a validity that the submission does not give stays as it was (SMPP 3.4, 4.10.1).
        """
        message, asked = part.message, submission.request
        if message.over or message.parts_total > 1:
            return False
        begins_at = now + submission.scheduled_s if asked.schedule_delivery_time else message.begins_at
        expires_at = message.expires_at + begins_at - message.begins_at
        if asked.validity_period:
            expires_at = now + submission.validity_s
        if expires_at <= begins_at:
            return False
        # the times count from now, not from when the message was submitted as the others in the store do
        part.submission = replace(
            submission, request=replace(asked, schedule_delivery_time="", validity_period="")
        )
        message.expires_at = expires_at
        self._transit.changed(message, begins_at, now)
        self.store.replaced(part)
        return True

    def reported(self, part: Part) -> None:
        """The client has its receipt, or wants none: nothing more is owed."""
        self._transit.reported(part)

    def drop(self, now: float) -> None:
        """End all that is on its way, second copies too, without a receipt."""
        self._transit.drop(now)

    def empty(self, now: float) -> None:
        """`drop`, and forget what has ended, what phones show and have sent, and whose receipts are owed."""
        self._transit.empty(now)
        for handset in self.handsets.values():
            handset.empty()
        self.outbox.clear()
        self.store.empty()

    # ---- from phones

    def originate(self, carrier: str, request: ShortMessage, tlvs: tuple[Tlv, ...], now: float) -> Originated:
        """A phone has sent a message: it is kept until a client has it."""
        originated = Originated(next(self._rows), carrier, request, tlvs, now)
        self.outbox.add(originated)
        self.store.originated(originated)
        return originated

    def brought(self, originated: Originated, taken: bool, now: float) -> None:
        """A client has answered it."""
        originated.state, originated.ended_at = "delivered" if taken else "refused", now
        self.store.brought(originated)

    # ---- an earlier life

    def take_up(self, kept: Kept, now: float) -> None:
        """Go on with what an earlier life had accepted. Raises KeyError, ValueError: of other carriers."""
        self.fates.go_on_from(kept.ordinals)
        for number, power, coverage in kept.phones:
            self.handset(number).was(power, coverage)
        for number, shown in kept.screens:
            self.handset(number).screen.append(shown)
        for message in kept.messages:
            if message.coming:
                message.retry_s = self.carrier(message.carrier).retry_s
            self._transit.take_up(message, now)
        for originated in kept.originated:
            self.carrier(originated.carrier)
            self.outbox.add(originated)
            self.bring(originated)
