"""The options of `lab113 run` and what becomes of them."""

import os
from typing import Any

import pytest
from typer.testing import CliRunner

from sim import cli
from sim.judgement import _repeat
from sim.reading import BadFile
from sim.request import Request

SCENARIO = "scenarios/ci/first-call.toml"


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[Request]:
    """What was to be run."""
    requests: list[Request] = []

    def refuse(request: Request) -> Any:
        requests.append(request)
        raise BadFile("not in this test")

    monkeypatch.setattr(cli, "run", refuse)
    return requests


@pytest.mark.parametrize(
    ("words", "farm_workers"),
    [
        ([], 1),
        (["--farm-workers", "3"], 3),
        (["--farm-workers", "0"], len(os.sched_getaffinity(0))),
    ],
)
def test_phones_and_viewers_are_spread_over_so_many_processes(
    asked: list[Request], words: list[str], farm_workers: int
) -> None:
    CliRunner().invoke(cli.app, ["run", SCENARIO, "--mode", "plan", *words])
    (request,) = asked
    assert request.bound.farm_workers == farm_workers
    told = _repeat(request, 7)
    assert told.endswith(f"--farm-workers {farm_workers}") == (farm_workers != 1)


@pytest.mark.parametrize("farm_workers", ["-1", "65", "two"])
def test_a_number_of_processes_that_makes_no_sense(asked: list[Request], farm_workers: str) -> None:
    ended = CliRunner().invoke(cli.app, ["run", SCENARIO, "--farm-workers", farm_workers])
    assert ended.exit_code == 2
    assert "--farm-workers" in ended.output
    assert asked == []
