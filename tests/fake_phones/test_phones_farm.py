"""The farm end to end: SMS, link, consent, picture, camera switch, end, strays."""

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

import pytest
from bounded import run
from phones_rig import publishing

from fake_phones.__main__ import serving

A, B = "1111111111110001", "2222222222220002"

Lab = Callable[[], AbstractAsyncContextManager[Any]]


def test_a_whole_story(lab: Lab, tmp_path: Path) -> None:
    async def body() -> None:
        async with lab() as it, it.controlling() as control:
            added = await control.do("phone.add", **it.phone("p1", A))
            assert added == {"timed": True}
            watching = control.start("viewer.watch", **it.viewer("v1", A, "p1", stills_dir=str(tmp_path)))
            number = it.phone("p1", A)["number"]
            await it.carrier.deliver(number, f"Trykk her: {it.service.link('p1')}.", "m1")
            sms = await control.do("phone.next_sms", phone="p1")
            assert sms["link"] == it.service.link("p1")
            assert await it.carrier.got.get() == "m1"
            await control.do("phone.open", phone="p1", link=sms["link"])
            await control.do("phone.consent", phone="p1")
            assert it.service.heard == [("p1", "page True"), ("p1", "opened"), ("p1", "consent")]
            assert not watching.done()  # 409 so far
            await control.do("phone.publish", phone="p1")
            await watching
            seen = await control.do("viewer.wait_for_camera", viewer="v1", camera=None)
            assert seen["camera"] == "back"
            assert 0 < seen["latency_s"] < 5
            await it.service.order("p1", do="camera", camera="front")
            assert await it.service.answers.get() == {"did": "camera", "camera": "front"}
            front = await control.do("viewer.wait_for_camera", viewer="v1", camera="front")
            assert front["seen_monotonic_s"] > seen["seen_monotonic_s"]
            await control.event("viewer.measured", viewer="v1")
            ending = control.start("phone.wait_end", phone="p1")
            await it.service.order("p1", do="end", because="operator")
            assert await ending == {"because": "operator"}
            await asyncio.sleep(0.3)  # what was on its way arrives
            await control.do("viewer.over", viewer="v1", because="operator")
            left = await control.do("viewer.leave", viewer="v1")
            removed = await control.do("phone.remove", phone="p1")
            names = [e["event"] for e in control.events if e["event"] != "viewer.measured"]
            check_story(names, control.events, left, removed)
            check_stills(control.events, left, tmp_path)
            assert ("p1", "delete whep") in it.service.heard

    run(body())


