"""The SMS over real SMPP: SMSCs that are slow, full, wrong, silent, late, broken, gone, or come back."""

import asyncio
import contextlib
import struct
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from vs_rig import StubSmsc, lab, until

from stand_alone.listening import bound
from video_service import outbox, smpp_link, smpp_route


def _free_port() -> int:
    with bound("127.0.0.1", 0) as sock:
        return int(sock.getsockname()[1])


@contextlib.asynccontextmanager
async def running(*smscs: StubSmsc) -> AsyncIterator[None]:
    for smsc in smscs:
        await smsc.start()
    try:
        yield
    finally:
        for smsc in smscs:
            await smsc.stop()


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbox, "BACK_OFF_S", (0.1,))
    monkeypatch.setattr(smpp_route, "CONNECT_AGAIN_S", (0.1,))


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """An answer is late after a moment, the second time only after long."""
    monkeypatch.setattr(outbox, "ANSWER_WITHIN_S", (0.3, 20.0, 60.0))


def facts(event: dict[str, Any], *names: str) -> list[Any]:
    return [event[name] for name in names]


def test_a_carrier_that_cannot_be_reached_fails_the_session_in_the_end(tmp_path: Path) -> None:
    async def body() -> None:
        async with lab(tmp_path, smscs=[StubSmsc(port=_free_port())], sms_give_up_s=0.5) as it:
            health = (await it.http.get("/health")).json()
            assert health["status"] == "degraded"
            session = await it.request()
            assert session["state"] == "requested"
            told = await it.event("sms.failed")
            assert facts(told, "final", "next") == [False, "when a carrier can be reached again"]
            assert (await it.state(session))["sms"] == "delayed"
            failed = await it.event("sms.failed", nth=2)
            assert failed["final"] is True
            assert "gave up after 0.5 s" in failed["reason"]
            await it.event("video.ended")
            state = await it.state(session)
            assert (state["ended_because"], state["sms"]) == ("sms_failed", "failed")
            [route] = (await it.http.get("/health")).json()["sms"]
            assert route["state"] == "down"
            assert "refused" in route["detail"]

    asyncio.run(body())


def test_an_smsc_that_comes_up_later_gets_the_message(tmp_path: Path) -> None:
    async def body() -> None:
        smsc = StubSmsc(port=_free_port())
        async with lab(tmp_path, smscs=[smsc]) as it:
            session = await it.request()
            await asyncio.sleep(0.3)
            async with running(smsc):
                await smsc.message(0)
                await it.event("sms.accepted")
                assert (await it.state(session))["sms"] == "accepted"
                health = (await it.http.get("/health")).json()
                assert (health["status"], health["sms"][0]["state"]) == ("ok", "up")

    asyncio.run(body())


def test_an_smsc_that_drops_the_connection_is_bound_to_again(tmp_path: Path) -> None:
    async def body() -> None:
        async with lab(tmp_path) as it:
            await it.called()
            await it.event("sms.accepted")
            for writer in it.smsc._writers:
                writer.close()
            await until(lambda: it.smsc.binds == 2)
            session, _ = await it.called(call="second")
            await it.event("sms.accepted", session["session"])

    asyncio.run(body())


def test_a_connection_that_is_lost_before_the_answer_makes_a_second_copy_and_the_audit_says_why(
    tmp_path: Path,
) -> None:
    async def body() -> None:
        async with lab(tmp_path) as it:
            it.smsc.answers = [None]
            session, _ = await it.called()
            it.smsc._writers[-1].close()
            await it.event("sms.accepted")
            assert len(it.smsc.submitted) == 2
            submits = [line for line in await it.audit(session) if line["event"] == "sms.submitted"]
            assert facts(submits[0], "try", "because") == [1, "requested"]
            assert submits[1]["try"] == 2
            assert "connection lost" in submits[1]["because"]

    asyncio.run(body())


