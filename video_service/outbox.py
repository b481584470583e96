"""Which SMS is sent when and by which route, how often, and what became of it. Pure: `now` is an argument.

A part waits until it can be submitted, is pending until that is answered or late, and then has a copy, or
waits again. A try that had no answer in time is not waited for any more, but its answer still counts.
"""

import itertools
import math
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from video_service.message import Copy, Message, Part, Submit
from video_service.receipts import DELIVERED, SAY_NOTHING, Receipts
from video_service.route import Route, RouteState
from video_service.sms_route import Answer, Receipt, Said

ANSWER_WITHIN_S = (5.0, 20.0, 60.0)
"""How long the first, the second and each later try at a route may take. The second is that long so that a
carrier that answers 20 s late has taken two copies by then, not four."""
BACK_OFF_S = (0.5, 1.0, 2.0, 5.0)
"""The wait after a failed try when no other route is left; cut short when a route comes back."""
GIVE_UP_S = 120.0
"""A message that nobody takes for so long has failed, unless the service is told otherwise."""
DELAYED_AFTER_S = 10.0
"""A message that is not accepted by then is told as delayed, whatever holds it up."""
_STALLED = "when a carrier can be reached again"
MESSAGES_KEPT, SUBMITS_KEPT = 10_000, 20_000


@dataclass(frozen=True)
class Outcome:
    """What happened to the SMS of `reference`: an event of the contract and its facts.

    `sms.failed` with `final` was never accepted and is not tried again; with `next` it goes on.
    """

    reference: str
    event: str
    facts: dict[str, Any]


