"""aiortc's fast paths for a relay, an encoder that leaves nothing stale, and ICE on loopback.

The only place of the project that touches private names of aiortc and aioice; `self_test` tells at
start-up whether the installed versions still have them.
"""

from lean_rtc.assembly import Frame
from lean_rtc.bare import bare_us_per_packet
from lean_rtc.encoding import code_every_part, octets_sent
from lean_rtc.frames import FrameReceiver
from lean_rtc.impaired import Carry, impair
from lean_rtc.inlet import Inlet
from lean_rtc.keyframe import starts_keyframe
from lean_rtc.leg import Leg
from lean_rtc.loopback import allow_loopback, packets_received, peer_connection
from lean_rtc.private import PrivateNameMissing
from lean_rtc.receiver import Header, LeanReceiver
from lean_rtc.selftest import self_test
from lean_rtc.sender import LeanSender
from lean_rtc.skipping import skip_what_is_lost
from lean_rtc.tap import Tap
from lean_rtc.transcoding import I420, Pictures, Transcoded

__all__ = [
    "I420",
    "Carry",
    "Frame",
    "FrameReceiver",
    "Header",
    "Inlet",
    "LeanReceiver",
    "LeanSender",
    "Leg",
    "Pictures",
    "PrivateNameMissing",
    "Tap",
    "Transcoded",
    "allow_loopback",
    "bare_us_per_packet",
    "code_every_part",
    "impair",
    "octets_sent",
    "packets_received",
    "peer_connection",
    "self_test",
    "skip_what_is_lost",
    "starts_keyframe",
]
