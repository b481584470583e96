"""From journals to the machines' waits."""

from pathlib import Path

import pytest
import tomli_w
from sim_rig import AMK

from sim.calibrate import fitted, samples_of, with_calibrated, write
from sim.nation import DATA, load_nation
from sim.plan import tell_plan
from sim.reading import BadFile
from sim.resolve import resolve
from sim.scenario import load_scenario

NATION = load_nation("one-centre", DATA)


@pytest.fixture(scope="module")
def live_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A hundred calls whose machines took what the nation says, in a journal that says it was live."""
    folder = tmp_path_factory.mktemp("runs") / "a-run"
    folder.mkdir()
    burst = {"kind": "burst", "at_s": 0, "line": "113", "centre": AMK, "count": 100, "over_s": 90_000}
    path = folder / "many.toml"
    tables = {"title": "many", "seed": 5, "nation": {"centres": "one-centre"}, "calls": [burst]}
    path.write_text(tomli_w.dumps(tables), encoding="utf-8")
    tell_plan(resolve(*load_scenario(path)), folder / "journal.jsonl")
    journal = (folder / "journal.jsonl").read_text(encoding="utf-8")
    assert journal.count('"plan"') == 1
    (folder / "journal.jsonl").write_text(journal.replace('"plan"', '"live"'), encoding="utf-8")
    return folder


def test_what_the_machines_took_is_found_again(live_run: Path) -> None:
    fits = {fit.name: fit for fit in fitted(samples_of([live_run]), NATION.models)}
    setup = fits["setup_s"]
    assert setup.n > 50
    assert setup.median_low <= NATION.models.setup_s.median <= setup.median_high
    assert setup.p95 == pytest.approx(NATION.models.setup_s.p95, rel=0.15)
    assert setup.before == NATION.models.setup_s.median


def test_the_next_plan_reads_what_was_written(live_run: Path, tmp_path: Path) -> None:
    fits = fitted(samples_of([live_run]), NATION.models)
    write(tmp_path / "calibrated.toml", fits, [live_run])
    machines = with_calibrated(NATION.models, tmp_path / "calibrated.toml")
    assert machines.setup_s.median == pytest.approx(
        next(f for f in fits if f.name == "setup_s").median, abs=1e-3
    )
    assert machines.setup_s.source.startswith("M measured")
    tables = {
        "title": "t",
        "nation": {"centres": "one-centre", "calibrated": "calibrated.toml"},
        "planning": {},
    }
    (tmp_path / "s.toml").write_text(tomli_w.dumps(tables), encoding="utf-8")
    _, nation = load_scenario(tmp_path / "s.toml")
    assert nation.models == machines


def test_a_run_under_load_is_measured_too(live_run: Path, tmp_path: Path) -> None:
    journal = (live_run / "journal.jsonl").read_text(encoding="utf-8").replace('"live"', '"load"')
    (tmp_path / "journal.jsonl").write_text(journal, encoding="utf-8")
    assert fitted(samples_of([tmp_path]), NATION.models) == fitted(samples_of([live_run]), NATION.models)


def test_a_plans_own_draws_are_no_measurement(live_run: Path, tmp_path: Path) -> None:
    journal = (live_run / "journal.jsonl").read_text(encoding="utf-8").replace('"live"', '"plan"')
    (tmp_path / "journal.jsonl").write_text(journal, encoding="utf-8")
    with pytest.raises(BadFile, match="not a live run"):
        fitted(samples_of([tmp_path]), NATION.models)


def test_what_is_no_run_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadFile, match="not a run folder"):
        fitted(samples_of([tmp_path]), NATION.models)


def test_a_calibrated_file_with_an_unknown_wait_names_it(tmp_path: Path) -> None:
    (tmp_path / "c.toml").write_text("[models.setups_s]\nmedian = 1.0\np95 = 2.0\n", encoding="utf-8")
    with pytest.raises(BadFile, match="setups_s"):
        with_calibrated(NATION.models, tmp_path / "c.toml")
