"""What a carrier's mood does to a gateway: one Kannel as it comes, beside one that is tuned.

All lessons run at the same time, since a default of Kannel's is a minute (`sms-resend-freq`, `wait-ack`) and
a lesson is two or three of them. Times are compared with each other, never with a clock.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from carriers_rig import Carriers, fake_carriers
from kannel_rig import Smsc, kannel
from sms_service import sms_service
from waiting import until

pytestmark = pytest.mark.long  # Kannel's own defaults take minutes

BURST, RATE_PER_S = 60, 10
SILENT_S = 15.0  # the study's was 75 s; the minute that Kannel waits for an answer is longer than either
LATE_S, WAIT_ACK_S = 20, 5
LESSON_S = 260.0  # the longest takes 155 s

# a link that is asked every 5 s, so that its silence is seen; what is not answered is sent again soon
TUNED_CORE = {"sms-resend-freq": 5}
ALERT = {"enquire-link-interval": 5, "wait-ack": WAIT_ACK_S, "connection-timeout": 10}
AS_IT_COMES = {"burst": {}, "silent": {}, "cut": {"connection-timeout": 10}}
TUNED = {"paced": {"throughput": 8}, "silent-tuned": ALERT, "late": {**ALERT, "connection-timeout": 120}}
NAMES = [*AS_IT_COMES, *TUNED]
PREFIX = {name: f"+471{n}" for n, name in enumerate(NAMES)}


@dataclass(frozen=True)
class Lab:
    carriers: Carriers
    began_s: float

    def events(self, carrier: str, event: str) -> list[dict[str, Any]]:
        told = self.carriers.events()
        return [each for each in told if (each.get("carrier"), each["event"]) == (carrier, event)]

    def last_s(self, carrier: str, event: str) -> float:
        """When the carrier's last such event was, in seconds since the lessons began."""
        return float(self.events(carrier, event)[-1]["monotonic_s"]) - self.began_s

    def left_s(self) -> float:
        return max(1.0, self.began_s + LESSON_S - time.monotonic())


def number_of(carrier: str) -> str:
    return f"{PREFIX[carrier]}000000"


def burst(carrier: str) -> dict[str, list[str]]:
    """The texts of a burst by number; three numbers, since a screen keeps 50 messages."""
    return {f"{PREFIX[carrier]}00000{k}": [f"Lenke {n}" for n in range(k, BURST, 3)] for k in range(3)}


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    folder = tmp_path_factory.mktemp("lessons")
    with sms_service() as service, fake_carriers(folder, {name: {} for name in NAMES}) as carriers:

        def smscs(settings: dict[str, dict[str, int]]) -> list[Smsc]:
            return [Smsc(name, carriers.smpp[name], fields) for name, fields in settings.items()]

        with (
            kannel(folder / "as-it-comes", smscs(AS_IT_COMES), service) as as_it_comes,
            kannel(folder / "tuned", smscs(TUNED), service, TUNED_CORE) as tuned,
        ):
            for name in ("burst", "paced"):
                carriers.mood(name, "throttled", rate_per_s=RATE_PER_S)
            for name in ("silent", "silent-tuned"):
                carriers.mood(name, "outage", how="silent", for_s=SILENT_S)
            carriers.mood("late", "slow", response_s=LATE_S)
            began_s = time.monotonic()
            for gateway, name in ((as_it_comes, "silent"), (tuned, "silent-tuned"), (tuned, "late")):
                gateway.send(name, number_of(name), "Lenke")
            for gateway, name in ((as_it_comes, "burst"), (tuned, "paced")):
                for number, texts in burst(name).items():
                    for text in texts:
                        gateway.send(name, number, text)
            yield Lab(carriers, began_s)


def wait_for(lab: Lab, carrier: str, numbers: list[str], n: int) -> None:
    """Until `n` messages are shown in all."""

    def shown() -> bool:
        return sum(len(lab.carriers.screen(number)) for number in numbers) >= n

    until(f"{n} messages of {carrier}", shown, lab.left_s(), every_s=0.5)


def test_a_response_that_comes_late_makes_copies(lab: Lab) -> None:
    """wait-ack 5 s, response after 20 s: Kannel believes that nothing was taken and sends again."""
    number = number_of("late")

    def copies() -> list[str]:
        """Their ids, when the handset shows each of them."""
        ids = [message["id"] for message in lab.carriers.messages(number)]
        return ids if len(ids) >= 2 and lab.carriers.screen(number) == ["Lenke"] * len(ids) else []

    ids = until("two copies and more", copies, lab.left_s())
    lab.carriers.calm("late")
    assert len(set(ids)) == len(ids), "each is a message of its own to the carrier"


def test_a_silence_costs_minutes_unless_kannel_is_tuned(lab: Lab) -> None:
    """wait-ack is 60 s by default and sms-resend-freq too: what was not answered lies twice that."""
    for name in ("silent-tuned", "silent"):
        wait_for(lab, name, [number_of(name)], 1)
        assert lab.carriers.screen(number_of(name)) == ["Lenke"], "once: what was swallowed is lost"
    tuned_s, silent_s = (lab.last_s(name, "sms.accepted") for name in ("silent-tuned", "silent"))
    spoke_again_s = lab.last_s("silent-tuned", "mood.ended")
    print(f"silent for {SILENT_S:g} s: tuned, accepted after {tuned_s:.1f} s; by default {silent_s:.1f} s")
    assert tuned_s >= spoke_again_s
    assert silent_s > 2 * tuned_s


def test_a_burst_above_the_carrier_s_rate_takes_minutes_unless_kannel_is_paced(lab: Lab) -> None:
    """What was throttled is tried again after sms-resend-freq (60 s by default), and throttled again."""
    for name in ("paced", "burst"):
        wait_for(lab, name, list(burst(name)), BURST)
        for number, texts in burst(name).items():
            assert sorted(lab.carriers.screen(number)) == sorted(texts), "each once: none lost, none doubled"
    throttled = {name: len(lab.events(name, "sms.throttled")) for name in ("paced", "burst")}
    took_s = {name: lab.last_s(name, "sms.accepted") for name in ("paced", "burst")}
    print(f"{BURST} messages at {RATE_PER_S}/s: took {took_s}, throttled {throttled}")
    assert throttled["paced"] == 0 < throttled["burst"]
    assert took_s["burst"] > 4 * took_s["paced"]


def test_a_short_connection_timeout_alone_cuts_a_healthy_link(lab: Lab) -> None:
    """10 s of it, and an enquire_link every 30 s: Kannel ends its own link when nothing is said."""

    def cuts() -> bool:
        return len(lab.events("cut", "session.closed")) >= 2

    until("two cuts", cuts, lab.left_s(), every_s=1.0)
    for steady in ("burst", "paced", "late"):
        assert lab.events(steady, "session.closed") == [], steady
