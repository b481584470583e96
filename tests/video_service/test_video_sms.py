"""The SMS over real SMPP: an SMSC that is slow, full, wrong, silent, gone, or comes back."""

import asyncio
from pathlib import Path

from vs_rig import StubSmsc, lab, until

from stand_alone.listening import bound


def _free_port() -> int:
    with bound("127.0.0.1", 0) as sock:
        return int(sock.getsockname()[1])


def test_a_carrier_that_cannot_be_reached_fails_the_session_after_bounded_tries(tmp_path: Path) -> None:
    async def body() -> None:
        async with lab(tmp_path, smsc=StubSmsc(port=_free_port()), sms_tries=2) as it:
            health = (await it.http.get("/health")).json()
            assert (health["status"], health["smsc"]["state"]) == ("degraded", "connecting")
            session = await it.request()
            assert session["state"] == "requested"
            failed = await it.event("sms.failed")
            assert failed["final"] is True
            assert "2 tries" in failed["reason"]
            await it.event("video.ended")
            state = await it.state(session)
            assert (state["ended_because"], state["sms"]) == ("sms_failed", "failed")
            assert "refused" in (await it.http.get("/health")).json()["smsc"]["detail"]

    asyncio.run(body())


def test_an_smsc_that_comes_up_later_gets_the_message(tmp_path: Path) -> None:
    async def body() -> None:
        smsc = StubSmsc(port=_free_port())
        async with lab(tmp_path, smsc=smsc) as it:
            session = await it.request()
            await asyncio.sleep(0.3)
            await smsc.start()
            try:
                await smsc.message(0)
                await it.event("sms.accepted")
                assert (await it.state(session))["sms"] == "accepted"
                assert (await it.http.get("/health")).json()["status"] == "ok"
            finally:
                await smsc.stop()

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


def test_a_wrong_password_is_said_in_health(tmp_path: Path) -> None:
    async def body() -> None:
        smsc = StubSmsc(password="other")
        await smsc.start()
        try:
            async with lab(tmp_path, smsc=smsc, sms_tries=1) as it:
                await it.request()
                assert "password" in (await it.event("sms.failed"))["reason"].lower()
        finally:
            await smsc.stop()

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

    asyncio.run(body())


def test_a_number_that_the_carrier_refuses_fails_at_once(tmp_path: Path) -> None:
    async def body() -> None:
        async with lab(tmp_path) as it:
            it.smsc.answers = [0x0B]
            session = await it.request()
            assert "bad number" in (await it.event("sms.failed"))["reason"]
            assert len(it.smsc.submitted) == 1
            assert (await it.state(session))["ended_because"] == "sms_failed"

    asyncio.run(body())


def test_an_undelivered_message_leaves_the_session_and_can_be_sent_again(tmp_path: Path) -> None:
    async def body() -> None:
        async with lab(tmp_path) as it:
            session, phone = await it.called()
            await it.event("sms.accepted")
            it.smsc.receipt("id-0", "ENROUTE")
            it.smsc.receipt("id-0", "UNDELIV")
            assert (await it.event("sms.failed"))["final"] is False
            await until(lambda: it.smsc.receipts_answered == 2)
            assert (await it.state(session))["state"] == "requested"
            assert (await it.http.post(f"/api/sessions/{session['session']}/link")).status_code == 202
            again = await it.smsc.message(1)
            assert again.link == phone.link
            await it.event("sms.accepted", nth=2)
            it.smsc.receipt("id-1", "DELIVRD", tlv=False)  # as text only, as some carriers send it
            await it.event("sms.delivered")

            it.smsc.answers = [0x0B]  # that a further one fails does not end a session that has its link
            await it.http.post(f"/api/sessions/{session['session']}/link")
            assert (await it.event("sms.failed", nth=2))["final"] is True
            assert (await it.state(session))["state"] == "requested"

    asyncio.run(body())


def test_a_long_text_goes_in_parts_and_norwegian_letters_survive(tmp_path: Path) -> None:
    async def body() -> None:
        async with lab(tmp_path) as it:
            await it.request(centre="Legevakta på Ås, " * 5)
            first, second = await it.smsc.message(0), await it.smsc.message(1)
            assert first.esm_class == second.esm_class == 0x40
            assert first.octets[:3] == second.octets[:3] == b"\x05\x00\x03"
            first.octets, second.octets = first.octets[6:], second.octets[6:]
            assert "Legevakta på Ås" in first.text
            assert f"{it.url}/v/" in first.text + second.text
            accepted = await it.event("sms.accepted")
            assert accepted["carrier_ids"] == ["id-0", "id-1"]
            it.smsc.receipt("id-0", "DELIVRD")
            it.smsc.receipt("id-1", "DELIVRD")
            await it.event("sms.delivered")

    asyncio.run(body())
