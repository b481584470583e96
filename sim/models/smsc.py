"""The SMSC of one carrier as a model: what it takes in now, and what it answers."""

from dataclasses import dataclass

import simpy

from draws import uniform
from fake_carriers.magic import magic_of
from fake_carriers.moods import Behaviour
from fake_carriers.throttle import Throttle
from sim.call import Call
from sim.clock import Process
from sim.models.carrier import ModelledCarrier

CUT = ""  # for a status: the connection broke instead of an answer


@dataclass(frozen=True, slots=True)
class Answer:
    """What an SMSC says to a submit: `status` by SMPP's name without its ESME_, or CUT."""

    status: str
    message_id: str = ""


class ModelledSmsc:
    """Takes messages for any carrier's numbers, from the one client that the lab's video service is."""

    def __init__(self, name: str, carriers: ModelledCarrier) -> None:
        self.name = name
        self._carriers, self._env = carriers, carriers.env
        self._in_all, self._of_session = Throttle(), Throttle()
        self._unanswered = self._responses = 0

    def submit(self, call: Call, text: str) -> simpy.Event:
        """Ask it to take a message for the call's handset. The event brings the Answer, if ever."""
        answer = self._env.event()
        self._env.process(self._asked(call, text, answer))
        return answer

    def _asked(self, call: Call, text: str, answer: simpy.Event) -> Process[None]:
        now, forced = self._behaviour, magic_of(call.caller.number)
        while now.outage == "silent":
            if now.swallowed == "lost":
                return
            yield self._env.timeout(self._carriers.next_change_s(self.name))
            now = self._behaviour
        if now.outage:
            answer.succeed(Answer(CUT if now.outage == "drop" else "RSYSERR"))
            return
        self._unanswered += 1
        decided = self._decided(call, text, now)
        yield self._env.timeout((forced.answer_s if forced else 0.0) or now.response_s)
        self._unanswered -= 1
        if forced is None or forced.answer:
            self._answers(answer, decided)

    def _answers(self, answer: simpy.Event, decided: Answer) -> None:
        """As it was decided, unless the carrier is silent now, or garbles it."""
        now = self._behaviour
        garbled = now.malformed and self._garbles(now.malformed_share)
        if now.outage == "silent" or (garbled and now.malformed == "sequence"):
            return  # nobody can tell what it answers
        answer.succeed(Answer(CUT) if garbled else decided)

    def _decided(self, call: Call, text: str, now: Behaviour) -> Answer:
        forced = magic_of(call.caller.number)
        status = forced.answer if forced is not None and forced.answer != "ROK" else self._admits(call, now)
        return Answer(status, self._carriers.take(call, text, self.name) if status == "ROK" else "")

    def _admits(self, call: Call, now: Behaviour) -> str:
        """ROK, or the status that sends the client away; told in the journal."""
        carrier, at = now.carrier, self._env.now
        if now.queue_full or 0 < carrier.queue_max <= self._carriers.under_way[self.name]:
            reason = "queue full"
        elif 0 < carrier.window < self._unanswered:
            reason = "window"
        elif not self._of_session.take(carrier.session_rate_per_s, at):
            reason = "session rate"
        elif not self._in_all.take(carrier.rate_per_s, at):
            reason = "rate"
        else:
            return "ROK"
        whose = self._carriers.name_of(call.caller.number)
        self._carriers.record(call, "sms.throttled", carrier=whose, door=self.name, reason=reason)
        return "RMSGQFUL" if reason == "queue full" else "RTHROTTLED"

    def _garbles(self, share: float) -> bool:
        self._responses += 1
        return uniform(self._carriers.seed, "smsc/malformed", self.name, self._responses - 1) < share

    @property
    def _behaviour(self) -> Behaviour:
        return self._carriers.behaviour(self.name)
