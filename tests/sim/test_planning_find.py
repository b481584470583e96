"""The fewest seats."""

from dataclasses import astuple, replace

import numpy as np
import pytest

from draws import Lognormal
from sim.nation import DATA, load_nation
from sim.planning.chain import Chain
from sim.planning.country import Country, Desk, PickUp, Spread, Stream
from sim.planning.demand import country_of
from sim.planning.find import Found, fewest_seats
from sim.planning.question import Planning
from sim.planning.time_to_video import TimeToVideo, times_to_video

SHORT = Planning(days=7, warm_up_days=0.5, replications=2)


def country(erlangs: float, **stream: object) -> Country:
    rate = np.full(168, erlangs / 60.0)
    calls = Stream("x/113", "x", "113", rate, Spread("exponential", 60.0), target_s=20.0, **stream)  # type: ignore[arg-type]
    return Country((Desk.of("x", 1),), (calls,))


def test_as_erlang_c_has_it() -> None:
    """10 erlangs, 80 % within 20 s, a minute's talk: 13 seats give 89.5 %, 12 give 77.0 %."""
    (found,) = fewest_seats(country(10.0), {"113": 0.8}, 7, SHORT)
    assert found.seats == 13
    assert found.share_in_time == pytest.approx(0.895, abs=0.01)
    assert found.before == pytest.approx(0.77, abs=0.02)


def test_one_seat_may_do() -> None:
    assert fewest_seats(country(0.01), {"113": 0.8}, 7, SHORT)[0].seats == 1


def without_seats(erlangs: float, planning: Planning = SHORT, **stream: object) -> Found:
    (found,) = fewest_seats(country(erlangs, **stream), {"113": 0.8}, 7, planning)
    assert found.seats is None
    return found


def test_no_seats_are_enough_where_picking_up_takes_too_long() -> None:
    found = without_seats(1.0, pick_up=PickUp(30.0, 0.1))
    assert "picking up lets only 0.0% within 20 s" in found.why
    assert found.other_work_most is None


def test_other_work_is_named_with_how_much_of_it_there_may_be() -> None:
    """So much of it, and there are seats that hold the target; a little more, and there are none."""
    found = without_seats(2.0, pick_up=PickUp(1.0, 0.1, other_work=0.5, other_work_s=60.0))
    assert found.why.startswith("50.0% of the calls find the operator at other work, 60 s more")
    assert found.share_in_time == pytest.approx(1 - 0.5 * np.exp(-19 / 60), abs=0.02)
    assert found.without_it == pytest.approx(1.0)
    assert found.other_work_most == pytest.approx(0.2 / np.exp(-19 / 60), abs=0.02)
    assert found.nearly is not None
    assert 3 <= found.nearly <= 10
    for work, holds in ((found.other_work_most - 0.02, True), (found.other_work_most + 0.03, False)):
        pick_up = PickUp(1.0, 0.1, other_work=work, other_work_s=60.0)
        (again,) = fewest_seats(country(2.0, pick_up=pick_up), {"113": 0.8}, 7, SHORT)
        assert (again.seats is not None) == holds


def test_too_many_calls_for_any_seats() -> None:
    found = without_seats(600.0, Planning(days=1, warm_up_days=0.2, replications=2))
    assert "500 seats are too few" in found.why


def test_the_other_centres_are_found_when_one_has_no_number() -> None:
    slow, quick = country(1.0, pick_up=PickUp(30.0, 0.1)), country(10.0)
    other = replace(quick.streams[0], name="y/113", desk="y")
    both = Country((*slow.desks, Desk.of("y", 1)), (*slow.streams, other))
    assert [one.seats for one in fewest_seats(both, {"113": 0.8}, 7, SHORT)] == [None, 13]


def test_time_to_video_is_held_against_its_target_and_says_what_would_hold_it() -> None:
    nation = load_nation("norway", DATA)
    asked = Planning(days=14, warm_up_days=0.5, replications=3)

    def times(factor: float) -> list[TimeToVideo]:
        """Every stage so many times as long."""
        country = country_of(nation, asked)
        kept = tuple(s for s in country.streams if s.desk == "AMK Oslo")
        chain = Chain(*(Lognormal(m * factor, s) for m, s in astuple(kept[0].video.chain)))
        streams = tuple(replace(s, video=replace(s.video, share=0.5, chain=chain)) for s in kept)
        carriers = tuple(
            replace(
                one,
                body=Lognormal(one.body.median * factor, one.body.sigma),
                tail_s_min=one.tail_s_min * factor,
            )
            for one in country.carriers
        )
        alone = replace(country, desks=(Desk.of("AMK Oslo", 30),), streams=streams, carriers=carriers)
        return times_to_video(alone, nation, 5, asked)

    (time,) = times(1.2)
    assert (time.held, time.within_s, time.share) == (False, 60.0, 0.95)
    assert 60.0 < time.at_share_s.mean < 80.0
    (mended,) = times(1.2 * time.median_s_needed / time.median_s)
    assert mended.at_share_s.mean == pytest.approx(60.0, abs=3.0)
