"""From the nation and a question to desks and streams."""

import numpy as np
import pytest
from pydantic import ValidationError

from sim.arrivals import Burst
from sim.nation import DATA, load_nation
from sim.planning.carriers import subscribers_of
from sim.planning.causes import NO_LINK, SEEN, STEPS, TOO_LATE
from sim.planning.country import Stream
from sim.planning.demand import (
    GIVES_UP_S,
    YEAR_S,
    NoPlan,
    country_of,
    last_seat_kept,
    weekly_profile,
)
from sim.planning.question import Merge, NoAnswer, Planning
from sim.planning.way import way_of
from sim.planning.year import tell

NORWAY = load_nation("norway", DATA)


def per_year(planning: Planning, line: str) -> float:
    country = country_of(NORWAY, planning)
    return float(sum(s.calls_per_s.mean() for s in country.streams if s.line == line) * YEAR_S)


def test_the_week_has_a_mean_of_one_and_its_peaks_where_they_are_sourced() -> None:
    profile = weekly_profile(NORWAY.demand["116117"])
    assert profile.shape == (168,)
    assert profile.mean() == pytest.approx(1.0)
    assert int(np.argmax(profile)) // 24 in (5, 6)  # at the weekend


def test_volumes_are_the_nations() -> None:
    assert per_year(Planning(), "113") == pytest.approx(746_000, rel=0.01)
    assert per_year(Planning(), "116117") == pytest.approx(3_200_000, rel=0.001)


def test_growth_to_2030_compounds() -> None:
    grown = per_year(Planning(to_year=2030, growth_per_year={"113": 0.06}), "113")
    assert grown / per_year(Planning(), "113") == pytest.approx(1.06**6)


def test_an_older_nation_calls_more_and_113_the_most() -> None:
    by_year = {year: per_year(Planning(to_year=year, demography=True), "113") for year in (2024, 2030, 2040)}
    assert by_year[2024] == pytest.approx(per_year(Planning(), "113"))
    eighty = 0.24 * (0.35 / 0.27) + 0.24 * (0.87 / 0.80) + 0.52 * (4.50 / 4.48)
    assert by_year[2030] / by_year[2024] == pytest.approx(eighty)
    assert by_year[2040] > by_year[2030]
    grown = per_year(Planning(to_year=2030, demography=True, growth_per_year={"113": 0.02}), "113")
    assert grown / by_year[2030] == pytest.approx(1.02**6)
    lv = [per_year(Planning(to_year=year, demography=True), "116117") for year in (2024, 2040)]
    assert 1.0 < lv[1] / lv[0] < by_year[2040] / by_year[2024]


def test_merged_centres_pool_calls_and_seats_and_do_not_help_themselves() -> None:
    of = ("AMK Bergen", "AMK Fonna")
    together = country_of(NORWAY, Planning(merges=(Merge(name="AMK Vest", centres=of),)))
    apart = country_of(NORWAY, Planning())
    merged = next(desk for desk in together.desks if desk.name == "AMK Vest")
    assert merged.seats[0] == sum(desk.seats[0] for desk in apart.desks if desk.name in of)
    assert "AMK Vest" not in merged.helpers
    assert not set(of) & {name for desk in together.desks for name in (desk.name, *desk.helpers)}
    calls = sum(s.calls_per_s.sum() for s in apart.streams if s.desk in of)
    assert next(s for s in together.streams if s.desk == "AMK Vest").calls_per_s.sum() == pytest.approx(calls)


def test_an_amk_has_its_other_lines_on_the_same_seats_behind_113() -> None:
    country = country_of(NORWAY, Planning(other_lines=True))
    own, other = (s for s in country.streams if s.desk == "AMK Oslo")
    assert own.priority < other.priority
    share = own.calls_per_s.sum() / (own.calls_per_s.sum() + other.calls_per_s.sum())
    assert share == pytest.approx(0.13, abs=0.001)


