"""Everything that must not work, and is written down."""

import asyncio
import threading
from pathlib import Path

import pytest
from vs_rig import KEY, lab, offer_of, only
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from lean_rtc import peer_connection
from video_service.session import NotThisBrowser, Session, approved
from video_service.sessions import Times
from video_service.store import Store, Viewer


def test_without_the_operators_key_there_is_401(tmp_path: Path) -> None:
    async def body() -> None:
        async with lab(tmp_path) as it:
            session = await it.request()
            at = f"/api/sessions/{session['session']}"
            for headers in ({"Authorization": ""}, {"Authorization": "Bearer wrong"}, {"Authorization": KEY}):
                for method, path in (
                    ("POST", "/api/sessions"),
                    ("GET", at),
                    ("DELETE", at),
                    ("GET", at + "/audit"),
                ):
                    answer = await it.http.request(method, path, headers=headers, json={})
                    assert answer.status_code == 401, (method, path)
                    assert answer.headers["www-authenticate"] == "Bearer"
                    assert isinstance(answer.json()["detail"], str)
            with pytest.raises(InvalidStatus) as refused:
                async with connect(it.url.replace("http", "ws", 1) + "/api/events"):
                    pass
            assert refused.value.response.status_code == 401
            assert (await it.state(session))["state"] == "requested"

    asyncio.run(body())


BAD_NUMBERS = [
    "",
    "12",
    "4710000001",
    "+0710000001",
    "+47 10000001",
    "+4710000001x",
    "+" + "4" * 20,
    None,
    4710000001,
]


def test_a_bad_request_is_422_in_words(tmp_path: Path) -> None:
    async def body() -> None:
        async with lab(tmp_path) as it:
            wish = {"centre": "AMK", "seat": 1, "call": "c"}
            for number in BAD_NUMBERS:
                answer = await it.http.post("/api/sessions", json={**wish, "number": number})
                assert answer.status_code == 422, number
                assert answer.json()["detail"].startswith("number: "), number
            for rubbish in ({}, [], {**wish, "number": "+4710000001", "centre": ""}):
                assert (await it.http.post("/api/sessions", json=rubbish)).status_code == 422
            assert (await it.http.post("/api/sessions", content=b"{")).status_code == 422
            assert it.smsc.submitted == []

    asyncio.run(body())


def test_what_is_not_there_is_404(tmp_path: Path) -> None:
    async def body() -> None:
        async with lab(tmp_path) as it:
            session, other = await it.request(call="a"), await it.request(call="b")
            for method, path in (
                ("GET", "/api/sessions/nope"),
                ("DELETE", "/api/sessions/nope"),
                ("POST", "/api/sessions/nope/link"),
                ("GET", "/api/sessions/nope/audit"),
                ("DELETE", f"/api/sessions/{session['session']}/viewers/nope"),
                (
                    "DELETE",
                    f"/api/sessions/{session['session']}/viewers/{other['whep_url'].rsplit('/', 1)[1]}",
                ),
                ("GET", "/pages/../app.py"),
                ("GET", "/pages/consent.html"),
            ):
                assert (await it.http.request(method, path)).status_code == 404, path
            phone = it.phone(f"{it.url}/v/nope")
            assert (await phone.http.get(phone.link)).status_code == 404
            for what in ("/opened", "/consent", "/refusal", "/withdrawal"):
                assert (await phone.post(what)).status_code == 404
            assert (await phone.publish()).status_code == 404
            eye = it.eye({"whep_url": f"{it.url}/whep/nope", "whep_token": "x"})
            assert (await eye.watch()).status_code == 404

    asyncio.run(body())


def test_media_before_consent_are_refused_and_audited(tmp_path: Path) -> None:
    async def body() -> None:
        async with lab(tmp_path) as it:
            session, phone = await it.called()
            assert (await phone.publish()).status_code == 403
            await phone.post("/opened")
            assert (await phone.publish()).status_code == 403
            phone.urls = {"control_url": phone.link + "/control"}
            with pytest.raises(InvalidStatus) as refused:
                async with phone.control():
                    pass
            assert refused.value.response.status_code == 403
            lines = [line for line in await it.audit(session) if line["event"] == "link.refused"]
            assert [line["where"] for line in lines] == ["media", "media", "control"]
            assert all("before consent" in line["reason"] for line in lines)
            assert (await it.http.get("/health")).json()["publishing"] == 0

    asyncio.run(body())


