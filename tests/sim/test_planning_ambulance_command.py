"""`lab113 plan` with [ambulance_planning]: answers, folders, refusals, and the shipped scenarios."""

import csv
import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
import tomli_w
from ambulance_area_rig import midt, norway
from rich.console import Console
from typer.testing import CliRunner, Result

from sim.cli import app
from sim.planning.ambulance.answer import mean_calls, place_rows
from sim.planning.ambulance.area import AREAS
from sim.planning.ambulance.asking import Asked
from sim.planning.ambulance.comparison import Design, replicated
from sim.planning.ambulance.demand import Demand
from sim.planning.ambulance.goals import Goal, check_goals, reaches
from sim.planning.ambulance.policies import HomeStation, policies_of
from sim.planning.ambulance.question import AmbulancePlanning
from sim.planning.ambulance.shown import show_first
from sim.planning.estimate import Estimate
from sim.planning.question import NoAnswer

CAPACITY = Path(__file__).parents[2] / "scenarios" / "capacity"
HOME = {"policies": ["home station"]}


def scenario(folder: Path, name: str = "s", **asked: object) -> str:
    path = folder / f"{name}.toml"
    question = {"days": 5, "replications": 2, **asked}
    path.write_text(tomli_w.dumps({"title": name, "ambulance_planning": question}), encoding="utf-8")
    return str(path)


def said(*words: str) -> Result:
    return CliRunner().invoke(app, ["plan", *words])


def told(*words: str) -> dict[str, Any]:
    result = said(*words, "--json")
    assert result.exit_code == 0, result.output
    answer: dict[str, Any] = json.loads(result.stdout)
    return answer


def figure(answer: dict[str, Any], name: str, design: int = 1, of: str = "less_first") -> float:
    return float(answer["designs"][design][of][name]["mean"])


def test_a_plan_holds_every_policy_against_the_first_and_leaves_a_folder(tmp_path: Path) -> None:
    answer = told(scenario(tmp_path), "--report", str(tmp_path / "runs"))
    (folder,) = (tmp_path / "runs").iterdir()
    files = ("resolved.toml", "area.toml", "plan.json", "plan.csv", "report.html")
    assert {path.name for path in folder.iterdir()} == {*files}
    assert [each["policy"] for each in answer["designs"]] == list(policies_of(midt()))
    assert all(value["mean"] == 0 for value in answer["designs"][0]["less_first"].values())
    assert figure(answer, "moves") > 0
    first = answer["designs"][0]
    assert [place["name"] for place in first["places"]] == [place.name for place in midt().places]
    assert sum(station["activity_h"]["mean"] for station in first["stations"]) > 0
    assert {row["kind"]: row["vehicles"] for row in first["vehicles"]} == {
        "ambulance": 10,
        "patient_transport": 2,
        "first_responder": 3,
    }
    for design in answer["designs"]:
        assert [goal["within_s"] for goal in design["goals"]] == [720, 1500]
        assert set(design["places_less_first"]) == {
            place["name"] for place in first["places"] if place["within_goal"] is not None
        }
    rows = list(csv.DictReader((folder / "plan.csv").read_text("utf-8").splitlines()))
    assert len(rows) == sum(len(each["figures"]) for each in answer["designs"])
    assert tomllib.loads((folder / "resolved.toml").read_text("utf-8"))["ambulance_planning"]["days"] == 5


def test_the_area_of_a_folder_is_an_area_and_answers_the_same(tmp_path: Path) -> None:
    runs = str(tmp_path / "runs")
    first = told(scenario(tmp_path, area="fjord", **HOME), "--report", runs)
    (Path(first["folder"]) / "area.toml").rename(tmp_path / "area.toml")
    again = told(scenario(tmp_path, area="area.toml", **HOME), "--report", runs)
    assert again["designs"] == first["designs"]


