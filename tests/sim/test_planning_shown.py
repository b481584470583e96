"""What a planner reads: centres of his question, where calls go by night, incidents, differences."""

import csv
import json
import re
from html import unescape
from pathlib import Path
from typing import Any

import pytest
import tomli_w
from typer.testing import CliRunner, Result

pytest.importorskip("numba", reason="the planning extra")

from sim.cli import app
from sim.planning.beside import Beside, Figures
from sim.planning.estimate import Estimate, points

SHORT = {"days": 7, "warm_up_days": 0.5, "replications": 2, "overflow": False}
THREE = ["LV 050", "LV 044", "LV 045"]
MERGED = {"merges": [{"name": "LV merged", "centres": THREE}]}
NIGHT = {"night": [{"centres": THREE[1:], "to": THREE[0], "from": "23:00", "until": "08:00"}]}
CRASH = {"bursts": [{"centre": "AMK Bergen", "at_h": 30, "factor": 30}], "warm_up_days": 0}


def scenario(folder: Path, name: str = "s", **planning: object) -> str:
    path = folder / f"{name}.toml"
    path.write_text(tomli_w.dumps({"title": name, "planning": {**SHORT, **planning}}), encoding="utf-8")
    return str(path)


def said(*words: str) -> Result:
    result = CliRunner().invoke(app, ["plan", *words])
    assert result.exit_code == 0, result.output
    return result


def planned(folder: Path, **planning: object) -> tuple[str, dict[str, Any], str]:
    """What the console says, plan.json, the report without what shows it."""
    text = said(scenario(folder, **planning), "--report", str(folder / "r")).stdout
    (made,) = (folder / "r").iterdir()
    plan = json.loads((made / "plan.json").read_text("utf-8"))
    page = re.sub(r"<[^>]+>", " ", (made / "report.html").read_text("utf-8"))
    return text, plan, re.sub(r"\s+", " ", unescape(page))


def part(text: str, title: str) -> str:
    """A table of the console: from its title to the next one."""
    return re.split(r"\n(?=[A-Zvr][a-z ]+(?:: \d+)? *\n)", text[text.index(title) :])[0]


def test_a_merged_centre_is_shown_though_it_meets_its_target(tmp_path: Path) -> None:
    text, plan, page = planned(tmp_path, **MERGED)
    assert re.search(r"^LV merged +116117 +6 ", part(text, "Centres of the question"), re.MULTILINE)
    assert "LV merged" not in part(text, "Centres below their target")
    assert ("Routed by night" in text, "routed" in page.split("STRESS-DES")[0]) == (False, False)
    assert plan["asked_about"] == ["LV merged"]
    assert page.index("Centres of the question") < page.index("LV merged 116117 6 ")
    assert page.count("LV merged 116117 6 ") == 2


def test_a_comparison_says_which_centres_differ_and_what_a_merged_one_was_made_of(tmp_path: Path) -> None:
    one, two = scenario(tmp_path, "one"), scenario(tmp_path, "two", **MERGED)
    told = json.loads(said(one, "--compare", two, "--json").stdout)
    centres = {centre["name"]: centre for centre in told["difference"]["centres"]}
    merged = centres[f"LV merged ({', '.join(THREE)})"]
    parts = [centres[name]["first"] for name in THREE]
    assert merged["first"]["seats"] == merged["second"]["seats"] == 6
    assert merged["first"]["calls"]["mean"] == pytest.approx(sum(part["calls"]["mean"] for part in parts))
    in_time = sum(part["calls"]["mean"] * part["share_in_time"]["mean"] for part in parts)
    assert merged["first"]["share_in_time"]["mean"] == pytest.approx(
        in_time / merged["first"]["calls"]["mean"], abs=1e-3
    )
    assert merged["in_time_more"]["mean"] > 0.005
    assert {name for name, centre in centres.items() if centre["differs"]} == {merged["name"], *THREE}
    few = said(one, "--compare", two).stdout
    assert ("differ surely, or are in only one: 4" in few, "AMK Oslo" in few) == (True, False)
    assert re.search(rf"{THREE[1]} .* –", few)
    turned = said(two, "--compare", one, "--all").stdout
    assert re.search(r"LV merged \(.* -\d\.\d\d pp", turned)
    assert "AMK Oslo" in turned


