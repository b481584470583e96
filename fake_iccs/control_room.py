"""The control room: calls, seats and the spoken consent, each change told on one feed."""

import asyncio
import logging
import secrets
import time
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterable
from datetime import datetime
from typing import Any, Literal

from fake_iccs.call import Call, Consent
from fake_iccs.centre import OVER, Centre, Happening, Priority, Refused
from fake_iccs.distribution import ENDED_KEPT, Distribution
from fake_iccs.night import Nights
from stand_alone import Feed

log = logging.getLogger(__name__)

ASKABLE: dict[Consent, tuple[Consent | None, ...]] = {
    "asked": (None, "refused"),
    "given": ("asked",),
    "refused": ("asked",),
}


class ControlRoom:
    """Drives the distribution rule with the clock and tells what happens.

    Moves raise Unknown and Refused as the rule does. Every event told has `call` (None for a seat's).
    """

    def __init__(self, centres: Iterable[Centre]) -> None:
        self.centres = {centre.name: centre for centre in centres}
        self.feed = Feed()
        self.told_n = 0  # the number of the last event told
        self._rule = Distribution(self.centres.values())
        self._calls: dict[str, Call] = {}
        self._over: deque[str] = deque()
        self._moved = asyncio.Event()

    # ---- calls

    def place(
        self, number: str, line: str, centre: str, call: str | None = None, priority: Priority = "normal"
    ) -> Call:
        """A new call, with the id that is given or a new one."""
        call = call or secrets.token_hex(6)
        happened = self._rule.place(call, line, centre, time.monotonic(), priority)
        self._calls[call] = made = Call(call, number, line, self.told_n + 1)
        happened[0].facts["number"] = number
        self._tell_all(happened)
        return made

    def answer(self, call: str, seat: str) -> Call:
        """A seat answers."""
        self._tell_all(self._rule.answer(call, seat, time.monotonic()))
        return self._calls[call]

    def hang_up(self, call: str, by: str) -> Call:
        """The call is over."""
        self._tell_all(self._rule.hang_up(call, by, time.monotonic()))
        ended = self._calls[call]
        if ended.over_s is None:
            ended.over_s = time.monotonic()
            self._over.append(call)
            if len(self._over) > ENDED_KEPT:
                del self._calls[self._over.popleft()]
        return ended

    def transfer(self, call: str, centre: str) -> Call:
        """The call goes to another centre's queue."""
        self._tell_all(self._rule.transfer(call, centre, time.monotonic()))
        return self._calls[call]

    def consent(self, call: str, step: Consent, because: str | None = None) -> Call:
        """A step of the spoken exchange: the operator asks aloud, the caller answers and may say why."""
        asked = self.call(call)
        if asked.consent == step:
            return asked
        self.check_answered(call)
        if asked.consent not in ASKABLE[step]:
            reason = "the caller has answered already" if asked.consent else "ask the caller aloud first"
            raise Refused(f"consent cannot be {step} on call {call!r}: {reason}")
        asked.consent = step
        why = {"because": because} if because else {}
        self.tell(f"consent.{step}", call, how="spoken", seat=self._rule.call(call).seat, **why)
        return asked

    def guide(self, call: str, parameter: str, value: float | str | bool) -> Call:
        """The operator tells the caller to do something."""
        self.check_answered(call)
        self.tell("call.guided", call, parameter=parameter, value=value, seat=self._rule.call(call).seat)
        return self._calls[call]

    def call(self, call: str) -> Call:
        """The call of that id, ended ones for a while too."""
        self._rule.call(call)
        return self._calls[call]

    def check_answered(self, call: str) -> None:
        """Raises Refused unless an operator has the call."""
        state = self._rule.call(call).state
        if state != "answered":
            raise Refused(f"call {call!r} is {state}; only on an answered call")

    def check_centre(self, centre: str) -> None:
        """Raises Unknown unless there is such a centre."""
        self._rule.centre(centre)

    def is_over(self, call: str) -> bool:
        """Whether the call has ended."""
        return self._rule.call(call).state in OVER

    def video_service_of(self, call: str) -> tuple[str, str]:
        """The centre and seat that have the call. Raises Refused when that centre has no video."""
        self.check_answered(call)
        standing = self._rule.call(call)
        if self.centres[standing.centre].video == "none":
            raise Refused(f"{standing.centre} has no video (video = 'none' in the centres file)")
        return standing.centre, standing.seat or ""

    # ---- seats and centres

    def route(self, centre: str, to: str | None) -> dict[str, Any]:
        """Another centre takes a centre's new calls, whose seats are closed; None: it opens again."""
        self._tell_all(self._rule.route(centre, to, time.monotonic()))
        return self.centre_json(self.centres[centre])

    def sign(self, seat: str, state: Literal["free", "away"]) -> dict[str, Any]:
        """An operator takes or leaves a seat."""
        self._tell_all(self._rule.sign(seat, state, time.monotonic()))
        return self.seat_json(seat)

    # ---- as JSON

    def call_json(self, call: Call) -> dict[str, Any]:
        """The call as it stands. Times: CLOCK_MONOTONIC; `waiting_s` is None unless it waits."""
        standing, now = self._rule.call(call.call), time.monotonic()
        waits = standing.state in ("queued", "offered")
        return {
            "call": call.call,
            "number": call.number,
            "line": call.line,
            "priority": standing.priority,
            "centre": standing.centre,
            "routed_from": standing.routed_from,
            "state": standing.state,
            "seat": standing.seat,
            "consent": call.consent,
            "video": call.video and call.video.told(),
            "placed_n": call.placed_n,
            "placed_monotonic_s": call.placed_s,
            "age_s": (call.over_s or now) - call.placed_s,
            "waiting_s": now - standing.waits_since if waits else None,
        }

    def calls_json(self, centre: str | None, live: bool) -> list[dict[str, Any]]:
        """The calls, oldest first: all, or those at hand at a centre; `live` leaves ended ones out."""
        if centre is not None:
            self.check_centre(centre)
        made = (self.call_json(call) for call in list(self._calls.values()) if not (live and call.over_s))
        return [call for call in made if centre is None or self._at_hand(call, centre)]

    @staticmethod
    def _at_hand(call: dict[str, Any], centre: str) -> bool:
        return call["centre"] == centre or (call["seat"] or "").rpartition("/")[0] == centre

    def seat_json(self, seat: str) -> dict[str, Any]:
        """The seat as it stands."""
        at = self._rule.seat(seat)
        return {"seat": seat, "state": self._rule.seat_state(seat), "signed": at.signed, "call": at.call}

    def centre_json(self, centre: Centre) -> dict[str, Any]:
        """The centre with its seats and the number of calls that wait without an offer."""
        return {
            "name": centre.name,
            "kind": centre.kind,
            "line": centre.line,
            "overflow": centre.overflow,
            "overflow_after_s": centre.overflow_after_s,
            "video": centre.video,
            "night": centre.night and centre.night.told(),
            "routed_to": self._rule.routed_to(centre.name),
            "queued": self._rule.queue_length(centre.name),
            "seats": [self.seat_json(f"{centre.name}/{number}") for number in range(1, centre.seats + 1)],
        }

    # ---- the feed and the clock

    def tell(self, event: str, call: str | None, **facts: Any) -> None:
        """Tell one event to all who follow."""
        self.told_n = self.feed.tell(event, call=call, **facts)["n"]

    async def follow(self, since: int, centre: str | None) -> AsyncIterator[dict[str, Any]]:
        """The events after number `since`; of one centre: those of its seats, of all calls it has had, of its
        and others' closing when it takes calls, and of ambulances' streams that it is named in."""
        async for event in self.feed.follow(since):
            if centre is None or self._concerns(event, centre):
                yield event

    def _concerns(self, event: dict[str, Any], centre: str) -> bool:
        if event["event"] == "centre.routed":
            return centre in (event["centre"], event["to"], event["before"])
        if event["call"] is None:
            at_seat = str(event.get("seat", "")).rpartition("/")[0] == centre
            return centre in event["centres"] if "centres" in event else at_seat
        call = self._calls.get(event["call"])
        return call is not None and centre in call.centres

    async def mind_overflow(self) -> None:
        """Offer overdue calls at their deadlines, for ever."""
        while True:
            due = self._rule.next_due()
            self._moved.clear()
            try:
                async with asyncio.timeout(None if due is None else max(0.0, due - time.monotonic())):
                    await self._moved.wait()
            except TimeoutError:
                self._tell_all(self._rule.tick(time.monotonic()))

    async def mind_nights(self, clock: Callable[[], datetime]) -> None:
        """Close and open centres at their hours, by the clock's local time, for ever.

        What a shift leader orders meanwhile stands until the centre's next hour.
        """
        nights = {centre.name: centre.night for centre in self.centres.values() if centre.night}
        schedule = Nights(nights)
        while nights:
            at = clock()
            for centre, to in schedule.changes(at.time()):
                try:
                    self.route(centre, to)
                except Refused as error:
                    log.warning("the night of %s: it stays as it is: %s", centre, error)
            await asyncio.sleep(60 - at.second - at.microsecond / 1e6)  # to the next whole minute

    def _tell_all(self, happened: list[Happening]) -> None:
        for event, call, facts in happened:
            if call is not None:
                at = facts.get("centre") or str(facts.get("seat", "")).rpartition("/")[0]
                self._calls[call].centres.update({at} - {""})
            self.tell(event, call, **facts)
        self._moved.set()
