"""Which picture comes next, when, and with which stamp; without a socket and with a clock of the test's."""

import asyncio
import itertools
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from fake_phones.camera import Footage
from fake_phones.lean import pacer
from fake_phones.lean.ahead import AHEAD_MOST, Ahead
from fake_phones.lean.clip import Clip, CodedPicture
from fake_phones.lean.film import LeanFilm, Reel
from fake_phones.lean.pacer import Pacer
from fake_phones.lean.payloads import together
from fake_phones.lean.splice import Splicer, Stencil, StripRows
from fake_phones.stamp import Stamp

ROWS = StripRows.of(640, 360)
FPS = 15.0


def clip(name: str, keyframes: tuple[int, ...] = (0, 5), length: int = 10) -> Clip:
    """Pictures whose only payload is `NAME RUNG NUMBER`."""

    def picture(kbit_s: int, n: int) -> CodedPicture:
        key = n in keyframes
        said = f"{name} {kbit_s} {n}".encode()
        stencil = Stencil(b"\x65" if key else b"\x41", key, tuple(f"{n + 1:08b}" for _ in ROWS.rows))
        return CodedPicture((), (said,), stencil, key)

    return Clip(
        FPS, ROWS, {kbit_s: [picture(kbit_s, n) for n in range(length)] for kbit_s in (200, 500, 900)}
    )


@pytest.fixture
def reel() -> Reel:
    return Reel({"back": clip("back"), "front": clip("front")}, "back", session=0)


def said(picture: CodedPicture) -> str:
    return picture.payloads[0].decode()


def run(reel: Reel, pictures: int, allowed: int | None = None) -> list[str]:
    return [said(reel.next(allowed)) for _ in range(pictures)]


def test_the_clip_loops_and_begins_with_a_key_frame_of_the_sessions_own() -> None:
    clips = {"back": clip("b"), "front": clip("f")}
    assert run(Reel(clips, "back", session=0), 12) == [f"b 500 {n % 10}" for n in range(12)]
    assert run(Reel(clips, "back", session=3), 6) == [f"b 500 {n % 10}" for n in range(5, 11)]


def test_a_key_frame_that_is_asked_for_is_the_next_picture(reel: Reel) -> None:
    assert run(reel, 2) == ["back 500 0", "back 500 1"]
    reel.want_keyframe()
    reel.want_keyframe()
    assert run(reel, 2) == ["back 500 5", "back 500 6"]
    assert reel.keyframes_asked == 2


def test_after_a_key_frame_another_one_comes_a_picture_later(reel: Reel) -> None:
    run(reel, 1)
    reel.want_keyframe()
    assert run(reel, 3) == ["back 500 1", "back 500 5", "back 500 6"]


def test_the_other_camera_begins_with_a_key_frame(reel: Reel) -> None:
    run(reel, 3)
    reel.facing = "front"
    assert (reel.shown, run(reel, 2)) == ("back", ["front 500 5", "front 500 6"])
    assert (reel.shown, reel.camera) == ("front", 1)


def test_the_bit_rate_follows_what_is_allowed_at_the_next_key_frame(reel: Reel) -> None:
    assert run(reel, 2, 2_000_000) == ["back 900 0", "back 900 1"]
    assert run(reel, 4, 600_000) == ["back 900 2", "back 900 3", "back 900 4", "back 500 5"]
    assert run(reel, 6, 50_000)[-2:] == ["back 200 0", "back 200 1"]


def test_what_is_coming_comes_when_nothing_is_asked(reel: Reel) -> None:
    run(reel, 3)
    coming = reel.coming(9)
    assert [said(picture) for picture in coming] == run(reel, 9)


def test_a_film_that_is_disturbed_codes_nothing_ahead() -> None:
    asked: list[int] = []

    def coming(count: int) -> list[CodedPicture]:
        asked.append(count)
        return pictures[1 : count + 1]

    pictures = clip("back", length=40).rungs[500]
    ahead = Ahead(ROWS, Footage("test-card", 1, session=0), FPS)
    for n in range(2 * AHEAD_MOST):
        ahead.strip((n, 0, pictures[max(0, n - AHEAD_MOST)]), n / FPS, n, coming)
    assert asked == [0] * AHEAD_MOST + [AHEAD_MOST - 1]
    asked.clear()
    for slot in range(100, 130, 2):  # every other slot is missed
        ahead.strip((slot, 0, pictures[0]), slot / FPS, slot, coming)
    assert asked == [0] * 15


class Sender:
    """Keeps what it is given."""

    target_bitrate = None

    def __init__(self) -> None:
        self.sent: list[tuple[list[bytes], int]] = []

    def send(self, payloads: list[bytes], timestamp: int) -> None:
        self.sent.append((payloads, timestamp))


