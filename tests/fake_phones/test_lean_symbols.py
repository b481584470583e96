"""Strips made of the symbols of a session, a frame number and a time are those of the whole stamp."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fake_phones.lean.splice import Splicer, Stencil, StripRows
from fake_phones.stamp import Stamp
from fake_phones.stamp.layout import STAMP_BYTES, encoded, whitened

STAMPS = st.builds(
    Stamp, st.integers(0, 2**64 - 1), st.integers(0, 1), *[st.integers(0, 2**24 - 1) for _ in range(2)]
)


@pytest.mark.parametrize("size", [(320, 180), (640, 360), (480, 640), (960, 540), (1280, 720)])
def test_a_stamp_is_the_sum_of_its_parts(size: tuple[int, int]) -> None:
    rows = StripRows.of(*size)
    splicer = Splicer(rows)  # one for all: it keeps what was coded last
    unused = 8 * STAMP_BYTES - rows.strip.cells

    @settings(max_examples=20, deadline=None)
    @given(STAMPS, st.booleans(), st.text("01", min_size=1, max_size=40))
    def check(stamp: Stamp, intra: bool, header: str) -> None:
        stencil = Stencil(b"\x65", intra, tuple(header for _ in rows.rows))
        cells = int.from_bytes(whitened(encoded(stamp)), "big") >> unused
        assert splicer.units(stamp, stencil) == Splicer(rows).drawn(cells, stencil)

    check()
