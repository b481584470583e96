"""A nation's week of calls: the same by its seed, cut without change, each call ending as ordained."""

from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import stats

from sim.call import Call
from sim.nation import load_nation
from sim.pace import pace_of
from sim.plan import tell_plan
from sim.resolve import Resolved, resolve
from sim.scenario import BadFile, Scenario, load_scenario
from sim.sessions import call_table
from sim.week import Week, weekly_profile

NORWAY = load_nation("norway", Path())
LOAD = sorted((Path(__file__).parents[2] / "scenarios" / "load").glob("*.toml"))
HOUR_S = 3600.0


def week(transfers: int = 150, seed: int = 113, **chosen: Any) -> Resolved:
    """At real pace: `at_s` counts from Monday 00:00, or from the part's beginning."""
    calls, rest = chosen.pop("calls", {}), chosen
    weekly = {"kind": "weekly", "transfers": transfers, "caller": {"phone": "lean", "scene": "test-card"}}
    return resolve(
        Scenario.model_validate({"title": "w", **rest, "calls": [{**weekly, **calls}]}), NORWAY, seed
    )


@cache
def large() -> Resolved:
    return week(4000, seed=7)


def ends(made: Resolved) -> Counter[str | None]:
    return Counter(call.ordained for call in made.calls)


def test_the_same_seed_gives_the_same_week_and_another_one_another() -> None:
    assert week().calls == week().calls
    assert {call.at_s for call in week().calls}.isdisjoint(call.at_s for call in week(seed=114).calls)


def test_the_calls_are_named_in_the_order_in_which_they_come() -> None:
    calls = week().calls
    assert [call.name for call in calls] == [f"call-{n}" for n in range(1, len(calls) + 1)]
    assert [call.at_s for call in calls] == sorted(call.at_s for call in calls)
    assert len({call.caller.number for call in calls}) == len(calls)


@pytest.mark.parametrize(("transfers", "seed"), [(1, 1), (150, 1), (150, 2), (1500, 113)])
def test_exactly_so_many_are_seen(transfers: int, seed: int) -> None:
    made = week(transfers, seed)
    assert ends(made)["seen"] == transfers
    assert Counter(call.outcome for call in made.calls)["seen"] == transfers


def test_a_part_of_the_week_is_a_cut_of_the_same_week() -> None:
    whole = {call.name: call for call in week(1500).calls}
    part = week(1500, calls={"from": "sat 10:00", "to": "sat 12:00"}).calls
    begins_s = (5 * 24 + 10) * HOUR_S
    due = [call for call in whole.values() if begins_s <= call.at_s < begins_s + 2 * HOUR_S]
    assert [call.name for call in part] == [call.name for call in due]
    for cut, call in zip(part, due, strict=True):
        assert cut.at_s == pytest.approx(call.at_s - begins_s, abs=0.001)
        assert (cut.caller, cut.operator, cut.centre, cut.outcome) == (
            *(call.caller, call.operator, call.centre, call.outcome),
        )


def test_pressed_into_so_many_seconds_the_week_keeps_its_shape() -> None:
    real, pressed = week().calls, week(pace="condensed", calls={"over_s": 480, "at_s": 20}).calls
    assert [call.at_s for call in pressed] == pytest.approx(
        [20 + call.at_s * 480 / (168 * HOUR_S) for call in real], abs=0.001
    )
    assert [call.caller.number for call in pressed] == [call.caller.number for call in real]


def test_the_shares_of_the_ends_are_the_funnels() -> None:
    found, shares = ends(large()), {name: s.share for name, s in NORWAY.funnel.items()}
    shares["sms_lost"] *= 1 - shares["no_smartphone"] - shares["refused_aloud"]  # the carriers' own 1 %
    for name, share in shares.items():
        assert stats.binomtest(found[name], found.total(), share).pvalue > 0.001, name


