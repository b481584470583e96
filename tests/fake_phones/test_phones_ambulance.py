"""The ambulance phone: a key of its own, enrolled once, started and ended by its crew."""

import asyncio
from base64 import b64decode
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

import pytest
from bounded import run
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from fastapi import HTTPException, Request, Response, WebSocket, WebSocketDisconnect

A, B = "3333333333330001", "3333333333330002"
CODE, AMK, LV = "a-code", "AMK Testby", "LV Testby"

Lab = Callable[[], AbstractAsyncContextManager[Any]]


class StubAmbulances:
    """Section 5 of the contract beside the stub service: checks every signature, keeps what was asked."""

    def __init__(self, service: Any) -> None:
        self.service = service
        self.keys: dict[str, str] = {}  # public key -> name
        self.started: list[list[str]] = []
        self.codes = {CODE}
        self.nonces: set[str] = set()
        self.ended: list[str] = []
        self.filming_fails = False
        self.answer: Any = None
        app = service.app
        app.post("/ambulance/phones", status_code=201)(self._enrol)
        app.post("/ambulance/challenges", status_code=201)(self._challenge)
        app.post("/ambulance/streams", status_code=201)(self._start)
        app.delete("/ambulance/streams/{session}", status_code=204)(self._end)
        app.post("/ambulance/streams/{session}/whip")(self._whip)
        app.websocket("/ambulance/streams/{session}/control")(self._control)

    async def _enrol(self, body: dict[str, Any]) -> dict[str, Any]:
        self._check(body, "lab113 enrol", body["code"], body["name"], body["amk"])
        if body["code"] not in self.codes:
            raise HTTPException(410, "the enrolment code has been used")
        self.codes.remove(body["code"])
        self.keys[body["public_key"]] = body["name"]
        return {"phone": "ph1", "name": body["name"], "amk": body["amk"], "centres": [LV]}

    async def _challenge(self) -> dict[str, Any]:
        self.nonces.add(f"nonce-{len(self.nonces)}")
        return {"nonce": f"nonce-{len(self.nonces) - 1}", "expires_in_s": 30}

    async def _start(self, body: dict[str, Any]) -> Any:
        self._check(body, "lab113 start", body["nonce"], *body["centres"])
        if body["public_key"] not in self.keys:
            raise HTTPException(403, "this phone has been revoked")
        self.nonces.remove(body["nonce"])
        self.started.append(body["centres"])
        session = f"s{len(self.started)}"
        at = f"/ambulance/streams/{session}"
        urls = {"stream_url": at, "whip_url": at + "/whip", "control_url": at + "/control"}
        told = {
            "session": session,
            "token": f"t-{session}",
            "camera": "back",
            "centres": [AMK, *body["centres"]],
        }
        return {**urls, **told} if self.answer is None else self.answer

    async def _end(self, session: str, request: Request) -> None:
        self._authentic(session, request.headers)
        self.ended.append(session)

    async def _whip(self, session: str, request: Request) -> Response:
        self._authentic(session, request.headers)
        if self.filming_fails:
            raise HTTPException(500, "no room")
        peer = self.service._peer()
        peer.on("track", lambda track: self.service.pictures.update({session: track}))
        return await self.service._answer(peer, request, f"/whip/{session}")

    async def _control(self, socket: WebSocket, session: str) -> None:
        self._authentic(session, socket.headers)
        await socket.accept()
        self.service.controls[session] = socket
        try:
            while True:
                self.service.answers.put_nowait(await socket.receive_json())
        except (WebSocketDisconnect, RuntimeError):
            self.service.controls.pop(session, None)

    @staticmethod
    def _authentic(session: str, headers: Any) -> None:
        if headers.get("authorization") != f"Bearer t-{session}":
            raise HTTPException(401, "not this stream's token")

    @staticmethod
    def _check(body: dict[str, Any], *lines: str) -> None:
        key = Ed25519PublicKey.from_public_bytes(b64decode(body["public_key"], validate=True))
        try:
            key.verify(b64decode(body["signature"], validate=True), "\n".join(lines).encode())
        except InvalidSignature:
            raise HTTPException(401, "not this key's signature") from None


def phone(it: Any, name: str, stamp: str, /, **args: Any) -> dict[str, Any]:
    added = it.phone(name, stamp, kind="ambulance", **args)
    return {key: fact for key, fact in added.items() if key not in ("number", "carriers_url")}


