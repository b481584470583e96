"""What a call's machines say to each other over the phone's radio, flight by flight, and how long it takes.

The virtual clock waits this long; so does the phone whose HTTP goes over loopback. Flights pass the same
Channel as media: delay, rate, loss and blackouts need no formula of their own.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from fake_phones.radio.conditions import Direction
from fake_phones.radio.link import Link

PACKET_OCTETS = 1200
RETRY_S_MAX = 8.0
GIVEN_UP_AFTER_S = 300.0
SILENT_AFTER_S = 6.5
"""A connection that hears nothing for so long is lost: Chromium 156 says so after 6.5 to 6.7 s."""
CONNECT_LIMIT_S = 15.0
"""A new connection that does not stand by then is given up."""
COMES_BACK_WITHIN_S = 4.0
"""So long a lost connection may come back by itself, as on the service's page; then another is made."""


@dataclass(frozen=True, slots=True)
class Flight:
    """Octets sent at once in one direction; what is lost is sent again after `retry_s`, then twice that."""

    direction: Direction
    octets: int
    retry_s: float = 1.0


# octets measured on loopback with the reference service, rounded up; TLS is of a public service (assumed)
TCP = (Flight("up", 60), Flight("down", 60))
TLS = (Flight("up", 700), Flight("down", 4000))
OPEN = (
    *(*TCP, *TLS),
    *(Flight("up", 800), Flight("down", 5000)),  # the page
    *(Flight("up", 800), Flight("down", 14000)),  # its script and style
    *(Flight("up", 800), Flight("down", 600)),  # "opened"
)
PRESS = (Flight("up", 800), Flight("down", 600))
"""A yes, a no, a withdrawal: one POST on a connection that stands."""
WHIP = (Flight("up", 4000), Flight("down", 3000))
ICE = (Flight("up", 150, 0.5), Flight("down", 130, 0.5))
DTLS = (
    *(Flight("up", 300), Flight("down", 1000)),
    *(Flight("up", 800), Flight("down", 300)),
)
PUBLISH = (*WHIP, *ICE, *DTLS)
ORDER = (Flight("down", 200),)
"""A word on the control socket."""
KEYFRAME_WANTED = (Flight("down", 100, 0.5),)
KEYFRAME = (Flight("up", 24_000, 0.2),)
"""The first picture of a camera: a NACK asks again for what is lost."""


def arrival(link: Link, flights: Sequence[Flight], now: float) -> float:
    """When the last of these flights has arrived, each beginning when the one before it is there.

    Infinity when that takes longer than 300 s.
    """
    until = now + GIVEN_UP_AFTER_S
    for flight in flights:
        now = _landed(link, flight, now, until)
    return now


def _landed(link: Link, flight: Flight, now: float, until: float) -> float:
    missing = [PACKET_OCTETS] * (flight.octets // PACKET_OCTETS)
    missing += [flight.octets % PACKET_OCTETS] if flight.octets % PACKET_OCTETS else []
    landed, wait_s = now, flight.retry_s
    while missing and now <= until:
        lost = []
        for octets in missing:
            if dues := link.passes(flight.direction, octets, now):
                landed = max(landed, dues[0])
            else:
                lost.append(octets)
        missing, now = lost, now + wait_s
        wait_s = min(2 * wait_s, RETRY_S_MAX)
    return math.inf if missing else landed
