"""A VP8 encoder that codes every part of the picture anew when it changes, and at a narrow radio's rate too.

aiortc's options `static-thresh=1` and `noise-sensitivity=4` together leave small, high-contrast areas
stale: single cells of a frame stamp kept the value of an earlier frame (measured at 640x360: 1, 0.5 and
0.4 % of frames at 60, 150 and 300 kbit/s with static-thresh 1; none with 0).
"""

import multiprocessing

import av
import av.frame
from aiortc import RTCRtpSender
from aiortc.codecs.vpx import Vp8Encoder, number_of_threads

from lean_rtc.private import read, write
from lean_rtc.resending import resend_within

BITRATE_AT_LEAST, BITRATE_AT_MOST = 60_000, 1_500_000
"""Bit/s. aiortc stays above 250 000: nothing comes through a narrower radio. At 60 000 stamps can be read."""
HALVED_BELOW, WHOLE_FROM = 0.65, 1.0
"""Bit/s a pixel: with less both sides are halved, until there is so much. 640 x 360: 150 and 230 kbit/s."""
DOWN_BY, UP_BY = 0.1, 0.25
"""A rate that differs by more is taken. It makes a new encoder, and that a key frame: few on the way up."""


class EveryPartVp8Encoder(Vp8Encoder):
    """aiortc's encoder with `static-thresh=0` and a wider range of rates; size and packets are as there."""

    def __init__(self) -> None:
        super().__init__()
        self._target_bitrate = super().target_bitrate
        self._halved = self._told = False

    @property
    def target_bitrate(self) -> int:
        """Bit/s that are coded; set to what the receiver's REMB allows, it follows as said above."""
        return self._target_bitrate

    @target_bitrate.setter
    def target_bitrate(self, bitrate: int) -> None:
        self._told = True
        allowed = max(BITRATE_AT_LEAST, min(bitrate, BITRATE_AT_MOST))
        if not 1 - DOWN_BY <= allowed / self._target_bitrate <= 1 + UP_BY:
            self._target_bitrate = allowed

    def encode(self, frame: av.frame.Frame, force_keyframe: bool = False) -> tuple[list[bytes], int]:
        assert isinstance(frame, av.VideoFrame)
        frame = self._sized(frame)
        if self._is_due(frame):
            self.codec = self._made_for(frame)
        return super().encode(frame, force_keyframe)

    def _sized(self, frame: av.VideoFrame) -> av.VideoFrame:
        """As large as the rate allows, once a receiver has told one."""
        for_each_pixel = self._target_bitrate / (frame.width * frame.height)
        self._halved = self._told and for_each_pixel < (WHOLE_FROM if self._halved else HALVED_BELOW)
        if not self._halved:
            return frame
        return frame.reformat(frame.width // 4 * 2, frame.height // 4 * 2, interpolation="AREA")

    def _is_due(self, frame: av.VideoFrame) -> bool:
        """As in aiortc: another size, or a rate more than 10 % away."""
        codec = self.codec
        if codec is None or codec.bit_rate is None:
            return True
        changed = abs(self.target_bitrate - codec.bit_rate) / codec.bit_rate > 0.1
        return changed or (codec.width, codec.height) != (frame.width, frame.height)

    def _made_for(self, frame: av.VideoFrame) -> av.VideoCodecContext:
        codec = av.CodecContext.create("libvpx", "w")
        assert isinstance(codec, av.VideoCodecContext)
        rate = str(self.target_bitrate)
        codec.width, codec.height, codec.pix_fmt = frame.width, frame.height, "yuv420p"
        codec.bit_rate, codec.gop_size = self.target_bitrate, 3000
        codec.qmin, codec.qmax = 2, 56
        codec.options = {
            "bufsize": rate,
            "minrate": rate,
            "maxrate": rate,
            "cpu-used": "-6",
            "deadline": "realtime",
            "lag-in-frames": "0",
            "noise-sensitivity": "4",
            "overshoot-pct": "15",
            "undershoot-pct": "100",
            "partitions": "0",
            "static-thresh": "0",
        }
        codec.thread_count = number_of_threads(frame.width * frame.height, multiprocessing.cpu_count())
        return codec


def code_every_part(sender: RTCRtpSender) -> None:
    """Have a sender that will send VP8 use the encoder above, and keep within its rate when packets are lost.

    Call it before the sender starts.
    """
    encoder = EveryPartVp8Encoder()
    write(sender, RTCRtpSender, "encoder", encoder)
    resend_within(sender, lambda: encoder.target_bitrate)


def octets_sent(sender: RTCRtpSender) -> int:
    """RTP payload that aiortc's own loop has sent."""
    return int(read(sender, RTCRtpSender, "octet_count"))
