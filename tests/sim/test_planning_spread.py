"""Replications on a Dask cluster: real worker processes, the same answer."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import tomli_w
from typer.testing import CliRunner, Result

from sim.cli import app

pytest.importorskip("numba", reason="the planning extra")


def plan(folder: Path, *words: str) -> Result:
    path = folder / "s.toml"
    question = {"days": 7, "replications": 4, "overflow": False}
    path.write_text(tomli_w.dumps({"title": "s", "planning": question}), encoding="utf-8")
    return CliRunner().invoke(app, ["plan", str(path), "--report", str(folder / "runs"), "--json", *words])


@pytest.fixture(scope="module")
def cluster() -> Iterator[object]:
    distributed = pytest.importorskip("distributed", reason="the dask extra")
    with distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as made:
        yield made


@pytest.mark.slow
def test_two_workers_tell_what_one_process_tells(tmp_path: Path, cluster: object) -> None:
    from distributed import Client

    address = cluster.scheduler_address  # type: ignore[attr-defined]
    here, there = (json.loads(plan(tmp_path, *words).stdout) for words in ((), ("--dask", address)))
    assert there["lines"] == here["lines"]
    with Client(address) as client:
        told = client.run(lambda dask_worker: dask_worker.state.executed_count)
    assert len(told) == 2
    assert all(n > 0 for n in told.values())


def test_a_cluster_that_is_not_there_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("distributed", reason="the dask extra")
    monkeypatch.setattr("sim.planning.spread.ANSWERS_WITHIN_S", 0.5)
    for address, says in (("tcp://127.0.0.1:9", "dask scheduler"), ("nowhere", "dask scheduler")):
        refused = plan(tmp_path, "--dask", address)
        assert (refused.exit_code, says in refused.output) == (2, True), refused.output


def test_the_page_does_not_go_to_a_cluster(tmp_path: Path) -> None:
    refused = plan(tmp_path, "--dask", "tcp://127.0.0.1:9", "--serve")
    assert (refused.exit_code, "--compare" in refused.output) == (2, True)