def test_a_person_reads_goals_places_stations_vehicles_triage_and_differences(tmp_path: Path) -> None:
    text = said(scenario(tmp_path), "--report", str(tmp_path / "r")).stdout
    for words in (
        "urban within 12 min",
        "too far from the nearest ambulance: Bratsberg (16.3 min from Stasjon 8), Brønnsletten",
        "the seed's median",
        "standby",
        "first responder",
        "needs ordinary",
        "DMEXCLP ahead",
        "2 replications of 5 days",
    ):
        assert words in text
    busy = next(line for line in text.splitlines() if line.startswith("ambulances busy"))
    assert re.search(r"[+-]\d\.\d\d pp ± \d\.\d\d$", busy.strip())
    assert not re.search(r"[+-]\d+\.\d+%", text)


def test_a_plan_names_what_it_rests_on(tmp_path: Path) -> None:
    asked = {"video_share": 0.1, "goals_s": {"rural": 1800}, **HOME}
    answer = told(scenario(tmp_path, **asked), "--report", str(tmp_path / "r"))
    plan = json.loads((Path(answer["folder"]) / "plan.json").read_text("utf-8"))
    found = {one["name"]: one for one in plan["assumptions"]}
    assert len(found) == len(plan["assumptions"])
    assert {one["mark"] for one in found.values()} == {"S", "D", "A"}
    assert found["contacts_per_1000"]["value"] == "172"
    assert found["places.inhabitants"]["value"] == "15 numbers, 2600 to 8200"
    assert found["places.kind"]["value"] == "13 rural, 2 urban"
    assert found["responses.acute.alarm"]["mark"] == "S"
    assert found["roads"]["value"] == "speed_km_h urban 45, rural 65, detour 1.35"
    assert "acute 0.381" in found["triage.told"]["value"]
    assert (found["demand.113.video_share"]["value"], plan["question"]["video_share"]) == ("0.1", 0.1)
    assert "the scenario asks" in found["targets.ambulance_rural"]["source"]
    assert "Storting" in found["targets.ambulance_urban"]["source"]


def test_roads_of_a_matrix_are_named_by_their_number(tmp_path: Path) -> None:
    answer = told(scenario(tmp_path, area="fjord", **HOME), "--report", str(tmp_path / "r"))
    plan = json.loads((Path(answer["folder"]) / "plan.json").read_text("utf-8"))
    found = {one["name"]: one["value"] for one in plan["assumptions"]}
    assert found["roads"] == "minutes between 9"
    assert "places.hours" not in found


def test_the_share_within_so_many_minutes_rises_to_all(tmp_path: Path) -> None:
    answer = told(scenario(tmp_path, area="town", **HOME), "--report", str(tmp_path / "r"))
    (design,) = answer["designs"]
    (curve,) = design["within_min"].values()
    assert (len(curve), curve[0]) == (61, 0.0)
    assert curve == sorted(curve)
    assert curve[12] == pytest.approx(design["figures"]["acute_within_goal"]["mean"])
    assert curve[-1] > 0.9


def test_the_seeds_table_stands_beside_places_of_its_names_only(tmp_path: Path) -> None:
    answer = told(scenario(tmp_path), "--report", str(tmp_path / "r"))
    aure = next(place for place in answer["designs"][0]["places"] if place["name"] == "Aure")
    assert aure["published"]["p90_s"] == pytest.approx(2800, rel=0.05)
    text = said(scenario(tmp_path, area="town", **HOME), "--report", str(tmp_path / "r")).stdout
    assert "seed's" not in text


def test_more_video_is_swept(tmp_path: Path) -> None:
    answer = told(scenario(tmp_path, days=20), "--sweep", "video_share=0,1")
    assert [each["name"] for each in answer["designs"]] == ["video_share = 0", "video_share = 1"]
    for name in ("raised", "lowered", "spared"):
        assert figure(answer, name, 0, "figures") == 0 < figure(answer, name)
    assert figure(answer, "sent_too_little") < 0


def test_two_scenarios_are_compared_on_the_same_calls(tmp_path: Path) -> None:
    more = [{"station": "Stasjon 6", "shift": "always"}]
    one, two = scenario(tmp_path, "one"), scenario(tmp_path, "two", crews_more=more, days=9)
    answer = told(one, "--compare", two)
    assert (answer["days"], figure(answer, "missions")) == (5, 0)
    assert figure(answer, "ambulance_utilisation") < 0
    fewer = told(one, "--compare", scenario(tmp_path, "three", stations_closed=["Stasjon 6"]))
    assert figure(fewer, "ambulance_utilisation") > 0 < figure(fewer, "acute_s_mean")


