"""What survives a restart, and the program itself."""

import asyncio
import json
import subprocess
import sys
import urllib.request
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from vs_rig import KEY, Lab, connect, lab

from video_service.__main__ import options, settings
from video_service.gateway_route import Gateway
from video_service.session import State
from video_service.store import Store

ROOT = Path(__file__).parents[2]


def test_sessions_viewers_and_audit_survive_and_media_do_not(tmp_path: Path) -> None:
    async def body() -> None:
        async with lab(tmp_path) as it:
            session, phone, _ = await it.live()
            ended, _ = await it.called(call="over")
            await it.http.delete(f"/api/sessions/{ended['session']}")
            before = await it.audit(session)
            path, cookies = phone.link.removeprefix(it.url), dict(phone.http.cookies)
        store = Store(f"sqlite:///{tmp_path}/video.db")  # as a process that was killed leaves it
        store.change(session["session"], lambda s: replace(s, state=State.LIVE, phone_left_at=None))
        store.close()
        async with lab(tmp_path) as it:
            assert (await it.state(ended))["ended_because"] == "operator"
            state = await it.state(session)
            assert state["state"] == "consented"
            assert [viewer["role"] for viewer in state["viewers"]] == ["operator"]
            after = await it.audit(session)
            assert after[: len(before)] == before
            assert (after[-1]["event"], after[-1]["reason"]) == ("media.lost", "restart")

            again = it.phone(it.url + path)  # the page that is still open on the phone
            again.http.cookies.update(cookies)
            assert (await again.consent()).status_code == 200
            assert (await again.publish(level=150)).status_code == 201
            await it.event("media.connected")
            eye = it.eye({**session, "whep_url": it.url + "/whep/" + session["whep_url"].rsplit("/", 1)[1]})
            assert (await eye.watch()).status_code == 201
            await eye.until_level(150)
            resend = await it.http.post(f"/api/sessions/{session['session']}/link")
            assert (resend.status_code, "cannot be sent again" in resend.text) == (409, True)

    asyncio.run(body())


def test_an_sms_that_was_not_accepted_is_sent_after_a_restart(tmp_path: Path) -> None:
    async def body() -> None:
        async with lab(tmp_path) as it:
            it.smsc.answers = [None]
            session, phone = await it.called()
            old = phone.link.removeprefix(it.url)
        async with lab(tmp_path) as it:
            sms = await it.smsc.message(0)
            await it.event("sms.accepted", session["session"])
            becauses = [line["because"] for line in await it.audit(session) if "because" in line]
            assert becauses == ["requested", "restart"]
            assert (await it.phone(it.url + old).consent()).status_code == 404
            assert (await it.phone(sms.link).consent()).status_code == 200

    asyncio.run(body())


def test_a_follower_may_come_late_resume_and_outlive_a_restart(tmp_path: Path) -> None:
    async def body() -> None:
        async with lab(tmp_path) as it:
            await it.called()
            await it.event("sms.accepted")
            assert await _told(it, 0, 3) == await _told(it, 0, 3)
            assert [event["n"] for event in await _told(it, 2, 1)] == [3]
            assert [event["n"] for event in await _told(it, 5000, 1)] == [1]  # numbers of a life before

    asyncio.run(body())


async def _told(it: Lab, since: int, count: int) -> list[dict[str, Any]]:
    headers = {"Authorization": f"Bearer {KEY}"}
    address = it.url.replace("http", "ws", 1) + f"/api/events?since={since}"
    async with connect(address, additional_headers=headers) as socket:
        return [json.loads(await socket.recv()) for _ in range(count)]


def test_as_a_program_it_says_when_it_is_ready_and_ends_with_its_standard_input(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "video_service", "--smpp", "127.0.0.1:1", "--key", "k"]
    command += ["--public-url", "http://video.test:8113/lab/", "--database", f"sqlite:///{tmp_path}/video.db"]
    program = subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        assert program.stdout
        ready = json.loads(program.stdout.readline())
        assert (ready["part"], ready["key"]) == ("video_service", "k")
        with urllib.request.urlopen(ready["url"] + "/health", timeout=5) as answer:
            assert json.load(answer)["status"] == "degraded"
        _, said = program.communicate(timeout=15)  # closes its standard input
        assert program.returncode == 0, said
        assert "Traceback" not in said
        assert "127.0.0.1:1" in said
    finally:
        program.kill()
        program.wait(10)


def test_bad_usage_is_said_plainly(capsys: pytest.CaptureFixture[str]) -> None:
    for wrong in ("nowhere", "host:", ":1", "host:0", "host:99999"):
        with pytest.raises(SystemExit) as ended:
            options().parse_args(["--smpp", wrong])
        assert ended.value.code == 2
        assert "HOST:PORT" in capsys.readouterr().err
    assert options().parse_args(["--smpp", "[::1]:9", "--smpp", "a:1"]).smpp == [("::1", 9), ("a", 1)]
    for args, said in (
        (["--smpp", "a:1", "--sms-gateway", "http://a"], "not allowed with"),
        (["--sms-gateway", "a:1"], "not a URL"),
    ):
        with pytest.raises(SystemExit):
            options().parse_args(args)
        assert said in capsys.readouterr().err


def test_the_way_of_sending_is_smpp_or_a_gateway(monkeypatch: pytest.MonkeyPatch) -> None:
    def sms(*args: str) -> Any:
        return settings(options().parse_args(args), "folder").sms

    assert [(smsc.host, smsc.port) for smsc in sms()] == [("127.0.0.1", 2775)]
    assert [smsc.port for smsc in sms("--smpp", "a:1", "--smpp", "b:2")] == [1, 2]
    assert sms("--sms-gateway", "http://a", "--sms-gateway-key", "k") == Gateway("http://a", "k", "LAB113")
    monkeypatch.setenv("LAB113_SMS_GATEWAY_KEY", "of the environment")
    assert sms("--sms-gateway", "http://a").key == "of the environment"
