"""A country as the compiled engine reads it: its book, opened and still empty."""

from collections.abc import Sequence
from dataclasses import astuple, dataclass, fields

import numpy as np

from draws import entity_number, stream_key
from sim.planning.carriers import Subscribers
from sim.planning.chain import Chain
from sim.planning.country import Country, Desk, Stream
from sim.planning.days import day_factors
from sim.planning.groups import groups_of
from sim.planning.tables import (
    AHEAD,
    CALL,
    CARRIER,
    CONSTANT,
    DESK,
    EVENT,
    EXPONENTIAL,
    HELPERS_MAX,
    LOGNORMAL,
    RUN,
    SESSION,
    STREAM,
    TROUBLE,
    WAITING_MAX,
    WAY,
    Book,
    Floats,
    Group,
    Records,
)

DAY_S = 86_400.0
_KINDS = {"lognormal": LOGNORMAL, "exponential": EXPONENTIAL, "constant": CONSTANT}


@dataclass(frozen=True, eq=False, slots=True)
class Begun:
    """The book, and what its rows are: desks group by group, streams in the order of their desks."""

    book: Book
    groups: list[Group]
    desks: list[Desk]
    streams: list[Stream]


def begin(
    country: Country, seed: int, replication: int, days: float, warm_up_days: float, ways: int
) -> Begun:
    """So many counted days after the warm-up, with room for so many calls' ways."""
    members = groups_of(country.desks)
    desks = [country.desks[n] for group in members for n in group]
    place = {desk.name: n for n, desk in enumerate(desks)}
    streams = sorted(country.streams, key=lambda stream: place[stream.desk])
    groups = _groups(members, desks, streams)
    laid = _streams(streams, place)
    listed = _listed(streams, laid, seed, replication, (days + warm_up_days) * DAY_S)
    desks_max = max(group.desk_end - group.desk for group in groups)
    streams_max = max(group.stream_end - group.stream for group in groups)
    seats = sum(int(desk.seats.max()) for desk in desks)
    by_rate = laid["calls_per_s"].mean(axis=1) * days * DAY_S
    sessions = float(((by_rate + laid["listed_end"] - laid["listed"]) * laid["video_share"]).sum())
    book = Book(
        run=_run(seed, replication, days, warm_up_days),
        streams=laid,
        desks=_desks(desks, place),
        day=day_factors(streams, seed, replication, int(np.ceil(days + warm_up_days))),
        events=np.zeros(streams_max + seats + desks_max * WAITING_MAX, EVENT),
        ahead=np.zeros((streams_max, AHEAD), CALL),
        drawn=np.zeros((2, 4, AHEAD)),
        waiting=np.zeros((desks_max, 2, WAITING_MAX), CALL),
        listed=listed,
        carriers=_carriers(country.carriers),
        troubles=np.array([astuple(trouble) for trouble in country.troubles], TROUBLE),
        sessions=np.zeros(int(1.5 * sessions + 10 * sessions**0.5) + 1, SESSION),
        ways=np.zeros(ways, WAY),
    )
    return Begun(book, groups, desks, streams)


def _run(seed: int, replication: int, days: float, warm_up_days: float) -> Records:
    run = np.zeros(1, RUN)
    for key in ("call", "wait", "asked", "video", "chain"):
        run[f"key_{key}"] = stream_key(seed, replication, f"plan/{key}")
    run["count_from_s"] = warm_up_days * DAY_S
    run["end_s"] = (days + warm_up_days) * DAY_S
    return run


def _streams(streams: list[Stream], place: dict[str, int]) -> Records:
    laid = np.zeros(len(streams), STREAM)
    for row, stream in zip(laid, streams, strict=True):
        video, pick_up = stream.video, stream.pick_up
        row["entity"] = entity_number(stream.name)
        row["desk"] = place[stream.desk]
        row["priority"] = stream.priority
        row["calls_per_s"] = stream.calls_per_s
        row["talk_kind"] = _KINDS[stream.talk.kind]
        row["talk_s"] = stream.talk.a
        row["talk_sigma"] = stream.talk.sigma
        row["wrap_s"] = stream.wrap_s
        row["patience_s"] = stream.patience_s
        row["ring_s"] = pick_up.ring_s_median
        row["ring_sigma"] = pick_up.ring_sigma
        row["other_work"] = pick_up.other_work
        row["other_work_s"] = pick_up.other_work_s
        row["target_s"] = stream.target_s
        row["repeats"] = stream.repeats.share
        row["repeat_s"] = stream.repeats.talk_s_median
        row["repeat_sigma"] = stream.repeats.talk_sigma
        row["video_share"] = video.share
        row["video_seen"] = video.seen
        row["fails"][: len(video.fails)] = video.bounds
        for stage in fields(Chain):
            takes = getattr(video.chain, stage.name)
            row[f"{stage.name}_s"], row[f"{stage.name}_sigma"] = takes.median, takes.sigma
        row["gives_up_s"] = video.gives_up_s
        row["session_s"] = video.session_s_median
        row["session_sigma"] = video.session_sigma
    return laid


def _carriers(carriers: Sequence[Subscribers]) -> Records:
    laid = np.zeros(len(carriers), CARRIER)
    for row, one in zip(laid, carriers, strict=True):
        row["delay_s"], row["delay_sigma"] = one.body.median, one.body.sigma
        for name in ("first", "last", "tail_share", "tail_s_min", "tail_alpha", "delay_s_max"):
            row[name] = getattr(one, name)
    return laid


def _listed(streams: list[Stream], laid: Records, seed: int, replication: int, until_s: float) -> Floats:
    """The times of all streams that have a list, one behind the other, each stream told its part."""
    parts, end = [np.zeros(0)], 0
    for row, stream in zip(laid, streams, strict=True):
        if stream.arrivals is not None:
            times = stream.arrivals.times(stream.name, seed, replication, until_s)
            row["listed"], row["listed_end"] = end, end + len(times)
            end += len(times)
            parts.append(times)
    return np.concatenate(parts)


def _desks(desks: list[Desk], place: dict[str, int]) -> Records:
    laid = np.zeros(len(desks), DESK)
    for row, desk in zip(laid, desks, strict=True):
        helpers = [place[other] for other in desk.helpers]
        row["seats"], row["overflow_after_s"] = desk.seats, desk.overflow_after_s
        row["helpers"] = helpers + [-1] * (HELPERS_MAX - len(helpers))
        row["sent_to"] = place[desk.name]
        for hour, other in desk.sent_to.items():
            row["sent_to"][hour] = place[other]
    return laid


def _groups(groups: list[list[int]], desks: list[Desk], streams: list[Stream]) -> list[Group]:
    found, first, stream = [], 0, 0
    for members in groups:
        here = desks[first : first + len(members)]
        names = {desk.name for desk in here}
        end = stream
        while end < len(streams) and streams[end].desk in names:
            end += 1
        helps = any(desk.helpers for desk in here)
        shifts = any(bool(np.any(desk.seats != desk.seats[0])) for desk in here)
        found.append(Group(first, first + len(members), stream, end, helps, shifts))
        first, stream = first + len(members), end
    return found
