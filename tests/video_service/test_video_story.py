"""The whole way, with real SMPP, HTTP and WebRTC: what the contract promises to each side."""

import asyncio
import json
from pathlib import Path
from typing import Any

from vs_rig import NUMBER, Eye, Lab, lab, until


def test_from_request_to_picture_to_end(tmp_path: Path) -> None:
    async def body() -> None:
        async with lab(tmp_path) as it:
            session, phone = await it.called(call="call-7", language="en")
            assert session["state"] == "requested"
            assert session["expires_in_s"] == 900
            sms = it.smsc.submitted[0]
            assert (sms.number, sms.sender, sms.registered) == (NUMBER[1:], "LAB113", 1)
            assert sms.link.startswith(f"{it.url}/v/")
            assert len(sms.link.rsplit("/", 1)[1]) >= 22  # 128 bits in base64
            assert sms.text.startswith("AMK Testby asks")
            await it.event("sms.accepted")
            it.smsc.receipt(sms.carrier_id, "DELIVRD")
            await it.event("sms.delivered")
            assert (await it.state(session))["sms"] == "delivered"

            scanner = it.phone(phone.link)  # fetches first, and spends nothing
            assert (await scanner.http.get(phone.link)).status_code == 200
            assert (await it.state(session))["state"] == "requested"

            page = await phone.http.get(phone.link, headers={"Accept-Language": "nb-NO"})
            assert page.status_code == 200
            assert "AMK Testby" in page.text
            assert (await phone.post("/opened")).status_code == 204
            assert (await it.state(session))["state"] == "opened"
            eye = it.eye(session)
            early = await eye.watch()
            assert (early.status_code, early.headers["retry-after"]) == (409, "1")

            answer = await phone.consent()
            assert answer.json()["camera"] == "back"
            assert "HttpOnly" in answer.headers["set-cookie"]
            assert "SameSite=strict" in answer.headers["set-cookie"]
            assert (await phone.publish(level=60)).status_code == 201
            await it.event("media.connected")
            assert (await it.state(session))["state"] == "live"
            assert (await eye.watch()).status_code == 201
            await eye.until_level(60)
            await it.event("viewer.watching")
            assert (await it.state(session))["viewers"][0]["role"] == "operator"

            for _ in range(2):
                assert (await it.http.delete(f"/api/sessions/{session['session']}")).status_code == 204
            assert await eye.quiet()
            ended = await it.state(session)
            assert (ended["state"], ended["ended_because"]) == ("ended", "operator")
            await it.event("video.ended")
            told = """
                video.requested sms.submitted sms.accepted sms.delivered link.fetched link.fetched link.opened
                consent.given media.connected viewer.watching viewer.left media.stopped video.ended
            """
            assert it.names(session["session"]) == told.split()
            assert all(event["call"] == "call-7" for event in it.events)
            assert [event["n"] for event in it.events] == list(range(1, len(it.events) + 1))
            assert [line["event"] for line in await it.audit(session)] == it.names(session["session"])

    asyncio.run(body())


def test_nothing_but_looking_is_possible_after_the_end(tmp_path: Path) -> None:
    async def body() -> None:
        async with lab(tmp_path) as it:
            session, phone, eye = await it.live()
            at = f"/api/sessions/{session['session']}"
            await it.http.delete(at)
            for method, path, sent in (
                ("POST", "/link", None),
                ("PUT", "/camera", {"camera": "front"}),
                ("POST", "/viewers", {"role": "doctor"}),
            ):
                assert (await it.http.request(method, at + path, json=sent)).status_code == 410, path
            assert (await it.http.get(at + "/audit")).status_code == 200
            assert (await phone.http.get(phone.link)).status_code == 410
            for what in ("/opened", "/consent", "/refusal", "/withdrawal"):
                assert (await phone.post(what)).status_code == 410, what
            assert (await phone.publish()).status_code == 410
            assert (await eye.watch()).status_code == 410

    asyncio.run(body())


