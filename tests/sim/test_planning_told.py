"""Two engines, one truth: SimPy and numba tell the same country call by call, and so does the real rule."""

import heapq
from collections.abc import Iterator
from dataclasses import replace
from itertools import count
from math import inf

import numpy as np
import pytest

pytest.importorskip("numba", reason="the planning extra")

from draws import Lognormal
from fake_iccs.centre import PRIORITIES
from fake_iccs.distribution import Centre, Distribution, Happening
from sim.arrivals import Burst
from sim.nation import DATA, load_nation
from sim.planning import told
from sim.planning.carriers import Subscribers, Trouble
from sim.planning.causes import NO_LINK, TOO_LATE
from sim.planning.chain import EVENTS, OPENED, PICTURE, SENT, Chain
from sim.planning.country import Country, Desk, PickUp, Repeats, Spread, Stream, Video
from sim.planning.demand import country_of
from sim.planning.drawn import calls_of
from sim.planning.outcome import at_once_s
from sim.planning.question import Planning
from sim.planning.rooms import Call
from sim.planning.tables import HOURS, Floats
from sim.planning.year import Year, tell
from sim.week import HOUR_S

SEED, REPLICATION = 11, 2
SAME_S = 1e-6
COUNTS = ("answered", "abandoned", "within", "overflowed", "queued", "repeated", "asked", "seen")
HISTOGRAMS = ("waits", "stages", "came_at", "within_at", "asked_at", "seen_at", "no_link_at", "failed")
HOUR = np.arange(HOURS) % 24
WAVE = 1 + 0.6 * np.sin(HOUR * 2 * np.pi / 24)
TALK = Spread("lognormal", 150.0, 0.75)
AT_ONCE, NO_VIDEO = PickUp(), Video()
CHAIN = Chain(
    *(Lognormal(30.0, 0.7), Lognormal(3.0, 0.5), Lognormal(2.0, 0.5)),
    *(Lognormal(0.2, 0.5), Lognormal(12.0, 1.0), Lognormal(5.0, 0.5), Lognormal(2.8, 0.2)),
)
FAILS = (0.04, 0.03, 0.01, 0.02, 0.02, 0.03)
VIDEO = Video(share=0.2, seen=0.85, fails=FAILS, chain=CHAIN)
RINGS = PickUp(ring_s_median=4.0, ring_sigma=0.5, other_work=0.1, other_work_s=25.0)


def stream(
    name: str,
    desk: str,
    calls_per_s: float,
    priority: int = 0,
    *,
    talk: Spread = TALK,
    patience_s: float = inf,
    pick_up: PickUp = AT_ONCE,
    video: Video = NO_VIDEO,
    day_cv: float = 0.0,
    year: Floats | None = None,
) -> Stream:
    return Stream(
        name,
        desk,
        "113",
        calls_per_s * WAVE,
        talk,
        priority,
        wrap_s=20.0,
        patience_s=patience_s,
        pick_up=pick_up,
        video=video,
        day_cv=day_cv,
        year=year,
    )


def by_day(night: int, day: int) -> np.ndarray:  # type: ignore[type-arg]
    return np.where((HOUR >= 8) & (HOUR < 22), day, night).astype(np.int64)


def both(name: str, desk: str, calls_per_s: float, patience_s: float = 120.0, **more: object) -> list[Stream]:
    """Urgent calls and others."""
    return [
        stream(f"{name}{p}", desk, calls_per_s, p, patience_s=patience_s * (1 + 4 * p), **more)  # type: ignore[arg-type]
        for p in (0, 1)
    ]


