"""What is decoded and what is not, and that what nobody looked at is said."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from aiortc.codecs.vpx import Vp8Encoder
from av import VideoFrame
from test_viewing_coded_strip import clip, frame

from fake_phones import commands
from fake_phones.gallery import Gallery
from fake_phones.measure import Measure
from fake_phones.stamp import Reading, Stamp, StampWriter
from fake_phones.stamp.register import Register
from fake_phones.viewing.budget import Budget
from fake_phones.viewing.sight import Seen
from fake_phones.viewing.sparing_sight import SharedSight, SparingSight
from fake_phones.witness import Filmed
from lean_rtc import Frame
from stand_alone import Feed

A, B = 0x1234_5678_9ABC_DEF0, 0x0FED_CBA9_8765_4321
SIZE = (640, 360)


def came(payloads: Sequence[bytes], n: int, *, keyframe: bool = False, shown: bool = True) -> Frame:
    return Frame(payloads, n * 6000, keyframe, shown, 100 + n / 15)


async def looked(frames: Sequence[tuple[str, Frame]], per_s: float) -> list[Seen]:
    """What is seen of these frames with such a budget."""
    shared, seen = SharedSight(per_s), list[Seen]()
    shared.budget = Budget(per_s, 100.0)
    sight = SparingSight(shared, *SIZE)
    sight._see = seen.append
    for codec, each in frames:
        sight.look(codec, each)
    await shared.darkroom.done()
    await sight.close(1.0)
    await shared.close()
    return seen


def lean(count: int, stamps: Sequence[Stamp] = ()) -> list[tuple[str, Frame]]:
    """A key frame every third."""
    stamps = stamps or [Stamp(A, 0, n, n) for n in range(count)]
    return [("H264", came(frame(SIZE, s, n % 3), n, keyframe=n % 3 == 0)) for n, s in enumerate(stamps)]


def vp8(count: int) -> list[tuple[str, Frame]]:
    encoder, writer, frames = Vp8Encoder(), StampWriter(*SIZE), []
    for n in range(count):
        picture = np.full((SIZE[1] * 3 // 2, SIZE[0]), 120, np.uint8)
        writer.draw_i420(picture, Stamp(A, 0, n, n))
        raw = VideoFrame.from_ndarray(picture, format="yuv420p")
        raw.pts = n * 6000
        coded, _ = encoder.encode(raw, force_keyframe=n % 5 == 0)
        frames.append(("VP8", came(coded, n, keyframe=n % 5 == 0)))
    return frames


def test_without_a_budget_key_frames_are_decoded_and_all_coded_stamps_are_read() -> None:
    seen = asyncio.run(looked(lean(9), 0))
    assert [s.coded.stamp.frame if s.coded and s.coded.stamp else None for s in seen] == [*range(9)]
    assert [n for n, s in enumerate(seen) if s.picture] == [0, 3, 6]
    assert all(s.shown and s.coded and s.shown.stamp == s.coded.stamp for s in seen if s.picture)
    assert [s.now_s for s in seen] == [100 + n / 15 for n in range(9)]


def test_a_film_without_a_coded_strip_is_seen_in_its_key_frames_and_the_rest_is_said_to_be_unseen() -> None:
    seen = asyncio.run(looked(vp8(10), 0))
    assert [s.shown.stamp.frame for s in seen if s.shown and s.shown.stamp] == [0, 5]
    assert [n for n, s in enumerate(seen) if s.shown is None and s.coded is None] == [1, 2, 3, 4, 6, 7, 8, 9]


def test_a_budget_is_spent_on_a_stretch_from_a_key_frame_on() -> None:
    seen = asyncio.run(
        looked(vp8(20), 3)
    )  # two frames behind the first key frame: it has tokens for three in all
    read = [n for n, s in enumerate(seen) if s.shown and s.shown.stamp and s.shown.stamp.frame == n]
    assert read[:4] == [0, 1, 2, 3]
    assert {0, 5, 10, 15} <= {*read}
    stretches = [n for n in read if n % 5]
    assert all(n - 1 in read for n in stretches)
    assert 3 < len(stretches) <= 3 + 3 * 20 / 15


def test_frames_that_cannot_be_decoded_are_not_looked_at_and_the_others_go_on() -> None:
    frames = vp8(10)
    frames[5] = ("VP8", frames[5][1]._replace(payloads=[b"\x10" + b"rubbish" * 20]))
    seen = asyncio.run(looked(frames, 0))
    assert [n for n, s in enumerate(seen) if s.shown] == [0]
    assert len(seen) == 10


def test_tokens_come_back_with_time_and_are_saved_for_a_second() -> None:
    budget = Budget(2, 0.0)
    assert [budget.take(0.0) for _ in range(3)] == [True, True, False]
    assert [budget.take(0.5), budget.take(0.5)] == [True, False]
    assert [budget.take(60.0) for _ in range(3)] == [True, True, False]
    assert not Budget(0, 0.0).take(100.0)


# ---- what a viewer makes of it


def viewing(seen: Sequence[Seen]) -> tuple[dict[str, Any], Counter[str]]:
    """The totals and the events of a viewer of A that sees this."""

    async def body() -> tuple[dict[str, Any], Counter[str]]:
        feed, known = Feed(100), Register([A, B])
        gallery = Gallery(feed, known, Filmed())
        asked = {"viewer": "v", "stamp": f"{A:016x}", "whep_url": "http://x", "whep_token": "x"}
        viewer = gallery.viewer(commands.ViewerWatch(id=1, do="viewer.watch", decode="budget", **asked))
        for each in seen:
            viewer._look(each)
        await asyncio.sleep(0)
        told = await viewer.leave()
        await gallery.close()
        return told, Counter(event["event"] for event in feed.since(0))

    return asyncio.run(body())


def test_all_stamps_of_a_lean_phone_count_as_looked_at() -> None:
    told, events = viewing(asyncio.run(looked(lean(9), 0)))
    counted = {name: told[name] for name in ("received", "checked", "read", "coded", "decoded", "stray")}
    assert counted == {"received": 9, "checked": 9, "read": 9, "coded": 9, "decoded": 3, "stray": 0}
    assert events["frame.first"] == 1


def test_of_another_film_only_what_was_decoded_counts_as_looked_at() -> None:
    told, _ = viewing(asyncio.run(looked(vp8(10), 0)))
    counted = {name: told[name] for name in ("received", "checked", "read", "coded", "decoded")}
    assert counted == {"received": 10, "checked": 2, "read": 2, "coded": 0, "decoded": 2}


def test_a_single_foreign_frame_that_is_not_decoded_is_stray() -> None:
    stamps = [Stamp(B if n == 4 else A, 0, n, n) for n in range(9)]
    told, events = viewing(asyncio.run(looked(lean(9, stamps), 0)))
    assert (told["stray"], events["frame.stray"]) == (1, 1)


def test_so_is_one_that_came_behind_a_loss_and_that_nobody_was_shown() -> None:
    frames = lean(6, [Stamp(B if n == 2 else A, 0, n, n) for n in range(6)])
    lost = [(codec, each._replace(shown=n not in (1, 2))) for n, (codec, each) in enumerate(frames)]
    told, _ = viewing(asyncio.run(looked(lost, 0)))
    assert (told["stray"], told["received"]) == (1, 5)  # the own one that was passed over does not count


@pytest.mark.parametrize(("shows", "says"), [(B, A), (A, B)])
def test_a_strip_that_says_one_session_and_shows_another_is_stray(shows: int, says: int) -> None:
    seen = asyncio.run(looked(lean(1), 0))[0]
    assert seen.shown
    assert seen.coded
    shown, coded = (replace(seen.shown, stamp=Stamp(s, 0, 1, 1)) for s in (shows, says))
    told, _ = viewing([seen._replace(shown=shown, coded=coded)])
    assert (told["stray"], told["contradicted"]) == (1, 1)


def test_where_the_two_differ_what_is_shown_counts() -> None:
    measure = Measure(A, {A, B})
    shown, coded = (Reading(Stamp(A, 0, n, n), 0, 1.0, 0) for n in (1, 2))
    assert measure.weighed(shown, coded) is shown
    assert measure.weighed(Reading(None, 0, 0.0, 0), coded) == Reading(None, 0, 0.0, 0)
    assert measure.weighed(None, coded) is coded
    assert measure.weighed(None, None) is None


def test_the_clip_of_these_tests_has_a_key_frame() -> None:
    assert [p.keyframe for p in clip(*SIZE).rungs[500]] == [True, False, False]
