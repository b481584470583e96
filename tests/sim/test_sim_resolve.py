"""Resolving: every draw made once, keyed by the call alone; what was chosen is kept."""

import tomllib
from dataclasses import asdict
from pathlib import Path
from statistics import median
from typing import Any

import pytest
import tomli_w
from hypothesis import given
from hypothesis import strategies as st
from sim_rig import AMK, FIRST_CALL, LV, call, certain, resolved

from sim.nation import load_nation
from sim.resolve import Resolved, resolve
from sim.scenario import Scenario, load_scenario

NORWAY = load_nation("norway", Path())
WAITS = (
    *(
        f"caller.{name}"
        for name in ("patience_s", "replies_after_s", "opens_link_after_s", "consents_after_s")
    ),
    *(
        f"operator.{name}"
        for name in (
            "picks_up_after_s",
            "asks_video_after_s",
            "sends_link_after_s",
            "holds_video_s",
            "talks_s",
            "talks_on_s",
        )
    ),
)


def bare(**chosen: Any) -> dict[str, Any]:
    """A call where everything is left to be drawn."""
    return {"kind": "single", "at_s": 0, "line": "113", "centre": "AMK Bergen", **chosen}


def drawn(*calls: dict[str, Any], seed: int = 113, **scenario: Any) -> Resolved:
    return resolved(*calls, country=NORWAY, seed=seed, **scenario)


def waits(made: Resolved) -> list[dict[str, float]]:
    return [
        {name: getattr(getattr(each, name.split(".")[0]), name.split(".")[1]) for name in WAITS}
        for each in made.calls
    ]


def test_the_same_seed_gives_the_same_numbers_and_another_seed_others() -> None:
    calls = [bare() for _ in range(5)]
    assert drawn(*calls).calls == drawn(*calls).calls
    one, other = waits(drawn(*calls)), waits(drawn(*calls, seed=114))
    assert all(a[name] != b[name] for a, b in zip(one, other, strict=True) for name in WAITS)
    assert {each.caller.scene_seed for each in drawn(*calls).calls}.isdisjoint(
        {each.caller.scene_seed for each in drawn(*calls, seed=114).calls}
    )


def test_the_scenarios_own_seed_counts_unless_another_is_given() -> None:
    scenario = Scenario.model_validate({"title": "t", "seed": 7, "calls": [bare()]})
    assert resolve(scenario, NORWAY) == resolve(scenario, NORWAY, seed=7)
    assert resolve(scenario, NORWAY, seed=0).seed == 0
    assert resolve(scenario, NORWAY, seed=0).calls != resolve(scenario, NORWAY).calls


def test_every_wait_of_every_call_is_drawn_for_itself() -> None:
    told = waits(drawn(*(bare() for _ in range(20))))
    for name in WAITS:
        assert len({each[name] for each in told}) == 20, name


def test_waits_follow_the_nations_people() -> None:
    made = drawn(*(bare() for _ in range(600)))
    people = NORWAY.people["113"]
    for name, taken in (
        ("patience_s", [each.caller.patience_s for each in made.calls]),
        ("talks_s", [each.operator.talks_s for each in made.calls]),
    ):
        wait = getattr(people, name)
        assert median(taken) == pytest.approx(wait.median, rel=0.15), name
        assert sum(s > wait.p95 for s in taken) / 600 == pytest.approx(0.05, abs=0.03), name


def test_people_differ_by_line_and_a_scenario_overrides_them_on_both() -> None:
    night = bare(line="116117", centre="LV Oslo")
    for name, of in (("113", bare()), ("116117", night)):
        taken = [each["caller.patience_s"] for each in waits(drawn(*[of] * 200))]
        assert median(taken) == pytest.approx(NORWAY.people[name].patience_s.median, rel=0.25)  # type: ignore[index]
    twice = {"people": {"patience_s": {"median": 5, "p95": 5}}}
    assert [each["caller.patience_s"] for each in waits(drawn(bare(), night, **twice))] == [5, 5]


def test_numbers_are_the_labs_own_unique_and_fixed() -> None:
    made = drawn(*(bare(caller={"carrier": name}) for name in ("telenor", "telia", "ice", "telia")))
    assert [each.caller.number for each in made.calls] == [
        "+4710000001",
        "+4711000002",
        "+4712000003",
        "+4711000004",
    ]
    assert all(len(each.caller.number) == len("+4710000001") for each in made.calls)


def test_carriers_are_drawn_by_their_share() -> None:
    made = drawn(*(bare() for _ in range(1000)))
    for carrier in NORWAY.carriers:
        share = sum(each.caller.carrier == carrier.name for each in made.calls) / 1000
        assert share == pytest.approx(carrier.share, abs=0.05)
    assert len({each.caller.number for each in made.calls}) == 1000


