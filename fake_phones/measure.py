"""Counting what a viewer saw: read stamps, latency, freezes, strays. Pure: `now_s` is an argument."""

from collections import Counter, deque
from collections.abc import Container
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from fake_phones.camera import FACINGS
from fake_phones.leaks import Kind, Leak
from fake_phones.scenes import Facing
from fake_phones.stamp import Reading, Stamp, captured_at
from fake_phones.stamp.beneath import Source

FREEZE_ADDED_S = 0.150
INTERVALS = 30
FIRST_INTERVAL_S = 1 / 15  # taken as the mean until an interval is known
GAP_S = 0.5  # without a new frame for so long: the picture was gone, and its return is told
GRACE_S = 0.5  # a frame that was on its way when the end was said may still come for so long
STRAYS_TOLD_PER_S = 20
COUNTED = (
    *("received", "checked", "read", "coded", "decoded", "contradicted"),
    *("suspicious", "stray", "partial", "unknown", "repeated"),
)
"""`checked`: its stamp was looked for, in the coded frame (`coded`), in the decoded one (`decoded`), or both;
`contradicted`: the two differ."""

Why = Literal["other session", "not of this lab", "after the end"] | Kind


@dataclass
class Freezes:
    """Freezes as W3C webrtc-stats defines them (freezeCount, totalFreezesDuration): a gap between two
    shown frames of at least max(3 x mean, mean + 150 ms), the mean being over the last 30 gaps. The whole
    gap is frozen time. A gap that still goes on counts as soon as it is noticed.
    """

    count: int = 0
    frozen_s: float = 0.0
    shown_s: float = 0.0  # since the first frame
    _intervals: deque[float] = field(default_factory=lambda: deque(maxlen=INTERVALS))
    _last_s: float | None = None  # the last frame
    _counted_s: float = 0.0  # of the present gap, in shown_s
    _frozen_s: float = 0.0  # of the present gap, in frozen_s

    def shown(self, now_s: float) -> None:
        """A frame was shown."""
        self.noticed(now_s)
        if self._last_s is not None:
            self._intervals.append(now_s - self._last_s)
        self._last_s = now_s
        self._counted_s = self._frozen_s = 0.0

    def noticed(self, now_s: float) -> None:
        """No frame was shown since the last one, up to now."""
        if self._last_s is None:
            return
        gap_s = now_s - self._last_s
        self.shown_s += gap_s - self._counted_s
        self._counted_s = gap_s
        if gap_s >= FREEZE_ADDED_S and gap_s >= self.threshold_s:
            self.count += not self._frozen_s
            self.frozen_s += gap_s - self._frozen_s
            self._frozen_s = gap_s

    @property
    def threshold_s(self) -> float:
        known = self._intervals
        mean_s = sum(known) / len(known) if known else FIRST_INTERVAL_S
        return max(3 * mean_s, mean_s + FREEZE_ADDED_S)


@dataclass(frozen=True)
class FirstFrame:
    """The first frame of a camera, again after each switch and after each gap; `lost_monotonic_s` is when the
    last new frame before the gap was seen. Capture is unknown for a film without a clock.
    """

    camera: Facing
    captured_monotonic_s: float | None
    seen_monotonic_s: float
    lost_monotonic_s: float | None = None

    @property
    def latency_s(self) -> float | None:
        return (
            None if self.captured_monotonic_s is None else self.seen_monotonic_s - self.captured_monotonic_s
        )

    def facts(self) -> dict[str, Any]:
        """As events and answers say it."""
        return {
            "camera": self.camera,
            "captured_monotonic_s": self.captured_monotonic_s,
            "seen_monotonic_s": self.seen_monotonic_s,
            "latency_s": self.latency_s,
            **({} if self.lost_monotonic_s is None else {"lost_monotonic_s": self.lost_monotonic_s}),
        }


@dataclass(frozen=True)
class Stray:
    """A frame that was not meant, or not all of it, for the viewer of `mine`; no source: nobody was named."""

    why: Why
    mine: int
    source: Source | None
    told: bool  # False: counted, but one of too many this second

    def facts(self) -> dict[str, Any]:
        """As the event says it."""
        return {"why": self.why, "mine": f"{self.mine:016x}", **_seen(self.source)}


def _seen(source: Source | None) -> dict[str, Any]:
    if source is None:
        return {"seen": None, "camera": None, "frame": None}
    camera = FACINGS[source.camera] if source.camera < len(FACINGS) else None
    return {"seen": f"{source.session:016x}", "camera": camera, "frame": source.frame}


