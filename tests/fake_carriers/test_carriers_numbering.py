"""Whose number it is."""

from dataclasses import replace

import pytest
from carriers_lab import ICE, NUMBER, OTHER, TELENOR, TELIA

from fake_carriers.numbering import Numbering


def test_the_longest_prefix_has_the_number() -> None:
    longer = replace(TELIA, prefixes=("+4711", NUMBER))
    numbering = Numbering((TELENOR, longer, ICE))
    assert numbering.carrier_of(NUMBER) is longer
    assert numbering.carrier_of(OTHER) is TELENOR


def test_a_ported_number_beats_every_range() -> None:
    taker = replace(ICE, ported=(NUMBER,))
    numbering = Numbering((replace(TELENOR, prefixes=("+4710", NUMBER)), TELIA, taker))
    assert numbering.carrier_of(NUMBER) is taker
    assert numbering.carrier_of(OTHER).name == "telenor"


@pytest.mark.parametrize(
    "number", ["+4719000000", "4710000001", "+47100000x1", "", "+47", "+4710" + "0" * 20, "+471000000¹"]
)
def test_an_unknown_number_is_refused(number: str) -> None:
    with pytest.raises(ValueError, match=r"no carrier has .*\+4710 \(telenor\)"):
        Numbering((TELENOR, TELIA, ICE)).carrier_of(number)
