"""One run of the campaign: a phone, a line, a relay that may leak, and a viewer who judges each frame."""

from collections import Counter
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from typing import Literal, Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from fake_phones.camera import FACINGS
from fake_phones.leaks import Leaks
from fake_phones.lean.clip import Clip
from fake_phones.lean.film import Reel
from fake_phones.lean.h264 import byte_stream
from fake_phones.lean.library import ClipKey, Library
from fake_phones.lean.splice import Splicer, StripRows
from fake_phones.measure import Measure, Stray
from fake_phones.scenes import Facing, scene
from fake_phones.stamp import Stamp, StampReader, StampWriter
from fake_phones.stamp.line import Codec, Line
from fake_phones.stamp.mixing import Mixing
from fake_phones.stamp.register import Register
from fake_phones.witness import Filmed

Plane = NDArray[np.uint8]

FPS = 15
REEL_FRAMES = 30  # drawn once, played to and fro
SWITCH_EVERY = 150  # frames, from one camera to the other
LEG_KBIT_S = 500  # of the legs that a leaking relay decodes
SESSIONS_KNOWN = 1000
BYSTANDERS = (("chest-pain", 3), ("test-card", 3), ("unconscious", 3))  # scene and seed of others who film


@dataclass(frozen=True)
class Case:
    """What a run is about. Without `mixing` the relay is clean.

    A lean phone codes H.264 at one of its clips' bit rates, and is not scaled.
    """

    codec: Codec
    width: int
    height: int
    kbit_s: int
    scale: float = 1.0
    loss: float = 0.0
    scene: str = "chest-pain"
    other: str = "night-fall"
    mixing: Mixing | None = None
    leak_from: int = 0
    leak_every: int = 1  # frames
    seed: int = 1
    phone: Literal["live", "lean"] = "live"