def test_a_second_browser_is_refused_and_audited(tmp_path: Path) -> None:
    async def body() -> None:
        async with lab(tmp_path) as it:
            session, phone = await it.called()
            second = it.phone(phone.link)
            await second.post("/opened")  # may look until somebody has agreed
            assert (await phone.consent()).status_code == 200
            assert (await second.http.get(phone.link)).status_code == 403
            for what in ("/opened", "/consent", "/refusal", "/withdrawal"):
                assert (await second.post(what)).status_code == 403, what
            assert (await second.publish()).status_code == 403
            second.http.cookies.set("lab113_browser", "guessed")
            assert (await second.publish()).status_code == 403
            assert (await phone.consent()).status_code == 200
            assert (await it.state(session))["state"] == "consented"
            refused = [line for line in await it.audit(session) if line["event"] == "link.refused"]
            assert len(refused) == 7

    asyncio.run(body())


def test_a_consent_whose_answer_was_lost_can_be_repeated(tmp_path: Path) -> None:
    async def body() -> None:
        async with lab(tmp_path) as it:
            _, phone = await it.called()
            await phone.post("/opened")  # gives this browser its cookie
            cookies = dict(phone.http.cookies)
            assert (await phone.consent()).status_code == 200
            phone.http.cookies.clear()
            for name, value in cookies.items():  # as if the answer to consent had never come
                phone.http.cookies.set(name, value)
            assert (await phone.consent()).status_code == 200

    asyncio.run(body())


def test_of_many_browsers_that_agree_at_once_one_wins(tmp_path: Path) -> None:
    async def body() -> None:
        async with lab(tmp_path) as it:
            session, phone = await it.called()
            phones = [it.phone(phone.link) for _ in range(8)]
            answers = await asyncio.gather(*(one.consent() for one in phones))
            assert sorted(answer.status_code for answer in answers) == [200] + [403] * 7
            events = [line["event"] for line in await it.audit(session)]
            assert events.count("consent.given") == 1
            assert events.count("link.refused") == 7

    asyncio.run(body())


