"""An ambulance's stream: who may start it, who sees it, who ends it, and everything that must not work."""

import asyncio
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from ambulance_rig import (
    ADMIN_KEY,
    AMK,
    LV,
    OTHER_LV,
    STRANGER,
    Administrator,
    Centre,
    Crew,
    enrolled,
    filming,
)
from vs_rig import lab, until
from websockets.exceptions import InvalidStatus

from video_service.session import State
from video_service.sessions import Times
from video_service.store import Store


def test_from_start_to_picture_to_end(tmp_path: Path) -> None:
    async def body() -> None:
        async with lab(tmp_path, admin_key=ADMIN_KEY) as it:
            administrator, crew, phone, session = await filming(it, LV, level=60)
            told = {"unit": "Ambulanse 3-1", "amk": AMK, "centres": [AMK, LV]}
            started = await it.event("ambulance.started", session)
            assert started.items() >= {**told, "call": None}.items()
            assert it.smsc.submitted == []
            amk, lv = Centre(it, AMK, session), Centre(it, LV, session)
            for centre in (amk, lv):
                (stream,) = await centre.streams()
                assert stream == {"session": session, "state": "live", "camera": "back", **told}
            at_amk, at_lv = await amk.watches(60), await lv.watches(60)
            doctor = await lv.watches(60, "doctor")
            watching = await it.event("viewer.watching", session, nth=3)
            assert (watching["role"], watching["centre"]) == ("doctor", LV)
            page = (await doctor.http.get(f"{it.url}/w/{doctor.viewer}", headers=bearer(doctor.token))).json()
            assert page == {"role": "doctor", "centre": AMK, "unit": "Ambulanse 3-1", "state": "live"}

            assert (await lv.ask("DELETE", f"/viewers/{at_lv.viewer}")).status_code == 204  # it leaves
            assert await at_lv.quiet()
            assert not await at_amk.quiet()
            for _ in range(2):
                assert await crew.end() == 204
            assert await at_amk.quiet()
            assert await doctor.quiet()
            ended = await it.event("ambulance.ended", session)
            assert ended.items() >= {**told, "because": "crew"}.items()
            assert await amk.streams() == []
            assert (await amk.ask("GET")).json()["ended_because"] == "crew"
            names = """
                ambulance.started media.connected
                viewer.invited viewer.watching viewer.invited viewer.watching viewer.invited viewer.watching
                viewer.left viewer.left viewer.left media.stopped ambulance.ended
            """
            assert it.names(session) == names.split()
            lines = (await amk.ask("GET", "/audit")).json()
            assert [line["event"] for line in lines] == it.names(session)
            assert {line["who"] for line in lines} == {"crew", "operator", "doctor"}
            started_too = [line for line in await administrator.audit(phone) if "started" in line["event"]]
            assert [line["session"] for line in started_too] == [session]

    asyncio.run(body())


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def test_a_centre_that_is_not_named_sees_nothing(tmp_path: Path) -> None:
    async def body() -> None:
        async with lab(tmp_path, admin_key=ADMIN_KEY) as it:
            _, _, _, session = await filming(it, LV)
            place = await Centre(it, LV, session).place()
            for name in (OTHER_LV, STRANGER, "", AMK.lower(), f"{AMK},{LV}"):
                await sees_nothing(Centre(it, name, session), place["viewer"])
            at = f"/api/sessions/{session}"
            for method, path, sent in NOT_FOR_STRANGERS:  # and nobody who names no centre
                path = path.replace("VIEWER", place["viewer"])
                assert (await it.http.request(method, at + path, json=sent)).status_code == 404, path
            assert (await it.http.get("/api/ambulances")).status_code == 422
            assert (await it.http.get(f"/api/sessions/{session}?centre={LV}")).json()["state"] == "live"
            caller, _ = await it.called()  # whose session needs no centre
            assert (await it.http.get(f"/api/sessions/{caller['session']}")).status_code == 200

    asyncio.run(body())


NOT_FOR_STRANGERS: list[tuple[str, str, Any]] = [
    ("GET", "", None),
    ("GET", "/audit", None),
    ("POST", "/viewers", {"role": "operator"}),
    ("PUT", "/camera", {"camera": "front"}),
    ("POST", "/link", None),
    ("DELETE", "/viewers/VIEWER", None),
    ("DELETE", "", None),
]


