"""pytest collects scenarios: `pytest scenarios/ci` tells each TOML file and judges it."""

import re
from collections.abc import Iterable
from pathlib import Path

import pytest

_CALLS = re.compile(r"^[ \t]*\[\[[ \t]*(calls|ambulances)[ \t]*\]\]", re.MULTILINE)


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("lab113")
    group.addoption("--lab113-report", default="runs", help="where the run folders of scenarios go")
    group.addoption("--lab113-mode", default="live", choices=["live", "plan"], help="how scenarios are told")


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """A TOML file with calls or ambulances in it is a scenario."""
    if file_path.suffix == ".toml" and _CALLS.search(file_path.read_text(encoding="utf-8", errors="replace")):
        return ScenarioFile.from_parent(parent, path=file_path)
    return None


class ScenarioFailed(Exception):
    """What the item reports when a scenario does not end as it expects."""


class ScenarioFile(pytest.File):
    def collect(self) -> Iterable[pytest.Item]:
        yield ScenarioItem.from_parent(self, name=self.path.stem)


class ScenarioItem(pytest.Item):
    def runtest(self) -> None:
        from sim.request import Request
        from sim.run import run
        from sim.scenario import load_scenario

        expected = load_scenario(self.path)[0].expect
        mode, folder = self.config.getoption("--lab113-mode"), Path(self.config.getoption("--lab113-report"))
        verdict, run_folder = run(Request(self.path, mode=mode, report_dir=folder))
        if verdict.outcome == "interrupted":
            raise KeyboardInterrupt
        if verdict.outcome != expected:
            wrong = [
                f"  {c.name}: {c.outcome} ({c.measured} {c.limit}) {c.detail}"
                for c in verdict.checks
                if c.outcome != "passed"
            ]
            wrong += [
                f"  lab: {g.name} {g.measured:.3f} > {g.limit:.3f}" for g in verdict.gates if not g.held
            ]
            said = f"{verdict.outcome}, expected {expected}"
            raise ScenarioFailed(
                "\n".join([said, *wrong, verdict.reason, f"report: {run_folder / 'report.html'}"])
            )

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: object = None) -> str:
        from sim.reading import BadFile

        if isinstance(excinfo.value, ScenarioFailed | BadFile):
            return str(excinfo.value)
        return str(super().repr_failure(excinfo))

    def reportinfo(self) -> tuple[Path, None, str]:
        return self.path, None, f"scenario: {self.name}"
