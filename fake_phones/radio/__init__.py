"""Radio conditions of a phone: one object for the virtual clock, for a phone's own transport, and for
network namespaces.

What is named here is pure; `air` and the program (`python -m fake_phones.radio`) drive it.
"""

from fake_phones.radio.channel import Channel
from fake_phones.radio.conditions import BLACKOUT, CLEAR, DIRECTIONS, Conditions, Direction
from fake_phones.radio.link import Link
from fake_phones.radio.profiles import BadRadio, known, named
from fake_phones.radio.radio import Radio, Step

__all__ = [
    "BLACKOUT",
    "CLEAR",
    "DIRECTIONS",
    "BadRadio",
    "Channel",
    "Conditions",
    "Direction",
    "Link",
    "Radio",
    "Step",
    "known",
    "named",
]