@given(st.integers(1, 6), st.integers(0, 2**40))
def test_another_call_changes_nobody_elses_draws(count: int, seed: int) -> None:
    calls = [bare() for _ in range(count)]
    before = drawn(*calls, seed=seed).calls
    after = drawn(*calls, bare(at_s=1, caller={"scene": "unconscious"}), seed=seed).calls
    assert after[:count] == before


def test_choosing_one_wait_changes_no_other() -> None:
    [free] = waits(drawn(bare()))
    [chosen] = waits(drawn(bare(operator={"holds_video_s": 42}, caller={"consents_after_s": 0})))
    assert (chosen["operator.holds_video_s"], chosen["caller.consents_after_s"]) == (42, 0)
    same = set(WAITS) - {"operator.holds_video_s", "caller.consents_after_s"}
    assert {name: chosen[name] for name in same} == {name: free[name] for name in same}


def test_all_that_is_chosen_is_kept() -> None:
    caller = {
        "carrier": "ice",
        "scene": "night-fall",
        "phone": "chromium",
        "says_yes": False,
        "approves": False,
    }
    guests = ["doctor", {"role": "specialist", "at_s": 9, "joins_after_s": 7}]
    operator = {"asks_video": False, "switches_camera_at_s": [4, 8], "invites": guests}
    for pace in ("real", "condensed"):
        [made] = resolved(call(caller, operator, title="t", outcome="seen", at_s=5), pace=pace).calls
        assert (made.name, made.title, made.outcome, made.at_s) == ("call-1", "t", "seen", 5)
        assert (made.line, made.centre, made.session) == ("113", AMK, "call-1/video")
        assert {name: getattr(made.caller, name) for name in caller} == caller
        assert made.caller.patience_s == 60
        assert made.operator.switches_camera_at_s == (4, 8)
        assert [(guest.role, guest.at_s) for guest in made.operator.invites] == [
            ("doctor", 2),
            ("specialist", 9),
        ]
        assert made.operator.invites[1].joins_after_s == 7
        assert (made.operator.picks_up_after_s, made.operator.talks_s) == (2, 20)


def test_condensed_waits_keep_their_order_and_get_medians_and_caps() -> None:
    calls = [bare() for _ in range(300)]
    condensed = {"wait_s_median": 2.0, "hold_s_median": 8.0, "sms_s_median": 1.5}
    real, cut = drawn(*calls), drawn(*calls, pace="condensed", condensed=condensed)
    for name in WAITS:
        long = [each[name] for each in waits(real)]
        short = [each[name] for each in waits(cut)]
        if name == "caller.patience_s":
            assert short == long  # a caller does not give up sooner because the others hurry
            continue
        m = 8.0 if name in ("operator.holds_video_s", "operator.talks_s") else 2.0
        assert median(short) == pytest.approx(m, rel=0.2), name
        assert max(short) == 3 * m, name
        inside = [(a, b) for a, b in zip(long, short, strict=True) if b < 3 * m]
        ratios = {round(b / a, 1) for a, b in inside if a > 1}
        assert max(ratios) - min(ratios) < 0.2, name  # the spread is kept
    assert [(c.delay_s_median, c.delay_s_max) for c in cut.carriers] == [(1.5, 4.5)] * 3
    assert real.carriers == NORWAY.carriers


def test_faults_hit_the_calls_they_name() -> None:
    faults = [
        {"kind": "camera.fails", "call": 2},
        {"kind": "camera.stamp_covered", "call": 3},
        {"kind": "sms.lost", "carrier": "telia", "first": 2},
    ]
    made = resolved(call(), call(), call(), faults=faults)
    assert [(c.caller.camera_fails, c.caller.stamp_covered) for c in made.calls] == [
        (False, False),
        (True, False),
        (False, True),
    ]
    assert [c.lost_first for c in made.carriers if c.name == "telia"] == [2]
    everybody = resolved(call(), call(), faults=[{"kind": "camera.fails"}])
    assert [c.caller.camera_fails for c in everybody.calls] == [True, True]
    assert not any(c.caller.camera_fails or c.caller.stamp_covered for c in resolved(call()).calls)
    assert not any(carrier.lost_first for carrier in resolved(call()).carriers)


def test_full_rollout_gives_every_centre_video() -> None:
    base = drawn(bare(), nation={"full_rollout": False})
    assert {centre.video for centre in base.centres} == {"hjelp113", "incidentshare", "none"}
    assert {centre.video for centre in drawn(bare()).centres} == {"hjelp113"}


def test_resolved_tables_are_toml_and_hold_every_draw() -> None:
    scenario, nation = load_scenario(FIRST_CALL)
    made = resolved(
        *(spec.model_dump(mode="json", exclude_none=True) for spec in scenario.calls),
        country=nation,
        pace="condensed",
        faults=[{"kind": "sms.lost", "carrier": "telia"}],
        checks=[{"metric": "sessions", "equals": 1}],
        people={"patience_s": {"median": 5, "p95": 5}},
    )
    told = tomllib.loads(tomli_w.dumps(made.as_tables()))
    assert len(told["calls"]) == 4
    for each, table in zip(made.calls, told["calls"], strict=True):
        for part in ("caller", "operator"):
            chosen = asdict(getattr(each, part))
            said = {key: _as_toml(value) for key, value in chosen.items() if value is not None}
            assert said == table[part]
    assert told["seed"] == 113
    assert {c["name"]: c["lost_first"] for c in told["carriers"]} == {"telenor": 0, "telia": 1, "ice": 0}
    assert told["limits"]["linger_s"] == 1.0  # a default is told, too
    assert [carrier["delay_s_median"] for carrier in told["carriers"]] == [1.0] * 3
    assert told["people"]["patience_s"]["median"] == 5