FIRST_COME = Country((Desk.of("a", 3),), (stream("a", "a", 0.011, talk=Spread("exponential", 200.0)),))
HANG_UP = Country((Desk.of("a", 3),), (stream("a", "a", 0.02, patience_s=90.0),))
THREE = (
    Desk("a", np.full(HOURS, 2), 20.0, ("b", "c")),
    Desk("b", np.full(HOURS, 2), 20.0, ("c", "a")),
    Desk("c", np.full(HOURS, 3), 60.0, ("a",)),
)
RATES = (("a", 0.012), ("b", 0.006), ("c", 0.010))
BY_PRIORITY = Country(THREE, tuple(s for d, rate in RATES for s in both(d, d, rate / 2, 90.0)))
OVERFLOW = Country(THREE, tuple(stream(d, d, rate, patience_s=90.0) for d, rate in RATES))


def closed(desk: Desk, to: str, at: np.ndarray) -> Desk:  # type: ignore[type-arg]
    """As `planning.night` has it: no seat at these hours, and another desk takes the calls."""
    return replace(desk, seats=np.where(at, 0, desk.seats), sent_to=dict.fromkeys(np.flatnonzero(at), to))


NIGHT = (
    closed(Desk("a", by_day(1, 3), 30.0, ("b",)), "b", HOUR < 7),
    Desk("b", by_day(2, 4), 30.0, ("a",)),  # by night in vain
    closed(Desk("c", by_day(1, 2)), "b", (HOUR >= 20) | (HOUR < 6)),  # nobody helps who waits at closing time
)
ROUTED = Country(NIGHT, tuple(stream(d, d, 0.007, patience_s=1200.0) for d in "abc"))
ROUTED_BY_PRIORITY = Country(NIGHT, tuple(s for d in "abc" for s in both(d, d, 0.004)))
CLOSED_AT_NIGHT = Country((Desk("a", by_day(0, 3)),), (stream("a", "a", 0.008, patience_s=3000.0),))

TROUBLES = (  # carriers of a third each: silent, slow, throttled, and out for an hour besides
    Trouble(0.0, 0.33, 6 * HOUR_S, 30 * HOUR_S, True, later_s=inf),
    Trouble(0.33, 0.67, 30 * HOUR_S, 20 * HOUR_S, later_s=40.0),
    Trouble(0.67, 1.0, 150 * HOUR_S, 48 * HOUR_S, True, turned_away=0.8, again_s=9.0),
    Trouble(0.33, 0.67, 49 * HOUR_S, HOUR_S, later_s=inf),
)
CARRIERS = (
    Subscribers("one", 0.0, 0.4, Lognormal(4.0, 0.6), tail_share=0.05),
    Subscribers("other", 0.4, 1.0, Lognormal(6.0, 0.6), tail_share=0.02, delay_s_max=60.0),
)
COUNTRIES = {
    "carriers in trouble": Country(
        (Desk.of("a", 6),), tuple(both("a", "a", 0.009, pick_up=RINGS, video=VIDEO)), TROUBLES, CARRIERS
    ),
    "first come, first served": FIRST_COME,
    "patience": HANG_UP,
    "priorities": Country((Desk.of("a", 3),), tuple(both("a", "a", 0.006, inf))),
    "pick-up, with other work, and video": Country(
        (Desk.of("a", 4),), tuple(both("a", "a", 0.009, pick_up=RINGS, video=VIDEO))
    ),
    "overflow, priorities, video, busy days": Country(
        THREE, tuple(s for d, rate in RATES for s in both(d, d, rate / 2, video=VIDEO, day_cv=0.08))
    ),
    "an incident with repeats": Country(
        (Desk.of("a", 3),),
        (
            *both("a", "a", 0.006, pick_up=RINGS, video=VIDEO),
            replace(
                stream("incident", "a", 0.0, patience_s=120.0, video=VIDEO),
                arrivals=Burst(30 * HOUR_S, 0.2, 1200.0),
                repeats=Repeats(0.6, 30.0, 0.67),
            ),
        ),
    ),
    "season": Country((Desk.of("a", 4),), tuple(both("a", "a", 0.006, year=np.array([0.5, 1.5, 1.0, 1.2])))),
    "night routing and shifts": Country(
        NIGHT, tuple(s for d in "abc" for s in both(d, d, 0.004, video=VIDEO))
    ),
    "closed at night": CLOSED_AT_NIGHT,
    "no seat at all": Country((Desk.of("a", 0),), (stream("a", "a", 0.002),)),
}