def test_two_processes_on_one_database_cannot_both_win(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/video.db"
    stores = [Store(url) for _ in range(4)]
    new = Session("s", "AMK", "1", "c", "+4710000001", "nb", "link", expires_at=1e12)
    stores[0].add(new, Viewer("v", "s", "operator", "t"))
    start, won, refused = threading.Barrier(4), [], []

    def agree(store: Store, browser: str) -> None:
        start.wait()
        try:
            store.change("s", lambda session: approved(session, browser, 0.0))
            won.append(browser)
        except NotThisBrowser:
            refused.append(browser)

    threads = [threading.Thread(target=agree, args=(store, str(n))) for n, store in enumerate(stores)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert (len(won), len(refused)) == (1, 3)
    assert stores[0].session("s").browser == won[0]
    for store in stores:
        store.close()


def test_a_caller_who_says_no_ends_it(tmp_path: Path) -> None:
    async def body() -> None:
        async with lab(tmp_path) as it:
            session, phone = await it.called()
            assert (await phone.post("/refusal")).status_code == 204
            assert (await it.event("consent.refused"))["how"] == "page"
            assert (await it.state(session))["ended_because"] == "refused"
            assert (await phone.http.get(phone.link)).status_code == 410
            assert (await it.eye(session).watch()).status_code == 410

    asyncio.run(body())


def test_an_unused_link_expires_and_a_used_one_does_not(tmp_path: Path) -> None:
    async def body() -> None:
        async with lab(tmp_path, times=Times(link_expires_s=0.8)) as it:
            _, used = await it.called(call="used")
            unused, phone = await it.called(call="unused")
            assert (await used.consent()).status_code == 200
            await phone.post("/opened")
            await it.event("link.expired", unused["session"])
            await it.event("video.ended", unused["session"])
            assert (await it.state(unused))["ended_because"] == "expired"
            page = await phone.http.get(phone.link, headers={"Accept-Language": "en"})
            assert (page.status_code, "no longer works" in page.text) == (410, True)
            assert (await phone.consent()).status_code == 410
            assert (await used.consent()).status_code == 200

    asyncio.run(body())


def test_a_phone_that_agreed_and_never_comes_ends_the_session(tmp_path: Path) -> None:
    async def body() -> None:
        async with lab(tmp_path, times=Times(phone_gone_s=0.3)) as it:
            session, phone = await it.called()
            await phone.consent()
            assert (await it.event("video.ended", session["session"]))["because"] == "caller"

    asyncio.run(body())


def test_a_viewer_with_a_wrong_token_is_401_whatever_the_state(tmp_path: Path) -> None:
    async def body() -> None:
        async with lab(tmp_path) as it:
            session, other = await it.request(call="a"), await it.request(call="b")
            for token in ("wrong", other["whep_token"], KEY):
                assert (await it.eye({**session, "whep_token": token}).watch()).status_code == 401
            await it.http.delete(f"/api/sessions/{session['session']}")
            assert (await it.eye({**session, "whep_token": "wrong"}).watch()).status_code == 401
            assert (await it.eye(session).watch()).status_code == 410

    asyncio.run(body())


RUBBISH = [
    "",
    "hello",
    "v=0",
    "v=0\r\nm=video",
    "v=0\r\nm=video 9 UDP/TLS/RTP/SAVPF 96\r\n",
    "\x00\xff" * 50,
    "{}",
]


def test_rubbish_offers_are_400_in_words_and_harm_nobody(tmp_path: Path) -> None:
    async def body() -> None:
        async with lab(tmp_path) as it:
            _, phone, eye = await it.live()
            for offer in RUBBISH:
                for answer in (await phone.send_offer(offer), await eye.send_offer(offer)):
                    assert answer.status_code in (400, 422), (offer, answer.text)
                    assert len(answer.json()["detail"]) > 10
            pc = peer_connection()
            pc.addTransceiver("video", direction="sendonly")
            real = await offer_of(pc)
            await pc.close()
            for cut in range(0, len(real), 97):  # an offer that stops anywhere
                answer = await phone.send_offer(real[:cut])
                assert answer.status_code in (400, 422), (real[:cut], answer.text)
            no_dtls = "\r\n".join(line for line in real.splitlines() if "fingerprint" not in line) + "\r\n"
            assert (await phone.send_offer(no_dtls)).status_code == 400
            assert (await phone.send_offer("x" * 70_000)).status_code == 413
            wrong = await phone.http.post(phone.link + "/whip", json={})
            assert wrong.status_code == 415
            while not eye.levels.empty():
                eye.levels.get_nowait()
            await eye.until_level(90)  # the phone before is still seen

    asyncio.run(body())


def test_an_offer_with_nothing_to_forward_is_422_in_words(tmp_path: Path) -> None:
    async def body() -> None:
        async with lab(tmp_path) as it:
            _, phone = await it.called()
            await phone.consent()
            pc = peer_connection()
            pc.addTransceiver("video", direction="sendonly")
            only(pc, "VP8")
            real = await offer_of(pc)
            await pc.close()
            vp9 = await phone.send_offer(real.replace("VP8", "VP9"))
            assert (vp9.status_code, "VP9" in vp9.json()["detail"]) == (422, True)
            backwards = await phone.send_offer(real.replace("a=sendonly", "a=recvonly"))
            assert (backwards.status_code, "sendonly" in backwards.json()["detail"]) == (422, True)
            audio = await phone.send_offer(real.replace("m=video", "m=audio").replace("VP8", "opus"))
            assert audio.status_code == 422

    asyncio.run(body())


def test_sound_is_turned_down(tmp_path: Path) -> None:
    async def body() -> None:
        async with lab(tmp_path) as it:
            _, phone = await it.called()
            await phone.consent()
            pc = peer_connection()
            pc.addTransceiver("audio", direction="sendrecv")
            pc.addTransceiver("video", direction="sendrecv")
            answer = await phone.send_offer(await offer_of(pc))
            await pc.close()
            assert answer.status_code == 201
            audio, video = answer.text.split("m=video")
            assert "a=inactive" in audio
            assert "a=recvonly" in video

    asyncio.run(body())


def test_whep_is_open_to_other_origins_and_nothing_else_is(tmp_path: Path) -> None:
    async def body() -> None:
        async with lab(tmp_path) as it:
            session = await it.request()
            asking = {"Origin": "https://elsewhere.example", "Access-Control-Request-Method": "POST"}
            asking["Access-Control-Request-Headers"] = "authorization,content-type"
            whep = await it.http.options(session["whep_url"], headers=asking)
            assert (whep.status_code, whep.headers["access-control-allow-origin"]) == (200, "*")
            answer = await it.http.post(session["whep_url"], headers={"Origin": "https://elsewhere.example"})
            assert answer.headers["access-control-allow-origin"] == "*"
            other = await it.http.options("/api/sessions", headers=asking)
            assert "access-control-allow-origin" not in other.headers

    asyncio.run(body())


def test_the_pages_load_nothing_from_elsewhere_and_are_not_kept(tmp_path: Path) -> None:
    async def body() -> None:
        async with lab(tmp_path) as it:
            _, phone = await it.called(centre="<script>alert(1)</script>")
            for language, lang in (("nb", "nb"), ("en-GB", "en")):
                page = await phone.http.get(phone.link, headers={"Accept-Language": language})
                assert f'<html lang="{lang}">' in page.text
                assert "<script>alert" not in page.text
                assert "http://" not in page.text
                assert "https://" not in page.text
                assert page.headers["referrer-policy"] == "no-referrer"
                assert page.headers["cache-control"] == "no-store"
                assert "default-src 'none'" in page.headers["content-security-policy"]
                for name in ("yes", "no", "stop", "preview", "state"):
                    assert page.text.count(f'id="{name}"') == 1
            head = await phone.http.head(phone.link)
            assert (head.status_code, head.text) == (200, "")

    asyncio.run(body())