def test_growth_goals_and_a_triage_of_ones_own(tmp_path: Path) -> None:
    (tmp_path / "t.toml").write_text(
        (AREAS / "triage.toml").read_text("utf-8").replace("value = 0.538", "value = 0.0"), encoding="utf-8"
    )
    asked = Asked(Path(scenario(tmp_path, triage="t.toml", growth=1.5, goals_s={"rural": 1800})), None)
    demand = asked.designs()[0].demand
    assert (demand.growth, demand.goals_s) == (1.5, {"urban": 720, "rural": 1800})
    answer = told(scenario(tmp_path, triage="t.toml", video_share=1.0, **HOME), "--report", str(tmp_path))
    assert figure(answer, "videos", 0, "figures") > 0
    assert answer["designs"][0]["told"] == answer["designs"][0]["sent"]


def test_what_the_policies_reckon_with_can_be_asked(tmp_path: Path) -> None:
    asked = Asked(Path(scenario(tmp_path, busy=0.5, looks_ahead_h=6)), None)
    assert asked.designs()[3].policy == policies_of(asked.designs()[0].area)["DMEXCLP ahead"]
    assert (asked.designs()[0].area.allocation.busy, asked.designs()[0].area.allocation.looks_ahead_h) == (
        0.5,
        6,
    )
    answer = told(
        scenario(tmp_path, area="town", policies=["DMEXCLP ahead"]), "--sweep", "looks_ahead_h=1,168"
    )
    assert figure(answer, "acute_s_mean") != 0


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ({"policies": ["home staton"]}, "did you mean 'home station'?"),
        ({"area": "midt-norg"}, "did you mean 'midt-norge'?"),
        ({"growth": -1}, "growth: input should be greater than or equal to 0"),
        ({"video_share": 1.5}, "video_share: input should be less than or equal to 1"),
        ({"goals_s": {"urban": 100}}, "nobody can hold it: the nearest urban place, Brønnsletten, is 751 s"),
        ({"goals_s": {"rural": 600}, "area": "town"}, "has no rural place; leave it out"),
        ({"stations_closed": [f"Stasjon {n}" for n in range(1, 9)]}, "closes all 8; leave one open"),
        ({"stations_closed": ["Stasjon 66"]}, "did you mean 'Stasjon 6'?"),
        ({"stations_closed": [f"Stasjon {n}" for n in range(2, 9)]}, "add a crew of ambulance"),
        ({"crews_more": [{"station": "Stasjon 1", "shift": "alway"}]}, "did you mean 'always'?"),
        ({"triage": "none.toml"}, "none.toml: no such file"),
        ({"polices": []}, "did you mean 'policies'?"),
    ],
)
def test_an_impossible_question_says_what_to_change(
    tmp_path: Path, asked: dict[str, object], says: str
) -> None:
    result = said(scenario(tmp_path, **asked), "--report", str(tmp_path / "r"))
    assert (result.exit_code, says in result.output) == (2, True), result.output
    assert not (tmp_path / "r").exists()


@pytest.mark.parametrize(
    ("was", "becomes", "says"),
    [
        ("Dal = { Nes = 67, ", "Dal = { ", "no way from 'Dal' to 'Nes'"),
        ("Dal = { Nes", "Dall = { Nes", "did you mean 'Dal'?"),
        ("Nes = 67", "Nes = -67", "roads.minutes.Dal.Nes"),
        ('kind = "ambulance"', 'kind = "first_responder"', "no vehicle could ever go to an acute mission"),
        ('like = "midt-norge"', 'like = "midt-norge"\ncontacts_per_1000 = -1.0', "contacts_per_1000"),
    ],
)
def test_an_area_that_cannot_work_is_refused(tmp_path: Path, was: str, becomes: str, says: str) -> None:
    text = (AREAS / "fjord.toml").read_text("utf-8")
    (tmp_path / "mine.toml").write_text(text.replace(was, becomes), encoding="utf-8")
    assert was in text
    result = said(scenario(tmp_path, area="mine.toml"))
    assert (result.exit_code, says in result.output) == (2, True), result.output