def test_a_wrong_password_is_told(tmp_path: Path) -> None:
    async def body() -> None:
        smsc = StubSmsc(password="other")
        async with running(smsc), lab(tmp_path, smscs=[smsc]) as it:
            await it.request()
            assert "password" in (await it.event("sms.failed"))["reason"].lower()
            assert "password" in (await it.http.get("/health")).json()["sms"][0]["detail"].lower()

    asyncio.run(body())


def test_a_throttled_and_a_failing_submit_are_tried_again(tmp_path: Path) -> None:
    async def body() -> None:
        async with lab(tmp_path) as it:
            it.smsc.answers = [0x58, 0x08, 0]
            session = await it.request()
            await it.event("sms.accepted")
            assert len(it.smsc.submitted) == 3
            assert len({sms.octets for sms in it.smsc.submitted}) == 1
            assert (await it.state(session))["state"] == "requested"
            assert it.names(session["session"])[1:] == [
                "sms.submitted",
                "sms.failed",  # for 0x08; to be asked for patience is no failure
                "sms.submitted",
                "sms.accepted",
            ]

    asyncio.run(body())


def test_a_burst_into_a_throttled_carrier_is_all_accepted_soon_and_once(tmp_path: Path) -> None:
    async def body() -> None:
        async with lab(tmp_path) as it:
            it.smsc.tokens = 5.0
            asked = [await it.request(call=f"c{n}") for n in range(20)]

            async def refill() -> None:
                while True:
                    await asyncio.sleep(0.05)
                    it.smsc.tokens = min(5.0, it.smsc.tokens + 1.0)

            filling = asyncio.create_task(refill())
            for session in asked:
                await it.event("sms.accepted", session["session"])
            filling.cancel()
            await asyncio.wait({filling})
            assert len(it.smsc.submitted) > 20  # it was throttled
            assert len({sms.octets for sms in it.smsc.accepted}) == len(it.smsc.accepted) == 20
            assert "sms.failed" not in {event["event"] for event in it.events}

    asyncio.run(body())


def test_a_number_that_the_carrier_refuses_fails_at_once(tmp_path: Path) -> None:
    async def body() -> None:
        async with lab(tmp_path) as it:
            it.smsc.answers = [0x0B]
            session = await it.request()
            assert "bad number" in (await it.event("sms.failed"))["reason"]
            assert len(it.smsc.submitted) == 1
            await it.event("video.ended")
            assert (await it.state(session))["ended_because"] == "sms_failed"

    asyncio.run(body())


def test_an_undelivered_message_leaves_the_session_and_can_be_sent_again(tmp_path: Path) -> None:
    async def body() -> None:
        async with lab(tmp_path) as it:
            session, phone = await it.called()
            await it.event("sms.accepted")
            it.smsc.receipt("id-0", "ENROUTE")
            it.smsc.receipt("id-0", "UNDELIV")
            failed = await it.event("sms.failed")
            assert failed["final"] is False
            assert "next" not in failed  # nothing happens by itself
            await until(lambda: it.smsc.receipts_answered == 2)
            assert (await it.state(session))["state"] == "requested"
            assert (await it.http.post(f"/api/sessions/{session['session']}/link")).status_code == 202
            again = await it.smsc.message(1)
            assert again.link == phone.link
            await it.event("sms.accepted", nth=2)
            submitted = await it.event("sms.submitted", nth=2)
            assert facts(submitted, "try", "because") == [1, "asked for again"]
            it.smsc.receipt("id-1", "DELIVRD", tlv=False)  # as text only, as some carriers send it
            await it.event("sms.delivered")

            it.smsc.answers = [0x0B]  # that a further one fails does not end a session that has its link
            await it.http.post(f"/api/sessions/{session['session']}/link")
            assert (await it.event("sms.failed", nth=2))["final"] is True
            assert (await it.state(session))["state"] == "requested"

    asyncio.run(body())