class Measure:
    """One viewer's count. `mine` is the session it should see; `known` holds the sessions of this lab.
    Not `timed`: the stamps carry no true time of capture, and there is no latency. Not `stamped`: a camera
    that is not the lab's films; which one it is must be believed, and only others' stamps tell of a stray.
    """

    def __init__(self, mine: int, known: Container[int], *, timed: bool = True, stamped: bool = True) -> None:
        self.stamped = stamped
        self.believed: Facing = "back"
        self._mine = mine
        self._known = known
        self._timed = timed
        self._over_s: float | None = None
        self._freezes = Freezes()
        self._counts: Counter[str] = Counter()
        self._latency_ms: Counter[int] = Counter()  # in steps of 1 ms
        self._told = Counter[str](), Freezes(), Counter[int]()
        self._strays_told: Counter[int] = Counter()  # per second
        self._newest_s: float | None = None  # when the newest frame seen was captured
        self._new_seen_s: float | None = None  # when the newest frame was seen
        self.first: FirstFrame | None = None  # of the camera seen now

    def over(self, now_s: float) -> None:
        """From now on nothing may be seen, and no picture is no freeze."""
        if self._over_s is None:
            self._freezes.noticed(now_s)
            self._over_s = now_s

    def seen(self, reading: Reading | None, now_s: float) -> FirstFrame | Stray | None:
        """A frame was shown at `now_s`; what is worth telling of it. No reading: it could not be checked."""
        stamp = reading.stamp if reading else None
        self._counts["received"] += 1
        if reading:
            self._counts.update(checked=1, read=stamp is not None, suspicious=reading.suspicious)
        if stamp is not None and stamp.session != self._mine:
            return self._stray(
                "other session" if stamp.session in self._known else "not of this lab", _source(stamp), now_s
            )
        if stamp is not None and stamp.camera >= len(FACINGS):  # no phone of ours draws such a stamp
            self._counts["unknown"] += 1
            stamp = None
        captured_s = captured_at(stamp.time_ms, now_s) if stamp and self._timed else None
        repeated = self._is_repeated(captured_s)
        self._counts["repeated"] += repeated
        if self._over_s is None and not repeated:  # a still picture that goes on coming is a freeze
            self._freezes.shown(now_s)
        if self._is_after_end(captured_s, now_s):
            return self._stray("after the end", _source(stamp) if stamp else None, now_s)
        if stamp:
            return self._mine_seen(FACINGS[stamp.camera], captured_s, now_s, repeated=repeated)
        return None if self.stamped else self._mine_seen(self.believed, None, now_s, repeated=False)

    def weighed(self, shown: Reading | None, coded: Reading | None) -> Reading | None:
        """What counts of a frame: what the decoded picture shows, unless its coded strip is another's."""
        self._counts.update(
            decoded=shown is not None,
            coded=coded is not None,
            contradicted=bool(shown and coded and shown.stamp != coded.stamp),
        )
        if self.is_foreign(coded) and not self.is_foreign(shown):
            return coded
        return shown or coded

    def leaked(self, leak: Leak, now_s: float) -> Stray:
        """A part of the frame that was just `seen`, and was no stray as a whole, is somebody else's."""
        self._counts["partial"] += 1
        return self._stray(leak.kind, leak.source, now_s)

    def is_mine(self, reading: Reading | None) -> bool:
        """The stamp was read, and it is the one that this viewer should see."""
        stamp = reading.stamp if reading else None
        return stamp is not None and stamp.session == self._mine and stamp.camera < len(FACINGS)

    def is_foreign(self, reading: Reading | None) -> bool:
        """The stamp was read, and it is another session's."""
        stamp = reading.stamp if reading else None
        return stamp is not None and stamp.session != self._mine

    def measured(self, now_s: float) -> dict[str, Any]:
        """The counts since this was last asked."""
        then, self._told = self._told, self._now(now_s)
        return self._facts(*then)

    def totals(self, now_s: float) -> dict[str, Any]:
        """The counts since the beginning."""
        self._now(now_s)
        return self._facts(Counter(), Freezes(), Counter())

    def _now(self, now_s: float) -> tuple[Counter[str], Freezes, Counter[int]]:
        if self._over_s is None:
            self._freezes.noticed(now_s)
        return self._counts.copy(), replace(self._freezes), self._latency_ms.copy()

    def _facts(self, counts: Counter[str], freezes: Freezes, latency_ms: Counter[int]) -> dict[str, Any]:
        latency = self._latency_ms - latency_ms
        return {
            **{name: self._counts[name] - counts[name] for name in COUNTED},
            "latency_ms": {str(ms): latency[ms] for ms in sorted(latency)} if self._timed else None,
            "freezes": self._freezes.count - freezes.count,
            "frozen_s": round(self._freezes.frozen_s - freezes.frozen_s, 3),
            "shown_s": round(self._freezes.shown_s - freezes.shown_s, 3),
        }

    def _is_repeated(self, captured_s: float | None) -> bool:
        """The frame is not newer than one that was seen before."""
        if captured_s is None:
            return False
        if self._newest_s is not None and captured_s <= self._newest_s:
            return True
        self._newest_s = captured_s
        return False

    def _mine_seen(
        self, camera: Facing, captured_s: float | None, now_s: float, *, repeated: bool
    ) -> FirstFrame | None:
        if captured_s is not None:
            self._latency_ms[round((now_s - captured_s) * 1000)] += 1
        before_s = self._new_seen_s
        if not repeated:
            self._new_seen_s = now_s
        if self.first is None or self.first.camera != camera:
            self.first = FirstFrame(camera, captured_s, now_s)
        elif self._over_s is None and not repeated and before_s is not None and now_s - before_s >= GAP_S:
            self.first = FirstFrame(camera, captured_s, now_s, before_s)
        else:
            return None
        return self.first

    def _is_after_end(self, captured_s: float | None, now_s: float) -> bool:
        if self._over_s is None:
            return False
        return now_s > self._over_s + GRACE_S or (captured_s is not None and captured_s > self._over_s)

    def _stray(self, why: Why, source: Source | None, now_s: float) -> Stray:
        self._counts["stray"] += 1
        second = int(now_s)
        self._strays_told = Counter({second: self._strays_told[second] + 1})
        return Stray(why, self._mine, source, told=self._strays_told[second] <= STRAYS_TOLD_PER_S)


def _source(stamp: Stamp) -> Source:
    return Source(stamp.session, stamp.camera, stamp.frame)
