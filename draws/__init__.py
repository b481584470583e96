"""Keyed random draws: every draw is a pure function of (seed, replication, purpose, entity, k).

There is no generator object and no order to keep, so a new draw shifts nobody and two designs can
be compared on common random numbers.
"""

from draws.distributions import Exponential, Lognormal, bernoulli, choice
from draws.keyed import entity_number, quarters, quarters_block, stream_key, uniform, uniforms

__all__ = [
    "Exponential",
    "Lognormal",
    "bernoulli",
    "choice",
    "entity_number",
    "quarters",
    "quarters_block",
    "stream_key",
    "uniform",
    "uniforms",
]
