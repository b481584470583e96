"""What a live phone films is drawn as it goes and changes on an order; other kinds say that they cannot."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractAsyncContextManager
from functools import partial
from typing import Any

import bounded
import numpy as np
import pytest
from phones_rig import publishing

from fake_phones.camera import Cameras, Footage
from fake_phones.film import Film
from fake_phones.stamp import StampReader, Strip
from fake_phones.thumbnail import thumbnail
from fake_phones.witness import Filmed

A = "1111111111110001"
SIZE = (320, 180)

Lab = Callable[[], AbstractAsyncContextManager[Any]]

run = partial(bounded.run, limit_s=60)


def test_a_change_shows_from_the_frame_that_is_named(lab: Lab) -> None:
    async def body() -> None:
        async with lab() as it, it.controlling() as control:
            await control.do("phone.add", **it.phone("p1", A, parameters={"light": 0.5}))
            early = await control.do("phone.change", phone="p1", parameter="light", value=1)
            assert early == {"frame": None}  # it does not film yet
            await control.do("phone.open", phone="p1", link=it.service.link("p1"))
            await control.do("phone.consent", phone="p1")
            await control.do("phone.publish", phone="p1")
            await control.do("viewer.watch", **it.viewer("v1", A, "p1"))
            await control.do("viewer.wait_for_camera", viewer="v1")
            frame = (await control.do("phone.change", phone="p1", parameter="thumb", value=0.8))["frame"]
            told = await control.event("scene.changed", parameter="thumb")
            assert (told["phone"], told["value"], told["frame"]) == ("p1", 0.8, frame)
            assert 0 < frame <= (await control.do("farm.totals"))["frames_sent"]
            await control.do("phone.reload", phone="p1")  # another film of the same scene, whose time goes on
            again = await control.do("phone.change", phone="p1", parameter="thumb", value=0)
            assert again["frame"] is not None
            seen = await control.do("viewer.leave", viewer="v1")
            assert seen["stray"] == seen["partial"] == 0

    run(body())


def test_what_cannot_be_changed_is_said_with_what_can(lab: Lab) -> None:
    async def body() -> None:
        async with lab() as it, it.controlling() as control:
            await control.do("phone.add", **it.phone("p1", A))
            change = partial(control.do, "phone.change", phone="p1")
            for parameter, value, words in (
                ("light", 3, r"'light': 3 is out of range; take 0 to 1"),
                ("light", "much", "'much' is no number; take 0 to 1"),
                ("lihgt", 1, r"did you mean 'light'\? It has steadiness \(0 to 1\), .*orientation \(0 or 90"),
            ):
                with pytest.raises(Exception, match=words) as refused:
                    await change(parameter=parameter, value=value)
                assert refused.value.kind == "usage"
            assert not [e for e in control.events if e["event"] == "scene.changed"]
            with pytest.raises(Exception, match="no phone p2"):
                await control.do("phone.change", phone="p2", parameter="light", value=1)
            with pytest.raises(Exception, match="'light': 9 is out of range"):
                await control.do("phone.add", **it.phone("p3", A[:-1] + "3", parameters={"light": 9}))
            await control.do("phone.add", **it.phone("lean", A[:-1] + "4", kind="lean", films=False))
            with pytest.raises(Exception, match="a lean phone films a clip and cannot react"):
                await control.do("phone.change", phone="lean", parameter="light", value=1)
            with pytest.raises(Exception, match="a phone that draws its scene, not lean"):
                await control.do(
                    "phone.add", **it.phone("l2", A[:-1] + "5", kind="lean", parameters={"light": 1})
                )

    run(body())


def test_changes_in_a_crowd_and_of_a_phone_that_goes_all_end(lab: Lab) -> None:
    """Many at once, and one that waits for a frame of a phone that is taken away."""

    async def body() -> None:
        async with lab() as it, it.controlling() as control:
            await publishing(it, control, "p1", A)
            orders = [
                control.start("phone.change", phone="p1", parameter="light", value=k / 20) for k in range(20)
            ]
            frames = [answer["frame"] for answer in await asyncio.gather(*orders)]
            assert frames == sorted(frames)
            last = control.start("phone.change", phone="p1", parameter="light", value=1)
            await control.do("phone.remove", phone="p1")
            answers = await asyncio.gather(last, return_exceptions=True)
            assert len(answers) == 1

    run(body())


def test_the_witness_knows_what_was_drawn_and_a_new_film_goes_on_in_the_scene() -> None:
    witness, session, luma = Filmed(), 0xA1, slice(0, SIZE[1])
    witness.begin(session)
    cameras = Cameras(Footage("test-card", 1, session, *SIZE, witness=witness))
    before = cameras.shoot("back", 0, cameras.scene_s(100.0), 100.0)
    cameras.change("thumb", 1, 101.0)
    after = cameras.shoot("back", 1, cameras.scene_s(103.0), 103.0)
    assert np.abs(before[luma].astype(int) - after[luma]).mean() > 10
    strip = Strip.of(*SIZE)
    for frame, picture in enumerate((before, after)):
        known = witness.picture(session, 0, frame)
        assert known is not None
        assert (known == thumbnail(picture[luma], strip.share)).all()
        stamp = StampReader(*SIZE).read(picture[luma]).stamp
        assert stamp is not None
        assert stamp.frame == frame

    async def films_again() -> None:
        with ThreadPoolExecutor(1) as drawing:
            film = Film(cameras, "back", 60, drawing, pytest.fail)
            picture = (await film.recv()).to_ndarray()  # type: ignore[call-arg]
            film.stop()
            assert await film.taken_from(float("inf")) is None
        assert np.abs(before[luma].astype(int) - picture[luma]).mean() > 10  # the thumb is still there

    run(films_again())
