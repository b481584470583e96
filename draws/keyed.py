"""Uniform draws, keyed: (seed, replication, purpose, entity, k) -> a number in (0, 1)."""

from functools import lru_cache
from hashlib import blake2b
from typing import Any

import numpy as np
import numpy.typing as npt

from draws.philox import philox, philox_block

_MASK = 0xFFFFFFFF


@lru_cache(maxsize=4096)
def stream_key(seed: int, replication: int, purpose: str) -> int:
    """The 64-bit Philox key of one purpose in one replication of one seed."""
    return _hash64(f"{seed}/{replication}/{purpose}")


@lru_cache(maxsize=65536)
def entity_number(entity: str | int) -> int:
    """The 64-bit number of an entity: itself when it is one, else the hash of its name."""
    return entity & 0xFFFFFFFFFFFFFFFF if isinstance(entity, int) else _hash64(entity)


def uniform(seed: int, purpose: str, entity: str | int, k: int = 0, replication: int = 0) -> float:
    """The k-th draw of `entity` for `purpose`: uniform in the open interval (0, 1), 52 bits."""
    key, number = stream_key(seed, replication, purpose), entity_number(entity)
    w0, w1, _, _ = philox(
        (number & _MASK, number >> 32, k & _MASK, (k >> 32) & _MASK), (key & _MASK, key >> 32)
    )
    return float(_unit(w0, w1))


def uniforms(
    seed: int,
    purpose: str,
    entities: npt.NDArray[np.uint64],
    ks: npt.NDArray[np.uint64] | int = 0,
    replication: int = 0,
) -> npt.NDArray[np.float64]:
    """`uniform` for arrays of entity numbers and of k, which broadcast; bit for bit the same numbers."""
    key = stream_key(seed, replication, purpose)
    number, k = np.broadcast_arrays(np.asarray(entities, np.uint64), np.asarray(ks, np.uint64))
    mask, half = np.uint64(_MASK), np.uint64(32)
    w0, w1, _, _ = philox_block(
        (number & mask, number >> half, k & mask, k >> half), (key & _MASK, key >> 32)
    )
    return np.asarray(_unit(w0, w1), np.float64)


def quarters(
    seed: int, purpose: str, entity: str | int, k: int = 0, replication: int = 0
) -> tuple[float, float, float, float]:
    """Four draws for the price of one: uniforms in (0, 1) of 32 bits each, the four words of one block."""
    key, number = stream_key(seed, replication, purpose), entity_number(entity)
    words = philox((number & _MASK, number >> 32, k & _MASK, (k >> 32) & _MASK), (key & _MASK, key >> 32))
    w0, w1, w2, w3 = ((word + 0.5) / 4294967296.0 for word in words)
    return w0, w1, w2, w3


def quarters_block(
    seed: int, purpose: str, entity: str | int, ks: npt.NDArray[np.uint64], replication: int = 0
) -> npt.NDArray[np.float64]:
    """`quarters` for an array of k, in four rows; bit for bit the same numbers."""
    key, number = stream_key(seed, replication, purpose), entity_number(entity)
    low, high = (np.full(ks.shape, word, np.uint64) for word in (number & _MASK, number >> 32))
    mask, half = np.uint64(_MASK), np.uint64(32)
    words = philox_block((low, high, ks & mask, ks >> half), (key & _MASK, key >> 32))
    return np.asarray((np.stack(words) + 0.5) / 4294967296.0, np.float64)


def _unit(w0: Any, w1: Any) -> Any:
    """The middle of one of 2**52 equal steps, exact in a double: with 53 bits the last would round to 1."""
    return ((w0 >> 6) * 67108864 + (w1 >> 6) + 0.5) / 4503599627370496


def _hash64(text: str) -> int:
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "big")
