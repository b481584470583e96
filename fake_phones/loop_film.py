"""A film that loops, as a .y4m file: what Chromium takes for a camera."""

from pathlib import Path

from fake_phones.camera import Cameras
from fake_phones.scenes import Facing

LOOP_S = 8


def write(path: Path, cameras: Cameras, facing: Facing, width: int, height: int, fps: int) -> None:
    """Draw `LOOP_S` seconds, every frame stamped. The capture time in the stamp is the place in the loop."""
    with path.open("wb") as file:
        file.write(f"YUV4MPEG2 W{width} H{height} F{fps}:1 Ip A1:1 C420mpeg2\n".encode())
        for frame in range(LOOP_S * fps):
            file.write(b"FRAME\n")
            file.write(cameras.shoot(facing, frame, frame / fps, frame / fps).tobytes())
