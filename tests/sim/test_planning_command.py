"""`lab113 plan` on the command line: answers, folders, refusals."""

import json
from pathlib import Path

import pytest
import tomli_w
from typer.testing import CliRunner, Result

from sim.cli import app
from sim.planning.tornado import load_ranges

SHORT = {"days": 7, "warm_up_days": 0.5, "replications": 2, "overflow": False}


def scenario(folder: Path, name: str = "s", **planning: object) -> str:
    path = folder / f"{name}.toml"
    path.write_text(tomli_w.dumps({"title": name, "planning": {**SHORT, **planning}}), encoding="utf-8")
    return str(path)


def said(*words: str) -> Result:
    return CliRunner().invoke(app, ["plan", *words])


def test_a_plan_leaves_a_folder_with_every_figure_and_a_report(tmp_path: Path) -> None:
    result = said(scenario(tmp_path), "--report", str(tmp_path / "runs"), "--json")
    assert result.exit_code == 0, result.output
    answer = json.loads(result.stdout)
    (folder,) = (tmp_path / "runs").iterdir()
    assert {path.name for path in folder.iterdir()} == {
        "resolved.toml",
        "plan.json",
        "plan.csv",
        "report.html",
    }
    assert [row["line"] for row in answer["lines"]] == ["113", "116117"]
    assert len(answer["centres"]) == 110
    assert answer["sure"].endswith("± 0.002 takes more")  # two replications of a week
    assert sum(row["calls"]["mean"] for row in answer["centres"]) == pytest.approx(
        sum(row["calls"]["mean"] for row in answer["lines"])
    )
    assert len(answer["weeks"]["113"]["calls_per_h"]) == 168
    assert sum(answer["at_once"]) == pytest.approx(1.0)
    page = (folder / "report.html").read_text(encoding="utf-8")
    assert "AMK Oslo" in page
    assert "What it rests on" in page
    assert "The incident" not in page
    assert "script-src" not in page
    assert "All 24 items" in page
    assert page.count("Computer model sharing statement") == 1


def test_the_same_seed_gives_the_same_answer(tmp_path: Path) -> None:
    path = scenario(tmp_path)

    def answer(seed: str) -> object:
        told = json.loads(said(path, "--seed", seed, "--report", str(tmp_path / "r"), "--json").stdout)
        return {key: value for key, value in told.items() if key not in ("folder", "seed")}

    assert answer("7") == answer("7")
    assert answer("7") != answer("8")


def test_two_scenarios_are_compared_on_common_draws(tmp_path: Path) -> None:
    one, two = scenario(tmp_path, "one"), scenario(tmp_path, "two", seats_more={"113": 1})
    result = said(one, "--compare", two, "--json")
    difference = json.loads(result.stdout)["difference"]["lines"]
    assert difference["113"]["share_in_time"]["mean"] > 0
    assert difference["116117"]["share_in_time"] == {"mean": 0.0, "half": 0.0}  # the same calls, to the call