def files(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def check_story(names: list[str], events: list[dict[str, Any]], left: Any, removed: Any) -> None:
    told = ["link.opened", "consent.given", "media.connected", "viewer.watching", "camera.switched"]
    assert [name for name in names if name in told] == told
    assert names[-2:] == ["media.stopped", "viewer.left"]
    assert names.count("frame.first") == 2
    assert "frame.stray" not in names
    assert left["received"] == left["checked"] > 10
    assert left["read"] >= 0.9 * left["checked"]
    assert left["stray"] == left["unknown"] == 0
    assert sum(left["latency_ms"].values()) == left["read"]
    measured = [e for e in events if e["event"] == "viewer.measured"]
    assert sum(e["received"] for e in measured) == left["received"]
    assert measured[-1]["width"] == 320
    assert removed["frames_sent"] >= left["received"]
    assert removed["sms_received"] == 1
    stopped = next(e for e in events if e["event"] == "media.stopped")
    assert stopped["because"] == "operator"
    assert stopped["pacing_lateness_s_max"] >= stopped["pacing_lateness_s_p99"] >= 0


def check_stills(events: list[dict[str, Any]], left: Any, folder: Path) -> None:
    firsts = [e for e in events if e["event"] == "frame.first"]
    assert [e["still"] for e in firsts] == [
        name for name in left["stills"] if name in {e["still"] for e in firsts}
    ]
    assert firsts[0]["still"] == "v1-back-1.jpg"
    assert set(left["stills"]) == files(folder)
    assert all(path.read_bytes()[:2] == b"\xff\xd8" for path in folder.iterdir())


def test_a_covered_stamp_is_never_read_and_leaves_no_still(lab: Lab, tmp_path: Path) -> None:
    async def body() -> None:
        async with lab() as it, it.controlling() as control:
            await publishing(it, control, "p1", A, stamp_covered=True)
            await control.do("viewer.watch", **it.viewer("v1", A, "p1", stills_dir=str(tmp_path)))
            for _ in range(200):
                if (await control.do("farm.totals"))["frames_received"] > 5:
                    break
                await asyncio.sleep(0.05)
            left = await control.do("viewer.leave", viewer="v1")
            assert left["checked"] == left["received"] > 5
            assert left["read"] == left["stray"] == 0
            assert left["stills"] == []
            assert files(tmp_path) == set()

    run(body())


def test_another_phones_picture_is_stray(lab: Lab, tmp_path: Path) -> None:
    async def body() -> None:
        async with lab() as it, it.controlling() as control:
            await control.do("phone.add", **it.phone("p1", A))
            await publishing(it, control, "p2", B)
            it.service.show["p1"] = "p2"
            await control.do("viewer.watch", **it.viewer("v1", A, "p1", stills_dir=str(tmp_path)))
            stray = await control.event("frame.stray", viewer="v1")
            assert stray["why"] == "other session"
            assert (stray["seen"], stray["camera"]) == (B, "back")
            left = await control.do("viewer.leave", viewer="v1")
            assert left["stray"] == left["read"] > 0
            assert files(tmp_path) == set()

    run(body())


def test_a_picture_of_no_phone_of_this_farm_is_stray_and_named_once_registered(lab: Lab) -> None:
    async def body() -> None:
        async with lab() as it, serving("127.0.0.1", 0) as facts:
            other = type(it)(facts["control"], it.carrier, it.service)
            async with other.controlling() as elsewhere, it.controlling() as control:
                await publishing(other, elsewhere, "p2", B)
                await control.do("viewer.watch", **it.viewer("v1", A, "p2"))
                stray = await control.event("frame.stray", viewer="v1")
                assert (stray["why"], stray["seen"]) == ("not of this lab", B)
                assert await control.do("stamps.register", stamps=[A, B]) == {"known": 2}
                assert (await control.event("frame.stray", viewer="v1", why="other session"))["seen"] == B

    run(body())


def test_a_frame_after_the_end_is_stray(lab: Lab) -> None:
    async def body() -> None:
        async with lab() as it, it.controlling() as control:
            await publishing(it, control, "p1", A)
            await control.do("viewer.watch", **it.viewer("v1", A, "p1"))
            await control.do("viewer.wait_for_camera", viewer="v1")
            await control.do("viewer.over", viewer="v1", because="operator")
            stray = await control.event("frame.stray", viewer="v1")
            assert (stray["why"], stray["seen"]) == ("after the end", A)
            totals = await control.do("farm.totals")
            assert (totals["phones"], totals["viewers"]) == (1, 1)
            assert totals["frames_sent"] > 0
            assert totals["cpu_s"] > 0

    run(body())


def test_the_page_says_no(lab: Lab) -> None:
    async def body() -> None:
        async with lab() as it, it.controlling() as control:
            await control.do("phone.add", **it.phone("p1", A))
            for token, status in {"unknown": 404, "taken": 403, "expired": 410}.items():
                with pytest.raises(Exception, match=str(status)) as refused:
                    await control.do("phone.open", phone="p1", link=it.service.link(token))
                assert (refused.value.kind, refused.value.status) == ("refused", status)
            assert [e["event"] for e in control.events] == ["link.refused", "link.expired"]
            with pytest.raises(Exception, match="cannot reach") as broken:
                await control.do("phone.open", phone="p1", link="http://127.0.0.1:9/v/x")
            assert broken.value.kind == "broken"

    run(body())


def test_refusing_and_withdrawing(lab: Lab) -> None:
    async def body() -> None:
        async with lab() as it, it.controlling() as control:
            await control.do("phone.add", **it.phone("p1", A))
            await control.do("phone.open", phone="p1", link=it.service.link("p1"))
            await control.do("phone.refuse", phone="p1")
            assert await control.do("phone.wait_end", phone="p1") == {"because": "refused"}
            await publishing(it, control, "p2", B)
            await control.do("phone.withdraw", phone="p2")
            assert await control.do("phone.wait_end", phone="p2") == {"because": "withdrawn"}
            await control.event("consent.refused", phone="p1", how="page")
            await control.event("consent.withdrawn", phone="p2")
            await control.event("media.stopped", phone="p2", because="withdrawn")
            assert it.service.heard[2] == ("p1", "refusal")
            assert ("p2", "withdrawal") in it.service.heard

    run(body())


def test_a_camera_that_fails_sends_nothing(lab: Lab) -> None:
    async def body() -> None:
        async with lab() as it, it.controlling() as control:
            with pytest.raises(Exception, match="NotAllowedError") as broken:
                await publishing(it, control, "p1", A, camera_fails=True)
            assert broken.value.kind == "broken"
            assert it.service.publishers == {}
            with pytest.raises(Exception, match="409") as late:
                await control.do("viewer.watch", **it.viewer("v1", A, "p1", limit_s=0.5))
            assert late.value.kind == "limit"
            assert (await control.do("phone.remove", phone="p1"))["frames_sent"] == 0

    run(body())


def test_a_caller_who_never_films_costs_no_scene(lab: Lab) -> None:
    async def body() -> None:
        async with lab() as it, it.controlling() as control:
            with pytest.raises(Exception, match="films = false") as asked:
                await publishing(it, control, "p1", A, films=False)
            assert asked.value.kind == "usage"
            assert it.service.publishers == {}

    run(body())


def test_a_lost_transport_is_told_and_made_anew(lab: Lab) -> None:
    async def body() -> None:
        async with lab() as it, it.controlling() as control:
            await publishing(it, control, "p1", A)
            await it.service.publishers["p1"].close()
            await control.event("media.lost", phone="p1", because="lost")
            await control.event("media.recovered", phone="p1")  # published anew, as a browser's page does
            await control.do("viewer.watch", **it.viewer("v1", A, "p1"))
            await control.do("viewer.wait_for_camera", viewer="v1")

    run(body())


def test_orders_that_make_no_sense(lab: Lab) -> None:
    async def body() -> None:
        async with lab() as it, it.controlling() as control:
            await publishing(it, control, "p1", A)
            await it.service.order("p1", do="camera", camera="side")
            assert (await it.service.answers.get())["failed"] == "camera"
            await it.service.controls["p1"].send_text("rubbish")
            await it.service.controls["p1"].send_text("[1]")
            await it.service.order("p1", do="camera", camera="back")
            assert await it.service.answers.get() == {"did": "camera", "camera": "back"}

    run(body())


def test_the_control_socket_comes_again_unless_it_was_closed_for_good(lab: Lab) -> None:
    async def body() -> None:
        async with lab() as it, it.controlling() as control:
            await publishing(it, control, "p1", A)
            await it.service.controls.pop("p1").close(1011)
            await it.until(lambda: "p1" in it.service.controls)
            await it.service.order("p1", do="camera", camera="front")
            assert await it.service.answers.get() == {"did": "camera", "camera": "front"}
            await it.service.controls.pop("p1").close(4001)
            assert "4001" in (await control.do("phone.wait_end", phone="p1"))["because"]

    run(body())


def test_commands_at_the_wrong_time(lab: Lab) -> None:
    async def body() -> None:
        async with lab() as it, it.controlling() as control:
            await control.do("phone.add", **it.phone("p1", A))
            wrong = {
                "usage": [
                    ("phone.add", it.phone("p1", A)),
                    ("phone.add", it.phone("p2", A)),  # the same number
                    ("phone.consent", {"phone": "p1"}),
                    ("phone.publish", {"phone": "p1"}),
                    ("phone.add", it.phone("p3", B, scene="no such scene")),
                ],
                "gone": [
                    ("phone.open", {"phone": "p9", "link": "http://x"}),
                    ("viewer.over", {"viewer": "v9"}),
                ],
                "refused": [
                    ("phone.add", it.phone("p4", B, number="+4710009999")),
                    ("viewer.watch", it.viewer("v1", A, "p1", whep_token="wrong")),
                ],
            }
            for kind, commands in wrong.items():
                for do, args in commands:
                    with pytest.raises(Exception) as refused:  # noqa: PT011
                        await control.do(do, **args)
                    assert refused.value.kind == kind, refused.value
            totals = await control.do("farm.totals")
            assert (totals["phones"], totals["viewers"]) == (1, 0)

    run(body())