def test_the_caller_withdraws_and_every_picture_stops(tmp_path: Path) -> None:
    async def body() -> None:
        async with lab(tmp_path) as it:
            session, phone, eye = await it.live()
            doctor = await _invited(it, session)
            assert (await doctor.watch()).status_code == 201
            await doctor.until_level(90)

            stranger = it.phone(phone.link)
            assert (await stranger.post("/withdrawal")).status_code == 403
            assert (await it.state(session))["state"] == "live"

            assert (await phone.post("/withdrawal")).status_code == 204
            assert await eye.quiet()
            assert await doctor.quiet()
            assert (await it.state(session))["ended_because"] == "withdrawn"
            withdrawn = await it.event("consent.withdrawn")
            assert withdrawn["how"] == "page"
            assert (await eye.watch()).status_code == 410
            await until(lambda: phone.pc.connectionState == "closed")

    asyncio.run(body())


async def _invited(it: Lab, session: dict[str, Any]) -> Eye:
    answer = await it.http.post(f"/api/sessions/{session['session']}/viewers", json={"role": "doctor"})
    assert answer.status_code == 201
    place = answer.json()
    assert place["page_url"].startswith(f"{it.url}/w#{place['viewer']}.")
    return it.eye(place)


def test_a_viewer_shown_out_sees_nothing_more_and_the_others_do(tmp_path: Path) -> None:
    async def body() -> None:
        async with lab(tmp_path) as it:
            session, _, eye = await it.live()
            doctor = await _invited(it, session)
            await doctor.watch()
            await doctor.until_level(90)
            at = f"/api/sessions/{session['session']}/viewers/{doctor.viewer}"
            assert (await it.http.delete(at)).status_code == 204
            assert await doctor.quiet()
            assert not await eye.quiet()
            assert (await doctor.watch()).status_code == 410
            left = await it.event("viewer.left")
            assert (left["viewer"], left["because"]) == (doctor.viewer, "shown_out")
            assert [v["role"] for v in (await it.state(session))["viewers"]] == ["operator"]

    asyncio.run(body())


def test_a_viewer_may_leave_and_come_back(tmp_path: Path) -> None:
    async def body() -> None:
        async with lab(tmp_path) as it:
            _, _, eye = await it.live()
            assert (await eye.http.delete(eye.location)).status_code == 401
            key = {"Authorization": f"Bearer {eye.token}"}
            assert (await eye.http.delete(eye.location, headers=key)).status_code == 200
            assert (await it.event("viewer.left"))["because"] == "left"
            assert (await eye.http.delete(eye.location, headers=key)).status_code == 404
            assert await eye.quiet()
            assert (await eye.watch()).status_code == 201
            await eye.until_level(90)
            while not eye.levels.empty():
                eye.levels.get_nowait()
            await eye.until_level(90)

    asyncio.run(body())


def test_a_phone_that_reloads_is_seen_again_by_those_who_watch(tmp_path: Path) -> None:
    async def body() -> None:
        async with lab(tmp_path) as it:
            session, phone, eye = await it.live(level=60)
            first = phone.pc
            assert (await phone.post("/opened")).status_code == 204
            assert (await phone.http.get(phone.link)).text.count('data-approved="yes"') == 1
            assert (await phone.consent()).status_code == 200
            assert (await phone.publish(level=180)).status_code == 201
            await eye.until_level(180)
            for _ in range(10):
                assert abs(await eye.levels.get() - 180) < 20
            await until(lambda: first.connectionState == "closed")
            assert it.names(session["session"]).count("viewer.watching") == 1  # the leg stayed
            assert it.names(session["session"]).count("consent.given") == 1

    asyncio.run(body())


def test_a_phone_that_comes_back_with_another_codec_needs_new_legs(tmp_path: Path) -> None:
    async def body() -> None:
        async with lab(tmp_path) as it:
            _, phone, eye = await it.live(level=60)
            assert (await phone.publish(level=180, codec="H264")).status_code == 201
            assert (await it.event("viewer.left"))["because"] == "codec changed"
            refused = await eye.watch(codec="VP8")
            assert refused.status_code == 422
            assert "H264" in refused.json()["detail"]
            assert (await eye.watch(codec="H264")).status_code == 201
            await eye.until_level(180)

    asyncio.run(body())


