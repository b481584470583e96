"""What a plan costs a year: operators, the video service, media servers, SMS."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil

import numpy as np

from sim.nation import Line, Media, Nation, Payer
from sim.planning.country import Desk
from sim.planning.question import Planning, WrongKey
from sim.planning.tables import Floats
from sim.reading import nearest

WEEKS = 365.0 / 7.0
YEAR_H = 8760.0
ASKED = "A as asked for in [planning]"


@dataclass(frozen=True, slots=True)
class Servers:
    """Media servers with the spare ones, and the lines to and from them, for `of_all_time` of the time."""

    of_all_time: float
    sessions: int
    """So many at once, or fewer."""
    servers: int
    mbit_per_s_in: float
    mbit_per_s_out: float


def servers_for(at_once: Sequence[float], media: Media) -> Servers:
    """`at_once`: the share of all time with so many sessions, from none on."""
    cumulated: Floats = np.cumsum(at_once)
    sessions = int(np.searchsorted(cumulated, media.of_all_time.value * cumulated[-1]))
    needed = ceil(sessions / media.sessions_per_server.value)
    mbit_per_s = sessions * media.mbit_per_s.value
    return Servers(
        of_all_time=media.of_all_time.value,
        sessions=sessions,
        servers=needed + int(media.spare_servers.value),
        mbit_per_s_in=mbit_per_s,
        mbit_per_s_out=mbit_per_s * media.viewers.value,
    )


def staff_years(staffed_h_per_week: float, nation: Nation) -> float:
    return staffed_h_per_week * WEEKS / float(nation.cost["staff_h_per_year"]["value"])


def priced(nation: Nation, planning: Planning) -> Nation:
    """With the question's own prices and payers. Raises NoAnswer where a price is unknown."""
    cost = dict(nation.cost)
    for name, value in planning.cost.items():
        if name not in cost:
            raise WrongKey(("cost", name), f"no number {name!r}; {nearest(name, cost)}")
        cost[name] = {**cost[name], "value": value, "source": ASKED}
    asked = {line: Payer(payer=who, source=ASKED) for line, who in planning.seat_fee_paid_by.items()}
    payers = {**nation.seat_fee_paid_by, **asked}
    return nation.model_copy(update={"cost": cost, "seat_fee_paid_by": payers})


def seat_fees(seats: Mapping[Line, int], nation: Nation) -> dict[str, float]:
    """Kroner a year for the video service by who pays; `seats` are by line."""
    payers, kr = nation.seat_fee_paid_by, float(nation.cost["seat_kr_per_year"]["value"])
    fees: dict[str, float] = {}
    for line, there in seats.items():
        payer = payers[line].payer if line in payers else "nobody named"
        fees[payer] = fees.get(payer, 0.0) + there * kr
    return fees


def cost_of(desks: Sequence[Desk], servers: Servers, sms_per_week: float, nation: Nation) -> dict[str, float]:
    """Seats, hours on them, staff-years; and kroner a year."""

    def number(name: str) -> float:
        return float(nation.cost[name]["value"])

    seats = float(sum(int(desk.seats.max()) for desk in desks))
    staffed_h = float(sum(desk.staffed_h_per_week for desk in desks))
    staff = staff_years(staffed_h, nation)
    return {
        "seats": seats,
        "staffed_h_per_week": staffed_h,
        "staff_years": staff,
        "staff_kr_per_year": staff * number("staff_kr_per_year"),
        "video_service_kr_per_year": seats * number("seat_kr_per_year"),
        "media_servers": float(servers.servers),
        "media_servers_kr_per_year": servers.servers * YEAR_H * number("media_server_kr_per_h"),
        "sms_kr_per_year": sms_per_week * WEEKS * number("sms_kr"),
    }
