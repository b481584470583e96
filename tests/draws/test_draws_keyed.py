"""Keyed draws: pure, the same scalar and in blocks, uniform, independent, and no draw shifts another."""

from math import sqrt

import numpy as np
import numpy.typing as npt
from hypothesis import given
from hypothesis import strategies as st

from draws import entity_number, stream_key, uniform, uniforms
from draws.keyed import _unit

N = 20_000
SEED, PURPOSE = 113, "person/patience_s"
ENTITIES = np.arange(N, dtype=np.uint64)
NAME = st.text(max_size=20)
NUMBER = st.integers(0, 2**64 - 1)


def correlation(a: npt.NDArray[np.float64], b: npt.NDArray[np.float64]) -> float:
    return float(np.corrcoef(a, b)[0, 1])


def ks_distance(u: npt.NDArray[np.float64]) -> float:
    """Kolmogorov-Smirnov distance to the uniform, times the root of n: above 1.95 in 1 of 1000."""
    ordered, n = np.sort(u), len(u)
    steps = np.arange(n + 1) / n
    return float(max((steps[1:] - ordered).max(), (ordered - steps[:-1]).max()) * sqrt(n))


def chi_square(u: npt.NDArray[np.float64], bins: int = 100) -> float:
    counts, _ = np.histogram(u, bins=bins, range=(0, 1))
    expected = len(u) / bins
    return float(((counts - expected) ** 2 / expected).sum())


@given(st.integers(0, 2**63), NAME, st.lists(st.tuples(NUMBER, NUMBER), max_size=6), st.integers(0, 99))
def test_blocks_are_the_scalars_bit_for_bit(
    seed: int, purpose: str, drawn: list[tuple[int, int]], replication: int
) -> None:
    entities = np.array([entity for entity, _ in drawn], np.uint64)
    ks = np.array([k for _, k in drawn], np.uint64)
    told = [uniform(seed, purpose, entity, k, replication) for entity, k in drawn]
    assert uniforms(seed, purpose, entities, ks, replication).tolist() == told


def test_blocks_broadcast_over_entities_and_k() -> None:
    table = uniforms(SEED, PURPOSE, np.arange(3, dtype=np.uint64)[:, None], np.arange(4, dtype=np.uint64))
    assert table.shape == (3, 4)
    assert table[2, 3] == uniform(SEED, PURPOSE, 2, 3)


@given(st.integers(0, 2**32 - 1), st.integers(0, 2**32 - 1))
def test_a_draw_is_inside_the_open_interval(w0: int, w1: int) -> None:
    assert 0.0 < _unit(w0, w1) < 1.0


def test_the_extreme_words_give_neither_0_nor_1() -> None:
    assert _unit(0, 0) == 2.0**-53
    assert _unit(2**32 - 1, 2**32 - 1) == 1.0 - 2.0**-53


def test_uniforms_are_uniform() -> None:
    for u in (uniforms(SEED, PURPOSE, ENTITIES), uniforms(SEED, PURPOSE, ENTITIES[:1], ENTITIES)):
        assert ks_distance(u) < 1.95
        assert 50 < chi_square(u) < 160  # 99 degrees of freedom; 0.01 % on each side


def test_the_test_of_uniformity_can_fail() -> None:
    bent = uniforms(SEED, PURPOSE, ENTITIES) ** 1.05
    assert ks_distance(bent) > 1.95
    assert chi_square(np.round(bent * 64) / 64) > 160


def test_neighbours_are_independent() -> None:
    limit = 4 / sqrt(N)
    u = uniforms(SEED, PURPOSE, ENTITIES)
    others = {
        "the next entity": uniforms(SEED, PURPOSE, ENTITIES + np.uint64(1)),
        "the next k": uniforms(SEED, PURPOSE, ENTITIES, 1),
        "another purpose": uniforms(SEED, "person/patience_t", ENTITIES),
        "the next seed": uniforms(SEED + 1, PURPOSE, ENTITIES),
        "the next replication": uniforms(SEED, PURPOSE, ENTITIES, replication=1),
    }
    for what, other in others.items():
        assert abs(correlation(u, other)) < limit, what
        assert abs(correlation((u - 0.5) ** 2, (other - 0.5) ** 2)) < limit, what


def test_names_draw_independently_too() -> None:
    u = np.array([uniform(SEED, PURPOSE, f"call-{n}") for n in range(5000)])
    assert ks_distance(u) < 1.95
    assert abs(correlation(u[:-1], u[1:])) < 4 / sqrt(5000)


def test_a_draw_depends_on_its_key_alone() -> None:
    before = [uniform(SEED, PURPOSE, f"call-{n}") for n in range(10)]
    for n in range(10):  # somebody else draws, much
        uniform(SEED, "new/purpose", f"call-{n}", k=n)
    assert [uniform(SEED, PURPOSE, f"call-{n}") for n in reversed(range(10))] == before[::-1]


def test_the_parts_of_a_key_do_not_run_into_each_other() -> None:
    keys = [(1, 11, "a"), (11, 1, "a"), (1, 1, "1/a"), (1, 1, "a"), (111, 0, "a")]
    assert len({stream_key(*key) for key in keys}) == len(keys)
    assert entity_number("7") != entity_number(7) == 7
    assert entity_number(-1) == 2**64 - 1


def test_draws_are_fixed_for_all_time() -> None:
    """A change here changes every run that was ever stored with its seed."""
    assert uniform(113, "caller/carrier", "call-1") == 0.7007580896066036
    assert uniform(113, "caller/carrier", "call-1", k=1, replication=2) == 0.030068667677610406
