"""Contact sheets: what an operator would see of a scene, after the codec, with the stamp's strip."""

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
from av.video.codeccontext import VideoCodecContext

from fake_phones.scenes.catalogue import KINDS, kind, scene
from fake_phones.scenes.course import Change
from fake_phones.scenes.scene import Facing, Picture, Scene
from fake_phones.stamp import Stamp, StampWriter

WIDTH, HEIGHT, FPS, BIT_RATE = 640, 360, 15, 200_000
TILE = (426, 240)
WARM_UP_S = 1.0  # the encoder's rate control has settled by then
QUALITY = 72

SHOWN: dict[str, tuple[float, ...]] = {
    "cpr": (2.0, 2.13, 2.27),
    "seizure": (2.0, 2.13, 2.27),
    "agonal": (1.0, 5.0, 8.2),
    "bleeding": (1.0, 14.0, 26.0),
    "night-accident": (1.5, 1.9, 4.5),
}
"""At which times (s) a sheet shows a scene; others at `TIMES_S`."""
TIMES_S = (1.0, 2.6, 4.4)
CHANGES: dict[str, tuple[Change, ...]] = {
    "bleeding": ((16.0, "pressure", True),),
    "burn": ((3.0, "cooling", True),),
    "stroke": ((2.0, "smile", 1.0),),
    "child-rash": ((3.2, "glass", True),),
    "night-accident": ((3.0, "torch", False),),
    "dark-flat": ((3.2, "torch", False),),
}
"""What is changed while a sheet's scene films."""


def coded(pictures: Iterator[Picture], size: tuple[int, int], fps: int, bit_rate: int) -> Iterator[Picture]:
    """Pictures after VP8 as a phone's browser would code them: one pass, real time, this many bit/s."""
    encoder = VideoCodecContext.create("libvpx", "w")
    encoder.width, encoder.height = size
    encoder.pix_fmt, encoder.bit_rate, encoder.time_base = "yuv420p", bit_rate, Fraction(1, fps)
    encoder.options = {
        "deadline": "realtime", "cpu-used": "-6", "lag-in-frames": "0", "static-thresh": "1",
        "noise-sensitivity": "4", "minrate": str(bit_rate), "maxrate": str(bit_rate),
        "bufsize": str(bit_rate), "undershoot-pct": "100", "overshoot-pct": "15",
    }  # fmt: skip
    encoder.gop_size = 3000
    decoder = VideoCodecContext.create("vp8", "r")
    for k, picture in enumerate(pictures):
        frame = av.VideoFrame.from_ndarray(picture, format="bgr24").reformat(format="yuv420p")
        frame.pts = k
        for packet in encoder.encode(frame):
            for shown in decoder.decode(packet):
                yield shown.to_ndarray(format="bgr24")


def film(shot: Scene, camera: Facing, times_s: Sequence[float]) -> list[Picture]:
    """What a viewer sees at these times of a film that is coded and stamped from `WARM_UP_S` before."""
    first = min(times_s) - WARM_UP_S
    wanted = {round((t_s - first) * FPS) for t_s in times_s}
    writer = StampWriter(WIDTH, HEIGHT)

    def stamped() -> Iterator[Picture]:
        for k in range(max(wanted) + 1):
            picture: Picture = cv2.cvtColor(
                shot.frame(camera, max(0.0, first + k / FPS)), cv2.COLOR_BGR2YUV_I420
            )
            writer.draw_i420(picture, Stamp(0x1130000000000001, int(camera == "front"), k, k * 1000 // FPS))
            yield cv2.cvtColor(picture, cv2.COLOR_YUV2BGR_I420)

    frames = coded(stamped(), (WIDTH, HEIGHT), FPS, BIT_RATE)
    return [frame for k, frame in enumerate(frames) if k in wanted]


def sheet(
    name: str,
    seed: int | None = None,
    start: Mapping[str, object] | None = None,
    times_s: Sequence[float] | None = None,
    changes: Sequence[Change] | None = None,
) -> Picture:
    """Two rows, back and front camera, of one scene at some times; each scene with people of its own.

    Raises ValueError as `scene` does.
    """
    seed = list(KINDS).index(kind(name).name) if seed is None else seed
    shot = scene(name, seed, WIDTH, HEIGHT, start, CHANGES.get(name, ()) if changes is None else changes)
    times_s = SHOWN.get(name, TIMES_S) if times_s is None else times_s
    cameras: tuple[Facing, Facing] = ("back", "front")
    return np.vstack([_row(film(shot, camera, times_s)) for camera in cameras])


def write(
    name: str, folder: Path, seed: int | None = None, start: Mapping[str, object] | None = None
) -> Path:
    """The sheet of a scene as a .jpg in a folder, which is made. Raises ValueError as `scene` does."""
    picture = sheet(name, seed, start)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.jpg"
    _, jpeg = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
    path.write_bytes(jpeg.tobytes())
    return path


def _row(pictures: Sequence[Picture]) -> Picture:
    return np.hstack([cv2.resize(p, TILE, interpolation=cv2.INTER_AREA) for p in pictures])