def ways(year: Year) -> np.ndarray:  # type: ignore[type-arg]
    told_of = int(year.book.run["ways"][0])
    assert told_of <= len(year.book.ways)
    return np.sort(year.book.ways[:told_of], order=("stream", "k"))


def hold_together(country: Country, days: float, calls: int) -> Year:
    fast, slow = (
        one(country, SEED, replication=REPLICATION, days=days, warm_up_days=1.0, ways=calls)
        for one in (tell, told.tell)
    )
    for name in (*COUNTS, *HISTOGRAMS):
        assert np.array_equal(fast.streams[name], slow.streams[name]), name
    for name in ("wait_s", "wait_s_max"):
        assert slow.streams[name] == pytest.approx(fast.streams[name], rel=1e-6, abs=SAME_S), name
    assert slow.book.desks["held_s"] == pytest.approx(fast.book.desks["held_s"])
    for name in ("sent", "arrived"):
        assert np.array_equal(fast.book.carriers[name], slow.book.carriers[name]), name
    assert at_once_s(slow) == pytest.approx(at_once_s(fast), abs=1e-3)
    for name in ("stream", "k"):
        assert np.array_equal(ways(fast)[name], ways(slow)[name])
    for name in ("since", "wait_s"):
        assert np.abs(ways(fast)[name] - ways(slow)[name]).max() < SAME_S
    return fast


@pytest.mark.parametrize("name", COUNTRIES)
def test_both_engines_tell_the_same_call_by_call(name: str) -> None:
    year = hold_together(COUNTRIES[name], 3.0, 20_000)
    streams = year.streams
    assert np.array_equal(streams["answered"] + streams["abandoned"], streams["came_at"].sum(axis=1))
    assert streams["queued"].sum() > 100 or name == "no seat at all"
    if COUNTRIES[name].desks in (THREE, NIGHT):
        assert streams["overflowed"].sum() > 50
    if any(one.video.share for one in COUNTRIES[name].streams):
        assert streams["seen"].sum() > 50
        assert np.array_equal(streams["asked_at"].sum(axis=1), streams["asked"])
        assert np.array_equal(streams["seen"] + streams["failed"].sum(axis=1), streams["asked"])
        assert (streams["failed"].sum(axis=0)[:TOO_LATE] > 0).all()
        assert np.array_equal(streams["no_link_at"].sum(axis=1), streams["failed"][:, NO_LINK])
        assert np.array_equal(streams["stages"].sum(axis=2)[:, PICTURE], streams["seen"])
        came = streams["stages"].sum(axis=(0, 2))
        assert streams["asked"].sum() > came[SENT] > came[OPENED] > came[PICTURE] > 0
        assert np.array_equal(streams["seen_at"].sum(axis=1), streams["seen"])
    assert (streams["repeated"].sum() > 30) == (name == "an incident with repeats")
    assert (streams["no_link_at"].sum() > 50) == (name == "carriers in trouble")


def test_a_week_of_the_nation() -> None:
    year = hold_together(country_of(load_nation("norway", DATA), Planning()), 7.0, 100_000)
    assert year.streams["answered"].sum() > 60_000
    assert year.streams["seen"].sum() > 500


@pytest.mark.slow
def test_a_week_of_the_nation_with_the_other_lines() -> None:
    year = hold_together(country_of(load_nation("norway", DATA), Planning(other_lines=True)), 7.0, 400_000)
    assert year.streams["answered"].sum() > 100_000


def test_repeats_are_short_voice_and_never_the_first_call() -> None:
    given = next(s for s in COUNTRIES["an incident with repeats"].streams if s.name == "incident")
    drawn = calls_of(given, np.ones(9), SEED, REPLICATION, 9 * 86_400.0)
    assert not drawn.repeat[0]
    assert drawn.repeat.mean() == pytest.approx(0.6, abs=0.08)
    assert (drawn.u_video[drawn.repeat] >= 1.0).all()
    assert np.median(drawn.holds_s[drawn.repeat]) == pytest.approx(30.0, rel=0.25)
    assert np.median(drawn.holds_s[~drawn.repeat]) > 120.0


