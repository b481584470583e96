"""What befalls the page of a live phone while it films: reloaded, its tab closed, its link opened again."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from functools import partial
from typing import Any

import bounded
import pytest

A = "1111111111110001"

Lab = Callable[[], AbstractAsyncContextManager[Any]]


run = partial(bounded.run, limit_s=60)


async def filming(it: Any, control: Any, **more: Any) -> None:
    await control.do("phone.add", **it.phone("p1", A, **more))
    await control.do("phone.open", phone="p1", link=it.service.link("p1"))
    await control.do("phone.consent", phone="p1")
    await control.do("phone.publish", phone="p1")


def test_a_page_that_is_reloaded_films_again_and_ends_once(lab: Lab) -> None:
    async def body() -> None:
        async with lab() as it, it.controlling() as control:
            await filming(it, control)
            first = it.service.publishers["p1"]
            ended = control.start("phone.wait_end", phone="p1")
            await control.do("phone.reload", phone="p1")
            assert it.service.publishers["p1"] is not first
            assert not ended.done()
            await control.do("viewer.watch", **it.viewer("v1", A, "p1"))
            await control.do("viewer.wait_for_camera", viewer="v1", camera="back")
            await it.service.order("p1", do="end", because="operator")
            assert await ended == {"because": "operator"}
            gone = await control.do("phone.remove", phone="p1")
            told = [(e["event"], e.get("because")) for e in control.events if e.get("phone")]
            assert told[2:] == [
                ("media.connected", None),
                ("media.lost", "page reloaded"),
                ("media.recovered", None),
                ("media.stopped", "operator"),
            ]
            films = [e["frames_sent"] for e in control.events if "frames_sent" in e and e.get("phone")]
            assert sum(films) == gone["frames_sent"]
            acts = [act for _, act in it.service.heard if "delete" not in act]
            assert acts == ["page True", "opened", "consent"] * 2
            assert ("p1", "delete whip") not in it.service.heard  # a reload says no goodbye

    run(body())


def test_a_reload_before_consent_asks_again_and_publishes_nothing(lab: Lab) -> None:
    async def body() -> None:
        async with lab() as it, it.controlling() as control:
            await control.do("phone.add", **it.phone("p1", A))
            with pytest.raises(Exception, match="no link is open"):
                await control.do("phone.reload", phone="p1")
            await control.do("phone.open", phone="p1", link=it.service.link("p1"))
            await control.do("phone.reload", phone="p1")
            assert [act for _, act in it.service.heard] == ["page True", "opened"] * 2
            assert it.service.publishers == {}

    run(body())


def test_a_page_that_cannot_be_loaded_again_is_lost(lab: Lab) -> None:
    async def body() -> None:
        async with lab() as it, it.controlling() as control:
            await filming(it, control)
            ended = control.start("phone.wait_end", phone="p1")
            it.service.refuses_offers = True
            with pytest.raises(Exception, match="503"):
                await control.do("phone.reload", phone="p1")
            assert await ended == {"because": "lost"}

    run(body())


def test_a_closed_tab_is_gone_without_goodbye_and_its_link_opens_again(lab: Lab) -> None:
    async def body() -> None:
        async with lab() as it, it.controlling() as control:
            await filming(it, control)
            await control.do("phone.close_tab", phone="p1")
            assert await control.do("phone.wait_end", phone="p1") == {"because": "tab closed"}
            await control.event("media.stopped", because="tab closed")
            await it.until(lambda: "p1" not in it.service.controls)
            assert "delete whip" not in [act for _, act in it.service.heard]
            await control.do("phone.open", phone="p1", link=it.service.link("p1"))
            await control.do("phone.consent", phone="p1")
            await control.do("phone.publish", phone="p1")

    run(body())


def test_a_live_phone_has_no_screen_to_lock(lab: Lab) -> None:
    async def body() -> None:
        async with lab() as it, it.controlling() as control:
            await filming(it, control)
            with pytest.raises(Exception, match="chromium") as refused:
                await control.do("phone.lock", phone="p1")
            assert refused.value.kind == "usage"

    run(body())
