"""A lean phone's film: pictures of a clip with the session's own stamp, one after the other."""

import secrets
from collections.abc import Callable, Mapping
from typing import Any

from aiortc import RTCPeerConnection, RTCRtpSender

import lean_rtc
from fake_phones.bell import Bell
from fake_phones.camera import FACINGS, Footage
from fake_phones.lean.ahead import Ahead
from fake_phones.lean.clip import Clip, CodedPicture
from fake_phones.lean.pacer import Pacer
from fake_phones.pacing import Pacing
from fake_phones.scenes import Facing
from fake_phones.stamp.layout import MODULUS
from fake_phones.witness import Roll

CLOCK_RATE = 90_000
PROFILE = "42e01f"  # Constrained Baseline, level 3.1


class LeanFilm:
    """The picture of one phone, from `send_on` until `stop`.

    `broke` is called when a picture could not be sent; the film is over then.
    """

    def __init__(
        self,
        clips: Mapping[Facing, Clip],
        facing: Facing,
        footage: Footage,
        pacer: Pacer,
        broke: Callable[[Exception], None],
    ) -> None:
        self.over = False
        self.frames_sent = 0
        self._footage = footage
        self._roll: Roll | None = None  # of the camera that films
        self._reel = Reel(clips, facing, footage.session)
        self._ahead = Ahead(clips[facing].rows, footage, clips[facing].fps)
        self._pacer = pacer
        self.broke = broke
        self.pacing = Pacing(clips[facing].fps)
        self._origin = secrets.randbits(32)  # RTP time of the first picture
        self._moved = Bell()
        self._senders: list[lean_rtc.LeanSender] = []  # the present one last
        self._paced = False

    def send_on(self, pc: RTCPeerConnection) -> None:
        """Offer the film on this connection; it is sent when the connection stands. Again: on another one."""
        transceiver = pc.addTransceiver("video", direction="sendonly")
        codecs = RTCRtpSender.getCapabilities("video").codecs
        transceiver.setCodecPreferences(
            [codec for codec in codecs if codec.parameters.get("profile-level-id") == PROFILE]
        )
        asked = self._begin, self._reel.want_keyframe
        self._senders.append(lean_rtc.LeanSender(transceiver.sender, *asked, self._pacer.inlet))

    async def switch(self, facing: Facing) -> bool:
        """Show this camera; True once its first picture was sent, False if none will be."""
        reel = self._reel
        reel.facing = facing
        self._moved.ring()
        while reel.shown != facing and reel.facing == facing and not self.over:
            await self._moved.rung()
        return reel.shown == facing

    def stop(self) -> None:
        self.over = True
        self._moved.ring()

    def shoot(self, now_s: float) -> float:
        """Send the picture that is due, and was taken then; returns when the next one is due."""
        sender, reel = self._senders[-1], self._reel
        slot, due_s = self.pacing.slot(now_s)
        shown = reel.shown
        picture = reel.next(sender.target_bitrate)
        if shown != reel.shown and self._footage.witness:
            self._roll = self._footage.witness.roll(self._footage.session, reel.camera)
        if self._roll and picture.shown is not None:
            self._roll.keep(self.frames_sent % MODULUS, picture.shown)
        timestamp = self._origin + round(slot * CLOCK_RATE / self.pacing.fps)
        taken = slot, reel.camera, picture
        strip = self._ahead.strip(taken, due_s, self.frames_sent, reel.coming)
        sender.send([*picture.payloads, *strip], timestamp & 0xFFFFFFFF)
        self.pacing.lateness.note(now_s - due_s)
        self.frames_sent += 1
        if shown != reel.shown:
            self._moved.ring()
        return due_s + 1 / self.pacing.fps

    def facts(self) -> dict[str, Any]:
        """What this film came to."""
        senders = self._senders
        return {
            "frames_sent": self.frames_sent,
            "frames_dropped": self.pacing.dropped,
            **self.pacing.lateness.facts(),
            "keyframes_asked": self._reel.keyframes_asked,
            "octets_sent": sum(sender.octets for sender in senders),
            "packets_sent": sum(sender.packets for sender in senders),
            "packets_lost": sum(sender.lost for sender in senders),
            "packets_nacked": sum(sender.nacked for sender in senders),
            "packets_retransmitted": sum(sender.retransmitted for sender in senders),
            "packets_unsent": sum(sender.unsent for sender in senders),
        }

    def _begin(self) -> None:
        if not self.over and not self._paced:
            self._paced = True
            self.pacing.start_s = self._pacer.add(self)


class Reel:
    """Which picture of which clip comes next: in order, but from key frame to key frame on request. Pure."""

    def __init__(self, clips: Mapping[Facing, Clip], facing: Facing, session: int) -> None:
        self.facing = facing  # of the next picture
        self.shown: Facing | None = None  # of the last one
        self.keyframes_asked = 0
        self._clips = clips
        clip = clips[facing]
        # sessions on one clip begin at different key frames
        self._at = clip.keyframe_from(session % clip.length)
        self._rung = sorted(clip.rungs)[len(clip.rungs) // 2]
        self._keyframe_wanted = self._was_keyframe = False

    def want_keyframe(self) -> None:
        self.keyframes_asked += 1
        self._keyframe_wanted = True

    def next(self, allowed_bit_s: int | None) -> CodedPicture:
        """The next picture; another bit rate begins with a key frame."""
        clip = self._clips[self.facing]
        # never two key frames in a row: they could have the same idr_pic_id
        if self.facing != self.shown or (self._keyframe_wanted and not self._was_keyframe):
            self._at = clip.keyframe_from(self._at)
        picture = clip.rungs[self._rung][self._at]
        if picture.keyframe:
            self._rung = _rung(clip, self._rung, allowed_bit_s)
            picture = clip.rungs[self._rung][self._at]
            self._keyframe_wanted = False
        self._was_keyframe = picture.keyframe
        self.shown = self.facing
        self._at = (self._at + 1) % clip.length
        return picture

    @property
    def camera(self) -> int:
        """Of the last picture, as a stamp says it."""
        return FACINGS.index(self.facing)

    def coming(self, count: int) -> list[CodedPicture]:
        """The pictures after the last one, unless something is asked for."""
        clip = self._clips[self.facing]
        pictures = clip.rungs[self._rung]
        return [pictures[(self._at + k) % clip.length] for k in range(count)]


def _rung(clip: Clip, now: int, allowed_bit_s: int | None) -> int:
    """The highest bit rate that is allowed, or the lowest there is; the present one while nothing is said."""
    if allowed_bit_s is None:
        return now
    allowed = [kbit_s for kbit_s in clip.rungs if kbit_s * 1000 <= allowed_bit_s]
    return max(allowed, default=min(clip.rungs))
