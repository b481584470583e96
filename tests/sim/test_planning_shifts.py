"""The operator's day: shifts, breaks, staff-years; resource persons and media servers."""

import numpy as np
import pytest

pytest.importorskip("numba", reason="the planning extra")

from sim.nation import DATA, ShiftTimes, load_nation
from sim.planning import told as story
from sim.planning.cost import servers_for, staff_years
from sim.planning.country import Country, Desk
from sim.planning.demand import country_of
from sim.planning.outcome import told
from sim.planning.question import Planning
from sim.planning.resource_persons import Looks, fewest, looks_of
from sim.planning.shifts import on_shift, open_seats
from sim.planning.tables import HOURS
from sim.planning.year import tell

NORWAY = load_nation("norway", DATA)
AMK = NORWAY.shifts["113"]


def day(hours: np.ndarray) -> list[int]:  # type: ignore[type-arg]
    assert np.array_equal(hours, np.resize(hours[:24], HOURS))
    return [int(n) for n in hours[:24]]


def test_four_seats_by_shift_with_breaks_in_turn() -> None:
    assert day(on_shift(4, AMK)) == [3] * 7 + [4] * 15 + [3] * 2
    seats = day(open_seats(4, AMK))
    assert seats[7:15] == [4, 4, 4, 3, 3, 4, 4, 4]  # four half hours, one operator at a time
    assert seats[15:22] == [4, 4, 4, 3, 3, 4, 4]
    assert (seats[1:3], seats[22:]) == ([2, 2], [3, 3])  # three by night, their breaks from one o'clock on


def test_a_break_never_closes_the_centre_and_nobody_is_alone() -> None:
    assert min(open_seats(1, AMK)) == 1
    assert set(on_shift(1, AMK)) == {2}
    alone = NORWAY.shifts["116117"]
    assert (set(on_shift(1, alone)), set(open_seats(1, alone))) == ({1}, {1})


def test_many_seats_have_their_breaks_before_the_shift_ends() -> None:
    away = day(on_shift(30, AMK) - open_seats(30, AMK))
    assert sum(away) >= 0.5 * (30 + 30 + 23)
    assert all(away[hour] == 0 for hour in (6, 7, 14, 15, 21, 22))


@pytest.mark.parametrize(
    "wrong", [{"begins": ["07:00", "15:00"]}, {"begins": ["15:00", "07:00", "22:00"]}, {"begins": ["07:30"]}]
)
def test_shifts_that_are_none_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="begins"):
        ShiftTimes.model_validate({**AMK.times.model_dump(), **wrong})


def test_a_round_the_clock_seat_is_five_to_seven_staff_years() -> None:
    assert 5 < staff_years(HOURS, NORWAY) < 7


def test_shifts_spare_staff_and_cost_waiting() -> None:
    lv = [centre.seats for centre in NORWAY.centres if centre.line == "116117"]
    by_hour = sum(on_shift(seats, NORWAY.shifts["116117"]) for seats in lv)
    assert by_hour[0] / by_hour[12] == pytest.approx(112 / 158, abs=0.06)  # Raknes 2017
    always, by_shift = (country_of(NORWAY, Planning(shifts=shifts)) for shifts in (False, True))
    hours = [sum(desk.staffed_h_per_week for desk in country.desks) for country in (always, by_shift)]
    assert 0.8 < hours[1] / hours[0] < 0.97
    shares = [
        float(year.streams["within"].sum() / year.streams["came_at"].sum())
        for year in (tell(country, 3, days=7.0) for country in (always, by_shift))
    ]
    assert shares[1] < shares[0]


def test_a_desk_with_other_seats_keeps_its_day() -> None:
    desk = Desk("a", open_seats(4, AMK))
    assert np.array_equal(desk.with_seats(4).seats, desk.seats)
    assert day(desk.with_seats(8).seats)[7:11] == [8, 8, 8, 6]


# ---- resource persons


def test_the_pool_by_hand() -> None:
    looks = Looks(np.array([0.0, 10.0, 20.0]), np.array([100.0, 100.0, 5.0]))
    assert looks.waits_s(1).tolist() == [0.0, 90.0, 180.0]
    assert looks.waits_s(2).tolist() == [0.0, 0.0, 80.0]
    assert [fewest([looks], share, 60.0) for share in (0.3, 0.6, 0.9)] == [1, 2, 3]
    assert fewest([Looks(np.zeros(0), np.zeros(0))], 0.9, 60.0) == 1


def test_both_engines_ask_the_same_persons() -> None:
    country = country_of(NORWAY, Planning(video_share={"113": 0.3, "116117": 0.3}, overflow=False))
    desks = [desk for desk in country.desks if desk.name in ("AMK Bergen", "LV 002")]
    names = [desk.name for desk in desks]
    few = Country(tuple(desks), tuple(stream for stream in country.streams if stream.desk in names))
    fast = told(few, 7, 0, 3.0, 0.0).looks
    year = story.tell(few, 7, days=3.0, warm_up_days=0.0)
    sessions = year.book.sessions[: int(year.book.run["sessions"][0])]
    slow = looks_of(sessions, year.names, year.streams["entity"], few, 7, 0)
    assert len(fast.asked_s) > 20
    assert fast.asked_s == pytest.approx(slow.asked_s)
    assert fast.takes_s == pytest.approx(slow.takes_s)


# ---- media servers


def test_servers_for_nearly_all_time_and_one_to_spare() -> None:
    assert NORWAY.media is not None
    servers = servers_for([0.9, 0.0999, 0.0001 - 1e-6] + [0.0] * 28 + [1e-6], NORWAY.media)
    assert (servers.sessions, servers.servers) == (2, 2)
    assert (servers.mbit_per_s_in, servers.mbit_per_s_out) == (3.0, 6.0)
    many = servers_for([0.5] + [0.0] * 30 + [0.5], NORWAY.media)
    assert (many.sessions, many.servers) == (31, 4)
