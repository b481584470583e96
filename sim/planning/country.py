"""What a plan is made for: desks (a centre's seats) and streams of calls, in people's terms."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from itertools import accumulate
from typing import Literal

import numpy as np

from sim.arrivals import Arrivals
from sim.planning.carriers import Subscribers, Trouble
from sim.planning.causes import NO_LINK, REFUSED_ON_PAGE, SEEN, STAGES_OF, STEPS, TOO_LATE
from sim.planning.chain import AT_ONCE, Chain
from sim.planning.tables import HOURS, Floats, Ints

CallName = str


@dataclass(frozen=True, slots=True)
class Spread:
    """A duration in seconds. `a` is the median of a lognormal, else the mean; `sigma` of the lognormal."""

    kind: Literal["lognormal", "exponential", "constant"]
    a: float
    sigma: float = 0.0


@dataclass(frozen=True, slots=True)
class PickUp:
    """From a free seat to the answer: a lognormal ring; a share finds the operator at other work, which takes
    an exponential more. Median 0: at once.
    """

    ring_s_median: float = 0.0
    ring_sigma: float = 0.0
    other_work: float = 0.0
    other_work_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Video:
    """Which calls turn to video, and what comes of it: from request to picture, and the session."""

    share: float = 0.0
    seen: float = 1.0
    """Of the requests, that no step of the funnel stops; time and the carrier may."""
    fails: tuple[float, ...] = ()
    """Of the requests, what each step stops (`causes.STEPS`), 1 with `seen`; none given: all the last."""
    chain: Chain = AT_ONCE
    gives_up_s: float = 90.0
    session_s_median: float = 180.0
    session_sigma: float = 0.759
    resource_asked: float = 0.0
    """Of the sessions, so many a resource person is asked into."""
    looks_s_median: float = 90.0
    looks_sigma: float = 0.73

    @property
    def bounds(self) -> tuple[float, ...]:
        """A request whose draw is from `seen` up to the first of them fails by the first step, and so on."""
        return tuple(accumulate(self.fails, initial=self.seen))[1:]

    def cause(self, comes: float, usual_s: float, carrier_s: float) -> int:
        """A place in `causes.CAUSES`, or SEEN: of the request with this draw, whose way takes so long by
        itself and so much longer by its carrier's trouble.
        """
        if comes >= self.seen:
            return next((n for n, bound in enumerate(self.bounds) if comes < bound), len(STEPS) - 1)
        if usual_s >= self.gives_up_s:
            return TOO_LATE
        return SEEN if usual_s + carrier_s < self.gives_up_s else NO_LINK

    def waits_s(self, cause: int, refused_s: float) -> float:
        """How long after the request the operator waits for a picture that does not come: he knows at once
        when no SMS is sent, and is told when the caller has refused on the page.
        """
        if not STAGES_OF[cause]:
            return 0.0
        return min(refused_s, self.gives_up_s) if cause == REFUSED_ON_PAGE else self.gives_up_s


@dataclass(frozen=True, slots=True)
class Repeats:
    """Calls about what is known already: this share of those after the first. They stay voice, and no work
    comes after them.
    """

    share: float = 0.0
    talk_s_median: float = 30.0
    talk_sigma: float = 0.67


@dataclass(frozen=True, eq=False, slots=True)
class Stream:
    """One kind of call at one desk; `calls_per_s` by hour of the week (168, Monday 00:00 first)."""

    name: CallName
    desk: str
    line: str
    calls_per_s: Floats
    talk: Spread
    priority: int = 0
    wrap_s: float = 0.0
    patience_s: float = float("inf")
    pick_up: PickUp = PickUp()
    target_s: float = 10.0
    video: Video = Video()
    repeats: Repeats = Repeats()
    day_cv: float = 0.0
    """Spread of the day's volume, common to all streams of a line: gamma, mean 1."""
    year: Floats | None = None
    """A factor for each day of the year; none: all alike."""
    arrivals: Arrivals | None = None
    """When calls come, if not by the rate."""


@dataclass(frozen=True, eq=False, slots=True)
class Desk:
    """One centre's seats, by hour of the week, and who takes its calls when they wait too long."""

    name: str
    seats: Ints
    overflow_after_s: float = float("inf")
    helpers: tuple[str, ...] = ()
    sent_to: Mapping[int, str] = field(default_factory=dict)
    """Hour of the week -> the desk that takes its calls then (night routing)."""
    on_shift: Ints | None = None
    """Operators at work by hour of the week, who has a break too; none: as many as seats."""

    @classmethod
    def of(cls, name: str, seats: int) -> "Desk":
        """So many seats round the clock, and nobody helps."""
        return cls(name, np.full(HOURS, seats, np.int64))

    def with_seats(self, seats: int) -> "Desk":
        """As many at its fullest hour, and at the others in proportion."""
        return replace(self, seats=-(-self.seats * seats // self.seats.max()))

    @property
    def staffed_h_per_week(self) -> int:
        """Paid hours, breaks among them."""
        return int((self.seats if self.on_shift is None else self.on_shift).sum())


@dataclass(frozen=True, slots=True)
class Country:
    """Desks and streams, the carriers of the callers (none: an SMS takes no time) and when they are in
    trouble. Raises ValueError where a name is unknown or there twice.
    """

    desks: tuple[Desk, ...]
    streams: tuple[Stream, ...]
    troubles: tuple[Trouble, ...] = ()
    carriers: tuple[Subscribers, ...] = ()

    def __post_init__(self) -> None:
        names = [desk.name for desk in self.desks]
        for what, there in (("desk", names), ("stream", [stream.name for stream in self.streams])):
            twice = next((name for name in there if there.count(name) > 1), None)
            if twice is not None:
                raise ValueError(f"the {what} {twice!r} is there twice")
        for desk in self.desks:
            for other in (*desk.helpers, *desk.sent_to.values()):
                if other not in names:
                    raise ValueError(f"{desk.name}: no desk {other!r}")
        for stream in self.streams:
            if stream.desk not in names:
                raise ValueError(f"{stream.name}: no desk {stream.desk!r}")
            if not np.all(stream.calls_per_s >= 0):
                raise ValueError(f"{stream.name}: a negative rate; calls a second must be 0 or more")
