"""What a carrier's mood does to a gateway: Kannel's defaults beside tuned settings, all at the same time.

The lessons run side by side in one Kannel and one set of carriers, since a default of Kannel's is a minute
(`sms-resend-freq`, `wait-ack`) and a lesson is two of them. Times are compared, never asserted alone.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from carriers_rig import Carriers, fake_carriers
from kannel_rig import Kannel, Smsc, kannel
from sms_service import sms_service
from waiting import until

pytestmark = pytest.mark.slow

BURST, RATE_PER_S = 60, 10
SILENT_S = (
    15.0  # the study's was 75 s; Kannel's wait-ack of 60 s alone is what it shows, and that needs no more
)
LATE_S, WAIT_ACK_S = 20, 5
LESSON_S = 200.0
IMPATIENT = {"wait-ack": WAIT_ACK_S, "wait-ack-expire": 1, "connection-timeout": 10}
SMSCS = {
    "default": {},
    "paced": {"throughput": 8},
    "patient": {},
    "tuned": IMPATIENT,
    "late": {"wait-ack": WAIT_ACK_S, "wait-ack-expire": 1},
}
PREFIX = {name: f"+471{n}" for n, name in enumerate(SMSCS)}


@dataclass(frozen=True)
class Lab:
    carriers: Carriers
    kannel: Kannel
    began_s: float

    def events(self, carrier: str, event: str) -> list[dict[str, object]]:
        return [
            each for each in self.carriers.events() if each["carrier"] == carrier and each["event"] == event
        ]

    def last_s(self, carrier: str, event: str) -> float:
        """When the carrier's last such event was, in seconds since the lessons began."""
        return float(str(self.events(carrier, event)[-1]["monotonic_s"])) - self.began_s

    def left_s(self) -> float:
        return max(1.0, self.began_s + LESSON_S - time.monotonic())


def burst(carrier: str) -> dict[str, list[str]]:
    """The texts of a burst by number; three numbers, since a screen keeps 50 messages."""
    return {
        f"{PREFIX[carrier]}00000{k}": [f"Lenke {n} på {carrier}" for n in range(k, BURST, 3)]
        for k in range(3)
    }


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    folder = tmp_path_factory.mktemp("lessons")
    with sms_service() as service, fake_carriers(folder, {name: {} for name in SMSCS}) as carriers:
        smscs = [Smsc(name, carriers.smpp[name], settings) for name, settings in SMSCS.items()]
        with kannel(folder / "kannel", smscs, service) as gateway:
            for name in ("default", "paced"):
                carriers.mood(name, "throttled", rate_per_s=RATE_PER_S)
            for name in ("patient", "tuned"):
                carriers.mood(name, "outage", how="silent", for_s=SILENT_S)
            carriers.mood("late", "slow", response_s=LATE_S)
            began_s = time.monotonic()
            for name in ("patient", "tuned", "late"):
                gateway.send(name, f"{PREFIX[name]}000000", f"Lenke på {name}", reference=name)
            for name in ("default", "paced"):
                for number, texts in burst(name).items():
                    for text in texts:
                        gateway.send(name, number, text)
            yield Lab(carriers, gateway, began_s)


def test_a_response_that_comes_late_makes_copies(lab: Lab) -> None:
    """wait-ack of 5 s, response after 20 s: Kannel believes that nothing was taken and sends again."""
    number = f"{PREFIX['late']}000000"
    until("the second copy", lambda: len(lab.carriers.messages(number)) >= 2, lab.left_s())
    lab.carriers.calm("late")
    time.sleep(2 * WAIT_ACK_S)  # what Kannel still holds goes out and is answered at once
    copies = lab.carriers.messages(number)
    assert len(copies) >= 2
    assert len({copy["id"] for copy in copies}) == len(copies), "each is a message of its own to the carrier"
    assert lab.carriers.screen(number) == ["Lenke på late"] * len(copies)


def test_a_silence_costs_a_minute_unless_kannel_is_tuned(lab: Lab) -> None:
    until("the tuned one's message", lambda: lab.carriers.screen(f"{PREFIX['tuned']}000000"), lab.left_s())
    until(
        "the default one's message", lambda: lab.carriers.screen(f"{PREFIX['patient']}000000"), lab.left_s()
    )
    tuned_s, patient_s = (lab.last_s(name, "sms.accepted") for name in ("tuned", "patient"))
    print(
        f"silent for {SILENT_S:g} s: accepted {tuned_s:.1f} s after the submit, by default {patient_s:.1f} s"
    )
    assert tuned_s > SILENT_S, "what was swallowed is lost: it must have been sent again"
    assert patient_s > 1.5 * tuned_s
    for name in ("tuned", "patient"):
        number = f"{PREFIX[name]}000000"
        assert lab.carriers.screen(number) == [f"Lenke på {name}"], "once, since what was swallowed is lost"


def wait_for_burst(lab: Lab, carrier: str) -> None:
    def all_shown() -> bool:
        return sum(len(lab.carriers.screen(number)) for number in burst(carrier)) >= BURST

    until(f"the burst on {carrier}", all_shown, lab.left_s(), every_s=0.5)


def test_a_burst_above_the_carrier_s_rate_takes_minutes_unless_kannel_is_paced(lab: Lab) -> None:
    for name in ("paced", "default"):
        wait_for_burst(lab, name)
        for number, texts in burst(name).items():
            assert sorted(lab.carriers.screen(number)) == sorted(texts), "each once: none lost, none doubled"
    throttled = {name: len(lab.events(name, "sms.throttled")) for name in ("paced", "default")}
    took_s = {name: lab.last_s(name, "sms.accepted") for name in ("paced", "default")}
    print(f"{BURST} messages at {RATE_PER_S}/s: took {took_s}, throttled {throttled}")
    assert throttled["paced"] == 0 < throttled["default"]
    assert took_s["default"] > 4 * took_s["paced"]