@pytest.mark.parametrize("covered", [False, True])
def test_each_picture_has_the_stamp_of_its_own_moment(covered: bool) -> None:
    """Whatever comes between: a key frame, the other camera, slots that were missed."""
    clips = {"back": clip("back"), "front": clip("front")}
    footage = Footage("test-card", 1, session=0x1234, stamp_covered=covered)
    film, sender, splicer = LeanFilm(clips, "back", footage, None, print), Sender(), Splicer(ROWS)
    film._senders.append(sender)
    film.pacing.start_s = due_s = 7000.0
    for frame in range(40):
        if frame in (10, 11):
            film._reel.want_keyframe()
        if frame == 20:
            film._reel.facing = "front"
        due_s += (frame == 15) * 3 / FPS
        begin_s, due_s = due_s, film.shoot(due_s + 0.001)
        picture, *strip = sender.sent[-1][0]
        name, rung, n = picture.decode().split()
        assert name == ("back" if frame < 20 else "front")
        stencil = clips[name].rungs[int(rung)][int(n)].stencil
        stamp = Stamp(0x1234, frame >= 20, frame, int(begin_s * 1000))
        if not covered:  # what was coded ahead was summed up: it may be rounded down
            said = stamp, replace(stamp, time_ms=stamp.time_ms - 1)
            assert strip in [together(splicer.units(each, stencil)) for each in said]
        else:
            assert strip == together(splicer.drawn(0, stencil))
    times = [timestamp for _, timestamp in sender.sent]
    steps = [(b - a) & 0xFFFFFFFF for a, b in itertools.pairwise(times)]
    assert steps == [24_000 if n == 14 else 6000 for n in range(39)]
    assert film.pacing.dropped == 3


class Clock:
    """An event loop's clock and timers, moved by hand."""

    def __init__(self) -> None:
        self.now_s = 100.003
        self.timers: list[tuple[float, Callable[[], None], list[bool]]] = []

    def time(self) -> float:
        return self.now_s

    def call_at(self, when_s: float, what: Callable[[], None]) -> Any:
        cancelled: list[bool] = []
        self.timers.append((when_s, what, cancelled))

        class Handle:
            def cancel(self) -> None:
                cancelled.append(True)

        return Handle()

    def go_to(self, until_s: float) -> None:
        while due := [t for t in self.timers if not t[2] and t[0] <= until_s]:
            timer = min(due, key=lambda t: t[0])
            self.timers.remove(timer)
            self.now_s = max(self.now_s, timer[0])
            timer[1]()
        self.now_s = until_s


class Film:
    def __init__(self, fps: float, fails: bool = False) -> None:
        self.over, self.fps, self.fails = False, fps, fails
        self.shot_s: list[float] = []
        self.error: Exception | None = None

    def shoot(self, now_s: float) -> float:
        if self.fails:
            raise OSError("no camera")
        self.shot_s.append(now_s)
        return self.begin_s + len(self.shot_s) / self.fps

    def broke(self, error: Exception) -> None:
        self.over, self.error = True, error

    begin_s = 0.0


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(asyncio, "get_running_loop", lambda: made)
    return made


def test_films_are_shot_on_a_common_beat_and_in_their_own_time(clock: Clock) -> None:
    pacer_, films = Pacer(), [Film(15), Film(15), Film(30)]
    for film in films:
        film.begin_s = pacer_.add(film)
        clock.go_to(clock.now_s + 0.001)
    clock.go_to(102.0)
    assert [len(film.shot_s) for film in films] == [30, 30, 60]
    assert films[0].shot_s == films[1].shot_s == films[2].shot_s[::2]
    assert films[0].begin_s * pacer.BEATS_PER_S == pytest.approx(12001)
    waits = [b - a for a, b in zip(films[0].shot_s, films[0].shot_s[1:], strict=False)]
    assert waits == pytest.approx([1 / 15] * 29)


def test_a_film_leaves_when_it_is_over_or_breaks_and_the_others_go_on(clock: Clock) -> None:
    pacer_, films = Pacer(), [Film(15), Film(15), Film(15, fails=True)]
    for film in films:
        film.begin_s = pacer_.add(film)
    clock.go_to(101.0)
    films[0].over = True
    clock.go_to(102.0)
    assert [len(film.shot_s) for film in films] == [15, 30, 0]
    assert isinstance(films[2].error, OSError)
    pacer_.close()
    clock.go_to(103.0)
    assert len(films[1].shot_s) == 30


def test_many_films_that_are_due_at_once_leave_the_loop_its_turn(clock: Clock) -> None:
    pacer_, films = Pacer(), [Film(15) for _ in range(3 * pacer.AT_ONCE_MOST)]
    for film in films:
        film.begin_s = pacer_.add(film)
    timer = next(t for t in clock.timers if not t[2])
    clock.timers.remove(timer)
    clock.now_s = timer[0]
    timer[1]()
    assert sum(len(film.shot_s) for film in films) == pacer.AT_ONCE_MOST
    clock.go_to(clock.now_s + 0.01)
    assert all(len(film.shot_s) == 1 for film in films)
