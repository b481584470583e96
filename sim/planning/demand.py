"""From a nation and a question to the country that is planned: rates, talks, patience, video, by stream."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import log
from typing import Any

import numpy as np

from draws import Lognormal
from sim.arrivals import Burst, Trace
from sim.nation import Centre, Line, Nation, Wait
from sim.planning.carriers import subscribers_of, troubles_of
from sim.planning.causes import REFUSED_ON_PAGE, STEPS
from sim.planning.chain import Chain
from sim.planning.country import Country, Desk, PickUp, Repeats, Spread, Stream, Video
from sim.planning.demography import aged
from sim.planning.night import by_night
from sim.planning.question import BurstOfCalls, NoAnswer, Planning, WrongKey
from sim.planning.shifts import on_shift, open_seats
from sim.planning.tables import HOURS, Floats
from sim.planning.triage import forwarded, talk_factor
from sim.planning.way import Way, way_of
from sim.reading import nearest
from sim.toml_lines import KeyPath
from sim.week import ON_VIDEO, YEAR_S, weekly_profile, yearly_profile

Z95 = 1.6448536269514722
Traces = Mapping[tuple[str, str], Trace]  # by centre and line
NEEDED = ("demand", "workload", "shifts", "triage", "resource_persons", "media", "cost")
GIVES_UP_S = 90.0  # as a scripted operator does when nothing else is said


class NoPlan(NoAnswer):
    """The question cannot be answered for this nation; the text says why and what to change."""


@dataclass(frozen=True, slots=True)
class Room:
    """One desk to be: a centre, or several that merged."""

    name: str
    line: Line
    centres: tuple[Centre, ...]


def country_of(
    nation: Nation, planning: Planning, full_rollout: bool = True, traces: Traces | None = None
) -> Country:
    """`traces` take the place of the centres' own calls (`sim.arrivals.read_trace`). Raises NoPlan."""
    for part in NEEDED:
        if not getattr(nation, part):
            raise NoPlan(
                f"{nation.title}: has no [{part}]; plan with the nation 'norway', or copy it from there"
            )
    rooms = _rooms(nation, planning)
    _all_known(planning, rooms)
    desks = tuple(_desk(room, rooms, nation, planning) for room in rooms)
    streams = [s for room in rooms for s in _streams(room, nation, planning, full_rollout)]
    streams += forwarded(streams, nation, planning)
    streams = _traced(streams, traces or {})
    streams += [_burst(burst, n, streams, nation) for n, burst in enumerate(planning.bursts, 1)]
    if not any(stream.calls_per_s.any() or stream.arrivals is not None for stream in streams):
        raise NoPlan("[planning.volume] leaves no call at all; give a line a factor above 0")
    desks = by_night(desks, streams, {room.name: room.centres[0] for room in rooms}, planning)
    carriers = subscribers_of(nation)
    return Country(desks, tuple(streams), troubles_of(carriers, planning), carriers)


# ---- centres become desks


def _rooms(nation: Nation, planning: Planning) -> list[Room]:
    by_name = {centre.name: centre for centre in nation.centres}
    rooms, merged = [], set()
    for n, merge in enumerate(planning.merges):
        for name in merge.centres:
            if name not in by_name:
                raise WrongKey(("merges", n), f"no centre {name!r}; {nearest(name, by_name)}")
            if name in merged:
                raise WrongKey(("merges", n), f"{name} has merged already; name it once")
            merged.add(name)
        together = tuple(by_name[name] for name in merge.centres)
        if len({centre.line for centre in together}) > 1:
            raise WrongKey(("merges", n), "centres of different lines cannot merge")
        rooms.append(Room(merge.name, together[0].line, together))
    rooms += [Room(c.name, c.line, (c,)) for c in nation.centres if c.name not in merged]
    names = [room.name for room in rooms]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice:
        raise WrongKey(("merges",), f"there is a centre {twice!r} already; choose another name")
    return rooms


