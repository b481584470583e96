"""A stretch of time at every desk, told by the compiled engine."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from draws import entity_number, stream_key
from sim.planning.country import Country, Desk, Stream
from sim.planning.days import day_factors
from sim.planning.groups import groups_of
from sim.planning.seats import tell_group
from sim.planning.tables import (
    CONSTANT,
    DESK,
    EXPONENTIAL,
    HELPERS_MAX,
    HOURS,
    LOGNORMAL,
    RUN,
    SESSION,
    STREAM,
    WAITING,
    WAITING_MAX,
    WAY,
    Book,
    Group,
    Records,
)

DAY_S = 86_400.0
_KINDS = {"lognormal": LOGNORMAL, "exponential": EXPONENTIAL, "constant": CONSTANT}


class Overrun(Exception):
    """A queue without end; the text names the desk and the remedy."""


@dataclass(frozen=True, eq=False, slots=True)
class Year:
    """What came of it, by stream and by desk, in the order of these names. `counted_s` is without warm-up."""

    names: tuple[str, ...]
    desks: tuple[str, ...]
    book: Book
    counted_s: float

    @property
    def streams(self) -> Records:
        return self.book.streams


def tell(
    country: Country,
    seed: int,
    *,
    replication: int = 0,
    days: float = 365.0,
    warm_up_days: float = 1.0,
    ways: int = 0,
) -> Year:
    """So many counted days after the warm-up, from a Monday 00:00. `ways`: of so many calls (`Book.ways`).

    Raises Overrun.
    """
    groups = groups_of(country.desks)
    desks = [country.desks[n] for group in groups for n in group]
    place = {desk.name: n for n, desk in enumerate(desks)}
    streams = sorted(country.streams, key=lambda stream: place[stream.desk])
    run = _run(seed, replication, days, warm_up_days)
    day = day_factors(streams, seed, replication, int(np.ceil(days + warm_up_days)))
    book = _book(run, streams, desks, place, day, ways)
    for group in _groups(groups, desks, streams):
        broken = tell_group(book, group)
        if broken >= 0:
            raise Overrun(
                f"{desks[broken].name}: more than {WAITING_MAX} calls wait at once; "
                "give it more seats, or its callers a patience"
            )
    names = tuple(stream.name for stream in streams)
    return Year(names, tuple(desk.name for desk in desks), book, days * DAY_S)


def _run(seed: int, replication: int, days: float, warm_up_days: float) -> Records:
    run = np.zeros(1, RUN)
    for key in ("call", "wait", "video"):
        run[f"key_{key}"] = stream_key(seed, replication, f"plan/{key}")
    run["count_from_s"] = warm_up_days * DAY_S
    run["end_s"] = (days + warm_up_days) * DAY_S
    return run


def _book(
    run: Records, streams: list[Stream], desks: list[Desk], place: dict[str, int], day: Any, ways: int
) -> Book:
    laid = np.concatenate([_stream(stream, place) for stream in streams])
    seats_max = max(int(desk.seats.max()) for desk in desks)
    counted_s = float(run["end_s"][0] - run["count_from_s"][0])
    sessions = float((laid["calls_per_s"].mean(axis=1) * laid["video_share"]).sum()) * counted_s
    return Book(
        run=run,
        streams=laid,
        desks=np.concatenate([_desk(desk, place) for desk in desks]),
        day=day,
        held_until=np.zeros((len(desks), seats_max + 1)),
        waiting=np.zeros((len(desks), 2, WAITING_MAX), WAITING),
        sessions=np.zeros(int(1.5 * sessions + 10 * sessions**0.5) + 1, SESSION),
        ways=np.zeros(ways, WAY),
    )


def _stream(stream: Stream, place: dict[str, int]) -> Records:
    laid = np.zeros(1, STREAM)
    video, pick_up = stream.video, stream.pick_up
    given = {
        "entity": entity_number(stream.name),
        "desk": place[stream.desk],
        "priority": stream.priority,
        "calls_per_s": stream.calls_per_s,
        "talk_kind": _KINDS[stream.talk.kind],
        "talk_s": stream.talk.a,
        "talk_sigma": stream.talk.sigma,
        "wrap_s": stream.wrap_s,
        "patience_s": stream.patience_s,
        "ring_s": pick_up.ring_s_median,
        "ring_sigma": pick_up.ring_sigma,
        "other_work": pick_up.other_work,
        "other_work_s": pick_up.other_work_s,
        "target_s": stream.target_s,
        "video_share": video.share,
        "video_seen": video.seen,
        "asked_s": video.asked_s,
        "to_video_s": video.to_video_s_median,
        "to_video_sigma": video.to_video_sigma,
        "gives_up_s": video.gives_up_s,
        "session_s": video.session_s_median,
        "session_sigma": video.session_sigma,
    }
    for name, value in given.items():
        laid[name] = value
    return laid


def _desk(desk: Desk, place: dict[str, int]) -> Records:
    laid = np.zeros(1, DESK)
    helpers = [place[other] for other in desk.helpers]
    laid["seats"], laid["overflow_after_s"] = desk.seats, desk.overflow_after_s
    laid["helpers"] = helpers + [-1] * (HELPERS_MAX - len(helpers))
    laid["sent_to"] = [place[desk.sent_to.get(hour, desk.name)] for hour in range(HOURS)]
    return laid


def _groups(groups: list[list[int]], desks: list[Desk], streams: list[Stream]) -> list[Group]:
    found, first, stream = [], 0, 0
    for members in groups:
        here = desks[first : first + len(members)]
        names = {desk.name for desk in here}
        end = stream + sum(one.desk in names for one in streams)
        helps = any(desk.helpers for desk in here)
        shifts = any(bool(np.any(desk.seats != desk.seats[0])) for desk in here)
        found.append(Group(first, first + len(members), stream, end, helps, shifts))
        first, stream = first + len(members), end
    return found