def test_other_questions_are_refused(tmp_path: Path) -> None:
    path, country = scenario(tmp_path), str(CAPACITY / "national-year.toml")
    both = tmp_path / "both.toml"
    both.write_text('title = "t"\n[planning]\n[ambulance_planning]\n', encoding="utf-8")
    nation = tmp_path / "nation.toml"
    nation.write_text(
        'title = "t"\n[nation]\ncentres = "one-centre"\n[ambulance_planning]\n', encoding="utf-8"
    )
    for words, says in (
        ((path, "--find", "seats"), "a plan, --compare and --sweep"),
        ((path, "--compare", country), "asks about seats, [planning]"),
        ((path, "--sweep", "seats=1,2"), "seats"),
        ((str(both),), "one question a scenario"),
        ((str(nation),), "has no [demand.113]"),
    ):
        result = said(*words)
        assert (result.exit_code, says in result.output) == (2, True), result.output
    ran = CliRunner().invoke(app, ["run", path])
    assert (ran.exit_code, "lab113 plan" in ran.output) == (2, True)


def test_nobody_calls_and_there_is_an_answer(tmp_path: Path) -> None:
    answer = told(scenario(tmp_path, growth=0.0), "--report", str(tmp_path / "r"))
    assert (answer["designs"][0]["goals"], figure(answer, "missions", 0, "figures")) == ([], 0)
    assert "no goal can be judged" in (Path(answer["folder"]) / "report.html").read_text("utf-8")


def test_a_goal_is_held_not_held_or_too_close_to_say() -> None:
    shares = {"held": (0.950, 0.951), "not held": (0.70, 0.71), "too close to say": (0.85, 0.95)}
    for verdict, numbers in shares.items():
        assert Goal("urban", 720.0, 0.9, Estimate(numbers), ()).verdict == verdict


def test_a_goal_is_refused_only_where_no_place_can_be_reached() -> None:
    demand = Demand.of(norway(), goals_s={"urban": 760.0})
    assert [reach.place for reach in reaches(midt(), demand) if reach.too_far] == ["Bratsberg"]
    check_goals({"urban": 760.0}, midt(), demand)
    with pytest.raises(NoAnswer, match="181 s of them alarm and chute"):
        check_goals({"urban": 700.0}, midt(), Demand.of(norway(), goals_s={"urban": 700.0}))


@pytest.mark.parametrize("path", sorted(CAPACITY.glob("ambulances*.toml")), ids=lambda path: path.stem)
def test_the_shipped_scenarios_ask_what_can_be_answered(path: Path) -> None:
    designs = Asked(path, None).designs()
    assert isinstance(designs[0], Design)
    assert isinstance(designs[0].policy, HomeStation)


def test_rows_are_means_over_the_replications() -> None:
    design = Design("home", midt(), Demand.of(norway(), video_share=1.0), HomeStation())
    years = replicated([design], 113, AmbulancePlanning(days=9, replications=2))[0]
    for n, row in enumerate(place_rows(design, years)):
        one, two = (year.places[n].acute for year in years)
        for shown, numbers in (
            (row.acute_s_median, (one.median_s, two.median_s)),
            (row.acute_s_p90, (one.p90_s, two.p90_s)),
            (row.acute, (one.missions, two.missions)),
        ):
            assert shown is not None
            assert shown.numbers == numbers
    console = Console(record=True, width=140)
    show_first(console, design, years, [])
    sent, told = (mean_calls([getattr(year, name) for year in years]) for name in ("sent", "told"))
    spared = sent["none"]["none"] - told["none"]["none"]
    assert spared > 0
    assert f"{sent['none']['none']:,.0f} ({spared:+,.1f})" in console.export_text()


@pytest.mark.slow
def test_two_processes_tell_the_same_as_one(tmp_path: Path) -> None:
    words = [sys.executable, "-m", "sim", "plan", scenario(tmp_path), "--json", "--sweep", "growth=1,1.2"]
    one, two = (
        subprocess.run([*words, "--jobs", n], capture_output=True, text=True, timeout=120, check=True).stdout
        for n in ("1", "2")
    )
    assert json.loads(one) == json.loads(two)