def test_a_long_text_goes_in_parts_and_a_throttled_part_doubles_no_other(tmp_path: Path) -> None:
    async def body() -> None:
        async with lab(tmp_path) as it:
            it.smsc.answers = [0, 0x58]
            await it.request(centre="Legevakta på Ås, " * 5)
            accepted = await it.event("sms.accepted")
            first, throttled, second = it.smsc.submitted
            assert first.esm_class == second.esm_class == 0x40
            assert first.octets[:3] == second.octets[:3] == b"\x05\x00\x03"
            assert throttled.octets == second.octets != first.octets
            assert first.octets[3] == second.octets[3]  # the reference by which a phone joins them
            first.octets, second.octets = first.octets[6:], second.octets[6:]
            assert "Legevakta på Ås" in first.text
            assert f"{it.url}/v/" in first.text + second.text
            assert accepted["carrier_ids"] == ["id-0", "id-2"]
            it.smsc.receipt("id-0", "DELIVRD")
            it.smsc.receipt("id-2", "DELIVRD")
            await it.event("sms.delivered")

    asyncio.run(body())


# ---- silent and late


@pytest.mark.usefixtures("hurried")
def test_a_silent_carrier_is_passed_over_and_the_operator_told(tmp_path: Path) -> None:
    async def body() -> None:
        first, second = StubSmsc(prefix="one-"), StubSmsc(prefix="two-")
        async with running(first, second), lab(tmp_path, smscs=[first, second]) as it:
            await until(lambda: first.binds == second.binds == 1)
            first.silent = True
            session = await it.request()
            told = await it.event("sms.failed")
            assert facts(told, "final", "next") == [False, "route 2 of 2"]
            assert told["reason"] == f"SMSC at 127.0.0.1:{first.port}: no answer within 0.3 s"
            assert facts(await it.event("sms.accepted"), "carrier_ids") == [["two-0"]]
            health = (await it.http.get("/health")).json()
            assert health["status"] == "ok"
            assert [route["state"] for route in health["sms"]] == ["silent", "up"]
            known = await it.request(call="c2")  # it is known now: no time is lost
            await it.event("sms.accepted", known["session"])
            assert it.names(known["session"])[1:] == ["sms.submitted", "sms.accepted"]
            assert it.names(session["session"]).count("sms.submitted") == 2

    asyncio.run(body())


@pytest.mark.usefixtures("hurried")
def test_a_first_carrier_that_is_gone_costs_nothing(tmp_path: Path) -> None:
    async def body() -> None:
        gone, second = StubSmsc(port=_free_port()), StubSmsc()
        async with running(second), lab(tmp_path, smscs=[gone, second]) as it:
            await until(lambda: second.binds == 1)
            session = await it.request()
            await it.event("sms.accepted")
            assert it.names(session["session"])[1:] == ["sms.submitted", "sms.accepted"]

    asyncio.run(body())


@pytest.mark.usefixtures("hurried")
def test_the_only_carrier_is_silent_and_gets_it_when_it_is_heard_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(smpp_route, "SILENT_AFTER_S", 0.2)
    monkeypatch.setattr(smpp_route, "TICK_S", 0.1)

    async def body() -> None:
        async with lab(tmp_path) as it:
            await until(lambda: it.smsc.binds == 1)
            it.smsc.silent = True
            session = await it.request()
            told = await it.event("sms.failed")
            assert told["next"] == "when a carrier can be reached again"
            assert (await it.state(session))["sms"] == "delayed"
            await asyncio.sleep(0.7)
            assert it.names(session["session"]).count("sms.submitted") == 1  # nothing into the silence
            it.smsc.silent = False
            await it.event("sms.accepted")
            assert (it.smsc.binds, len(it.smsc.submitted)) == (1, 1)

    asyncio.run(body())


def test_a_connection_that_is_silent_for_long_is_given_up_for_a_new_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, seconds in {"ENQUIRE_EVERY": 0.1, "SILENT_AFTER": 0.1, "DROP_AFTER": 1.0, "TICK": 0.05}.items():
        monkeypatch.setattr(smpp_route, f"{name}_S", seconds)
    monkeypatch.setattr(smpp_link, "SOCKET_S", 0.3)

    async def body() -> None:
        async with lab(tmp_path) as it:
            await until(lambda: it.smsc.binds == 1)
            await until(lambda: it.smsc.enquired >= 4)
            assert it.smsc.binds == 1  # it is not silent
            it.smsc.silent = True
            await until(lambda: len(it.smsc._writers) == 2)
            it.smsc.silent = False
            await until(lambda: it.smsc.binds == 2)
            await it.called()
            await it.event("sms.accepted")

    asyncio.run(body())