def test_only_centres_on_the_service_turn_to_video() -> None:
    base = country_of(NORWAY, Planning(), full_rollout=False)
    assert next(s for s in base.streams if s.desk == "AMK Oslo").video.share == 0
    assert next(s for s in base.streams if s.desk == "AMK Bergen").video.share == 0.04


@pytest.mark.parametrize(
    ("planning", "says"),
    [
        ({"seats": {"AMK Oslos": 3}}, "planning.seats.AMK Oslos: no .* did you mean 'AMK Oslo'"),
        ({"bursts": [{"centre": "AMK Oslos", "at_h": 1}]}, r"bursts\[1\]\.centre: .* 'AMK Oslo'"),
        (
            {"days": 7, "warm_up_days": 0, "bursts": [{"centre": "AMK Oslo", "at_h": 168}]},
            r"planning\.bursts\[1\]\.at_h: hour 168 lies after the plan's 168",
        ),
        ({"merges": [{"name": "x", "centres": ["AMK Oslo", "LV 030"]}]}, r"merges\[1\]: .* different lines"),
        ({"merges": [{"name": "AMK Oslo", "centres": ["AMK Bergen", "AMK Fonna"]}]}, "already"),
        ({"merges": [{"name": "x", "centres": ["AMK Bergen", "AMK Bergen"]}]}, "merged already"),
        ({"to_year": 2060, "demography": True}, "2024 to 2050"),
        ({"volume": {"113": 0, "116117": 0}}, "no call at all"),
    ],
)
def test_what_cannot_be_planned_says_what_to_change(planning: dict[str, object], says: str) -> None:
    with pytest.raises(NoAnswer, match=says):
        country_of(NORWAY, Planning.model_validate(planning))


def test_a_burst_in_the_plans_last_hour_is_told() -> None:
    crash = {"centre": "AMK Oslo", "at_h": 191}
    week = Planning.model_validate({"days": 7, "warm_up_days": 1, "bursts": [crash]})
    assert country_of(NORWAY, week).streams[-1].name == "AMK Oslo/incident 1/113"


def test_where_all_but_one_seat_went_is_counted_by_line() -> None:
    small = [centre.name for centre in NORWAY.centres if centre.line == "113" and centre.seats <= 3]
    fewer = Planning(seats_more={"113": -3}, seats={small[0]: 1})  # who is given seats has asked for one
    assert last_seat_kept(NORWAY, fewer) == {"113": len(small) - 1}
    assert all(desk.seats.min() >= 1 for desk in country_of(NORWAY, fewer).desks)
    assert last_seat_kept(NORWAY, Planning(seats_more={"113": 3})) == {}


@pytest.mark.parametrize("key", ["season", "demography", "shifts", "overflow", "other_lines"])
def test_text_is_neither_true_nor_false(key: str) -> None:
    with pytest.raises(ValidationError, match="boolean"):
        Planning.model_validate({key: "no"})


def by_line(planning: Planning) -> dict[str, object]:
    return {stream.line: stream.year for stream in country_of(NORWAY, planning).streams}


def test_a_year_has_a_season_from_january_and_a_week_has_none_unless_it_says_when_it_begins() -> None:
    year = by_line(Planning(days=364))
    for line in ("113", "116117"):
        of_line = np.asarray(year[line])
        assert of_line.shape == (365,)
        assert of_line.mean() == pytest.approx(1.0)
        winter = np.r_[0:59, 334:365]  # December to February
        assert of_line[winter].sum() / 365 == pytest.approx(
            0.26, abs=0.003
        )  # Copenhagen's, in the data's words
    assert int(np.argmax(np.asarray(year["116117"]))) >= 334  # December
    assert by_line(Planning(days=7)) == {"113": None, "116117": None}
    assert by_line(Planning(days=364, season=False)) == {"113": None, "116117": None}
    december = np.asarray(by_line(Planning(days=7, begins="12-01"))["116117"])
    assert december[:31] == pytest.approx(np.asarray(year["116117"])[334:])
    assert np.asarray(by_line(Planning(days=7, season=True))["113"])[0] == np.asarray(year["113"])[0]


