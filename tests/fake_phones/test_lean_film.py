"""Which picture comes next, when, and with which stamp; without a socket and with a clock of the test's."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from fake_phones.camera import Footage
from fake_phones.lean import pacer
from fake_phones.lean.ahead import AHEAD_MOST, Ahead
from fake_phones.lean.clip import Clip, CodedPicture
from fake_phones.lean.film import Reel
from fake_phones.lean.pacer import Lateness, Pacer
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


def test_strips_that_were_coded_ahead_are_those_of_their_own_moment(reel: Reel) -> None:
    """Whatever comes between: a key frame, the other camera, a slot that was missed."""
    footage = Footage("test-card", 1, session=0x1234)
    ahead, splicer = Ahead(ROWS, footage, FPS), Splicer(ROWS)
    slot = 0
    for frame in range(80):
        if frame in (30, 31, 57):
            reel.want_keyframe()
        if frame == 44:
            reel.facing = "front"
        slot += 3 if frame in (20, 60) else 1
        picture = reel.next(None)
        strip = ahead.strip((slot, reel.camera, picture), slot / FPS, frame, reel.coming)
        own = Stamp(0x1234, reel.camera, frame, int(slot / FPS * 1000))
        stamps = [own, Stamp(0x1234, reel.camera, frame, max(0, own.time_ms - 1))]  # the sum may round down
        assert strip in [together(splicer.units(stamp, picture.stencil)) for stamp in stamps]


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


def test_a_covered_stamp_is_dark_whatever_it_says(reel: Reel) -> None:
    ahead = Ahead(ROWS, Footage("test-card", 1, session=7, stamp_covered=True), FPS)
    picture = reel.next(None)
    strip = ahead.strip((0, 0, picture), 1.0, 0, reel.coming)
    assert strip == together(Splicer(ROWS).drawn(0, picture.stencil))


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


def test_lateness_is_told_in_steps_and_never_above_the_worst() -> None:
    lateness = Lateness()
    assert (lateness.quantile_s(0.99), lateness.s_max) == (0.0, 0.0)
    for late_ms in range(100):
        lateness.note(late_ms / 20_000)  # up to 5 ms
    assert lateness.quantile_s(0.5) == 0.003
    assert lateness.quantile_s(1.0) == lateness.s_max == 0.00495
    lateness.note(7.0)
    assert lateness.quantile_s(0.9) == 0.005
    assert lateness.quantile_s(1.0) == 7.0
