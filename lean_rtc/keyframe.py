"""Where a key frame begins, seen from the first octets of an RTP payload."""

from aiortc.codecs.vpx import VpxPayloadDescriptor

_H264_SPS, _H264_IDR, _H264_STAP_A, _H264_FU_A = 7, 5, 24, 28


def starts_keyframe(codec_name: str, payload: bytes) -> bool:
    """Whether this packet is the first of a key frame. `codec_name` is "VP8" or "H264".

    A payload that cannot be read is not a key frame.
    """
    return _vp8(payload) if codec_name == "VP8" else _h264(payload)


def _vp8(payload: bytes) -> bool:
    try:
        descriptor, rest = VpxPayloadDescriptor.parse(payload)
    except ValueError:
        return False
    first = descriptor.partition_start == 1 and descriptor.partition_id == 0
    return first and len(rest) > 0 and rest[0] & 1 == 0  # RFC 6386 9.1: bit 0 is 0 in a key frame


def _h264(payload: bytes) -> bool:
    """RFC 6184: alone, first in a STAP-A, or the first fragment of a FU-A; of a picture the first slice."""
    if len(payload) < 2:
        return False
    kind, at = payload[0] & 0x1F, 1
    if kind == _H264_STAP_A and len(payload) > 4:
        kind, at = payload[3] & 0x1F, 4
    elif kind == _H264_FU_A and payload[1] & 0x80 and len(payload) > 2:
        kind, at = payload[1] & 0x1F, 2
    # first_mb_in_slice is 0: a one alone, in Exp-Golomb code
    return kind == _H264_SPS or (kind == _H264_IDR and payload[at] & 0x80 != 0)