async def refused(control: Any, do: str, **args: Any) -> Any:
    """Why the farm did not do it."""
    try:
        done = await control.do(do, **args)
    except Exception as told:
        return told  # with a `kind`
    raise AssertionError(f"{do} was done: {done}")


def enrolment(it: Any, phone_name: str, /, **args: Any) -> dict[str, Any]:
    facts = {"service_url": it.service.url, "code": CODE, "name": "Ambulanse 3-1", "amk": AMK}
    return {"phone": phone_name, **facts, **args}


def test_enrolled_started_seen_switched_and_ended(lab: Lab) -> None:
    async def body() -> None:
        async with lab() as it, it.controlling() as control:
            stub = StubAmbulances(it.service)
            assert await control.do("phone.add", **phone(it, "a1", A)) == {"timed": True}
            await control.do("phone.ready", phone="a1")
            enrolled = await control.do("phone.enrol", **enrolment(it, "a1"))
            assert enrolled == {"phone": "ph1", "name": "Ambulanse 3-1", "amk": AMK, "centres": [LV]}
            assert list(stub.keys.values()) == ["Ambulanse 3-1"]
            for n in (1, 2):  # enrolled once, started twice
                started = await control.do("phone.start", phone="a1", centres=[LV])
                assert started == {"session": f"s{n}", "centres": [AMK, LV]}
                viewer = await seen(it, control, f"v{n}", f"s{n}")
                await it.service.order(f"s{n}", do="camera", camera="front")
                assert await it.service.answers.get() == {"did": "camera", "camera": "front"}
                await control.do("viewer.wait_for_camera", viewer=viewer, camera="front")
                ending = control.start("phone.wait_end", phone="a1")
                await control.do("phone.end", phone="a1")
                assert await ending == {"because": "crew"}
                await control.do("viewer.over", viewer=viewer)
                assert (await control.do("viewer.leave", viewer=viewer))["stray"] == 0
            await control.do("phone.end", phone="a1")  # again: the same
            assert stub.started == [[LV], [LV]]
            assert stub.ended == ["s1", "s2", "s2"]
            assert stub.nonces == set()
            removed = await control.do("phone.remove", phone="a1")
            assert removed["frames_sent"] > 0
            assert "sms_received" not in removed
            told = [
                "ambulance.enrolled",
                "ambulance.started",
                "media.connected",
                "media.stopped",
                "ambulance.ended",
            ]
            names = [event["event"] for event in control.events if event.get("phone") == "a1"]
            assert [name for name in names if name in told] == told + told[1:] + told[-1:]
            started_too = await control.event("ambulance.started", session="s2")
            assert started_too["centres"] == [AMK, LV]

    run(body())


async def seen(it: Any, control: Any, viewer: str, session: str) -> str:
    await control.do("viewer.watch", **it.viewer(viewer, A, session))
    first = await control.do("viewer.wait_for_camera", viewer=viewer, camera="back")
    assert first["camera"] == "back"
    return viewer


def test_the_amk_ends_it_and_the_crew_may_start_again(lab: Lab) -> None:
    async def body() -> None:
        async with lab() as it, it.controlling() as control:
            StubAmbulances(it.service)
            await control.do("phone.add", **phone(it, "a1", A))
            await control.do("phone.enrol", **enrolment(it, "a1"))
            await control.do("phone.start", phone="a1")
            assert (await refused(control, "phone.start", phone="a1")).kind == "usage"  # it films already
            ending = control.start("phone.wait_end", phone="a1")
            await it.service.order("s1", do="end", because="operator")
            assert await ending == {"because": "operator"}
            assert (await control.do("phone.start", phone="a1"))["session"] == "s2"

    run(body())