def test_the_tornado_is_told_and_drawn(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ranges = tmp_path / "ranges.toml"
    ranges.write_text(
        '[[ranges]]\nkey = "people.113.talks_s.median"\nlow = 120\nhigh = 190\nsource = "A x"\n'
        '[[ranges]]\nkey = "cost.staff_h_per_year.value"\nlow = 1350\nhigh = 1600\nsource = "A y"\n',
        encoding="utf-8",
    )
    monkeypatch.setattr("sim.planning.asking.load_ranges", lambda nation: load_ranges(nation, ranges))
    told = json.loads(said(scenario(tmp_path), "--tornado", "--report", str(tmp_path / "r"), "--json").stdout)
    longer, absent = told["numbers"]
    assert longer["at_low"]["in time 113"] > 0 > longer["at_high"]["in time 113"]
    assert absent["at_low"]["staff_years"] > 0 == absent["at_low"]["in time 113"]
    page = (Path(told["folder"]) / "report.html").read_text(encoding="utf-8")
    assert "What the answer rests on most" in page
    assert "people.113.talks_s.median" in page.split('id="assumptions"')[0]


def test_what_was_measured_stands_beside_what_was_predicted(tmp_path: Path) -> None:
    path = Path(scenario(tmp_path))
    path.write_text(path.read_text("utf-8") + '\n[nation]\ncalibrated = "c.toml"\n', encoding="utf-8")
    (tmp_path / "c.toml").write_text(
        '[models.setup_s]\nmedian = 1.8\np95 = 2.5\nsource = "M measured, 40 samples"\n', encoding="utf-8"
    )
    told = json.loads(said(str(path), "--report", str(tmp_path / "r"), "--json").stdout)
    plan = json.loads((Path(told["folder"]) / "plan.json").read_text("utf-8"))
    setup, *ways = plan["measured"]
    assert (setup["predicted_s_median"], setup["measured_s_median"]) == (2.8, 1.8)
    assert [way["measured_s_median"] - way["predicted_s_median"] for way in ways] == pytest.approx(
        [-1, -1], abs=0.3
    )
    assert "Predicted and measured" in (Path(told["folder"]) / "report.html").read_text("utf-8")


def test_seats_are_found_for_all_centres_and_those_without_a_number_are_named(tmp_path: Path) -> None:
    result = said(scenario(tmp_path, days=2, volume={"116117": 0.2}), "--find", "seats", "--json")
    told = json.loads(result.stdout)
    assert len(told["centres"]) == 110
    amk = [one["desk"] for one in told["centres"] if one["line"] == "113"]
    assert (result.exit_code, told["without"]) == (2, amk)
    assert f"the target of {len(amk)} centres" in result.stderr
    assert "12.5% of the calls find the operator at other work" in result.stderr
    assert {one["line"] for one in told["time_to_video"]} == {"113", "116117"}
    fewer = said(scenario(tmp_path, days=2, volume={"113": 0.0, "116117": 0.2}), "--find", "seats", "--json")
    assert (fewer.exit_code, json.loads(fewer.stdout)["without"]) == (0, [])


def test_a_sweep_answers_for_each_value(tmp_path: Path) -> None:
    result = said(scenario(tmp_path), "--sweep", "volume.113=1,2", "--json")
    calls = [answer["lines"][0]["calls"]["mean"] for answer in json.loads(result.stdout)["answers"]]
    assert calls[1] / calls[0] == pytest.approx(2.0, rel=0.05)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--find", "beds"], "valid is seats"),
        (["--sweep", "volume.113"], "KEY=VALUE"),
        (["--sweep", "volumes=1"], "volumes"),
        (["--find", "seats", "--sweep", "volume.113=1"], "one at a time"),
    ],
)
def test_what_cannot_be_asked_is_refused(tmp_path: Path, words: list[str], says: str) -> None:
    result = said(scenario(tmp_path), *words)
    assert result.exit_code == 2
    assert says in result.output


def test_every_request_is_seen_or_has_its_cause_and_only_those_with_an_sms_are_paid_for(
    tmp_path: Path,
) -> None:
    payers = {"113": "the State", "116117": "the State"}
    path = scenario(tmp_path, cost={"sms_kr": 2.0, "seat_kr_per_year": 1000}, seat_fee_paid_by=payers)
    told = json.loads(said(path, "--report", str(tmp_path / "r"), "--json").stdout)
    failed, weeks = told["video_failed"], 1.0
    for row in told["lines"]:
        without = sum(one["mean"] for one in failed[row["line"]].values()) * weeks
        assert row["video_asked"]["mean"] == pytest.approx(row["video_seen"]["mean"] + without)
    never = sum(by[cause]["mean"] for by in failed.values() for cause in ("no_smartphone", "refused_aloud"))
    sent = told["video"]["requests_per_week"]["mean"] - never
    assert told["cost"]["sms_kr_per_year"] == pytest.approx(sent * 2.0 * 365 / 7)
    assert (
        told["seat_fees"] == {"the State": told["cost"]["video_service_kr_per_year"]} == {"the State": 255e3}
    )
    page = (Path(told["folder"]) / "report.html").read_text(encoding="utf-8")
    assert "no smartphone, or roaming" in page
    assert "is paid by the State: 255,000 kr" in page
    assert page.count("as asked for in [planning]") == 4  # two prices, two payers
    result = said(scenario(tmp_path, cost={"sms_ore": 1.0}))
    assert (result.exit_code, "did you mean 'sms_kr'" in result.output) == (2, True)


def test_an_impossible_country_says_what_to_change(tmp_path: Path) -> None:
    result = said(scenario(tmp_path, seats={"AMK Oslos": 1}))
    assert (result.exit_code, "did you mean 'AMK Oslo'" in result.output) == (2, True)
    result = said(scenario(tmp_path, volume={"113": -1}))
    assert (result.exit_code, "planning.volume.113" in result.output) == (2, True)
    assert "more)" not in result.output  # that no calls are told is no mistake of its own


def test_a_scenario_without_a_question_is_sent_to_run(tmp_path: Path) -> None:
    root = Path(__file__).parents[2]
    result = said(str(root / "scenarios" / "ci" / "first-call.toml"))
    assert (result.exit_code, "[planning]" in result.output) == (2, True)
    told = CliRunner().invoke(app, ["run", scenario(tmp_path)])
    assert (told.exit_code, "lab113 plan" in told.output) == (2, True)
