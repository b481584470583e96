"""The draws of the compiled engine: the same numbers in Python, in numpy and in numba."""

import importlib
import sys
from pathlib import Path
from statistics import NormalDist

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

pytest.importorskip("numba", reason="the planning extra")

from draws import compiled as numbas
from draws import entity_number, quarters, quarters_block, stream_key

NUMBER = st.integers(0, 2**64 - 1)
AHEAD = 5


def numbas_quarters(
    seed: int, purpose: str, entity: str | int, k: int, replication: int
) -> tuple[float, ...]:
    key = np.uint64(stream_key(seed, replication, purpose))
    return tuple(numbas.quarters(key, np.uint64(entity_number(entity)), np.uint64(k)))


def numbas_ahead(key: int, entity: int, k: int, n: int) -> list[tuple[float, ...]]:
    out = np.empty((4, n))
    numbas.quarters_ahead(np.uint64(key), np.uint64(entity), np.uint64(k), out)
    return [tuple(column) for column in out.T.tolist()]


@given(
    st.integers(0, 2**63), st.text(max_size=20), NUMBER, st.integers(0, 2**64 - 1 - AHEAD), st.integers(0, 9)
)
def test_python_numpy_and_numba_draw_the_same_bit_for_bit(
    seed: int, purpose: str, entity: int, k: int, replication: int
) -> None:
    ks = [k + n for n in range(AHEAD)]
    told = [quarters(seed, purpose, entity, one, replication) for one in ks]
    block = quarters_block(seed, purpose, entity, np.array(ks, np.uint64), replication)
    assert [tuple(column) for column in block.T.tolist()] == told
    assert [numbas_quarters(seed, purpose, entity, one, replication) for one in ks] == told
    assert numbas_ahead(stream_key(seed, replication, purpose), entity, k, AHEAD) == told


def test_quarters_are_fixed_for_all_time() -> None:
    """A change here changes every year that was ever told with its seed."""
    assert quarters(113, "plan/call", "AMK Oslo/113", 7, 2) == (
        0.09789858653675765,
        0.26410991547163576,
        0.35329623555298895,
        0.6666274328017607,
    )


def test_numbas_normal_is_the_standard_librarys() -> None:
    """Down to the edges of 32 bits, both tails: the middle, the near and the far piece."""
    edges = [(n + 0.5) / 2**32 for n in (0, 1, 2, 50, 2**20, 2**28)]
    middle = (np.arange(2000) + 0.5) / 2000
    us = np.concatenate([middle, edges, 1.0 - np.array(edges), [1e-12, 1e-30, 0.075, 0.925]]).tolist()
    at = NormalDist().inv_cdf
    assert [numbas.normal(u) for u in us] == pytest.approx([at(u) for u in us], rel=1e-14, abs=1e-14)


def test_numbas_durations() -> None:
    assert numbas.lognormal(0.5, 40.0, 0.7) == 40.0
    assert numbas.exponential(1.0 - np.exp(-2.0), 90.0) == pytest.approx(180.0)


def test_a_change_in_what_a_kernel_calls_is_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Numba looks at a function's own file; what it calls, and the constants it knows, stand in others."""
    package = tmp_path / "kernels_of_a_test"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "rule.py").write_text(
        "from kernels_of_a_test.table import LIMIT\nimport math\n", encoding="utf-8"
    )
    (package / "table.py").write_text("LIMIT = 1\n", encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    importlib.import_module("kernels_of_a_test.rule")
    before = numbas._sources("kernels_of_a_test.rule")
    (package / "table.py").write_text("LIMIT = 2\n", encoding="utf-8")
    numbas._sources.cache_clear()
    assert numbas._sources("kernels_of_a_test.rule") != before
    for name in [name for name in sys.modules if name.startswith("kernels_of_a_test")]:
        del sys.modules[name]