@pytest.mark.usefixtures("hurried")
def test_a_late_answer_counts_and_a_second_copy_is_told_and_confuses_nothing(tmp_path: Path) -> None:
    async def body() -> None:
        async with lab(tmp_path) as it:
            it.smsc.answers = [None, None]
            session = await it.request()
            await it.smsc.message(1)  # the carrier answers enquire_link, so it is tried once more
            it.smsc.late[0]()
            accepted = await it.event("sms.accepted")
            assert accepted["carrier_ids"] == ["id-0"]
            it.smsc.receipt("id-0", "DELIVRD")
            await it.event("sms.delivered")
            it.smsc.late[1]()
            told = await it.event("sms.duplicated")
            assert facts(told, "copies", "carrier_id") == [2, "id-1"]
            it.smsc.receipt("id-1", "UNDELIV")
            await until(lambda: it.smsc.receipts_answered == 2)
            assert len(it.smsc.submitted) == 2
            assert (await it.state(session))["sms"] == "delivered"
            assert it.names(session["session"])[1:] == [
                *("sms.submitted", "sms.failed", "sms.submitted"),
                *("sms.accepted", "sms.delivered", "sms.duplicated"),
            ]

    asyncio.run(body())


@pytest.mark.usefixtures("hurried")
def test_no_further_copy_goes_out_once_the_link_is_open_or_the_session_over(tmp_path: Path) -> None:
    async def body() -> None:
        async with lab(tmp_path) as it:
            it.smsc.answers = [None, None]
            _, phone = await it.called()
            assert (await phone.post("/opened")).status_code == 204
            over, _ = await it.called(call="c2")
            await it.http.delete(f"/api/sessions/{over['session']}")
            await asyncio.sleep(0.6)
            assert len(it.smsc.submitted) == 2
            assert "sms.failed" not in {event["event"] for event in it.events}

    asyncio.run(body())


# ---- broken


def test_an_answer_that_is_cut_off_still_says_that_it_was_taken(tmp_path: Path) -> None:
    async def body() -> None:
        async with lab(tmp_path) as it:
            it.smsc.answers = [None]
            await it.called()
            it.smsc.write(
                struct.pack(">4L", 24, 0x80000004, 0, _sequence_of_the_submit()) + b"id\0\0\x1e\0\x40a"
            )
            assert (await it.event("sms.accepted"))["carrier_ids"] == ["id"]
            assert it.smsc.binds == 1

    asyncio.run(body())


def _sequence_of_the_submit() -> int:
    return 3  # smpplib's bind is 2


def test_rubbish_from_an_smsc_costs_at_most_the_connection(tmp_path: Path) -> None:
    harmless = (
        struct.pack(">4L", 16, 0x80000777, 0, 3),  # an unknown command
        struct.pack(">4L", 20, 0x5, 0, 9) + b"\0\1\1a",  # a receipt that is cut off
        struct.pack(">4L", 16, 0x80000004, 0, 4711),  # an answer to nothing
    )
    lengths_that_cannot_be = (0xFFFFFFF0, 3)

    async def body() -> None:
        async with lab(tmp_path) as it:
            await until(lambda: it.smsc.binds == 1)
            for octets in harmless:
                it.smsc.write(octets)
            await it.called()
            await it.event("sms.accepted")
            assert it.smsc.binds == 1
            for n, length in enumerate(lengths_that_cannot_be, 2):
                it.smsc.write(struct.pack(">4L", length, 0x80000004, 0, 3))
                await until(lambda n=n: it.smsc.binds == n)  # type: ignore[misc]
            session, _ = await it.called(call="c2")
            await it.event("sms.accepted", session["session"])

    asyncio.run(body())