class Outbox:
    """Messages on their way to the carriers. `tell` gets every Outcome; it must not call the outbox.

    `routes` are in order of preference. A message that nobody takes within `give_up_s` has failed.
    """

    def __init__(self, tell: Callable[[Outcome], None], routes: Sequence[Route], give_up_s: float) -> None:
        self.routes = list(routes)
        self._tell_outcome = tell
        self._give_up_s = give_up_s
        self._waiting: list[Part] = []
        self._submits: OrderedDict[int, Submit] = OrderedDict()  # without an answer so far
        self._messages: OrderedDict[str, Message] = OrderedDict()
        self._going: dict[str, Message] = {}  # those that are not over
        self._receipts = Receipts()
        self._tokens = itertools.count(1)

    # ---- what is wanted

    def put(self, message: Message, parts: int, now: float) -> None:
        """Send it. It replaces the messages of its `reference` that nobody has taken yet."""
        self.settle(message.reference)
        message.parts = [Part(message, index, now) for index in range(parts)]
        self._messages[message.id] = self._going[message.id] = message
        self._waiting += message.parts
        while len(self._messages) > MESSAGES_KEPT and next(iter(self._messages.values())).over:
            self._messages.popitem(last=False)

    def settle(self, reference: str) -> None:
        """No further try is wanted: the caller has the link, or needs none any more."""
        for message in [each for each in self._going.values() if each.reference == reference]:
            self._over(message)

    # ---- the clock

    def next_submit(self, now: float) -> Submit | None:
        """What is to be put on the wire now, if anything; fresh messages before those tried again."""
        if not any(route.is_usable and route.opens_at <= now for route in self.routes):
            return None
        due = [part for part in self._waiting if self._opens_at(part) <= now]
        return self._submitted(min(due, key=lambda part: part.tries), now) if due else None

    def look(self, now: float) -> list[int]:
        """See to what is late. Returns the routes that owe an answer: they should be looked after."""
        late = [self._submits[token] for route in self.routes for token in route.under_way]
        late = [submit for submit in late if submit.answer_by <= now]
        for submit in late:
            if self.routes[submit.route].heard_at <= submit.at:
                self.silent(submit.route)
        for submit in late:
            self._no_longer_pending(submit)
            self._failed(submit, f"no answer within {submit.answer_by - submit.at:g} s", now)
        for message in list(self._going.values()):
            self._look_after(message, now)
        return sorted({submit.route for submit in late})

    def quiet_s(self, now: float) -> float | None:
        """Seconds until time alone brings something; None: nothing is under way."""
        times = [self._submits[token].answer_by for route in self.routes for token in route.under_way]
        times += [self._opens_at(part) for part in self._waiting]
        for message in self._going.values():
            times.append(message.put_at + self._give_up_s)
            if not message.delayed:
                times.append(message.put_at + DELAYED_AFTER_S)
        return max(0.0, min(times) - now) if times else None

    # ---- what the routes report

    def up(self, route: int, now: float) -> None:
        """It works: whatever waits may go at once."""
        if self.routes[route].is_up(now):
            for part in self._waiting:
                part.due_at = min(part.due_at, now)

    def heard(self, route: int, now: float) -> None:
        self.routes[route].heard_at = now
        if self.routes[route].state is RouteState.SILENT:
            self.up(route, now)

    def silent(self, route: int) -> None:
        if self.routes[route].is_usable:
            self.routes[route].state, self.routes[route].detail = RouteState.SILENT, "does not answer"

    def refusing(self, route: int, reason: str) -> None:
        self.routes[route].state, self.routes[route].detail = RouteState.REFUSING, reason

    def down(self, route: int, reason: str, now: float) -> None:
        """No answer will come any more to what was submitted there: nobody knows whether it was taken.

        It goes out again at once the first time, then not before its answer would have been late: else a
        connection that comes and goes made a copy each time.
        """
        self.routes[route].state, self.routes[route].detail = RouteState.DOWN, reason
        for submit in [each for each in self._submits.values() if each.route == route]:
            del self._submits[submit.token]
            if self._no_longer_pending(submit):
                if submit.part.tries:
                    submit.part.not_before = submit.answer_by
                self._failed(submit, reason, now)

    def answered(self, token: int, answer: Answer, now: float) -> None:
        """A carrier answered a submit: in time, late, or (which is nothing) a second time."""
        submit = self._submits.pop(token, None)
        if submit is None:
            return
        part, route, is_pending = submit.part, self.routes[submit.route], self._no_longer_pending(submit)
        if answer.said is Said.REFUSED and is_pending:
            self._failed(submit, answer.reason, now)
        if answer.said is Said.REFUSED:
            return
        self.up(submit.route, now)
        if answer.said is Said.ACCEPTED:
            route.pace.accepted()
            self._accepted(part, submit.route, answer.carrier_id, now)
        elif answer.said is Said.NEVER and not part.message.over:
            self._give_up(part.message, f"{route.name}: {answer.reason}")
        elif answer.said is Said.SLOWER:
            route.pace.slower(now, answer.pause_s)
            if is_pending:
                part.due_at, part.message.trouble = now, f"{route.name}: {answer.reason}"
                self._waiting.insert(0, part)

    def receipt(self, route: int, receipt: Receipt, now: float) -> None:
        """A carrier tells what became of a part. A receipt also proves that the part was accepted."""
        copy = self._receipts.copy_of(route, receipt)
        if copy is None and receipt.carrier_id and receipt.reference in self._messages:
            self._accepted(self._messages[receipt.reference].parts[0], route, receipt.carrier_id, now)
            copy = self._receipts.copy_of(route, receipt)
        if copy is None:
            self._receipts.keep(route, receipt, now)
        else:
            self._has_become(copy, receipt.state)

    # ---- rules

    def _ways(self, part: Part) -> list[int]:
        """The routes that this part should go by now: of those in use the ones that failed it least often."""
        usable = [n for n, route in enumerate(self.routes) if route.is_usable]
        fewest = min((part.tries_at[n] for n in usable), default=0)
        return [n for n in usable if part.tries_at[n] == fewest]

    def _opens_at(self, part: Part) -> float:
        opens = min((self.routes[n].opens_at for n in self._ways(part)), default=math.inf)
        return max(part.due_at, part.not_before, opens)

    def _submitted(self, part: Part, now: float) -> Submit:
        way = next(n for n in self._ways(part) if self.routes[n].opens_at <= now)
        within_s = ANSWER_WITHIN_S[min(part.tries_at[way], len(ANSWER_WITHIN_S) - 1)]
        submit = Submit(next(self._tokens), way, part, now, now + within_s)
        self._waiting.remove(part)
        self._submits[submit.token] = submit
        self.routes[way].under_way.add(submit.token)
        part.pending, message = submit.token, part.message
        message.stalled = False
        if part.tries >= message.submits:
            because = message.trouble if message.submits else message.because
            message.submits = part.tries + 1
            facts = {"try": message.submits, "route": self.routes[way].name, "because": because}
            self._tell(message, "sms.submitted", **facts)
        while len(self._submits) > SUBMITS_KEPT:
            self._submits.popitem(last=False)
        return submit

    def _failed(self, submit: Submit, reason: str, now: float) -> None:
        part, route = submit.part, self.routes[submit.route]
        part.tries += 1
        part.tries_at[submit.route] += 1
        self._waiting.append(part)
        message, ways = part.message, self._ways(part)
        pause_s = BACK_OFF_S[min(part.tries_at[submit.route], len(BACK_OFF_S)) - 1]
        part.due_at = now + pause_s if submit.route in ways else now
        message.trouble = f"{route.name}: {reason}"
        if part.tries > message.tries:
            message.tries, message.stalled = part.tries, not ways
            other = "" if submit.route in ways or not ways else f"route {ways[0] + 1} of {len(self.routes)}"
            self._tell_delayed(message, other or (f"again in {pause_s:g} s" if ways else _STALLED))

    def _look_after(self, message: Message, now: float) -> None:
        waiting = any(part.pending is None and not part.copies for part in message.parts)
        connecting = any(route.state is RouteState.CONNECTING for route in self.routes)
        usable = any(route.is_usable for route in self.routes)
        if now >= message.put_at + self._give_up_s:
            self._give_up(message, f"{message.trouble or 'not sent'}; gave up after {self._give_up_s:g} s")
        elif waiting and not usable and not connecting and not message.stalled:
            message.stalled = True
            message.trouble = "; ".join(f"{route.name}: {route.detail}" for route in self.routes)
            self._tell_delayed(message, _STALLED)
        elif now >= message.put_at + DELAYED_AFTER_S and not message.delayed:
            message.trouble = message.trouble or "others are before it"
            self._tell_delayed(message, "as soon as it is taken")

    def _tell_delayed(self, message: Message, then: str) -> None:
        message.delayed = True
        self._tell(message, "sms.failed", reason=message.trouble, final=False, next=then)

    def _accepted(self, part: Part, route: int, carrier_id: str, now: float) -> None:
        message = part.message
        copy = next((c for c in part.copies if c.route == route and c.carrier_id in (carrier_id, "")), None)
        if copy is None:
            copy = Copy(part, route, carrier_id)
            part.copies.append(copy)
        copy.carrier_id = carrier_id
        self._withdraw(part)
        if len(part.copies) > message.copies:
            message.copies = len(part.copies)
            name = self.routes[route].name
            self._tell(message, "sms.duplicated", copies=message.copies, route=name, carrier_id=carrier_id)
        if all(each.copies for each in message.parts):
            self._over(message)
            ids = [each.copies[0].carrier_id for each in message.parts]
            self._tell_once(message, "sms.accepted", carrier_ids=ids, route=self.routes[route].name)
        for state in self._receipts.expect(copy, now) if carrier_id else []:
            self._has_become(copy, state)

    def _has_become(self, copy: Copy, state: str) -> None:
        """The message is delivered when each part is, by any copy; and not, when no copy of one part is."""
        if state in SAY_NOTHING or copy.state == DELIVERED:
            return
        copy.state = state
        message = copy.part.message
        if all(any(each.state == DELIVERED for each in part.copies) for part in message.parts):
            self._tell_once(message, "sms.delivered")
        elif all(each.state not in ("", DELIVERED) for each in copy.part.copies):
            self._tell_once(message, "sms.failed", reason=f"not delivered ({state})", final=False)

    def _give_up(self, message: Message, reason: str) -> None:
        self._over(message)
        self._tell(message, "sms.failed", reason=reason, final=True)

    def _over(self, message: Message) -> None:
        message.over = True
        self._going.pop(message.id, None)
        for part in message.parts:
            self._withdraw(part)

    def _withdraw(self, part: Part) -> None:
        """Wait for nothing any more; an answer that comes all the same still counts."""
        if part in self._waiting:
            self._waiting.remove(part)
        if part.pending is not None:
            self._no_longer_pending(self._submits[part.pending])

    def _no_longer_pending(self, submit: Submit) -> bool:
        """It is not waited for from now on; tells whether it was until now."""
        self.routes[submit.route].under_way.discard(submit.token)
        was = submit.part.pending == submit.token
        submit.part.pending = None if was else submit.part.pending
        return was

    def _tell(self, message: Message, event: str, **facts: Any) -> None:
        self._tell_outcome(Outcome(message.reference, event, facts))

    def _tell_once(self, message: Message, event: str, **facts: Any) -> None:
        if event not in message.told:
            message.told.add(event)
            self._tell(message, event, **facts)