def test_a_merged_centre_may_have_the_name_of_one_that_it_was_made_of(tmp_path: Path) -> None:
    merged = {"merges": [{"name": THREE[0], "centres": THREE}]}
    short = {"days": 1, "warm_up_days": 0}
    one, two = scenario(tmp_path, "one", **short), scenario(tmp_path, "two", **{**merged, **short})
    centres = json.loads(said(one, "--compare", two, "--json").stdout)["difference"]["centres"]
    seats = {c["name"]: [c[side] and c[side]["seats"] for side in ("first", "second")] for c in centres}
    assert seats[f"{THREE[0]} ({', '.join(THREE)})"] == [6, 6]
    assert [seats[name] for name in THREE] == [[2, None]] * 3


def test_differences_of_shares_are_percentage_points(tmp_path: Path) -> None:
    assert (points(0.0004), points(-0.125, 1)) == ("+0.04 pp", "-12.5 pp")
    one, two = scenario(tmp_path, "one"), scenario(tmp_path, "two", seats_more={"113": 1})
    text = said(one, "--compare", two).stdout
    assert re.search(r"in time +│ 113 .*% │ +\+\d\.\d\d pp │ +\d\.\d\d pp", text)
    assert not re.search(r"[+-]\d+\.\d+%", text)


def test_a_difference_that_the_draws_may_have_made_is_none() -> None:
    def figures(*shares: float, seats: int = 2) -> Figures:
        return Figures(seats, Estimate((100.0,) * len(shares)), Estimate(shares))

    same, sure = figures(0.9, 0.8, 0.9), figures(0.8, 0.7, 0.8)
    assert not Beside("a", "113", same, same).differs
    assert not Beside("a", "113", same, figures(0.91, 0.78, 0.9)).differs
    assert Beside("a", "113", same, sure).differs
    assert Beside("a", "113", same, figures(0.9, 0.8, 0.9, seats=3)).differs
    assert Beside("a", "113", None, same).differs


def test_by_night_it_is_said_where_the_calls_go_and_how_many(tmp_path: Path) -> None:
    text, plan, page = planned(tmp_path, **NIGHT)
    own = {row["name"]: row for row in plan["centres"]}
    assert [(route["centre"], route["to"]) for route in plan["routes"]] == [
        ("LV 044", "LV 050"),
        ("LV 045", "LV 050"),
    ]
    for route in plan["routes"]:
        row = own[route["centre"]]
        assert 0 < route["of_calls"]["mean"] == pytest.approx(row["routed"]["mean"])
        assert route["per_week"]["mean"] == pytest.approx(
            row["calls"]["mean"] * row["routed"]["mean"], rel=0.02
        )
    came = sum(route["per_week"]["mean"] for route in plan["routes"])
    routed = part(text, "Routed by night")
    assert re.search(rf"^LV 050 +116117 +{came:.1f} .* LV 044 \d\d%, LV 045 \d\d%", routed, re.MULTILINE)
    assert re.search(rf"LV 050 {came:.0f} [\d.]+% ± [\d.]+% \d+ % LV 044 \d\d %, LV 045 \d\d %", page)
    assert "to others routed seats held" in page


def test_an_incident_is_no_centre(tmp_path: Path) -> None:
    text, plan, page = planned(tmp_path, **CRASH)
    assert len(plan["centres"]) == 110
    (incident,) = plan["incidents"]
    assert (incident["name"], incident["seats"], incident["staff_years"]) == (
        "AMK Bergen, incident 1",
        0,
        0.0,
    )
    (made,) = (tmp_path / "r").iterdir()
    with (made / "plan.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    of_113 = [row for row in rows if row["line"] == "113"]
    assert sum(int(row["seats"]) for row in of_113 if row["name"] != "all") == int(of_113[0]["seats"]) == 48
    assert "incident 1" not in part(text, "Centres below their target: 16")
    assert re.search(r"^AMK Bergen, incident 1 +113 +\d", part(text, "Incidents"), re.MULTILINE)
    assert "16 of 110 are below" in page
    assert "without the incident's" in page
    calls = sum(row["calls"]["mean"] for row in plan["centres"] if row["line"] == "113")
    assert calls < plan["lines"][0]["calls"]["mean"]
    assert sum(plan["urgency"]["113"].values()) == pytest.approx(calls * 365 / 7)