async def sees_nothing(stranger: Centre, viewer: str) -> None:
    assert await stranger.streams() == []
    for method, path, sent in NOT_FOR_STRANGERS:
        answer = await stranger.ask(method, path.replace("VIEWER", viewer), sent)
        assert answer.status_code == 404, (stranger.name, method, path)
        assert "Ambulanse" not in answer.text


def test_a_named_centre_leaves_but_only_the_amk_ends(tmp_path: Path) -> None:
    async def body() -> None:
        async with lab(tmp_path, admin_key=ADMIN_KEY) as it:
            _, _, _, session = await filming(it, LV)
            amk, lv = Centre(it, AMK, session), Centre(it, LV, session)
            at_amk = await amk.watches(90)
            refused = await lv.ask("DELETE")
            assert (refused.status_code, AMK in refused.json()["detail"]) == (403, True)
            assert (await lv.ask("DELETE", f"/viewers/{at_amk.viewer}")).status_code == 404
            assert (await lv.ask("POST", "/link")).status_code == 409
            assert not await at_amk.quiet()
            assert (await amk.ask("DELETE")).status_code == 204
            assert await at_amk.quiet()
            assert (await it.event("ambulance.ended"))["because"] == "operator"
            for method, path, sent in (
                ("PUT", "/camera", {"camera": "front"}),
                ("POST", "/viewers", {"role": "x"}),
            ):
                assert (await amk.ask(method, path, sent)).status_code == 410

    asyncio.run(body())


def test_a_start_goes_to_allowed_centres_only(tmp_path: Path) -> None:
    async def body() -> None:
        async with lab(tmp_path, admin_key=ADMIN_KEY) as it:
            administrator, crew, phone = await enrolled(it, centres=[LV])
            for centres in ((STRANGER,), (LV, OTHER_LV), ("",), ("two\nlines",)):
                answer = await crew.start(*centres)
                assert answer.status_code == (403 if centres[0] not in ("", "two\nlines") else 422), centres
            assert len(await administrator.refusals(phone)) == 2
            assert it.events == []
            assert (await crew.start(LV, AMK, LV)).json()["centres"] == [AMK, LV]
            assert (await crew.start()).json()["centres"] == [AMK]

    asyncio.run(body())


def test_what_is_not_this_phones_fresh_signature_starts_nothing(tmp_path: Path) -> None:
    async def body() -> None:
        async with lab(tmp_path, admin_key=ADMIN_KEY) as it:
            administrator, crew, phone = await enrolled(it)
            thief = Crew(it)
            signed = crew.signed_start(await crew.nonce(), [LV])
            for changes in (
                {"centres": [LV, OTHER_LV]},
                {"centres": []},
                {"nonce": await crew.nonce()},
                {"signature": thief.signed_start(signed["nonce"], [LV])["signature"]},
                {"public_key": thief.public_key},
                thief.signed_start(signed["nonce"], [LV]),
                crew.signed_start("made.up.nonce", [LV]),
            ):
                answer = await post(crew, {**signed, **changes})
                assert answer.status_code == 401, changes
                assert answer.headers["www-authenticate"] == "Signature"
            assert (await post(crew, signed)).status_code == 201  # none of them has spent its challenge
            for replayed in (signed, crew.signed_start(signed["nonce"], [OTHER_LV])):
                again = await post(thief, replayed)
                assert (again.status_code, "answered before" in again.json()["detail"]) == (401, True)
            assert it.names(it.events[0]["session"]) == ["ambulance.started"]
            assert len(await administrator.refusals(phone)) == 4 + 1 + 2
            for rubbish in ({}, {**signed, "centres": "AMK"}, {**signed, "centres": [LV] * 21}, []):
                assert (await post(crew, rubbish)).status_code == 422

    asyncio.run(body())


async def post(crew: Crew, signed: Any) -> Any:
    return await crew.http.post("/ambulance/streams", json=signed)


def test_one_signature_sent_twice_at_once_starts_once(tmp_path: Path) -> None:
    async def body() -> None:
        async with lab(tmp_path, admin_key=ADMIN_KEY) as it:
            _, crew, _ = await enrolled(it)
            signed = crew.signed_start(await crew.nonce(), [LV])
            answers = await asyncio.gather(*(post(crew, signed) for _ in range(6)))
            assert sorted(answer.status_code for answer in answers) == [201, *[401] * 5]
            assert len(await Centre(it, LV).streams()) == 1

    asyncio.run(body())


