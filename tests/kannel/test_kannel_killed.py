"""The gateway dies or its link is cut in the middle of a burst; and two links of one account."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import raw_client as raw
from carriers_rig import Carriers, fake_carriers
from kannel_rig import Smsc, kannel
from raw_client import submission
from recording import relay
from sms_service import sms_service
from waiting import until

pytestmark = pytest.mark.slow

BURST, PER_S = 40, 5  # so that there is a middle


@pytest.fixture
def carriers(tmp_path: Path) -> Iterator[Carriers]:
    with fake_carriers(tmp_path / "carriers", {"telenor": {}, "telia": {}}) as running:
        yield running


def numbers(n: int) -> list[str]:
    return [f"+4710000{k:03}" for k in range(n)]


def shown(carriers: Carriers, n: int) -> int:
    return sum(len(carriers.screen(number)) for number in numbers(n))


def test_the_gateway_is_killed_in_the_middle_of_a_burst(carriers: Carriers, tmp_path: Path) -> None:
    with (
        sms_service() as service,
        raw.raw_client(carriers.smpp["telenor"]) as neighbour,
        raw.raw_client(carriers.smpp["telia"]) as other,
        kannel(
            tmp_path / "kannel", [Smsc("telenor", carriers.smpp["telenor"], {"throughput": PER_S})], service
        ) as gateway,
    ):
        assert neighbour.bind().status == other.bind().status == 0
        for n, number in enumerate(numbers(BURST)):
            gateway.send("telenor", number, f"Lenke {n}", reference=str(n))
        until("a part of the burst", lambda: len(carriers.get("/messages", limit=20000)) >= 10)
        gateway.kill()
        until("its session is closed", lambda: len(carriers.sessions("telenor")) == 1)
        taken = len(carriers.get("/messages", carrier="telenor", limit=20000))
        assert 10 <= taken < BURST, "it was killed in the middle"
        for client, number in ((neighbour, "+4710000900"), (other, "+4711000900")):
            assert client.ask(raw.ENQUIRE_LINK).status == 0
            assert client.ask(raw.SUBMIT_SM, submission(number, b"Hei")).status == 0
            client.next_that("is the receipt", lambda pdu: pdu.command_id == raw.DELIVER_SM)
            assert carriers.screen(number) == ["Hei"]
        until("what was taken is delivered", lambda: shown(carriers, BURST) == taken)
        gateway.stop()
        gateway.start()
        gateway.online()
        gateway.send("telenor", "+4710000901", "Tilbake", reference="back")
        until("the DLR after the new start", lambda: service.dlrs("back", (1,)))


def test_the_link_is_cut_in_the_middle_of_a_burst(carriers: Carriers, tmp_path: Path) -> None:
    with sms_service() as service, relay(carriers.smpp["telenor"]) as link:
        smsc = Smsc("telenor", link.address, {"throughput": PER_S})
        with kannel(tmp_path / "kannel", [smsc], service) as gateway:
            for n, number in enumerate(numbers(BURST)):
                gateway.send("telenor", number, f"Lenke {n}", reference=str(n))
            until("a part of the burst", lambda: len(carriers.get("/messages", limit=20000)) >= 10)
            link.cut()
            assert len(carriers.get("/messages", limit=20000)) < BURST, "it was cut in the middle"
            until("every text", lambda: all(carriers.screen(number) for number in numbers(BURST)), 60.0)
            until("every DLR", lambda: all(service.dlrs(str(n), (1,)) for n in range(BURST)), 60.0)
            for n, number in enumerate(numbers(BURST)):
                assert set(carriers.screen(number)) == {f"Lenke {n}"}
            taken = len(carriers.get("/messages", limit=20000))
            assert shown(carriers, BURST) == taken, (
                "a text that was sent again is seen again, and no other is"
            )
            assert len(link.recordings) >= 2
            assert len(carriers.sessions("telenor")) == 1


def test_of_two_links_of_one_account_a_receipt_takes_the_one_that_submitted(
    carriers: Carriers, tmp_path: Path
) -> None:
    """Kannel finds a receipt's message by smsc-id and id: on the other link it would not."""
    links = [
        Smsc(name, carriers.smpp["telenor"], {"enquire-link-interval": 5}) for name in ("first", "second")
    ]
    with sms_service() as service, kannel(tmp_path / "kannel", links, service) as gateway:
        for n in range(20):
            gateway.send(("first", "second")[n % 2], numbers(20)[n], f"Lenke {n}", reference=str(n))
        until("all DLRs", lambda: len(service.dlrs(kinds=(1,))) == 20)
        assert all(
            dlr.smsc == ("first", "second")[int(dlr.reference) % 2] for dlr in service.dlrs(kinds=(1,))
        )
        sessions = carriers.sessions("telenor")
        assert [(each["system_id"], each["submitted"], each["delivered"]) for each in sessions] == [
            ("lab113", 10, 10)
        ] * 2