def test_the_phone_stops_its_media_and_starts_them_again(tmp_path: Path) -> None:
    async def body() -> None:
        async with lab(tmp_path) as it:
            session, phone, eye = await it.live()
            assert (await phone.http.delete(phone.location)).status_code == 200
            await it.event("media.stopped")
            assert (await phone.http.delete(phone.location)).status_code == 404
            assert (await it.state(session))["state"] == "consented"
            assert (await eye.watch()).status_code == 409
            assert (await phone.publish(level=150)).status_code == 201
            await eye.until_level(150)  # on the leg that it had
            assert (await it.state(session))["state"] == "live"

    asyncio.run(body())


def test_a_viewer_who_would_rather_wait_is_answered_when_the_phone_publishes(tmp_path: Path) -> None:
    """Prefer: wait (RFC 7240), and what ends the waiting: a picture, the end, or the time."""

    async def body() -> None:
        async with lab(tmp_path) as it:
            session, phone = await it.called()
            eye = it.eye(session)
            assert (await eye.watch(wait_s=0)).status_code == 409
            looking = asyncio.create_task(eye.watch(wait_s=15))
            await phone.consent()
            assert not looking.done()
            assert (await phone.publish(level=60)).status_code == 201
            assert (await looking).status_code == 201
            await eye.until_level(60)
            assert (await phone.http.delete(phone.location)).status_code == 200
            assert (await it.eye(session).watch(wait_s=1)).status_code == 409  # gone again, and nobody came
            late = asyncio.create_task(it.eye(session).watch(wait_s=15))
            await asyncio.sleep(0.2)
            assert not late.done()
            await it.http.delete(f"/api/sessions/{session['session']}")
            assert (await late).status_code == 410

    asyncio.run(body())


def test_a_phone_that_disappears_is_told_as_lost(tmp_path: Path) -> None:
    async def body() -> None:
        async with lab(tmp_path) as it:
            session, phone, _ = await it.live()
            await phone.pc.close()
            lost = await it.event("media.lost")
            assert lost["reason"] == "disconnected"
            assert (await it.state(session))["state"] == "consented"

    asyncio.run(body())


def test_the_camera_is_switched_over_the_control_line(tmp_path: Path) -> None:
    async def body() -> None:
        async with lab(tmp_path) as it:
            session, phone = await it.called()
            at = f"/api/sessions/{session['session']}/camera"
            assert (await it.http.put(at, json={"camera": "front"})).status_code == 409
            await phone.consent()
            async with phone.control() as line:
                assert (await it.http.put(at, json={"camera": "sideways"})).status_code == 422
                assert (await it.http.put(at, json={"camera": "front"})).status_code == 202
                assert json.loads(await line.recv()) == {"do": "camera", "camera": "front"}
                for rubbish in ("no json", "[]", '{"did": "camera", "camera": 7}', '{"did": "dance"}'):
                    await line.send(rubbish)
                await line.send('{"did": "camera", "camera": "front"}')
                assert (await it.event("camera.switched"))["camera"] == "front"
                assert (await it.state(session))["camera"] == "front"
                await line.send('{"failed": "camera", "detail": "NotReadableError"}')
                assert (await it.event("camera.failed"))["detail"] == "NotReadableError"
                assert (await phone.consent()).json()["camera"] == "front"

                async with phone.control() as newer:  # another tab of the same browser
                    await line.wait_closed()
                    assert line.close_code == 4001
                    await it.http.delete(f"/api/sessions/{session['session']}")
                    assert json.loads(await newer.recv()) == {"do": "end", "because": "operator"}
                    await newer.wait_closed()
            assert it.names(session["session"]).count("camera.requested") == 1

    asyncio.run(body())
