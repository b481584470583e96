"""The control socket: rubbish, cancelling, resuming, and its end."""

import asyncio
import json
import threading
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

import pytest
from bounded import run

A = "1111111111110001"

Lab = Callable[[], AbstractAsyncContextManager[Any]]


def test_rubbish_is_answered(lab: Lab) -> None:
    async def body() -> None:
        async with lab() as it, it.controlling() as control:
            rubbish: list[str | bytes] = [
                "",
                "not json",
                b"\x00\x01",
                "null",
                "[]",
                '"text"',
                "[" * 100_000,
                json.dumps({"id": [1], "do": "farm.totals"}),
                json.dumps({"do": "farm.totals"}),
            ]
            for frame in rubbish:
                await control.socket.send(frame)
                answer = await control.odd.get()
                assert (answer["id"], answer["kind"]) == (None, "usage")
            await control.socket.send(json.dumps({"cancel": [7]}))
            await control.socket.send(json.dumps({"cancel": 7}))
            assert (await control.do("farm.totals"))["phones"] == 0

    run(body())


def test_usage_names_what_is_wrong(lab: Lab) -> None:
    wrong: list[tuple[str, dict[str, Any], str]] = [
        ("phone.fly", {}, "phone.fly"),
        ("phone.open", {"phone": "p1"}, "link"),
        ("phone.open", {"phone": "p1", "link": "file:///etc/passwd"}, "link"),
        ("phone.consent", {"phone": ""}, "phone"),
        (
            "viewer.watch",
            {"viewer": "v", "stamp": "1" * 16, "whep_url": "http://x", "whep_token": "", "width": 100},
            "width",
        ),
        ("phone.consent", {"phone": "p1", "colour": "red"}, "colour"),
        ("stamps.register", {"stamps": ["xyz"]}, "stamps.0"),
    ]

    async def body() -> None:
        async with lab() as it, it.controlling() as control:
            for do, args, named in wrong:
                with pytest.raises(Exception, match=named) as refused:
                    await control.do(do, **args)
                assert refused.value.kind == "usage"

    run(body())


def test_an_id_is_used_once_at_a_time(lab: Lab) -> None:
    async def body() -> None:
        async with lab() as it, it.controlling() as control:
            await control.do("phone.add", **it.phone("p1", A))
            request = json.dumps({"id": "mine", "do": "phone.next_sms", "phone": "p1"})
            await control.socket.send(request)
            await control.socket.send(request)
            answer = await control.odd.get()
            assert (answer["id"], answer["kind"]) == (None, "usage")
            await control.socket.send(json.dumps({"cancel": "mine"}))
            assert await control.odd.get() == {"id": "mine", "failed": "cancelled", "kind": "gone"}

    run(body())


def test_cancelling_next_sms_loses_nothing(lab: Lab) -> None:
    async def body() -> None:
        async with lab() as it, it.controlling() as control:
            phone = it.phone("p1", A)
            await control.do("phone.add", **phone)
            for n in range(40):  # the cancel comes before, together with, and after the message
                request = {"id": f"r{n}", "do": "phone.next_sms", "phone": "p1"}
                await control.socket.send(json.dumps(request))
                delivering = asyncio.create_task(it.carrier.deliver(phone["number"], f"text {n}"))
                await asyncio.sleep(n * 0.000_15)
                await control.socket.send(json.dumps({"cancel": f"r{n}"}))
                await delivering
                answer = await control.odd.get()
                assert answer["id"] == f"r{n}"
                sms = answer.get("ok") or await control.do("phone.next_sms", phone="p1")
                assert sms["text"] == f"text {n}"

    run(body())


def test_messages_come_once_and_in_order(lab: Lab) -> None:
    async def body() -> None:
        async with lab() as it, it.controlling() as control:
            phone = it.phone("p1", A)
            await control.do("phone.add", **phone)
            await it.carrier.deliver(phone["number"], "one", "m1")
            await it.carrier.sockets[phone["number"]].send_text("rubbish")
            await it.carrier.sockets.pop(phone["number"]).close()  # the carrier restarts
            await it.until(lambda: phone["number"] in it.carrier.sockets)
            await it.carrier.deliver(phone["number"], "one", "m1")
            await it.carrier.deliver(phone["number"], "two", "m2")
            texts = [await control.do("phone.next_sms", phone="p1") for _ in range(2)]
            assert [(sms["text"], sms["link"], sms["from"]) for sms in texts] == [
                ("one", None, "113"),
                ("two", None, "113"),
            ]

    run(body())


def test_everything_stops_when_the_controller_goes(lab: Lab) -> None:
    async def body() -> None:
        async with lab() as it:
            tasks, threads = asyncio.all_tasks(), threading.active_count()
            async with it.controlling() as control:
                await control.do("phone.add", **it.phone("p1", A))
                await control.do("phone.open", phone="p1", link=it.service.link("p1"))
                await control.do("phone.consent", phone="p1")
                await control.do("phone.publish", phone="p1")
                await control.do("viewer.watch", **it.viewer("v1", A, "p1"))
                await control.socket.send(json.dumps({"id": "x", "do": "phone.next_sms", "phone": "p1"}))
                await control.do("viewer.wait_for_camera", viewer="v1")
                last = control.events[-1]["n"]
            async with it.controlling(f"?since={last}") as control:
                await control.event("media.stopped", phone="p1", because="phone removed")
                left = await control.event("viewer.left", viewer="v1")
                assert left["n"] > last
                assert min(event["n"] for event in control.events) == last + 1
                totals = await control.do("farm.totals")
                assert (totals["phones"], totals["viewers"]) == (0, 0)
            await it.until(lambda: not it.carrier.sockets)
            await it.service.close()
            await it.until(lambda: not asyncio.all_tasks() - tasks)
            names = {thread.name for thread in threading.enumerate()}
            assert "video-decoder" not in names, names
            assert threads <= threading.active_count()

    run(body())
