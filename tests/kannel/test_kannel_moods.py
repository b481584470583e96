"""Every mood against a real gateway: when it is over, Kannel is bound and the text is there, once or oftener.

All moods run at the same time, each at a carrier of its own, against a Kannel that notices trouble soon.
"""

from collections.abc import Iterator
from typing import Any

import pytest
from carriers_rig import fake_carriers
from kannel_lab import Lab
from kannel_rig import Smsc, kannel
from sms_service import sms_service
from waiting import until

pytestmark = pytest.mark.slow

MOOD_S, LONG_MOOD_S = 8.0, 14.0
OVER_S = 120.0  # it takes 16 s, or some more when a wrong length has cost Kannel its place in the stream
TUNED_CORE = {"sms-resend-freq": 5}
TUNED = {"enquire-link-interval": 5, "wait-ack": 5, "connection-timeout": 20}
DELIVERED, TAKEN = 1, 8  # Kannel's kinds of DLR

MOODS: dict[str, dict[str, Any]] = {
    "refuse": {"kind": "outage", "how": "refuse"},
    "drop": {"kind": "outage", "how": "drop"},
    "later": {"kind": "outage", "how": "silent", "swallowed": "later", "for_s": LONG_MOOD_S},
    "full": {"kind": "queue_full"},
    "twice": {"kind": "duplicates", "share": 1.0, "after_s": 1.0},
    "lost": {"kind": "loss", "share": 1.0},
    "length": {"kind": "malformed", "how": "length", "share": 1.0},
    "command": {"kind": "malformed", "how": "command", "share": 1.0},
    "sequence": {"kind": "malformed", "how": "sequence", "share": 1.0},
    "cut": {"kind": "malformed", "how": "cut", "share": 1.0},
}
NUMBER = {name: f"+471{n}000001" for n, name in enumerate(MOODS)}


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    folder = tmp_path_factory.mktemp("moods")
    with sms_service() as service, fake_carriers(folder, {name: {} for name in MOODS}) as carriers:
        smscs = [Smsc(name, carriers.smpp[name], TUNED) for name in MOODS]
        with kannel(folder / "kannel", smscs, service, TUNED_CORE) as gateway:
            for name, mood in MOODS.items():
                carriers.mood(name, **{"for_s": MOOD_S, **mood})
            for name in MOODS:
                gateway.send(name, NUMBER[name], "Lenke", reference=name)
            yield Lab(carriers, gateway, service)


def copies(lab: Lab, name: str) -> tuple[int, int]:
    """How many messages the carrier took, and how many the handset shows, once the text is delivered."""
    until(f"the DLR of {name}", lambda: lab.service.dlrs(name, (DELIVERED,)), OVER_S)
    assert set(lab.carriers.screen(NUMBER[name])) == {"Lenke"}
    return len(lab.carriers.messages(NUMBER[name])), len(lab.carriers.screen(NUMBER[name]))


@pytest.mark.parametrize("name", ["refuse", "drop", "full"])
def test_what_was_not_taken_is_sent_again_and_comes_once(lab: Lab, name: str) -> None:
    assert copies(lab, name) == (1, 1)


@pytest.mark.parametrize("name", ["later", "length", "command", "sequence"])
def test_what_was_taken_without_an_answer_that_can_be_read_comes_twice_or_more(lab: Lab, name: str) -> None:
    taken, shown = copies(lab, name)
    assert taken == shown >= 2


def test_kannel_reads_an_answer_whose_last_parameter_is_cut_off(lab: Lab) -> None:
    assert copies(lab, "cut") == (1, 1)


def test_a_carrier_that_doubles_takes_one_and_shows_two(lab: Lab) -> None:
    until("the second copy", lambda: len(lab.carriers.screen(NUMBER["twice"])) == 2)
    assert copies(lab, "twice") == (1, 2)
    assert len(lab.service.dlrs("twice", (DELIVERED,))) == 1


def test_a_carrier_that_loses_takes_one_and_says_nothing_more(lab: Lab) -> None:
    (message,) = lab.carriers.messages(NUMBER["lost"])
    assert (message["state"], lab.carriers.screen(NUMBER["lost"])) == ("LOST", [])
    assert [dlr.kind for dlr in lab.service.dlrs("lost")] == [TAKEN]


def test_kannel_is_bound_to_all_of_them_afterwards(lab: Lab) -> None:
    lab.kannel.online()
    bound = {session["carrier"] for session in lab.carriers.get("/sessions") if session["bind"]}
    assert bound == set(MOODS)
    assert all(carrier["moods"] == [] for carrier in lab.carriers.get("/carriers")["carriers"])
