"""Answer an SDP offer for one video, one way. Other people's offers are never trusted to be well made."""

from collections.abc import Callable, Iterable

from aiortc import RTCPeerConnection, RTCRtpSender, RTCRtpTransceiver, RTCSessionDescription
from aiortc.exceptions import OperationError
from aiortc.rtcrtpparameters import RTCRtpCodecCapability, RTCRtpCodecParameters
from aiortc.sdp import MediaDescription, SessionDescription

FORWARDED = ("video/VP8", "video/H264")
"""Codecs that can be forwarded, the preferred one first."""


class BadOffer(Exception):
    """The offer is not SDP, or lacks what every WebRTC offer has."""


class Unsupported(Exception):
    """The offer is well made, but there is nothing in it that this service can take."""


def forwarded_codecs(offer: str) -> list[RTCRtpCodecCapability]:
    """What to take from a publisher: VP8 where it is offered, else H.264. Raises BadOffer, Unsupported."""
    video = _video(offer, ("sendonly", "sendrecv"), "send")
    offered = {codec.mimeType for codec in video.rtp.codecs}
    lower = {mime_type.lower() for mime_type in offered}
    chosen = next((mime_type for mime_type in FORWARDED if mime_type.lower() in lower), None)
    if chosen is None:
        raise Unsupported(f"the offer has {_names(offered)}; this service forwards {_names(FORWARDED)}")
    return _capabilities(lambda codec: codec.mimeType == chosen)


def codec_for_viewer(offer: str, publisher: RTCRtpCodecParameters) -> list[RTCRtpCodecCapability]:
    """The publisher's codec, which is the only one a viewer can get. Raises BadOffer, Unsupported."""
    _video(offer, ("recvonly", "sendrecv"), "receive")
    return _capabilities(lambda codec: is_same_codec(codec, publisher))


def is_same_codec(
    one: RTCRtpCodecCapability | RTCRtpCodecParameters, other: RTCRtpCodecCapability | RTCRtpCodecParameters
) -> bool:
    """Whether packets of one can be forwarded as the other."""
    return one.mimeType == other.mimeType and one.parameters == other.parameters


def first_codec(description: str) -> RTCRtpCodecParameters:
    """The codec that an answer of ours settled on."""
    return next(m for m in SessionDescription.parse(description).media if m.kind == "video").rtp.codecs[0]


async def answer(
    pc: RTCPeerConnection,
    transceiver: RTCRtpTransceiver,
    offer: str,
    codecs: list[RTCRtpCodecCapability],
) -> str:
    """Let `transceiver`, already of `pc`, take the offer's first video; everything else is turned down.

    Returns the SDP answer, with all candidates. Raises BadOffer, Unsupported.
    """
    transceiver.setCodecPreferences(codecs)
    try:
        await pc.setRemoteDescription(RTCSessionDescription(sdp=_reachable(offer), type="offer"))
        for other in pc.getTransceivers():
            if other is not transceiver:
                other.direction = "inactive"
        await pc.setLocalDescription()
    except OperationError:
        wanted = _names(codec.mimeType for codec in codecs)
        raise Unsupported(f"the offer does not have {wanted} in the form that is needed") from None
    except Exception as error:  # aiortc checks little: what it trips over is the offer's fault
        raise BadOffer(f"the SDP offer cannot be used: {error!r}") from error
    return pc.localDescription.sdp


def _video(offer: str, directions: tuple[str, str], verb: str) -> MediaDescription:
    try:
        media = SessionDescription.parse(offer).media
    except Exception as error:
        raise BadOffer(f"the body is not an SDP offer: {error!r}") from error
    if not media:
        raise BadOffer("the body is not an SDP offer: it has no media section")
    if any(section.kind not in ("audio", "video") for section in media):
        raise Unsupported("the offer has a data channel; this service takes video only")
    video = next((section for section in media if section.kind == "video"), None)
    if video is None:
        raise Unsupported("the offer has no video")
    if not (video.ice and video.dtls and video.dtls.fingerprints):
        raise BadOffer("the SDP offer lacks a=ice-ufrag, a=ice-pwd or a=fingerprint")
    if (video.direction or "sendrecv") not in directions:
        raise Unsupported(f"the offer's video is {video.direction}; to {verb} it must be {directions[0]}")
    return video


def _reachable(offer: str) -> str:
    """The offer without mDNS candidates (`….local`), which a browser without a camera hides behind.

    Its own checks tell us where it is. Waiting for a multicast answer would cost seconds, and so the
    end of candidates, which would make aioice give up before those checks arrive, is left out too.
    """
    lines = offer.splitlines()
    kept = [line for line in lines if not (line.startswith("a=candidate:") and ".local " in line)]
    if len(kept) < len(lines):
        kept = [line for line in kept if line != "a=end-of-candidates"]
    return "\r\n".join(kept) + "\r\n"


def _capabilities(wanted: Callable[[RTCRtpCodecCapability], bool]) -> list[RTCRtpCodecCapability]:
    """The codecs that are wanted, and RTX for them."""
    codecs = RTCRtpSender.getCapabilities("video").codecs
    return [codec for codec in codecs if wanted(codec) or codec.mimeType == "video/rtx"]


def _names(mime_types: Iterable[str]) -> str:
    names = [mime_type.removeprefix("video/") for mime_type in mime_types]
    return " and ".join(sorted(name for name in names if name != "rtx")) or "no codec"
