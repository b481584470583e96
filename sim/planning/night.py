"""Night routing: at some hours another centre takes a centre's calls, and its own seats are closed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from sim.nation import Centre
from sim.planning.country import Desk, Stream
from sim.planning.question import NightRoute, Planning, WrongKey
from sim.planning.tables import HOURS
from sim.reading import nearest
from sim.toml_lines import KeyPath

SentTo = dict[str, dict[int, str]]  # by desk and hour of the week


@dataclass(frozen=True, slots=True)
class Place:
    """Where a desk is (a merged one: where its first centre is), and how many calls it has."""

    centre: Centre
    calls: float


def by_night(
    desks: Sequence[Desk], streams: Sequence[Stream], at: Mapping[str, Centre], planning: Planning
) -> tuple[Desk, ...]:
    """The desks as `planning.night` has them. Raises NoAnswer."""
    calls = dict.fromkeys(at, 0.0)
    for stream in streams:
        calls[stream.desk] += float(stream.calls_per_s.sum())
    places = {name: Place(centre, calls[name]) for name, centre in at.items()}
    sent: SentTo = {}
    for n, route in enumerate(planning.night):
        _send(sent, ("night", n), route, desks, places)
    _ends_somewhere(sent)
    return tuple(_closed(desk, sent[desk.name]) if desk.name in sent else desk for desk in desks)


def _send(
    sent: SentTo, where: KeyPath, route: NightRoute, desks: Sequence[Desk], places: Mapping[str, Place]
) -> None:
    named: list[tuple[KeyPath, str | None]] = [(("centres", n), c) for n, c in enumerate(route.centres)]
    for keys, name in [*named, (("to",), route.to)]:
        if name is not None and name not in places:
            raise WrongKey((*where, *keys), f"no centre {name!r}; {nearest(name, places)}")
    small = [desk.name for desk in desks if desk.seats.max() <= (route.seats_up_to or 0)]
    who = route.centres or [name for name in small if places[name].centre.line == route.line]
    for name in who:
        to = route.to or _largest(name, who, places)
        if to is None:
            raise WrongKey(where, f"nobody is left in {name}'s region to take its calls; say `to`")
        if to != name or route.centres:
            _send_one(sent, where, name, to, route.hours, places)


def _send_one(
    sent: SentTo, where: KeyPath, name: str, to: str, hours: Sequence[int], places: Mapping[str, Place]
) -> None:
    if places[name].centre.line != places[to].centre.line or name == to:
        raise WrongKey(where, f"{name} cannot go to {to}; it must be another centre of the same line")
    hours_of = sent.setdefault(name, {})
    for hour in hours:
        if hours_of.setdefault(hour, to) != to:
            raise WrongKey(where, f"{name} goes to {hours_of[hour]} at these hours already; name it once")


def _largest(name: str, who: Sequence[str], places: Mapping[str, Place]) -> str | None:
    """Of the others of its line and region the one with most calls, if any stays open."""
    here = places[name].centre
    open_ones = [
        other
        for other, place in places.items()
        if other not in who and (place.centre.line, place.centre.region) == (here.line, here.region)
    ]
    return max(open_ones, key=lambda other: places[other].calls, default=None)


def _ends_somewhere(sent: SentTo) -> None:
    for name, hours in sent.items():
        for hour, to in hours.items():
            if hour in sent.get(to, {}):
                raise WrongKey(
                    ("night",),
                    f"{name} goes to {to}, which goes to {sent[to][hour]} at that hour; "
                    "send both to one that is open",
                )


def _closed(desk: Desk, sent_to: dict[int, str]) -> Desk:
    open_then = np.ones(HOURS, np.int64)
    open_then[list(sent_to)] = 0
    on_shift = None if desk.on_shift is None else desk.on_shift * open_then
    return replace(desk, seats=desk.seats * open_then, on_shift=on_shift, sent_to=sent_to)