def test_another_seed_is_another_week() -> None:
    """The engines agree because they draw the same, not because nothing depends on the draws."""
    first, other = (ways(told.tell(FIRST_COME, seed, days=1.0, ways=5_000)) for seed in (SEED, SEED + 1))
    assert len(first) != len(other) or np.abs(first["wait_s"] - other["wait_s"]).max() > 1


@pytest.mark.parametrize(
    "name", ["overflow, priorities, video, busy days", "closed at night", "no seat at all"]
)
def test_every_event_is_heard_and_every_call_ends_once(name: str) -> None:
    heard: dict[tuple[str, int], list[tuple[float, str]]] = {}
    freed: list[bool] = []  # each seat after it was taken

    def hears(at: float, event: str, call: Call, centre: str) -> None:
        if event == "seat.freed":
            freed.append(call.of.seated[call.k] <= at)
        else:
            heard.setdefault((call.of.given.name, call.k), []).append((at, event))

    year = told.tell(COUNTRIES[name], SEED, days=1.0, warm_up_days=0.0, hears=hears)
    told_of = [[event for _, event in sorted(events, key=lambda one: one[0])] for events in heard.values()]
    assert len(told_of) == int(year.book.run["ways"][0])
    assert all(events[0] == "call.placed" for events in told_of)
    assert all(events[1] in ("call.answered", "call.abandoned") for events in told_of)
    abandoned = [events for events in told_of if events[1] == "call.abandoned"]
    assert all(len(events) == 2 for events in abandoned)
    assert len(abandoned) == year.streams["abandoned"].sum()
    assert all(freed)
    assert len(told_of) - len(abandoned) <= len(freed) <= len(told_of)
    assert sum("video.requested" in events for events in told_of) == year.streams["asked"].sum()
    seen = [events for events in told_of if events[-1] == "video.ended"]
    assert len(seen) == year.streams["seen"].sum()
    assert all(events[-len(EVENTS) - 2 :] == ["video.requested", *EVENTS, "video.ended"] for events in seen)


# ---- the rule of the control rooms: the same calls given to `fake_iccs.distribution`