BURST = {
    "kind": "burst",
    "at_s": 10,
    "over_s": 6,
    "count": 6,
    "line": "116117",
    "centre": ["LV Oslo", "LV Tromsø"],
}


def test_a_burst_is_spread_evenly_over_centres_in_turn() -> None:
    made = drawn(bare(), {**BURST, "title": "many"}, bare(at_s=1)).calls
    assert [each.name for each in made] == [f"call-{n}" for n in range(1, 9)]
    assert [each.at_s for each in made[1:7]] == [10, 11, 12, 13, 14, 15]
    assert [each.centre for each in made[1:7]] == ["LV Oslo", "LV Tromsø"] * 3
    assert {each.title for each in made[1:7]} == {"many"}
    assert len({each.caller.number for each in made}) == 8
    assert len({each.caller.patience_s for each in made}) == 8
    assert made[7].at_s == 1  # in the order of the file


def test_a_burst_may_be_drawn_and_is_told_in_the_order_of_time() -> None:
    times = [[c.at_s for c in drawn({**BURST, "spread": "drawn"}, seed=seed).calls] for seed in (1, 1, 2)]
    assert times[0] == times[1] != times[2]
    assert times[0] == sorted(times[0])
    assert all(10 <= at_s <= 16 for at_s in times[0])
    assert len(set(times[0])) == 6


def test_a_burst_at_once() -> None:
    assert {c.at_s for c in drawn({**BURST, "over_s": 0}).calls} == {10}
    assert {c.centre for c in drawn({**BURST, "centre": "LV Oslo"}).calls} == {"LV Oslo"}


def test_a_fault_may_hit_one_call_of_a_burst() -> None:
    made = drawn(bare(), BURST, faults=[{"kind": "camera.fails", "call": 3}]).calls
    assert [c.name for c in made if c.caller.camera_fails] == ["call-3"]


def test_the_sms_go_to_the_first_carrier_unless_another_way_is_said() -> None:
    assert drawn(bare()).routes == ("telenor",)
    assert drawn(bare(), sms={"routes": ["ice", "telia"]}).routes == ("ice", "telia")
    assert drawn(bare(), sms={"way": "http"}).routes == ()
    assert drawn(bare(), sms={"way": "http"}).as_tables()["sms"] == {"way": "http", "routes": [], "week_s": 0}


def test_the_run_begins_at_an_hour_of_the_week() -> None:
    assert drawn(bare()).week_s == 0
    assert drawn(bare(), starts="tue 01:30").week_s == 86400 + 5400


def test_a_carrier_is_changed_in_what_the_scenario_says_and_is_not_condensed_there() -> None:
    own = {"telia": {"rate_per_s": 3, "delay_s_median": 7.0}}
    made = {c.name: c for c in drawn(bare(), carriers=own, pace="condensed").carriers}
    assert (made["telia"].rate_per_s, made["telia"].delay_s_median, made["telia"].delay_s_max) == (3, 7, 3)
    assert (made["ice"].rate_per_s, made["ice"].delay_s_median) == (0, 1)
    real = {c.name: c for c in drawn(bare(), carriers=own).carriers}
    assert real["telia"].delay_s_max == 900
    assert made["telia"].sources == real["telia"].sources


def test_moods_and_troubles_are_told_as_toml() -> None:
    trouble = {"days": "sat", "begins": "07:30", "ends": "09:00", "mood": {"kind": "outage", "how": "silent"}}
    made = drawn(
        bare(),
        carriers={"ice": {"troubles": [trouble]}},
        faults=[{"kind": "sms.outage", "carrier": "telia", "how": "silent"}],
    )
    assert [mood.carrier for mood in made.moods] == ["telia"]
    told = tomllib.loads(tomli_w.dumps(made.as_tables()))
    assert told["faults"] == [{"kind": "sms.outage", "carrier": "telia", "how": "silent", "at_s": 0.0}]
    assert next(c for c in told["carriers"] if c["name"] == "ice")["troubles"] == [trouble]


def _as_toml(value: Any) -> Any:
    return [_as_toml(inner) for inner in value] if isinstance(value, tuple) else value


def test_a_scenario_of_the_other_line_is_resolved_with_its_people() -> None:
    [made] = resolved(call(line="116117", centre=LV), country=certain()).calls
    assert (made.line, made.centre) == ("116117", LV)
