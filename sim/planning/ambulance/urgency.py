"""The urgencies of a mission, most urgent first: by name in data, by number in columns."""

from enum import IntEnum
from typing import Literal

UrgencyName = Literal["acute", "urgent", "ordinary", "planned", "none"]
ResponseName = Literal["acute", "urgent", "ordinary", "planned"]  # those that send somebody


class Urgency(IntEnum):
    """Norsk indeks' red, yellow and green, then a booked transport, then no ambulance at all."""

    ACUTE = 0
    URGENT = 1
    ORDINARY = 2
    PLANNED = 3
    NONE = 4


TOLD: tuple[UrgencyName, ...] = ("acute", "urgent", "ordinary", "none")  # what a telephone call may end in
RESPONSES: tuple[ResponseName, ...] = ("acute", "urgent", "ordinary", "planned")


def code(name: UrgencyName) -> Urgency:
    return Urgency[name.upper()]