def _all_known(planning: Planning, rooms: Sequence[Room]) -> None:
    names = [room.name for room in rooms]
    named: list[tuple[str, KeyPath]] = [(name, ("seats", name)) for name in planning.seats]
    named += [(burst.centre, ("bursts", n, "centre")) for n, burst in enumerate(planning.bursts)]
    for name, keys in named:
        if name not in names:
            raise WrongKey(keys, f"no centre {name!r}; {nearest(name, names)}")
    for n, burst in enumerate(planning.bursts):
        if burst.at_h >= planning.ends_h:
            raise WrongKey(
                ("bursts", n, "at_h"),
                f"hour {burst.at_h:g} lies after the plan's {planning.ends_h:g}: "
                f"{planning.days:g} days after {planning.warm_up_days:g} of warm-up",
            )


def _desk(room: Room, rooms: Sequence[Room], nation: Nation, planning: Planning) -> Desk:
    seats = planning.seats.get(room.name, max(1, _seats_asked(room, planning)))
    desk = Desk.of(room.name, seats)
    if planning.shifts:
        shifts = nation.shifts[room.line]
        desk = replace(desk, seats=open_seats(seats, shifts), on_shift=on_shift(seats, shifts))
    if not planning.overflow:
        return desk
    of = {centre.name: other.name for other in rooms for centre in other.centres}
    helpers = dict.fromkeys(of[name] for centre in room.centres for name in centre.overflow)
    helpers.pop(room.name, None)
    after_s = min(centre.overflow_after_s for centre in room.centres)
    return replace(desk, overflow_after_s=after_s, helpers=tuple(helpers))


def _seats_asked(room: Room, planning: Planning) -> int:
    return sum(centre.seats for centre in room.centres) + planning.seats_more.get(room.line, 0)


def last_seat_kept(nation: Nation, planning: Planning) -> dict[str, int]:
    """By line, at how many centres `seats_more` takes all but one seat and would take more."""
    rooms = [room for room in _rooms(nation, planning) if room.name not in planning.seats]
    return dict(Counter(room.line for room in rooms if _seats_asked(room, planning) < 1))


# ---- calls become streams


def _streams(room: Room, nation: Nation, planning: Planning, full_rollout: bool) -> list[Stream]:
    """The line's own calls, and for an AMK the rest of its telephone load when that is asked for."""
    line, work = room.line, nation.workload[room.line]
    demand = nation.demand[line]
    volume = planning.factor(line) * aged(line, nation, planning)
    per_s = sum(c.calls_per_year for c in room.centres) * volume / YEAR_S
    own = Stream(
        name=f"{room.name}/{line}",
        desk=room.name,
        line=line,
        calls_per_s=weekly_profile(demand) * per_s,
        talk=_longer(_spread(nation.people[line].talks_s), talk_factor(line, nation, planning)),
        wrap_s=work.wrap_s.value,
        patience_s=work.patience_s.value,
        pick_up=_pick_up(nation, line),
        target_s=nation.targets[line]["within_s"],
        video=_video(room, nation, planning, full_rollout),
        day_cv=demand["day_cv"]["value"],
        year=_year(demand, planning),
    )
    if not planning.other_lines or work.other_calls is None or work.other_talk_s is None:
        return [own]
    other = Stream(
        name=f"{room.name}/other",
        desk=room.name,
        line="other",
        calls_per_s=own.calls_per_s * work.other_calls.value,
        talk=_spread(work.other_talk_s),
        priority=1,
        patience_s=work.patience_s.value,
        pick_up=own.pick_up,
        target_s=own.target_s,
        day_cv=own.day_cv,
        year=own.year,
    )
    return [own, other]


def _year(demand: dict[str, Any], planning: Planning) -> Floats | None:
    """The season, from the plan's first day on."""
    first = planning.first_day
    return None if first is None else np.roll(yearly_profile(demand), -first)


def _traced(streams: list[Stream], traces: Traces) -> list[Stream]:
    names = {(stream.desk, stream.line): stream.name for stream in streams}
    for centre, line in traces:
        if (centre, line) not in names:
            own = [of for name, of in names if name == centre]
            known = [name for name, of in names if of == line] or [name for name, _ in names]
            hint = f"its line is {own[0]}" if own else nearest(centre, known)
            raise NoPlan(f"planning.trace: no centre {centre!r} on {line}; {hint}")
    silent = np.zeros(HOURS)
    return [
        replace(s, calls_per_s=silent, arrivals=traces[s.desk, s.line]) if (s.desk, s.line) in traces else s
        for s in streams
    ]


