"""Dynamic allocation: where free ambulances stand."""

import numpy as np
import pytest
from ambulance_area_rig import SEED, midt, norway, replicated_figures, town

from sim.planning.ambulance.comparison import Design
from sim.planning.ambulance.demand import HOUR_S, Demand, Forecast, calls_of
from sim.planning.ambulance.policies import (
    ComplianceTable,
    Dmexclp,
    Ground,
    HomeStation,
    Standing,
    policies_of,
)
from sim.planning.ambulance.roads import road_times
from sim.planning.ambulance.telling import tell_area
from sim.planning.ambulance.urgency import Urgency

# three stations, each covering one place; the places' calls are 3 : 2 : 1, on the last day 1 : 2 : 30
RATES = np.array([[3.0] * 144 + [1.0] * 24, [2.0] * 168, [1.0] * 144 + [30.0] * 24])
GROUND = Ground(np.eye(3, dtype=bool), Forecast(RATES))


def standing(at: dict[int, int], freed: int | None = None, now_s: float = 0.0) -> Standing:
    """On a line: the way between two stations is 100 s for each step."""
    return Standing(now_s, at, frozenset(at), freed, lambda who, station: abs(at[who] - station) * 100.0)


def test_home_station_moves_nobody() -> None:
    assert HomeStation().moves(standing({0: 0, 1: 0}, freed=1), GROUND) == {}


def test_dmexclp_sends_the_freed_one_where_it_adds_most_and_nobody_else() -> None:
    policy = Dmexclp(0.2, looks_ahead_h=1)
    assert policy.moves(standing({0: 2}, freed=0), GROUND) == {0: 0}
    assert policy.moves(standing({0: 0, 1: 2}, freed=1), GROUND) == {1: 1}  # 2 there against 0.2 * 3
    assert policy.moves(standing({0: 0, 1: 2}), GROUND) == {}


def test_dmexclp_looks_ahead() -> None:
    saturday_23 = (5 * 24 + 23) * HOUR_S
    for ahead_h, best in ((1, 0), (3, 2)):
        moves = Dmexclp(0.2, looks_ahead_h=ahead_h).moves(standing({0: 1}, 0, saturday_23), GROUND)
        assert moves == {0: best}


def test_the_compliance_table_fills_the_gap_with_the_nearest_to_spare() -> None:
    flat = Ground(np.eye(3, dtype=bool), Forecast(np.array([[3.0] * 168, [2.0] * 168, [1.0] * 168])))
    policy = ComplianceTable(0.2)
    assert flat.priorities(0.2, 4) == [0, 1, 2, 0]
    assert policy.moves(standing({0: 0, 1: 0, 2: 2}), flat) == {0: 1}
    assert policy.moves(standing({0: 0, 1: 1, 2: 2}), flat) == {}
    assert policy.moves(standing({0: 2}), flat) == {0: 0}


def test_the_compliance_table_empties_no_station_that_it_wants_manned() -> None:
    four = Ground(np.eye(4, dtype=bool), Forecast(np.array([[rate] * 168 for rate in (4.0, 3.0, 2.0, 1.0)])))
    policy = ComplianceTable(0.1)
    assert policy.moves(standing({0: 0, 1: 0, 2: 1, 3: 1}), four) == {2: 2, 0: 3}


def test_crews_on_call_stay_at_home() -> None:
    at_home = Standing(0.0, {0: 2}, frozenset(), 0, lambda who, station: 1.0)
    assert [policy.moves(at_home, GROUND) for policy in (Dmexclp(0.2), ComplianceTable(0.2))] == [{}, {}]


def test_the_forecast_counts_the_hours_of_the_week_round_its_end() -> None:
    forecast = GROUND.forecast
    assert forecast.next_hours(167 * HOUR_S, 2).tolist() == [4.0, 4.0, 31.0]
    assert forecast.next_hours(0.0, 168).tolist() == RATES.sum(axis=1).tolist()
    assert forecast.next_hours(168 * HOUR_S + 5, 1).tolist() == [3.0, 2.0, 1.0]


def test_a_station_covers_the_places_in_reach_of_their_goal() -> None:
    area, demand = midt(), Demand.of(norway())
    covers = Ground.of(area, demand, road_times(area)).covers
    places = [place.name for place in area.places]
    assert covers[1, places.index("Aure")]
    assert not covers[1, places.index("Brandal")]
    assert covers.any(axis=0).sum() >= len(places) - 2  # the two urban ones are 12 minutes off


def test_in_a_busy_town_dynamic_allocation_shortens_acute_responses() -> None:
    demand = Demand.of(norway())
    designs = [Design(name, town(), demand, policy) for name, policy in policies_of(town()).items()]
    home, *others = replicated_figures(*designs, replications=3, days=25)
    assert len(others) == 3
    for moved in others:
        assert moved["moves"].mean > home["moves"].mean == 0
        assert moved["acute_s_mean"].less(home["acute_s_mean"]).mean < -10
    assert others[1] != others[2]  # who looks ahead decides otherwise


def test_the_look_ahead_is_nearer_to_what_comes_than_the_mean_week() -> None:
    """By place, of calls in the next 3 hours, over 8 weeks: the mean absolute error."""
    calls = calls_of(town(), Demand.of(norway()), SEED, 0, 56)
    at_s, place = calls.at_s[calls.told != Urgency.PLANNED], calls.place[calls.told != Urgency.PLANNED]
    hours = np.histogram2d(place, at_s / HOUR_S, bins=[range(len(town().places) + 1), range(56 * 24 + 1)])[0]
    came = [hours[:, h : h + 3].sum(axis=1) for h in range(0, 56 * 24, 3)]
    forecast = Forecast(Demand.of(norway()).call_rates(town()))
    ahead = [forecast.next_hours(h * HOUR_S, 3) for h in range(0, 56 * 24, 3)]
    flat = forecast.next_hours(0.0, 168) * 3 / 168
    error, error_flat = (
        np.abs(np.array(came) - np.array(told)).mean() for told in (ahead, [flat] * len(came))
    )
    assert error < 0.92 * error_flat  # most of what is left is chance
    assert np.array(ahead).sum() == pytest.approx(np.array(came).sum(), rel=0.03)


def test_a_policy_of_one_s_own_plugs_in() -> None:
    class All:
        """Everybody stands by at the first station."""

        name = "all at one"

        def moves(self, standing: Standing, ground: Ground) -> dict[int, int]:
            return dict.fromkeys(standing.movable, 0)

    demand = Demand.of(norway())
    home, crowded = (tell_area(town(), demand, policy, SEED, 0, 5) for policy in (HomeStation(), All()))
    assert crowded.stations[0].stood_h > 3 * home.stations[0].stood_h
    assert sum(each.stood_h for each in crowded.stations[1:]) < 0.2 * crowded.stations[0].stood_h
    assert (crowded.by_urgency["acute"].mean_s or 0) > (home.by_urgency["acute"].mean_s or 0)
