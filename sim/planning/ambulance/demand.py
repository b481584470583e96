"""The calls of an area over some days: when, where, what is told, what is needed, how long each step lasts.

Every property of a call is drawn by the call (place and number), never by the vehicle that goes: two
designs meet the same calls, and the same patients take the same time (common random numbers).
Times are seconds since a Monday 00:00.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Self

import numpy as np
import numpy.typing as npt
from scipy.special import gammaincinv, ndtri

from draws import entity_number, uniforms
from sim.nation import Nation
from sim.planning.ambulance.area import Area, Place
from sim.planning.ambulance.kinds import PlaceKind
from sim.planning.ambulance.triage import Codes, Triage, load_triage
from sim.planning.ambulance.urgency import RESPONSES, Urgency
from sim.planning.question import NoAnswer

Column = npt.NDArray[np.float64]
Draw = Callable[[str], Column]

HOUR_S, DAY_S = 3600.0, 86400.0
YEAR_H = 8760.0
GOALS: tuple[PlaceKind, ...] = ("urban", "rural")


@dataclass(frozen=True)
class Demand:
    """What an area is asked for. `growth` multiplies calls and booked transports; 1.06 is 6 % more."""

    week: tuple[tuple[float, ...], tuple[float, ...]]  # 24 hours of a weekday and of a weekend day, mean 1
    days: tuple[float, ...]  # Monday first, mean 1
    day_cv: float  # over-dispersion: a gamma factor a day
    triage: Triage
    goals_s: dict[PlaceKind, float]
    video_share: float  # of calls, those in which video is asked for
    growth: float = 1.0

    @classmethod
    def of(
        cls,
        nation: Nation,
        triage: Triage | None = None,
        goals_s: Mapping[PlaceKind, float] | None = None,
        **changes: float,
    ) -> Self:
        """The nation's 113 profile, video share and goals, but for those given; `changes` are video_share,
        growth or day_cv. Raises NoAnswer."""
        if "113" not in nation.demand or not {f"ambulance_{kind}" for kind in GOALS} <= set(nation.targets):
            raise NoAnswer(
                f"{nation.title}: has no [demand.113], or in [targets] no ambulance_urban and "
                "ambulance_rural; plan with the nation 'norway', or copy them from there"
            )
        line, targets = nation.demand["113"], nation.targets
        told = {"day_cv": line["day_cv"]["value"], "video_share": line["video_share"]["value"], **changes}
        return cls(
            week=(tuple(line["hours_weekday"]["values"]), tuple(line["hours_weekend"]["values"])),
            days=tuple(line["days"]["values"]),
            triage=triage or load_triage(),
            goals_s={kind: targets[f"ambulance_{kind}"]["within_s"] for kind in GOALS} | dict(goals_s or {}),
            **told,
        )

    def call_rates(self, area: Area) -> Column:
        """Calls an hour, for each place and each of the 168 hours."""
        week = np.array([[self.week[day > 4][hour] for hour in range(24)] for day in range(7)])
        return np.array(
            [self._per_hour(area.contacts_per_1000, p) * self._of_days(p, week) for p in area.places]
        )

    def planned_rates(self, area: Area) -> Column:
        """Booked transports an hour, likewise; on weekdays."""
        week = np.array([np.array(area.planned_week) * 7 / 5 * (day < 5) for day in range(7)]).ravel()
        return np.array([self._per_hour(area.planned_per_1000, place) * week for place in area.places])

    def _per_hour(self, per_1000: float, place: Place) -> float:
        return self.growth * per_1000 * place.inhabitants / 1000 / YEAR_H

    def _of_days(self, place: Place, week: Column) -> Column:
        hours = week * np.array(place.hours or (1.0,) * 24)
        hours *= week.mean() / hours.mean()
        return np.asarray((hours * np.array(place.days or self.days)[:, None]).ravel(), np.float64)


@dataclass(frozen=True)
class Forecast:
    """The look-ahead: how many calls are expected of each place in the next hours."""

    rates: Column  # calls an hour by place and hour of the week

    def next_hours(self, now_s: float, hours: int) -> Column:
        """Calls by place from the hour of `now_s` on; 168 hours ahead is the mean week. hours is 1 to 168."""
        return np.asarray(self._ahead(hours)[int(now_s // HOUR_S) % 168], np.float64)

    def _ahead(self, hours: int) -> Column:
        if hours not in self._known:
            sums = np.cumsum(np.hstack([np.zeros((len(self.rates), 1)), self.rates, self.rates]), axis=1)
            self._known[hours] = (sums[:, hours : hours + 168] - sums[:, :168]).T
        return self._known[hours]

    @cached_property
    def _known(self) -> dict[int, Column]:
        return {}


@dataclass(frozen=True)
class Calls:
    """One row per call, by time. Codes are those of `Urgency`; `urgency` is what is sent for in the end."""

    place: npt.NDArray[np.int64]
    at_s: Column
    told: Codes
    need: Codes
    urgency: Codes
    video: npt.NDArray[np.bool_]
    alarm_s: Column
    chute_u: Column
    drive_factor: Column
    scene_s: Column
    transported: npt.NDArray[np.bool_]
    handover_s: Column

    def __len__(self) -> int:
        return len(self.at_s)


def calls_of(area: Area, demand: Demand, seed: int, replication: int, days: int) -> Calls:
    """All calls of so many days, as a non-homogeneous Poisson process."""
    day_factors = _day_factors(demand, seed, replication, days)
    streams = [  # place, booked or not, times
        (index, planned, _arrivals(each.name, rates[index], day_factors, planned, seed, replication))
        for planned, rates in ((False, demand.call_rates(area)), (True, demand.planned_rates(area)))
        for index, each in enumerate(area.places)
    ]
    sizes = [len(at_s) for *_, at_s in streams]
    at_s = np.concatenate([at_s for *_, at_s in streams])
    by_time = np.argsort(at_s, kind="stable")
    place = np.repeat([index for index, *_ in streams], sizes)[by_time]
    planned = np.repeat([planned for _, planned, _ in streams], sizes)[by_time]
    number = np.concatenate([np.arange(size, dtype=np.uint64) for size in sizes])[by_time]
    entities = np.array([entity_number(each.name) for each in area.places], np.uint64)[place]
    ks = number * np.uint64(2) + planned.astype(np.uint64)  # a place's calls and its booked transports apart

    def draw(purpose: str) -> Column:
        return uniforms(seed, f"ambulance.{purpose}", entities, ks, replication)

    return _told(area, demand, place, at_s[by_time], planned, draw)


def _told(
    area: Area,
    demand: Demand,
    place: npt.NDArray[np.int64],
    at_s: Column,
    planned: npt.NDArray[np.bool_],
    draw: Draw,
) -> Calls:
    told, need = demand.triage.told_and_needed(draw("told"), draw("need"))
    told, need = (np.where(planned, Urgency.PLANNED, codes).astype(np.int8) for codes in (told, need))
    video = (draw("video") < demand.video_share) & ~planned
    urgency = np.where(video, demand.triage.after_video(told, need, draw("shown")), told).astype(np.int8)
    alarm_u, scene_u = draw("alarm"), draw("scene")
    alarm_s, scene_s = np.zeros(len(at_s)), np.zeros(len(at_s))
    transport = np.zeros(len(at_s))
    for name in RESPONSES:
        rows = urgency == Urgency[name.upper()]
        alarm_s[rows] = area.responses[name].alarm.at(alarm_u[rows])
    for need_name, care in area.care.items():
        rows = need == Urgency[need_name.upper()]
        scene_s[rows], transport[rows] = care.scene.at(scene_u[rows]), care.transported
    return Calls(
        place=place,
        at_s=at_s,
        told=told,
        need=need,
        urgency=urgency,
        video=video,
        alarm_s=alarm_s,
        chute_u=draw("chute"),
        drive_factor=np.exp(area.drive_sigma * ndtri(draw("drive"))),
        scene_s=scene_s,
        transported=draw("transported") < transport,
        handover_s=area.handover.at(draw("handover")),
    )


def _day_factors(demand: Demand, seed: int, replication: int, days: int) -> Column:
    if demand.day_cv == 0:
        return np.ones(days)
    shape = 1 / demand.day_cv**2
    u = uniforms(seed, "ambulance.day", np.arange(days, dtype=np.uint64), 0, replication)
    return np.asarray(gammaincinv(shape, u) / shape, np.float64)


def _arrivals(
    name: str, rates: Column, day_factors: Column, planned: bool, seed: int, replication: int
) -> Column:
    """The times of one place: a unit Poisson process read on the clock of the cumulated rate. Exact, and no
    candidate is thrown away; growth moves the calls, a longer run adds some behind."""
    hours = np.arange(24 * len(day_factors))
    cumulated = np.concatenate([[0.0], np.cumsum(rates[hours % 168] * day_factors[hours // 24])])
    number = int(cumulated[-1] + 8 * np.sqrt(cumulated[-1]) + 20)  # more than ever come
    purpose = "ambulance.booked" if planned else "ambulance.gap"
    entity = np.full(1, entity_number(name), np.uint64)
    gaps = -np.log1p(-uniforms(seed, purpose, entity, np.arange(number, dtype=np.uint64), replication))
    epochs = np.cumsum(gaps)
    epochs = epochs[epochs < cumulated[-1]]
    hour = np.searchsorted(cumulated, epochs, side="right") - 1
    return np.asarray((hour + (epochs - cumulated[hour]) / (cumulated[hour + 1] - cumulated[hour])) * HOUR_S)