class ControlRooms:
    """`Distribution`, with operators who answer at once, shifts signed by the hour, calls routed by night."""

    def __init__(self, country: Country, days: float) -> None:
        self.country, self.days = country, days
        self.seats_max = {desk.name: int(desk.seats.max()) for desk in country.desks}
        self.rule = Distribution(
            Centre(d.name, "AMK", "113", self.seats_max[d.name], d.helpers, min(d.overflow_after_s, 1e9))
            for d in country.desks
        )
        self.open = dict(self.seats_max)
        self.agenda: list[tuple[float, int, str, str]] = []
        self.order = count()
        self.holds_s: dict[str, float] = {}
        self.answered: dict[str, float] = {}
        self.rings_at: dict[str, str] = {}  # the centre; by night another than it was made to
        self.overflowed = 0
        self.stream = {stream.name: stream for stream in country.streams}

    def tell(self) -> None:
        """All calls, to their ends."""
        end_s = self.days * 86_400
        for one in self.country.streams:
            drawn = calls_of(one, np.ones(int(self.days) + 1), SEED, REPLICATION, end_s)
            for k, (since, until, holds_s) in enumerate(
                zip(drawn.since.tolist(), drawn.until.tolist(), drawn.holds_s.tolist(), strict=True)
            ):
                self.holds_s[f"{one.name}/{k}"] = holds_s
                self.put(since, "rings", f"{one.name}/{k}")
                self.put(until, "hangs up", f"{one.name}/{k}")
        for hour in range(int(end_s / 3600) + HOURS):
            self.put(hour * 3600.0, "shift", str(hour % HOURS))
        while self.agenda:
            due = self.rule.next_due()
            if due is not None and due <= self.agenda[0][0]:
                self.heard(self.rule.tick(due), due)
            else:
                now, _, what, who = heapq.heappop(self.agenda)
                self.heard(list(self.step(what, who, now)), now)

    def put(self, at: float, what: str, who: str) -> None:
        if at < inf:
            heapq.heappush(self.agenda, (at, next(self.order), what, who))

    def step(self, what: str, who: str, now: float) -> Iterator[Happening]:
        if what == "rings":
            stream = self.stream[who.split("/")[0]]
            yield from self.rule.place(who, "113", stream.desk, now, PRIORITIES[stream.priority])
        elif what == "shift":
            for desk in self.country.desks:
                to = desk.sent_to.get(int(who))
                if to is None:
                    self.open[desk.name] = int(desk.seats[int(who)])
                    yield from self.sign(desk.name, now)
                yield from self.rule.route(desk.name, to, now)  # who sits there by night stays
        elif what == "ends":
            seat = self.rule.call(who).seat or ""
            centre = seat.split("/")[0]
            if len(self.signed(centre)) > self.open[centre]:  # the shift is over: who is free first goes home
                yield from self.rule.sign(seat, "away", now)
            yield from self.rule.hang_up(who, "caller", now)
        elif who not in self.answered:
            yield from self.rule.hang_up(who, "caller", now)

    def signed(self, centre: str, state: str = "free") -> list[str]:
        names = (f"{centre}/{n + 1}" for n in range(self.seats_max[centre]))
        return [name for name in names if self.rule.seat(name).signed == state]

    def sign(self, centre: str, now: float) -> Iterator[Happening]:
        """So many seats as the hour has; who is in a call stays until it ends."""
        more = self.open[centre] - len(self.signed(centre))
        idle = [name for name in self.signed(centre) if self.rule.seat(name).call is None]
        for name in idle[: max(0, -more)]:
            yield from self.rule.sign(name, "away", now)
        for name in self.signed(centre, "away")[: max(0, more)]:
            yield from self.rule.sign(name, "free", now)

    def heard(self, happened: list[Happening], now: float) -> None:
        for happening in happened:
            if happening.call is not None and happening.event == "call.queued":
                self.rings_at[happening.call] = happening.facts["centre"]
            if happening.call is not None and happening.event == "call.offered":
                seat = happening.facts["seat"]
                self.answered[happening.call] = now
                self.overflowed += seat.split("/")[0] != self.rings_at[happening.call]
                self.put(now + self.holds_s[happening.call], "ends", happening.call)
                self.heard(self.rule.answer(happening.call, seat, now), now)


ENGINES = {"SimPy": told.tell, "kernel": tell}


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    "country", [FIRST_COME, HANG_UP, OVERFLOW, BY_PRIORITY, ROUTED, ROUTED_BY_PRIORITY, CLOSED_AT_NIGHT]
)
def test_the_control_rooms_rule_decides_the_same(country: Country, engine: str) -> None:
    """Own calls first, the urgent before the others, then the overdue of those it helps, the urgent before
    the others again, then the oldest; shifts and night routing through its moves.
    """
    days = 2.0
    year = ENGINES[engine](country, SEED, replication=REPLICATION, days=days, warm_up_days=0.0, ways=20_000)
    rooms = ControlRooms(country, days)
    rooms.tell()
    routed = 0
    for way in ways(year):
        name = f"{year.names[int(way['stream'])]}/{way['k']}"
        at = rooms.answered.get(name, -1.0)
        assert way["wait_s"] == pytest.approx(at - way["since"] if at >= 0 else -1.0, abs=SAME_S)
        routed += rooms.rings_at[name] != rooms.stream[name.split("/")[0]].desk
    assert len(ways(year)) > 1000
    assert rooms.overflowed == year.streams["overflowed"].sum()
    assert rooms.overflowed > 50 or len(country.desks) == 1
    assert (routed > 100) == any(desk.sent_to for desk in country.desks)
