"""An operator guides, the caller does as told: in the scenario, on the plan's clock and in the metrics."""

import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sim_rig import call, record, resolved, trace

from sim.acts import Guide, Moment
from sim.call import Guidance
from sim.checks.metrics import metrics
from sim.plan import tell_plan
from sim.reading import BadFile
from sim.scenario import load_scenario
from sim.scripted_operator import Due, next_act
from sim.sessions import call_table

SCENARIO = """\
title = "guided"
[nation]
centres = "one-centre"
[[calls]]
kind = "single"
at_s = 0
line = "113"
centre = "AMK Eksempel"
caller = {caller}
operator = {operator}
"""
FASTER = '{ guides = [{ at_s = 4, parameter = "compressions_per_min", value = 110 }] }'


def guided(*guides: tuple[float, str, object], **caller: Any) -> Any:
    told = [{"at_s": at_s, "parameter": name, "value": value} for at_s, name, value in guides]
    return resolved(call({"scene": "cpr", "follows_after_s": 1.5, **caller}, {"guides": told}))


@pytest.mark.parametrize(
    ("caller", "operator", "said"),
    [
        ('{ scene = "cpr", parameters = { per_min = 90 } }', "{}", "'cpr' has no parameter 'per_min'"),
        ('{ scene = "cpr", parameters = { depth_m = 1 } }', "{}", "take 0 to 0.08 m"),
        ('{ scene = "stroke" }', FASTER, "'stroke' has no parameter 'compressions_per_min'"),
        ('{ scene = "cpr", phone = "lean" }', FASTER, 'not with phone = "lean"; it goes with "live"'),
        ('{ phone = "lean", parameters = { light = 0.5 } }', "{}", '"live" or "chromium"'),
        (
            "{}",
            '{ guides = [{ at_s = 4, parameter = "light", value = 1 },'
            ' { at_s = 4, parameter = "light", value = 0 }] }',
            "the times must rise",
        ),
    ],
)
def test_what_cannot_be_guided_is_a_mistake_in_the_scenario(
    tmp_path: Path, caller: str, operator: str, said: str
) -> None:
    path = tmp_path / "guided.toml"
    path.write_text(SCENARIO.format(caller=caller, operator=operator))
    with pytest.raises(BadFile) as bad:
        load_scenario(path)
    assert said in str(bad.value)
    assert f"{path}:" in str(bad.value)


def test_the_caller_does_as_told_a_while_after() -> None:
    resolution = guided((4, "compressions_per_min", 110), (5, "depth_m", 0.05), parameters={"depth_m": 0.03})
    assert resolution.calls[0].caller.parameters == (("depth_m", 0.03),)
    records = tell_plan(resolution)
    told = [
        (r.t_s - 16, r.event, r.facts["parameter"], r.facts["value"]) for r in records if "value" in r.facts
    ]
    assert told == [  # seen at 16 s; one thing is done after the other
        (4, "call.guided", "compressions_per_min", 110),
        (5, "call.guided", "depth_m", 0.05),
        (5.5, "scene.changed", "compressions_per_min", 110),
        (7, "scene.changed", "depth_m", 0.05),
    ]
    found = metrics(call_table(records))
    assert (found["follow_s_n"], found["follow_s_p50"], found["follow_s_max"]) == (2, 1.5, 2)


def test_what_is_told_and_never_done_is_infinite() -> None:
    facts = {"parameter": "depth_m", "value": 0.05}
    rows = call_table(
        [record(1, "call.guided", **facts), record(2, "scene.changed", parameter="light", value=1)]
    )
    assert metrics(rows)["follow_s_max"] == math.inf


def test_a_word_beyond_the_scene_is_noted_and_the_call_goes_on() -> None:
    records = tell_plan(guided((4, "rate", 110), (6, "depth_m", 0.05)))
    (failed,) = (r for r in records if r.event == "port.failed")
    assert (failed.actor, failed.t_s) == ("caller", 21.5)
    assert "'cpr' has no parameter 'rate'" in failed.facts["detail"]
    told = [event for _, event in trace(records, "call-1", "scene.changed", "call.ended")]
    assert told == ["scene.changed", "call.ended"]


def test_a_script_guides_each_once_and_in_turn() -> None:
    script = replace(
        resolved(call()).calls[0].operator,
        guides=(Guidance(3, "pressure", True), Guidance(6, "severity", 0.2)),
    )
    seen = {"offered_s": 0.0, "answered_s": 0.0, "asked_s": 0.0, "reply": True, "reply_s": 0.0}
    seen |= {"requested_s": 0.0, "seen_s": 10.0}
    assert next_act(script, Moment(**seen)) == Due(Guide("pressure", True), "guides", 10, 3)
    assert next_act(script, Moment(**seen, guided=1)) == Due(Guide("severity", 0.2), "guides", 10, 6)
    due = next_act(script, Moment(**seen, guided=2))
    assert due is not None
    assert due.purpose == "holds_video"