@pytest.mark.parametrize("line", ["113", "116117"])
def test_the_calls_come_by_the_weeks_profile_and_the_centres_share(line: str) -> None:
    calls = [call for call in large().calls if call.line == line]
    by_hour = np.bincount([int(call.at_s // HOUR_S) for call in calls], minlength=168)
    expected = weekly_profile(NORWAY.demand[line]) * len(calls) / 168
    assert stats.chisquare(by_hour, expected).pvalue > 0.001
    within = [call.at_s % HOUR_S / HOUR_S for call in calls]
    assert stats.kstest(within, "uniform").pvalue > 0.001


def test_each_centre_calls_by_its_size_and_its_lines_share_of_video() -> None:
    calls, of = large().calls, Week(NORWAY, full_rollout=True)
    called = Counter(call.centre for call in calls)
    expected = np.array(of.requests) * len(calls) / sum(of.requests)
    many = expected >= 5
    found = np.array([called[centre.name] for centre in of.centres])
    both = [[*each[many], each[~many].sum()] for each in (found, expected)]
    assert stats.chisquare(*both).pvalue > 0.001


def test_in_the_base_case_nobody_calls_a_centre_that_is_not_on_video() -> None:
    off = {centre.name for centre in NORWAY.centres if centre.video != "hjelp113"}
    calls = week(1500, nation={"full_rollout": False}).calls
    assert off
    assert off.isdisjoint(call.centre for call in calls)


def test_in_the_plan_every_call_ends_as_its_seed_ordains() -> None:
    made = week(
        *(300, 5),
        pace="condensed",
        nation={"seats_at_least": 40},
        calls={
            "over_s": 90,
            "operator": {"gives_up_after_s": 15},
            "caller": {"phone": "lean", "scene": "test-card", "patience_s": 120},
        },
    )
    assert len(ends(made)) == 7  # each of them is there
    ordained = {call.name: call.outcome for call in made.calls}
    assert {row.name: row.outcome for row in call_table(tell_plan(made))} == ordained


def test_where_a_carrier_is_in_trouble_the_plan_says_how_its_callers_end() -> None:
    mood = {"kind": "sms.outage", "carrier": "telia", "how": "refuse"}
    calls = week(faults=[mood], sms={"way": "http"}).calls

    def left_open(call: Call) -> bool:
        return call.caller.carrier == "telia" and call.caller.says_yes

    assert [call.outcome is None for call in calls] == [left_open(call) for call in calls]


def test_lean_phones_share_few_clips_and_have_radios_of_their_own() -> None:
    callers = [call.caller for call in week().calls]
    assert len({caller.scene_seed for caller in callers}) == 2
    assert len({caller.radio_seed for caller in callers}) == len(callers)


def test_a_callers_scene_is_drawn_from_several() -> None:
    calls = week(calls={"caller": {"phone": "lean", "scenes": ["test-card", "unconscious"]}}).calls
    assert {call.caller.scene for call in calls} == {"test-card", "unconscious"}


def test_the_pace_is_said_beside_the_real_countrys() -> None:
    condensed = {"hold_s_median": 10.0}
    pace = pace_of(week(1500, pace="condensed", condensed=condensed, calls={"over_s": 480}))
    assert (pace.pace, pace.sessions) == ("condensed", 1500)
    assert pace.session_s_median == pytest.approx(10, rel=0.05)
    assert pace.erlangs_mean is not None
    assert pace.session_s_mean is not None
    assert pace.erlangs_mean == pytest.approx(1500 * pace.session_s_mean / 480, rel=0.1)
    assert pace.erlangs_peak is not None
    assert pace.erlangs_peak > pace.erlangs_mean
    assert pace.country is not None
    assert pace.country.erlangs == pytest.approx(0.6, rel=0.05)  # domain 6: 1 500 a week of about 4 min


def test_without_a_session_there_is_a_pace_all_the_same() -> None:
    assert pace_of(week(calls={"from": "mon 00:00", "to": "mon 00:01"})).erlangs_peak is None


# ---- ramps, traces, and what is said of all


def entry(**chosen: Any) -> tuple[Call, ...]:
    return resolve(Scenario.model_validate({"title": "r", "calls": [chosen]}), NORWAY).calls


@pytest.mark.parametrize("spread", ["even", "drawn"])
def test_a_ramps_rate_rises_from_one_to_the_other(spread: str) -> None:
    calls = entry(kind="ramp", at_s=10, from_per_s=1, to_per_s=5, over_s=200, spread=spread)
    assert len(calls) == 600
    for at_s in (60.0, 110.0, 160.0, 210.0):
        passed = at_s - 10
        due = passed + (5 - 1) / 200 * passed**2 / 2
        tolerance = 1 if spread == "even" else 4 * due**0.5
        assert sum(call.at_s < at_s for call in calls) == pytest.approx(due, abs=tolerance)


def test_a_ramp_may_fall_and_a_level_one_is_steady() -> None:
    falling = entry(kind="ramp", at_s=0, from_per_s=2, to_per_s=0, over_s=10)
    assert [call.at_s for call in falling][:2] == [0.0, 0.513]
    steady = entry(kind="ramp", at_s=0, from_per_s=2, to_per_s=2, over_s=10)
    assert [call.at_s for call in steady] == [n / 2 for n in range(20)]


@pytest.mark.parametrize("line", ["113", "116117", None])
def test_with_no_centre_named_all_are_called_in_turn(line: str | None) -> None:
    calls = entry(kind="burst", at_s=0, count=220, **({"line": line} if line else {}))
    due = [c.name for c in NORWAY.centres if line in (None, c.line)]
    assert [call.centre for call in calls][: len(due)] == due
    assert {call.centre for call in calls} == set(due)


def test_a_trace_is_told_call_by_call(tmp_path: Path) -> None:
    (tmp_path / "log.csv").write_text(
        "at_s,line,centre\n40,113,AMK Oslo\n10,113,AMK Bergen\n10,116117,LV Oslo\n"
    )
    scenario = tmp_path / "s.toml"
    told = 'title = "t"\npace = "condensed"\n[[calls]]\nkind = "trace"\nfile = "log.csv"\n'
    scenario.write_text(f"{told}at_s = 5\nover_s = 20\n")
    calls = resolve(*load_scenario(scenario)).calls
    assert [(call.at_s, call.line, call.centre) for call in calls] == [
        *((10.0, "113", "AMK Bergen"), (10.0, "116117", "LV Oslo"), (25.0, "113", "AMK Oslo"))
    ]


def test_each_centre_has_at_least_so_many_seats() -> None:
    seats = {centre.name: centre.seats for centre in week(1, nation={"seats_at_least": 5}).centres}
    assert min(seats.values()) == 5
    assert seats["AMK Oslo"] == 8


@pytest.mark.parametrize("path", LOAD, ids=lambda path: path.stem)
def test_each_load_scenario_can_be_laid_out_and_says_what_for(path: Path) -> None:
    scenario, nation = load_scenario(path)
    made = resolve(scenario, nation)
    assert made.calls
    assert scenario.purpose
    assert scenario.checks
    assert scenario.decode == "budget"
    assert {call.phone for call in made.calls} == {"lean"}


# ---- mistakes

MISTAKES = {
    "part ends first": ('to = "sat 09:00"', "to: 'sat 09:00' is not after from; for the end"),
    "no such day": ('to = "sax 12:00"', "to: 'sax 12:00' is no day and time"),
    "ordained anyway": (
        "caller = { approves = false }",
        "caller: approves is drawn by the nation's [funnel]",
    ),
    "outcome": ('outcome = "seen"', "outcome is drawn by the nation's [funnel] here: leave it out"),
    "pressed at real pace": ("over_s = 60", 'over_s: it goes with pace = "condensed"'),
    "phone": (
        'caller = { phone = "chromium" }',
        "caller.phone: cameras and networks fail as the seed ordains",
    ),
    "scene": (
        'caller = { phone = "lean", scenes = ["test-card", "test-cart"] }',
        "caller.scenes[2]: unknown scene 'test-cart'; did you mean 'test-card'?",
    ),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_in_a_week_is_named_with_its_line_and_its_remedy(tmp_path: Path, mistake: str) -> None:
    line, said = MISTAKES[mistake]
    path = tmp_path / "bad.toml"
    path.write_text(f'title = "t"\n[[calls]]\nkind = "weekly"\ntransfers = 10\nfrom = "sat 10:00"\n{line}\n')
    with pytest.raises(BadFile) as error:
        load_scenario(path)
    assert str(error.value).startswith(f"{path}:")
    assert said in str(error.value)


def test_a_week_of_a_nation_without_demand_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "bad.toml"
    nation = '[nation]\ncentres = "one-centre"\n'
    path.write_text(f'title = "t"\n{nation}[[calls]]\nkind = "weekly"\ntransfers = 10\n')
    with pytest.raises(BadFile, match=r":5: calls\[1\]\.kind: .* has no \[demand\] and \[funnel\]"):
        load_scenario(path)


def test_a_week_in_which_nobody_would_be_seen_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "bad.toml"
    lost = "".join(f"[carriers.{name}]\nloss = 1.0\n" for name in ("telenor", "telia", "ice"))
    path.write_text(f'title = "t"\n[[calls]]\nkind = "weekly"\ntransfers = 10\n{lost}')
    with pytest.raises(BadFile, match=r":4: calls\[1\]\.transfers: of 200 requests only 0 would end seen"):
        load_scenario(path)