def _burst(burst: BurstOfCalls, n: int, streams: Sequence[Stream], nation: Nation) -> Stream:
    """The incident's calls beside the centre's own: as these, but for how many turn to video, and those about
    what is known already.
    """
    incident = nation.incident
    if incident is None:
        raise NoPlan(f"{nation.title}: planning.bursts needs [incident]; copy it from the nation 'norway'")

    def asked(name: str) -> float:
        said = getattr(burst, name)
        return float(getattr(incident, name).value if said is None else said)

    short = _spread(incident.duplicate_talk_s)
    own = next(stream for stream in streams if stream.desk == burst.centre)
    at_s = burst.at_h * 3600.0
    season = 1.0 if own.year is None else float(own.year[int(burst.at_h / 24.0) % len(own.year)])
    usual_per_s = float(own.calls_per_s[int(burst.at_h) % HOURS]) * season
    return replace(
        own,
        name=f"{own.desk}/incident {n}/{own.line}",
        calls_per_s=np.zeros(HOURS),
        arrivals=Burst(at_s, usual_per_s * (asked("factor") - 1.0), asked("decay_s")),
        video=replace(own.video, share=asked("video_share") if own.video.share else 0.0),
        repeats=Repeats(asked("duplicates"), short.a, short.sigma),
    )


def _video(room: Room, nation: Nation, planning: Planning, full_rollout: bool) -> Video:
    """Of a merged centre the share is that of its centres on video, weighed by calls."""
    people = nation.people[room.line]
    share = planning.video_share.get(room.line, nation.demand[room.line]["video_share"]["value"])
    calls = sum(c.calls_per_year for c in room.centres)
    on = [c for c in room.centres if (c.video_full_rollout if full_rollout else c.video) == ON_VIDEO]
    chain, session = chain_of(nation, room.line), _spread(people.holds_video_s)
    resource = nation.resource_persons
    assert resource is not None  # NEEDED
    looks, fails = _spread(resource.looks_s), _fails(nation, way_of(chain, subscribers_of(nation)))
    return Video(
        share=share * sum(c.calls_per_year for c in on) / calls if calls else 0.0,
        seen=1.0 - sum(fails),
        fails=fails,
        chain=chain,
        gives_up_s=GIVES_UP_S,
        session_s_median=session.a,
        session_sigma=session.sigma,
        resource_asked=resource.asked[room.line].value,
        looks_s_median=looks.a,
        looks_sigma=looks.sigma,
    )


def chain_of(nation: Nation, line: Line) -> Chain:
    """The line's people, and the machines as the nation has them now (`lab113 calibrate` measures them)."""
    people, machines = nation.people[line], nation.models

    def taken(wait: Wait) -> Lognormal:
        return Lognormal.by_p95(wait.median, wait.p95)

    return Chain(
        asks=taken(people.asks_video_after_s),
        replies=taken(people.replies_after_s),
        sends=taken(people.sends_link_after_s),
        request=taken(machines.request_s),
        opens=taken(people.opens_link_after_s),
        consents=taken(people.consents_after_s),
        connects=taken(machines.setup_s),
    )


def _fails(nation: Nation, way: Way) -> tuple[float, ...]:
    """Of the requests what each step of the funnel stops. Its shares are of all requests, and have no step
    for a way that takes longer than the operator waits, which the engine counts itself: those are taken from
    the steps after the SMS has come.
    """
    shares = [nation.funnel[step].share if step in nation.funnel else 0.0 for step in STEPS]
    first, last = shares[:REFUSED_ON_PAGE], shares[REFUSED_ON_PAGE:]
    too_late = (1.0 - sum(shares)) * (1.0 / way.share_within(GIVES_UP_S) - 1.0)
    left = max(0.0, 1.0 - too_late / sum(last)) if sum(last) else 0.0
    return (*first, *(share * left for share in last))


def _pick_up(nation: Nation, line: Line) -> PickUp:
    ring, work = _spread(nation.people[line].picks_up_after_s), nation.workload[line]
    return PickUp(ring.a, ring.sigma, work.other_work.value, work.other_work_s.value)


def _longer(spread: Spread, factor: float) -> Spread:
    return replace(spread, a=spread.a * factor)


def _spread(wait: Wait) -> Spread:
    return Spread("lognormal", wait.median, log(wait.p95 / wait.median) / Z95)
