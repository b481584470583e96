"""The phone that is not the lab's: its link as a code, and a WebDriver that presses."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from functools import partial
from pathlib import Path
from typing import Any

import bounded
import cv2
import pytest
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, PlainTextResponse

from fake_phones.attached_webdriver import WebDriver
from fake_phones.failed import Failed
from stand_alone import listening

A, B = "1111111111110001", "2222222222220002"

Lab = Callable[[], AbstractAsyncContextManager[Any]]


run = partial(bounded.run, limit_s=60)


class StubDriver:
    """A WebDriver whose page shows what a test says; `asked` is what was wanted of it."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, Any]] = []
        self.state = "live"
        self.platform = "android"
        self.app = FastAPI()
        self.app.post("/session")(self._begin)
        self.app.api_route("/session/s1/{rest:path}", methods=["POST"])(self._act)
        self.app.delete("/session/s1")(self._end)

    async def _begin(self, request: Request) -> Any:
        wanted = (await request.json())["capabilities"]["alwaysMatch"]
        if wanted.get("browserName") == "none":
            return JSONResponse(
                {"value": {"error": "session not created", "message": "no such browser"}}, 500
            )
        self.asked.append(("begin", wanted))
        return {"value": {"sessionId": "s1", "capabilities": {"platformName": self.platform}}}

    async def _act(self, rest: str, request: Request) -> Any:
        body = await request.json()
        self.asked.append((rest, body.get("url") or body.get("value")))
        if rest == "permissions":
            return JSONResponse({"value": {"error": "unknown command", "message": "not here"}}, 404)
        if rest == "execute/sync":
            return {"value": self.state if "live" in body["script"] else True}
        return {"value": {"element-6066-11e4-a52e-4f735466cecf": "e1"} if rest == "element" else None}

    async def _end(self) -> Any:
        self.asked.append(("end", None))
        return {"value": None}


def test_a_person_gets_the_link_as_a_code_that_a_camera_reads(lab: Lab, tmp_path: Path) -> None:
    async def body() -> None:
        async with lab() as it, it.controlling() as control:
            folder = tmp_path / "not" / "there"
            phone = it.phone("p1", A, kind="attached", screenshots_dir=str(folder))
            assert await control.do("phone.add", **phone) == {"timed": False}
            await it.carrier.deliver(phone["number"], f"113: {it.service.link('p1')}")
            link = (await control.do("phone.next_sms", phone="p1"))["link"]
            await control.do("phone.open", phone="p1", link=link)
            shown = await control.event("link.shown", phone="p1", link=link, handset=True)
            png, svg = map(Path, shown["files"])
            assert cv2.QRCodeDetector().detectAndDecode(cv2.imread(str(png)))[0] == link
            assert "<svg" in svg.read_text()
            await control.do("phone.consent", phone="p1")  # the person does
            await control.do("phone.publish", phone="p1")
            with pytest.raises(Exception, match="whoever holds an attached phone"):
                await control.do("phone.reload", phone="p1")
            ended = control.start("phone.wait_end", phone="p1")
            await control.do("farm.totals")  # so that it is waited for
            await control.do("phone.remove", phone="p1")
            assert await ended == {"because": "phone removed"}
            assert it.service.heard == []

    run(body())


@pytest.mark.parametrize(("platform", "handset"), [("Android", True), ("iOS", True), ("linux", False)])
def test_a_webdriver_opens_and_presses_and_says_whether_it_is_a_handset(
    lab: Lab, platform: str, handset: bool
) -> None:
    driver = StubDriver()
    driver.platform = platform

    async def body() -> None:
        async with lab() as it, it.controlling() as control, listening(driver.app, "127.0.0.1", 0) as url:
            wanted = {"browserName": "safari"}
            await control.do(
                "phone.add", **it.phone("p1", A, kind="attached", webdriver=url, capabilities=wanted)
            )
            await control.do("phone.open", phone="p1", link=it.service.link("p1"))
            assert (await control.event("link.shown"))["handset"] is handset
            await control.do("phone.consent", phone="p1")
            await control.do("phone.publish", phone="p1")
            await control.do("phone.remove", phone="p1")
            assert driver.asked[0] == ("begin", wanted)
            pressed = [value for path, value in driver.asked if path == "element"]
            assert pressed == ["#yes"]
            assert ("url", it.service.link("p1")) in driver.asked
            assert driver.asked[-1] == ("end", None)

    run(body())


def test_a_page_that_gets_no_camera_says_so(lab: Lab) -> None:
    driver = StubDriver()
    driver.state = "no_camera"

    async def body() -> None:
        async with lab() as it, it.controlling() as control, listening(driver.app, "127.0.0.1", 0) as url:
            await control.do("phone.add", **it.phone("p1", A, kind="attached", webdriver=url))
            await control.do("phone.open", phone="p1", link=it.service.link("p1"))
            with pytest.raises(Exception, match="no_camera") as broken:
                await control.do("phone.publish", phone="p1")
            assert broken.value.kind == "broken"

    run(body())


def test_what_is_no_webdriver_or_has_no_such_browser_is_named() -> None:
    async def body() -> None:
        other = FastAPI()
        other.post("/session")(lambda: PlainTextResponse("hello"))
        async with (
            listening(other, "127.0.0.1", 0) as url,
            listening(StubDriver().app, "127.0.0.1", 0) as stub,
        ):
            for address, browser, said in (
                (url, "chrome", "is no WebDriver"),
                (stub, "none", "no such browser"),
                ("http://127.0.0.1:1", "chrome", "cannot reach"),
            ):
                driver = WebDriver(address, {"browserName": browser})
                with pytest.raises(Failed, match=said):
                    await driver.begin()
                await driver.close()

    run(body())


def test_its_pictures_are_seen_unjudged_but_those_of_others_are_strays(lab: Lab, tmp_path: Path) -> None:
    """The stub shows first a picture without any stamp, then somebody else's."""

    async def body() -> None:
        async with lab() as it, it.controlling() as control:
            for name, stamp, covered in (("p1", A, True), ("p2", B, False)):
                await control.do("phone.add", **it.phone(name, stamp, stamp_covered=covered))
                await control.do("phone.open", phone=name, link=it.service.link(name))
                await control.do("phone.consent", phone=name)
                await control.do("phone.publish", phone=name)
            look = it.viewer("v1", A, "p1", timed=False, stamped=False, stills_dir=str(tmp_path))
            await control.do("viewer.watch", **look)
            assert (await control.event("viewer.watching"))["stamped"] is False
            assert (await control.do("viewer.wait_for_camera", viewer="v1"))["camera"] == "back"
            assert (await control.do("viewer.wait_for_camera", viewer="v1", camera="front"))[
                "camera"
            ] == "front"
            left = await control.do("viewer.leave", viewer="v1")
            assert (left["read"], left["stray"], left["stills"]) == (0, 0, [])
            assert left["received"] > 0
            it.service.show["p1"] = "p2"
            await control.do("viewer.watch", **(look | {"viewer": "v2"}))
            stray = await control.event("frame.stray", viewer="v2")
            assert (stray["why"], stray["seen"]) == ("other session", B)

    run(body())
