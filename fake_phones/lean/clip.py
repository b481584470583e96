"""A clip: a film that is coded and packetised, but for the strip of its stamp."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType
from typing import Self

from fake_phones.lean import h264, payloads
from fake_phones.lean.splice import QP, Stencil, StripRows
from fake_phones.thumbnail import Thumbnail


@dataclass(frozen=True, slots=True)
class CodedPicture:
    """One picture at one bit rate."""

    units: tuple[bytes, ...]
    """The NAL units above the strip."""
    payloads: tuple[bytes, ...]
    """The same, ready for RTP."""
    stencil: Stencil
    keyframe: bool
    shown: Thumbnail | None = field(default=None, compare=False, repr=False)
    """Decoded and made small; None: nobody has looked yet."""

    @classmethod
    def split(
        cls, stream: bytes, rows: StripRows, parameters: h264.Parameters, shown: Thumbnail | None = None
    ) -> Self:
        """Take the strip's slice off a coded picture. Raises h264.Unsupported when it is none of its own."""
        units = h264.nal_units(stream)
        sets = [unit for unit in units if h264.kind(unit) in (h264.SPS, h264.PPS)]
        slices = [unit for unit in units if h264.kind(unit) in (h264.SLICE, h264.IDR)]
        headers = [h264.SliceHeader.read(unit, parameters) for unit in slices]
        firsts = rows.first_macroblocks
        if [header.first_macroblock for header in headers] != [0, firsts[0]]:
            raise h264.Unsupported("slices that do not begin at the first macroblock and at the strip")
        content, header = slices[0], headers[1]
        return cls(
            (*sets, content),
            (*payloads.together(sets), *payloads.fragments(content)),
            Stencil(
                slices[1][:1],
                header.intra,
                tuple(header.written(first, QP, parameters) for first in firsts),
            ),
            h264.kind(content) == h264.IDR,
            shown,
        )


@dataclass(frozen=True)
class Clip:
    """A film in several bit rates ("rungs"), with key frames at the same places in each."""

    fps: float
    rows: StripRows
    rungs: Mapping[int, Sequence[CodedPicture]]
    """Pictures by the kbit/s that they were coded for."""

    @classmethod
    def of(
        cls,
        streams: Mapping[int, Sequence[bytes]],
        rows: StripRows,
        fps: float,
        shown: Mapping[int, Sequence[Thumbnail]] = MappingProxyType({}),
    ) -> Self:
        """From the coded pictures of each rung, and what they show, where it is known. Raises
        h264.Unsupported.
        """
        rungs = {}
        for kbit_s, coded in streams.items():
            parameters = h264.Parameters.read(h264.nal_units(coded[0]))
            small = shown.get(kbit_s, [None] * len(coded))
            rungs[kbit_s] = [
                CodedPicture.split(stream, rows, parameters, one)
                for stream, one in zip(coded, small, strict=True)
            ]
        return cls(fps, rows, rungs)

    @cached_property
    def length(self) -> int:
        """In pictures."""
        return len(next(iter(self.rungs.values())))

    def keyframe_from(self, picture: int) -> int:
        """The first key frame at or after this picture, around the end if need be."""
        pictures = next(iter(self.rungs.values()))
        length = len(pictures)
        return next(k % length for k in range(picture, picture + length) if pictures[k % length].keyframe)