def test_a_phone_has_one_stream_the_newest(tmp_path: Path) -> None:
    async def body() -> None:
        async with lab(tmp_path, admin_key=ADMIN_KEY) as it:
            _, crew, _, first = await filming(it, LV, level=60)
            old = await Centre(it, LV, first).watches(60)
            twin = Crew(it, crew.key)  # the app, started anew
            both = await asyncio.gather(crew.start(OTHER_LV), twin.start(OTHER_LV))
            assert [answer.status_code for answer in both] == [201, 201]
            assert await old.quiet()
            assert (await it.event("ambulance.ended", first))["because"] == "replaced"
            (stream,) = await Centre(it, OTHER_LV).streams()
            assert await Centre(it, LV).streams() == []
            newest, older = (crew, twin) if crew.stream["session"] == stream["session"] else (twin, crew)
            assert (await older.publish()).status_code == 410
            assert (await newest.publish(level=180)).status_code == 201
            await it.event("media.connected", stream["session"])
            await Centre(it, OTHER_LV, stream["session"]).watches(180)

    asyncio.run(body())


def test_a_lost_phone_is_revoked_and_its_picture_stops_at_once(tmp_path: Path) -> None:
    async def body() -> None:
        async with lab(tmp_path, admin_key=ADMIN_KEY) as it:
            administrator, crew, phone, session = await filming(it, LV)
            other = await Administrator(it).code()
            colleague = Crew(it)
            await colleague.enrol(other["code"], "Ambulanse 3-2")
            await colleague.start(LV)
            eye = await Centre(it, LV, session).watches(90)
            signed = crew.signed_start(await crew.nonce(), [LV])
            async with crew.control() as line:
                assert await administrator.revoke(phone) == 204
                assert json.loads(await line.recv()) == {"do": "end", "because": "revoked"}
                await line.wait_closed()
            assert await eye.quiet()
            assert (await it.event("ambulance.ended", session))["because"] == "revoked"
            await until(lambda: crew.pcs[0].connectionState == "closed")
            assert (await crew.publish()).status_code == 410
            refused = await post(crew, signed)
            assert (refused.status_code, "revoked" in refused.json()["detail"]) == (403, True)
            assert (await crew.start()).status_code == 403
            assert (await eye.watch()).status_code == 410
            assert [stream["unit"] for stream in await Centre(it, LV).streams()] == ["Ambulanse 3-2"]
            assert await administrator.revoke(phone) == 204

    asyncio.run(body())


def test_a_stream_is_filmed_with_its_own_token_only(tmp_path: Path) -> None:
    async def body() -> None:
        async with lab(tmp_path, admin_key=ADMIN_KEY) as it:
            administrator, crew, _, session = await filming(it, LV)
            colleague = Crew(it)
            await colleague.enrol((await administrator.code())["code"], "Ambulanse 3-2")
            await colleague.start(LV)
            stolen = [
                colleague.stream["token"],
                (await Centre(it, LV, session).place())["whep_token"],
                "",
                "x",
            ]
            for token in stolen:
                crew_with = Crew(it, crew.key)
                crew_with.stream = {**crew.stream, "token": token or "-"}
                assert (await crew_with.publish()).status_code == 401
                assert await crew_with.end() == 401
                assert (await crew_with.http.delete(crew.location)).status_code == 401
                with pytest.raises(InvalidStatus) as refused:
                    async with crew_with.control():
                        pass
                assert refused.value.response.status_code == 401
            assert len(await Centre(it, LV).streams()) == 2
            caller, phone = await it.called()
            crew.stream = {**crew.stream, "stream_url": f"/ambulance/streams/{caller['session']}"}
            assert await crew.end() == 404
            assert (await it.phone(phone.link).consent()).status_code == 200
            lines = (await Centre(it, LV, session).ask("GET", "/audit")).json()
            assert sum(line["event"] == "ambulance.refused" for line in lines) == 4 * len(stolen)

    asyncio.run(body())


def test_bad_offers_and_unknown_streams_are_answered_plainly(tmp_path: Path) -> None:
    async def body() -> None:
        async with lab(tmp_path, admin_key=ADMIN_KEY) as it:
            _, crew, _ = await enrolled(it)
            await crew.start()
            whip, sdp = crew.stream["whip_url"], {**crew.bearer, "Content-Type": "application/sdp"}
            assert (await crew.http.post(whip, content="rubbish", headers=sdp)).status_code == 400
            assert (await crew.http.post(whip, content="v=0", headers=crew.bearer)).status_code == 415
            assert (await crew.http.post("/ambulance/streams/none/whip", headers=sdp)).status_code == 404
            assert (await crew.publish()).status_code == 201
            await it.event("media.connected")
            assert (await crew.http.delete(crew.location, headers=crew.bearer)).status_code == 200
            assert (await crew.http.delete(crew.location, headers=crew.bearer)).status_code == 404
            crew.stream["control_url"] = "/ambulance/streams/none/control"
            with pytest.raises(InvalidStatus) as refused:
                async with crew.control():
                    pass
            assert refused.value.response.status_code == 404

    asyncio.run(body())


