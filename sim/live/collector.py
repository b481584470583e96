"""The collector: what the parts tell, turned into the journal's records. Nobody else writes them."""

from collections.abc import Callable, Iterable
from typing import Any

from sim.ambulance import Ambulance
from sim.call import Call, Filmed
from sim.journal import EVENTS, Journal
from sim.models.iccs import OWN_EVENTS, session_of

_OF_CARRIERS = ("mood.", "session.")  # what a carrier does to all
_OF_PHONES = ("link.", "consent.", "media.", "camera.switched")
_MEDIA = ("link.", "consent.", "media.", "frame.", "viewer.", "camera.switched", "camera.failed", "scene.")


class Collector:
    """Takes each part's events at the part's own time: CLOCK_MONOTONIC against the run's t0."""

    def __init__(
        self,
        journal: Journal,
        calls: Iterable[Call],
        t0: Callable[[], float],
        ambulances: Iterable[Ambulance] = (),
    ) -> None:
        self._journal, self._t0 = journal, t0
        self._by_number = {call.caller.number: call for call in calls}
        filmed: tuple[Filmed, ...] = (*self._by_number.values(), *ambulances)
        self._calls = {each.name: each for each in filmed}
        self.call_of_stamp: Callable[[str], str | None] = lambda stamp: None

    def from_iccs(self, told: dict[str, Any]) -> None:
        """The control room's own events; what it only passes on is journaled where it happened.

        Of its SMS the video service is heard besides the carriers: it must say what they say. And an operator
        must be told why a phone gives no picture.
        """
        event, facts = told["event"], _facts(told, "call", "session", "number", "unit")
        call = self._calls.get(told.get("call") or told.get("unit") or "")
        if call and event.startswith("sms."):
            facts |= {"video_session": told.get("session")}
            if event != "sms.failed":
                event, facts = "sms.told", {**facts, "what": event.removeprefix("sms.")}
            self._record(_at_the_service(told), event, call, call.session, "service", facts)
        elif call and _was_on_an_attached_phone(call, event, facts):
            self._record(_at_the_service(told), event, call, call.session, "caller", facts)
        elif call and event.startswith("ambulance.") and event in OWN_EVENTS:
            self._record(_at_the_service(told), event, call, call.session, "iccs", facts)
        elif call and (event in (*OWN_EVENTS, "camera.failed") or facts.get("how") == "spoken"):
            self._record(told, event, call, session_of(call.name, event), "iccs", facts)

    def from_carriers(self, told: dict[str, Any]) -> None:
        """What carriers did with a caller's SMS, or with anybody's else, and how they misbehaved."""
        event, number = told["event"], told.get("number")
        if event not in EVENTS:
            return
        call = self._by_number.get(number or "")
        if call:
            self._record(told, event, call, call.session, "carrier", _facts(told, "number"))
        elif number is not None:  # of somebody who is no caller of this run
            self._record(told, event, None, None, "carrier", {**_facts(told, "number"), "to": number})
        elif event.startswith(_OF_CARRIERS):
            facts = {**_facts(told, "session"), "smpp_session": told.get("session")}
            self._record(told, event, None, None, "carrier", facts)

    def from_farm(self, told: dict[str, Any]) -> None:
        """Phones and viewers: a viewer is named "call/who"."""
        name, _, who = str(told.get("viewer") or told.get("phone") or "").partition("/")
        call, event = self._calls.get(name), told["event"]
        if call and event in EVENTS and event.startswith(_MEDIA):
            facts = _facts(told, "viewer", "phone")
            if facts.get("seen"):
                facts["seen_call"] = self.call_of_stamp(facts["seen"])
            self._record(told, event, call, call.session, who or call.films, facts)

    def _record(
        self,
        told: dict[str, Any],
        event: str,
        call: Filmed | None,
        session: str | None,
        actor: str,
        facts: dict[str, Any],
    ) -> None:
        t0 = self._t0()
        if told["monotonic_s"] < t0:  # of an earlier run against the same part
            return
        at_s = max(0.0, (facts.get("seen_monotonic_s") or told["monotonic_s"]) - t0)
        facts = dict(_on_the_runs_clock(key, value, t0) for key, value in facts.items())
        name = None if call is None else call.name
        self._journal.record(event, call=name, session=session, actor=actor, at_s=at_s, **facts)


def _at_the_service(told: dict[str, Any]) -> dict[str, Any]:
    """The event at the time when the video service told it, where that is known."""
    return {**told, "monotonic_s": told.get("service_monotonic_s") or told["monotonic_s"]}


def _was_on_an_attached_phone(call: Filmed, event: str, facts: dict[str, Any]) -> bool:
    """Of such a phone only the service knows what it did."""
    of_phones = event in EVENTS and event.startswith(_OF_PHONES) and facts.get("how") != "spoken"
    return call.phone == "attached" and of_phones


def _facts(told: dict[str, Any], *known: str) -> dict[str, Any]:
    left_out = {"n", "event", "monotonic_s", *known}
    return {key: value for key, value in told.items() if key not in left_out}


def _on_the_runs_clock(key: str, value: Any, t0: float) -> tuple[str, Any]:
    """`captured_monotonic_s` of a part is `captured_s` in the journal; other facts stay as they are."""
    if not key.endswith("_monotonic_s"):
        return key, value
    return key.removesuffix("monotonic_s") + "s", None if value is None else round(value - t0, 6)