def test_the_calls_of_a_plan_follow_the_season() -> None:
    def calls(**asked: object) -> int:
        country = country_of(NORWAY, Planning.model_validate({"days": 7, **asked}))
        told = tell(country, 7, days=7.0)
        return int(told.streams["came_at"].sum())

    ratio = calls(begins="12-02") / calls(begins="06-02")
    assert ratio == pytest.approx((0.8 * 1.10 + 0.2 * 1.05) / (0.8 * 0.97 + 0.2 * 0.95), abs=0.02)


def test_a_day_that_no_year_has_is_refused() -> None:
    with pytest.raises(ValidationError, match=r'month and day, as "12-15"'):
        Planning(begins="02-30")


def test_a_requests_draw_says_why_it_fails() -> None:
    video = next(s for s in country_of(NORWAY, Planning()).streams if s.desk == "AMK Oslo").video
    assert video.seen + sum(video.fails) == pytest.approx(1.0)
    funnel = np.array([NORWAY.funnel[step].share for step in STEPS])  # type: ignore[index]
    first, last = np.split(np.array(video.fails) / funnel, [STEPS.index("refused_on_page")])
    assert first == pytest.approx(1.0)
    assert last == pytest.approx(last[0])
    in_time = way_of(video.chain, subscribers_of(NORWAY)).share_within(GIVES_UP_S)
    assert 0.9 < in_time < 0.99
    assert video.seen * in_time == pytest.approx(1.0 - funnel.sum(), abs=1e-6)  # the funnel's rest is seen
    u = np.linspace(0.00005, 0.99995, 10_000)
    causes = [video.cause(float(comes), 20.0, 0.0) for comes in u]
    assert np.bincount([cause + 1 for cause in causes]) / 10_000 == pytest.approx(
        [video.seen, *video.fails], abs=2e-4
    )
    assert [video.cause(0.1, 20.0, 0.0), video.cause(0.1, 89.0, 2.0), video.cause(0.1, 90.0, 2.0)] == [
        *(SEEN, NO_LINK, TOO_LATE)
    ]


def test_an_incident_is_as_the_data_have_it_where_the_scenario_does_not_say() -> None:
    def incident(**asked: float) -> Stream:
        asked_for = {"bursts": [{"centre": "AMK Bergen", "at_h": 138, **asked}]}
        return country_of(NORWAY, Planning.model_validate(asked_for)).streams[-1]

    usual = incident()
    assert usual.name == "AMK Bergen/incident 1/113"
    assert (usual.video.share, usual.repeats.share, usual.repeats.talk_s_median) == (0.3, 0.6, 30.0)
    other = incident(duplicates=0.0, video_share=0.1, factor=15.0, decay_s=600.0)
    assert (other.video.share, other.repeats.share) == (0.1, 0.0)
    assert isinstance(usual.arrivals, Burst)
    assert isinstance(other.arrivals, Burst)
    assert other.arrivals.extra_per_s == pytest.approx(2 * usual.arrivals.extra_per_s)
    assert (usual.arrivals.decay_s, other.arrivals.decay_s) == (1200.0, 600.0)


def test_an_incident_in_december_is_so_many_times_decembers_calls() -> None:
    def extra(**asked: object) -> float:
        asked_for = {"bursts": [{"centre": "LV 030", "at_h": 138}], **asked}
        arrivals = country_of(NORWAY, Planning.model_validate(asked_for)).streams[-1].arrivals
        assert isinstance(arrivals, Burst)
        return arrivals.extra_per_s

    assert extra(days=7, begins="12-01") / extra(days=7) == pytest.approx(1.10, abs=0.005)


def test_a_nation_without_demand_names_one_that_has_it() -> None:
    with pytest.raises(NoPlan, match="'norway'"):
        country_of(load_nation("one-centre", DATA), Planning())
