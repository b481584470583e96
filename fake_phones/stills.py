"""Pictures kept on disk; the viewer sees to it that only frames with the expected stamp come here."""

import asyncio
import re
from pathlib import Path

import cv2
from av import VideoFrame

from fake_phones.scenes import Facing

JPEG_QUALITY = 90


class Stills:
    """Numbered JPEG files of one viewer."""

    def __init__(self, folder: Path, viewer: str) -> None:
        self.names: list[str] = []
        self._folder = folder
        self._viewer = file_name(viewer)

    async def keep(self, frame: VideoFrame, camera: Facing) -> str:
        """Write the frame and return its file name. Raises OSError when it cannot be written."""
        name = f"{self._viewer}-{camera}-{len(self.names) + 1}.jpg"
        self.names.append(name)
        await asyncio.to_thread(self._write, frame, self._folder / name)
        return name

    def _write(self, frame: VideoFrame, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        done, jpeg = cv2.imencode(
            ".jpg", frame.to_ndarray(format="bgr24"), [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY]
        )
        if not done:
            raise OSError(f"{path}: the picture could not be coded")
        path.write_bytes(jpeg.tobytes())


def file_name(name: str) -> str:
    """A phone's or viewer's name as a part of a file name."""
    return re.sub(r"[^A-Za-z0-9_.-]+", "-", name)
