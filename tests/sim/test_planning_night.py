"""Night routing: who takes whose calls, when, and that the seats are closed then."""

import numpy as np
import pytest
from pydantic import ValidationError

from sim.arrivals import OnlyAt, Trace
from sim.nation import DATA, load_nation
from sim.planning import told
from sim.planning.country import Country, Desk
from sim.planning.demand import NoPlan, country_of
from sim.planning.find import fewest_seats
from sim.planning.question import NightRoute, NoAnswer, Planning
from sim.planning.year import tell

NORWAY = load_nation("norway", DATA)
NIGHT = {"from": "23:00", "until": "08:00"}


def country(*routes: dict[str, object], **asked: object) -> Country:
    return country_of(NORWAY, Planning.model_validate({"night": [{**NIGHT, **r} for r in routes], **asked}))


def desk(there: Country, name: str) -> Desk:
    return next(desk for desk in there.desks if desk.name == name)


def test_hours_go_over_midnight() -> None:
    hours = NightRoute.model_validate({"centres": ["LV 010"], **NIGHT}).hours
    assert len(hours) == 7 * 9
    assert {hour % 24 for hour in hours} == {23, *range(8)}


def test_a_centres_night_goes_to_the_one_named_and_its_seats_are_closed() -> None:
    there = country({"centres": ["LV 050"], "to": "LV 044"}, shifts=True)
    closed = desk(there, "LV 050")
    assert set(closed.sent_to.values()) == {"LV 044"}
    assert (closed.seats[:8] == 0).all()
    assert closed.seats[8:23].min() > 0
    assert closed.staffed_h_per_week == 7 * 15 * 2 < desk(country(shifts=True), "LV 050").staffed_h_per_week


def test_all_small_ones_go_to_the_regions_largest() -> None:
    there = country({"seats_up_to": 1})
    at = {centre.name: centre for centre in NORWAY.centres}
    small = [d for d in there.desks if d.sent_to]
    assert len(small) == sum(c.line == "116117" and c.seats == 1 for c in NORWAY.centres)
    for one in small:
        (to,) = set(one.sent_to.values())
        of_region = [c for c in NORWAY.centres if (c.line, c.region) == ("116117", at[one.name].region)]
        assert at[to] == max(of_region, key=lambda c: c.calls_per_year)


def test_both_engines_route_a_nations_night() -> None:
    there = country({"seats_up_to": 2})
    fast, slow = (one(there, 5, days=2.0, warm_up_days=0.5) for one in (tell, told.tell))
    for name in ("answered", "abandoned", "within", "overflowed", "asked", "seen"):
        assert np.array_equal(fast.streams[name], slow.streams[name]), name
    night = [n for n, name in enumerate(fast.names) if desk(there, name.split("/")[0]).sent_to]
    assert fast.streams["came_at"][night][:, 24:32].sum() > 10


def test_the_fewest_seats_are_found_for_the_calls_that_a_centre_has_by_night_too() -> None:
    asked = Planning(days=7, warm_up_days=0.5, replications=2)
    there = country({"seats_up_to": 3})

    def found(country: Country, name: str) -> int:
        of_desk = tuple(s for s in country.streams if name in (s.desk, desk(country, s.desk).sent_to.get(0)))
        names = {name, *(stream.desk for stream in of_desk)}
        desks = tuple(d for d in country.desks if d.name in names)
        kept = Country(tuple(_only(d, names) for d in desks), of_desk)
        return next(one.seats for one in fewest_seats(kept, {"116117": 0.95}, 5, asked) if one.desk == name)

    (largest,) = {to for d in there.desks if d.name == "LV 094" for to in d.sent_to.values()}
    assert found(there, largest) >= found(country(), largest)


def _only(desk: Desk, names: set[str]) -> Desk:
    sent_to = {hour: to for hour, to in desk.sent_to.items() if to in names}
    return Desk(desk.name, desk.seats, sent_to=sent_to)


def test_of_a_listed_stream_only_the_nights_calls_go() -> None:
    listed = Trace(np.array([100.0, 9 * 3600.0, 23.5 * 3600.0, 169 * 3600.0]))
    assert OnlyAt(listed, frozenset((0, 1, 23))).times("x", 1, 0, 1e9).tolist() == [
        100.0,
        84_600.0,
        608_400.0,
    ]


@pytest.mark.parametrize(
    ("routes", "says"),
    [
        ([{"centres": ["LV 500"]}], "no centre 'LV 500'"),
        ([{"centres": ["LV 050"], "to": "AMK Oslo"}], "another centre of the same line"),
        ([{"centres": ["LV 050"], "to": "LV 050"}], "another centre of the same line"),
        (
            [{"centres": ["LV 050"], "to": "LV 044"}, {"centres": ["LV 044"], "to": "LV 045"}],
            "which goes to LV 045",
        ),
        (
            [{"centres": ["LV 050"], "to": "LV 044"}, {"centres": ["LV 050"], "to": "LV 045"}],
            "name it once",
        ),
        ([{"seats_up_to": 99}], "nobody is left"),
    ],
)
def test_what_cannot_be_routed_says_what_to_change(routes: list[dict[str, object]], says: str) -> None:
    with pytest.raises((NoPlan, NoAnswer), match=says):
        country(*routes)


@pytest.mark.parametrize(
    ("route", "says"),
    [
        ({**NIGHT}, "either centres"),
        ({**NIGHT, "centres": ["x"], "seats_up_to": 1}, "either centres"),
        ({"seats_up_to": 1, "from": "08:00", "until": "08:00"}, "never open"),
        ({"seats_up_to": 1, "from": "8", "until": "08:00"}, "pattern"),
    ],
)
def test_a_route_says_who_and_when(route: dict[str, object], says: str) -> None:
    with pytest.raises(ValidationError, match=says):
        NightRoute.model_validate(route)
