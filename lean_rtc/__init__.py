"""aiortc's fast paths for a relay, an encoder that leaves nothing stale, and ICE on loopback.

The only place of the project that touches private names of aiortc and aioice; `self_test` tells at
start-up whether the installed versions still have them.
"""

from lean_rtc.encoding import code_every_part
from lean_rtc.keyframe import starts_keyframe
from lean_rtc.leg import Leg
from lean_rtc.loopback import allow_loopback, peer_connection
from lean_rtc.private import PrivateNameMissing
from lean_rtc.selftest import self_test
from lean_rtc.tap import Tap
from lean_rtc.transcoding import I420, Pictures, Transcoded

__all__ = [
    "I420",
    "Leg",
    "Pictures",
    "PrivateNameMissing",
    "Tap",
    "Transcoded",
    "allow_loopback",
    "code_every_part",
    "peer_connection",
    "self_test",
    "starts_keyframe",
]
