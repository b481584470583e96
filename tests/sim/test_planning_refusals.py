"""What a planner is told of a mistake: by `lab113 check` as by `lab113 plan`, in words and with its place."""

import json
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from sim.cli import app
from sim.nation import DATA, load_nation

ROOT = Path(__file__).parents[2]
AMBULANCES = ROOT / "scenarios" / "capacity" / "ambulances.toml"
WEEK = "days = 7\nwarm_up_days = 0.5\nreplications = 2\n"


def scenario(folder: Path, planning: str = "") -> str:
    path = folder / "s.toml"
    path.write_text(f'title = "s"\n[planning]\n{WEEK}{planning}\n', encoding="utf-8")
    return str(path)


def said(*words: str) -> Result:
    return CliRunner().invoke(app, list(words))


def test_a_good_scenario_says_what_is_planned(tmp_path: Path) -> None:
    assert said("check", scenario(tmp_path)).output.endswith("s.toml: good, a plan of 110 centres\n")
    three = 'merges = [{ name = "LV Vest", centres = ["LV 030", "LV 031", "LV 032"] }]'
    assert said("check", scenario(tmp_path, three)).output.endswith("good, a plan of 108 centres\n")
    ambulances = said("check", str(AMBULANCES))
    assert (ambulances.exit_code, "good, a plan of the ambulances of Midt" in ambulances.output) == (0, True)


@pytest.mark.parametrize(
    ("planning", "says"),
    [
        (
            'seats = { "AMK Olso" = 4 }',
            "6: planning.seats.AMK Olso: no centre 'AMK Olso'; did you mean 'AMK Oslo'?",
        ),
        (
            'bursts = [\n{ centre = "AMK Oslo", at_h = 5 },\n{ centre = "AMK Oslo", at_h = 500 }]',
            "8: planning.bursts[2].at_h: hour 500 lies after the plan's 180: 7 days after 0.5 of warm-up",
        ),
        ("cost = { sms_ore = 1 }", "6: planning.cost.sms_ore: no number 'sms_ore'; did you mean 'sms_kr'?"),
        ("video_share = { 113 = 10 }", "got 10; 10 % is 0.10"),
        ('video_share = { 113 = "10" }', "6: planning.video_share.113: input should be less than or equal"),
        ("growth_per_year = { 113 = 6 }", "got 6; 6 % is 0.06"),
        (
            'overflow = "no"',
            "6: planning.overflow: should be true or false, without quotation marks, got 'no'",
        ),
        (
            'night = [{ seats_up_to = 1, from = "22:30", until = "08:00" }]',
            "6: planning.night[1].from: whole hours such as '22:00', got '22:30'",
        ),
        (
            'carriers_out = ["ice", "telai"]',
            "6: planning.carriers_out[2]: no carrier 'telai'; did you mean 'telia'?",
        ),
        ('trace = "none.csv"', "none.csv: no such file"),
        ("volume = { 113 = 0, 116117 = 0 }", "s.toml: [planning.volume] leaves no call at all"),
    ],
)
def test_check_and_plan_refuse_in_the_same_words(tmp_path: Path, planning: str, says: str) -> None:
    path = scenario(tmp_path, planning)
    checked, planned = said("check", path), said("plan", path, "--report", str(tmp_path / "runs"))
    assert (checked.exit_code, planned.exit_code) == (2, 2)
    assert says in checked.output
    assert checked.output == planned.output


def test_check_reads_the_policies_of_ambulances(tmp_path: Path) -> None:
    path = tmp_path / "a.toml"
    path.write_text('title = "a"\n[ambulance_planning]\npolicies = ["nearst"]\n', encoding="utf-8")
    checked = said("check", str(path))
    assert (checked.exit_code, "ambulance_planning.policies[1]" in checked.output) == (2, True)


def test_a_plan_of_seats_and_one_of_ambulances_are_not_compared(tmp_path: Path) -> None:
    seats = scenario(tmp_path)
    for first, other, asks in ((seats, AMBULANCES, "about ambulances"), (AMBULANCES, seats, "about seats")):
        result = said("plan", str(first), "--compare", str(other))
        assert result.exit_code == 2
        assert re.search(f"{other}: asks {asks}.*cannot be compared with a plan of", result.output)


@pytest.mark.parametrize(
    "words", [["--sweep", "volume.113=1,2"], ["--compare", "x.toml"], ["--find", "seats"]]
)
def test_no_folder_is_promised_where_none_is_left(tmp_path: Path, words: list[str]) -> None:
    result = said("plan", scenario(tmp_path), *words, "--report", str(tmp_path / "runs"))
    assert (result.exit_code, "--json > FILE keeps another answer" in result.output) == (2, True)


def test_the_help_names_the_tables() -> None:
    text = said("plan", "--help").output
    assert "[planning]" in text
    assert "[ambulance_planning]" in text


def test_a_plan_says_where_a_last_seat_stayed(tmp_path: Path) -> None:
    path, runs = scenario(tmp_path, "overflow = false\nseats_more = { 113 = -3 }"), str(tmp_path / "runs")
    told = said("plan", path, "--report", runs, "--json")
    answer = json.loads(told.stdout)
    assert list(answer["last_seat_kept"]) == ["113"]
    n = answer["last_seat_kept"]["113"]
    centres = load_nation("norway", DATA).centres
    assert n == sum(centre.seats <= 3 for centre in centres if centre.line == "113") > 0
    assert f"seats_more.113: at {n} centres no more than all but one seat can go" in told.stderr