def test_any_named_centre_switches_the_camera(tmp_path: Path) -> None:
    async def body() -> None:
        async with lab(tmp_path, admin_key=ADMIN_KEY) as it:
            _, crew, _, session = await filming(it, LV)
            lv = Centre(it, LV, session)
            assert (await lv.ask("PUT", "/camera", {"camera": "front"})).status_code == 409  # no line yet
            async with crew.control() as line:
                assert (await lv.ask("PUT", "/camera", {"camera": "front"})).status_code == 202
                assert json.loads(await line.recv()) == {"do": "camera", "camera": "front"}
                await line.send('{"did": "camera", "camera": "front"}')
                await it.event("camera.switched", session)
            assert (await it.event("camera.requested", session))["centre"] == LV
            assert [stream["camera"] for stream in await lv.streams()] == ["front"]

    asyncio.run(body())


def test_a_phone_that_stays_away_ends_its_stream(tmp_path: Path) -> None:
    async def body() -> None:
        async with lab(tmp_path, admin_key=ADMIN_KEY, times=Times(phone_gone_s=0.3)) as it:
            _, crew, _ = await enrolled(it)
            await crew.start(LV)
            ended = await it.event("ambulance.ended", crew.stream["session"])
            assert ended["because"] == "phone_gone"
            assert (await crew.publish()).status_code == 410

    asyncio.run(body())


def test_a_phone_and_its_stream_outlive_a_restart(tmp_path: Path) -> None:
    async def body() -> None:
        async with lab(tmp_path, admin_key=ADMIN_KEY) as it:
            _, crew, phone, session = await filming(it, LV)
            old = crew.signed_start(await crew.nonce(), [LV])
        store = Store(f"sqlite:///{tmp_path}/video.db")  # as a process that was killed leaves it
        store.change(session, lambda s: replace(s, state=State.LIVE, phone_left_at=None))
        store.close()
        async with lab(tmp_path, admin_key=ADMIN_KEY) as it:
            again = await it.event("ambulance.started", session)  # its numbers begin anew
            assert (again["n"], again["again"], again["centres"]) == (1, True, [AMK, LV])
            assert (await it.event("media.lost", session))["reason"] == "restart"
            back = Crew(it, crew.key)
            back.stream = crew.stream
            assert (await back.publish(level=150)).status_code == 201
            await it.event("media.connected", session)
            await Centre(it, LV, session).watches(150)
            assert (await post(back, old)).status_code == 401  # a challenge of the life before
            assert (await back.start(LV)).status_code == 201
            assert (await it.event("ambulance.ended", session))["because"] == "replaced"
            assert await Administrator(it).revoke(phone) == 204
        async with lab(tmp_path, admin_key=ADMIN_KEY) as it:
            assert (await Crew(it, crew.key).start()).status_code == 403
            assert "ambulance.started" not in [event["event"] for event in it.events]

    asyncio.run(body())


def test_streams_do_not_mix(tmp_path: Path) -> None:
    async def body() -> None:
        async with lab(tmp_path, admin_key=ADMIN_KEY) as it:
            administrator, _, _, dark = await filming(it, LV, level=40)
            crew = Crew(it)
            await crew.enrol((await administrator.code())["code"], "Ambulanse 3-2")
            await crew.start(LV)
            await crew.publish(level=200)
            await it.event("media.connected", crew.stream["session"])
            _, _, caller = await it.live(level=120)
            one = await Centre(it, LV, dark).watches(40)
            other = await Centre(it, LV, crew.stream["session"]).watches(200)
            for eye, level in ((one, 40), (other, 200), (caller, 120)):
                for _ in range(5):
                    assert abs(await eye.levels.get() - level) < 25
            place = f"{it.url}/whep/{one.viewer}"
            answer = await other.http.post(
                place, headers={**bearer(other.token), "Content-Type": "application/sdp"}
            )
            assert answer.status_code == 401

    asyncio.run(body())
