"""The stamp: who filmed a frame, with which camera and when, as a strip of light and dark cells in its luma.

The strip is at the bottom edge, so a viewer needs no search. It survives lossy coding and any rescale.
Layout, contrast and thresholds are measured: see the picture study, sections 2.2 to 2.4.
"""

from fake_phones.stamp.layout import Stamp, Strip, captured_at
from fake_phones.stamp.reader import Reading, StampReader
from fake_phones.stamp.writer import StampWriter

__all__ = ["Reading", "Stamp", "StampReader", "StampWriter", "Strip", "captured_at"]
