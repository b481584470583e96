"""The kernel of lab113: one story, two clocks, one journal."""

__version__ = "0.1.0"