@dataclass
class Tally:
    """What came of one run, or of several."""

    shown: int = 0
    read: int = 0
    stale_reads: int = 0  # a true stamp of an earlier frame: what is left standing after a loss
    false_reads: int = 0
    alarms: Counter[str] = field(default_factory=Counter)
    leaked: int = 0
    named: int = 0
    misnamed: int = 0
    leaked_at_alarm: list[int | None] = field(default_factory=list)
    """For each run with a leak: how many leaked frames were shown up to the first alarm, with that one."""
    named_after: list[int | None] = field(default_factory=list)

    def add(self, other: "Tally") -> None:
        for name in ("shown", "read", "stale_reads", "false_reads", "leaked", "named", "misnamed"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.alarms.update(other.alarms)
        self.leaked_at_alarm += other.leaked_at_alarm
        self.named_after += other.named_after


@lru_cache(maxsize=24)
def reel(name: str, seed: int, facing: Facing, width: int, height: int) -> NDArray[np.uint8]:
    """A short film as I420 pictures."""
    shot = scene(name, seed, width, height)
    pictures = (shot.frame(facing, k / FPS) for k in range(REEL_FRAMES))
    return np.stack([cv2.cvtColor(bgr, cv2.COLOR_BGR2YUV_I420) for bgr in pictures]).astype(np.uint8)


class Phone(Protocol):
    """Changes its camera now and then, and tells the witness what it films."""

    session: int

    def film(self, frame: int) -> object: ...

    def coded(self, frame: int, line: Line) -> bytes:
        """Film this frame; what is sent of it on this line."""


class LivePhone:
    """Films a reel to and fro."""

    def __init__(self, case: Case, name: str, seed: int, session: int, witness: Filmed) -> None:
        self.session = session
        self._case, self._name, self._seed, self._witness = case, name, seed, witness
        self._writer = StampWriter(case.width, case.height)
        witness.begin(session)

    def film(self, frame: int) -> Plane:
        facing = facing_at(frame)
        pictures = reel(self._name, self._seed, facing, self._case.width, self._case.height)
        at = frame % (2 * REEL_FRAMES - 2)
        picture: Plane = pictures[min(at, 2 * REEL_FRAMES - 2 - at)].copy()
        stamp = Stamp(self.session, int(facing == "front"), frame, frame * 1000 // FPS)
        self._writer.draw_i420(picture, stamp)
        luma = picture[: self._case.height]
        self._witness.filmed(self.session, stamp.camera, frame, luma, self._writer.strip.share)
        return picture

    def coded(self, frame: int, line: Line) -> bytes:
        return line.coded(self.film(frame))


def facing_at(frame: int) -> Facing:
    return "front" if frame // SWITCH_EVERY % 2 else "back"


class LeanPhone:
    """Its clips from the library, with its stamp spliced in."""

    def __init__(self, case: Case, name: str, seed: int, session: int, witness: Filmed) -> None:
        self.session = session
        self._case, self._name, self._seed, self._witness = case, name, seed, witness
        self._splicer = Splicer(StripRows.of(case.width, case.height))
        witness.begin(session)

    @cached_property
    def _reel(self) -> Reel:
        """Of one bit rate; made late, because not every phone of a trial films."""
        case, clips = self._case, dict[Facing, Clip]()
        kbit_s = LEG_KBIT_S if case.mixing else case.kbit_s
        for facing in FACINGS:
            whole = clip(self._name, self._seed, facing, case.width, case.height)
            clips[facing] = replace(whole, rungs={kbit_s: whole.rungs[kbit_s]})
        return Reel(clips, facing_at(0), self.session)

    def film(self, frame: int) -> bytes:
        self._reel.facing = facing_at(frame)
        picture = self._reel.next(None)
        assert picture.shown is not None
        if roll := self._witness.roll(self.session, self._reel.camera):
            roll.keep(frame, picture.shown)
        stamp = Stamp(self.session, self._reel.camera, frame, frame * 1000 // FPS)
        return byte_stream([*picture.units, *self._splicer.units(stamp, picture.stencil)])

    def coded(self, frame: int, line: Line) -> bytes:
        if line.keyframe_is_due():
            self._reel.want_keyframe()
        return self.film(frame)


@lru_cache(maxsize=24)
def clip(name: str, seed: int, facing: Facing, width: int, height: int) -> Clip:
    return Library().clip(ClipKey(name, seed, facing, width, height, FPS))


class Trial:
    """Run it once with `run`."""

    def __init__(self, case: Case) -> None:
        chance = np.random.default_rng([case.seed, 113])
        sessions = [int(s) for s in chance.integers(0, 2**63, SESSIONS_KNOWN)]
        self._case = case
        self._witness = Filmed()
        self._reader = StampReader(case.width, case.height)
        self._mine = self._phone(case.scene, 1, sessions[0])
        self._other = self._phone(case.other, 2, sessions[1])
        self._bystanders = [
            self._phone(name, seed, sessions[2 + k]) for k, (name, seed) in enumerate(BYSTANDERS)
        ]
        register = Register(sessions)
        self._leaks = Leaks(sessions[0], self._reader.strip, register, self._witness)
        self._measure = Measure(sessions[0], register)
        self._line = Line(case.codec, case.kbit_s, scale=case.scale, loss=case.loss, seed=case.seed)
        leg: Codec = "vp8" if case.phone == "live" else "h264"
        self._legs = Line(leg, LEG_KBIT_S), Line(leg, LEG_KBIT_S)
        self._tally = Tally()
        if case.mixing:
            self._tally.leaked_at_alarm.append(None)
            self._tally.named_after.append(None)

    def run(self, frames: int) -> Tally:
        for frame in range(frames):
            leaks = self._leaks_at(frame)
            luma = self._shown(frame, leaks)
            if luma is not None:
                self._see(luma, frame, leaks)
        return self._tally

    def _phone(self, scene_name: str, seed: int, session: int) -> Phone:
        films = LivePhone if self._case.phone == "live" else LeanPhone
        return films(self._case, scene_name, seed, session, self._witness)

    def _leaks_at(self, frame: int) -> bool:
        case = self._case
        after = frame - case.leak_from
        return case.mixing is not None and after >= 0 and after % case.leak_every == 0

    def _shown(self, frame: int, leaks: bool) -> Plane | None:
        if self._case.mixing is None:
            return self._line.carry(self._mine.coded(frame, self._line))
        mine = self._legs[0].carry(self._mine.coded(frame, self._legs[0]))
        other = self._legs[1].carry(self._other.coded(frame + 7, self._legs[1]))
        if frame % 4 == 0:
            for phone in self._bystanders:
                phone.film(frame + 11)
        assert mine is not None
        assert other is not None
        mixed = self._case.mixing.of(mine, other, self._reader.strip.share) if leaks else mine
        grey = np.full((self._case.height // 2, self._case.width), 128, np.uint8)
        return self._line.show(np.concatenate([mixed, grey]))

    def _see(self, luma: Plane, frame: int, leaks: bool) -> None:
        tally, now_s = self._tally, 1000 + frame / FPS
        reading = self._reader.read(luma)
        leak = self._leaks.look(reading, luma, now_s)
        happened = self._measure.seen(reading, now_s)
        if leak and not isinstance(happened, Stray):
            happened = self._measure.leaked(leak, now_s)
        tally.shown += 1
        tally.leaked += leaks
        if reading.stamp:
            self._count_read(reading.stamp, frame, leaks)
        if isinstance(happened, Stray):
            self._alarm(happened)

    def _count_read(self, stamp: Stamp, frame: int, leaks: bool) -> None:
        tally = self._tally
        tally.read += 1
        if stamp.session == self._mine.session:
            tally.stale_reads += stamp.frame < frame
            tally.false_reads += stamp.frame > frame
        else:
            tally.false_reads += not leaks or (stamp.session, stamp.frame) != (self._other.session, frame + 7)

    def _alarm(self, stray: Stray) -> None:
        tally = self._tally
        tally.alarms[stray.why] += 1
        if tally.leaked_at_alarm and tally.leaked_at_alarm[0] is None:
            tally.leaked_at_alarm[0] = tally.leaked
        if stray.source is None:
            return
        right = self._case.mixing is not None and stray.source.session == self._other.session
        tally.named += right
        tally.misnamed += not right
        if right and tally.named_after[0] is None:
            tally.named_after[0] = tally.leaked
