"""A caller's radio on the virtual clock: numbers that follow from its course, and names that are checked."""

from pathlib import Path
from typing import Any

import pytest
from sim_rig import call, resolved, trace

from fake_phones.radio.exchange import COMES_BACK_WITHIN_S, SILENT_AFTER_S
from sim.checks.metrics import metrics
from sim.journal import Record
from sim.plan import tell_plan
from sim.reading import BadFile
from sim.scenario import load_scenario
from sim.sessions import call_table

LONG = {"holds_video_s": 30}
DELAY = "[[steps]]\nup = { delay_s = 0.06 }\ndown = { delay_s = 0.04 }\n"


def told(radio: str | None, **more: Any) -> list[Record]:
    return tell_plan(resolved(call(caller={"radio": radio}, **more)))


def measured(records: list[Record]) -> dict[str, Any]:
    return metrics(call_table(records))


def course(tmp_path: Path, text: str) -> str:
    (tmp_path / "course.toml").write_text(text)
    return str(tmp_path / "course.toml")


def test_round_trips_are_added_to_opening_consent_set_up_and_switch(tmp_path: Path) -> None:
    operator = {"switches_camera_at_s": [4]}
    without, slow = told(None, operator=operator), told(course(tmp_path, DELAY), operator=operator)
    a, b = measured(without), measured(slow)
    assert b["open_s_max"] - a["open_s_max"] == pytest.approx(0.5)  # five round trips
    assert b["consent_s_max"] - a["consent_s_max"] == pytest.approx(0.1)
    assert b["setup_s_max"] - a["setup_s_max"] == pytest.approx(0.5)  # four, PLI and key frame
    assert b["camera_switch_s_max"] - a["camera_switch_s_max"] == pytest.approx(0.1)
    assert b["machine_s_max"] - a["machine_s_max"] == pytest.approx(1.1)
    assert a["freeze_ratio"] is None
    assert b["freeze_ratio"] == 0


def test_without_a_radio_the_journal_is_as_ever() -> None:
    assert trace(told(None)) == trace(tell_plan(resolved(call())))


def test_the_same_radio_has_the_same_story_and_each_call_its_own_draws() -> None:
    assert trace(told("4g-edge")) == trace(told("4g-edge"))
    two = resolved(*(call(caller={"radio": "4g-edge"}, at_s=at_s) for at_s in (0, 500)))
    rows = call_table(tell_plan(two))
    setups = [row.session.first_frame_s - row.session.consented_s for row in rows if row.session]  # type: ignore[operator]
    assert setups[0] != setups[1]


def test_a_blackout_freezes_the_picture_and_little_more(tmp_path: Path) -> None:
    records = told(course(tmp_path, "blackouts = [[8, 16]]\n" + DELAY), operator=LONG)
    (facts,) = [r.facts for r in records if r.event == "viewer.measured"]
    assert facts["freezes"] == 1
    assert 8 < facts["frozen_s"] < 9


def test_a_new_address_costs_silence_patience_and_a_set_up(tmp_path: Path) -> None:
    records = told(course(tmp_path, "new_address_at_s = [9]\n" + DELAY), operator=LONG)
    facts = next(r.facts for r in records if r.event == "viewer.measured")
    assert facts["frozen_s"] == pytest.approx(SILENT_AFTER_S + COMES_BACK_WITHIN_S + 0.46, abs=0.01)


def test_who_is_in_the_dark_is_not_seen(tmp_path: Path) -> None:
    records = told(course(tmp_path, "blackouts = [[2, 2000]]\n" + DELAY))
    assert [row.outcome for row in call_table(records)] == ["not_seen"]


def test_an_unknown_radio_is_named_with_file_line_and_the_nearest(tmp_path: Path) -> None:
    file = tmp_path / "s.toml"
    text = (
        'title = "t"\n[nation]\ncentres = "one-centre"\n[[calls]]\nkind = "single"\nat_s = 0\nline = "113"\n'
        'centre = "AMK Eksempel"\ncaller = { radio = "RADIO" }\n'
    )
    for radio, said in (("4g-rurel", "did you mean '4g-rural'"), ("none.csv", "cannot be read")):
        file.write_text(text.replace("RADIO", radio))
        with pytest.raises(BadFile, match=said) as wrong:
            load_scenario(file)
        assert f"{file}:9: calls[1].caller.radio" in str(wrong.value)
    file.write_text(text.replace('"RADIO"', '"4g", phone = "attached"'))
    with pytest.raises(BadFile, match='not with phone = "attached"'):
        load_scenario(file)
    (tmp_path / "beside.csv").write_text("t_s,up.delay_s\n0,0.1\n")
    file.write_text(text.replace("RADIO", "beside.csv"))
    scenario, _ = load_scenario(file)
    assert scenario.calls[0].caller.radio == str((tmp_path / "beside.csv").resolve())