def test_what_is_refused_is_said_with_its_status(lab: Lab) -> None:
    async def body() -> None:
        async with lab() as it, it.controlling() as control:
            stub = StubAmbulances(it.service)
            await control.do("phone.add", **phone(it, "a1", A))
            await control.do("phone.add", **phone(it, "a2", B))
            for early in ("phone.start", "phone.end", "phone.publish"):
                assert (await refused(control, early, phone="a1")).kind == "usage"
            await control.do("phone.enrol", **enrolment(it, "a1"))
            again = await refused(control, "phone.enrol", **enrolment(it, "a2"))
            assert (again.kind, again.status) == ("refused", 410)
            assert (await refused(control, "phone.start", phone="a2")).kind == "usage"
            assert "used" in str((await refused(control, "phone.enrol", **enrolment(it, "a1"))).args)
            assert (await control.do("phone.start", phone="a1"))["session"] == "s1"  # its key is kept
            await control.do("phone.end", phone="a1")
            stub.keys.clear()
            revoked = await refused(control, "phone.start", phone="a1")
            assert (revoked.kind, revoked.status) == ("refused", 403)
            nowhere = enrolment(it, "a2", service_url="http://127.0.0.1:9")
            assert (await refused(control, "phone.enrol", **nowhere)).kind == "broken"

    run(body())


def test_a_stream_that_cannot_be_filmed_is_ended(lab: Lab) -> None:
    async def body() -> None:
        async with lab() as it, it.controlling() as control:
            stub = StubAmbulances(it.service)
            await control.do("phone.add", **phone(it, "a1", A))
            await control.do("phone.add", **phone(it, "a2", B, camera_fails=True))
            await control.do("phone.enrol", **enrolment(it, "a1"))
            stub.codes.add(CODE)
            await control.do("phone.enrol", **enrolment(it, "a2", name="Ambulanse 3-2"))
            stub.filming_fails = True
            assert (await refused(control, "phone.start", phone="a1")).status == 500
            stub.filming_fails = False
            assert (await refused(control, "phone.start", phone="a2")).kind == "broken"
            assert stub.ended == ["s1", "s2"]
            for rubbish in ({}, {"session": "s"}, [], "text", {"session": 1, "token": 2, "stream_url": 3}):
                stub.answer = rubbish
                assert (await refused(control, "phone.start", phone="a1")).kind == "broken", rubbish
            stub.answer = None
            assert (await control.do("phone.start", phone="a1"))["session"] == "s8"

    run(body())


def test_a_phone_of_one_kind_does_not_do_the_others_commands(lab: Lab) -> None:
    async def body() -> None:
        async with lab() as it, it.controlling() as control:
            StubAmbulances(it.service)
            await control.do("phone.add", **phone(it, "a1", A))
            await control.do("phone.add", **it.phone("p1", B))
            for of_callers in ("phone.next_sms", "phone.consent", "phone.refuse", "phone.withdraw"):
                assert (await refused(control, of_callers, phone="a1")).kind == "usage", of_callers
            for of_crews in ("phone.start", "phone.end"):
                assert (await refused(control, of_crews, phone="p1")).kind == "usage", of_crews
            assert (await refused(control, "phone.enrol", **enrolment(it, "p1"))).kind == "usage"
            numbered = {**phone(it, "a2", A), "number": "+4710000009"}
            assert (await refused(control, "phone.add", **numbered)).kind == "usage"
            unnumbered = {**it.phone("p2", A)}
            del unnumbered["number"]
            assert "number" in str((await refused(control, "phone.add", **unnumbered)).args)

    run(body())


def test_two_phones_film_at_once_and_end_with_their_controller(lab: Lab) -> None:
    async def body() -> None:
        async with lab() as it:
            stub = StubAmbulances(it.service)
            async with it.controlling() as control:
                for name, stamp in (("a1", A), ("a2", B)):
                    await control.do("phone.add", **phone(it, name, stamp))
                    stub.codes.add(CODE)
                    await control.do("phone.enrol", **enrolment(it, name, name=name))
                both = [control.start("phone.start", phone=name, centres=[LV]) for name in ("a1", "a2")]
                assert {(await each)["session"] for each in both} == {"s1", "s2"}
                waiting = control.start("phone.wait_end", phone="a1")
                await asyncio.sleep(0)
            waiting.cancel()
            await it.until(lambda: not it.service.controls)

    run(body())


@pytest.mark.parametrize(
    "wrong", [{"code": 7}, {"service_url": "video"}, {"name": ""}, {"amk": "a\nb"}, {"more": 1}]
)
def test_a_bad_command_is_said_plainly(lab: Lab, wrong: dict[str, Any]) -> None:
    async def body() -> None:
        async with lab() as it, it.controlling() as control:
            told = await refused(control, "phone.enrol", **enrolment(it, "a1", **wrong))
            assert told.kind == "usage"
            assert next(iter(wrong)) in str(told.args)

    run(body())
