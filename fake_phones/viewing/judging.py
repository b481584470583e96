"""The quality of what a viewer sees, on request: a picture a second, held against what the camera took."""

import asyncio
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fake_phones.scenes import Facing
from fake_phones.viewing.quality import Quality
from fake_phones.viewing.source import Source

EVERY_S = 1.0


class Judging:
    """Of one viewer. `source` is made when it is first needed, and in a thread, as all that is slow."""

    def __init__(self, source: Callable[[], Source]) -> None:
        self._make = source
        self._source: Source | None = None
        self._due_s = float("-inf")
        self._busy = False
        self._found: list[Quality] = []

    def wants(self, now_s: float) -> bool:
        """Whether to look at a picture now."""
        return not self._busy and now_s >= self._due_s

    async def look(self, luma: NDArray[np.uint8], camera: Facing, frame: int, now_s: float) -> None:
        """Judge a picture, whose luma is nobody else's. Raises ValueError when there is no such scene."""
        self._busy, self._due_s = True, now_s + EVERY_S
        try:
            self._found.append(await asyncio.to_thread(self._judged, luma, camera, frame))
        finally:
            self._busy = False

    def facts(self) -> dict[str, Any]:
        """What was found so far."""
        found = self._found
        if not found:
            return {"pictures": 0}
        ssim, psnr_db = zip(*found, strict=True)
        return {
            "pictures": len(found),
            "ssim_mean": round(sum(ssim) / len(found), 4),
            "ssim_min": round(min(ssim), 4),
            "psnr_db_mean": round(sum(psnr_db) / len(found), 2),
            "psnr_db_min": round(min(psnr_db), 2),
        }

    def _judged(self, luma: NDArray[np.uint8], camera: Facing, frame: int) -> Quality:
        if self._source is None:
            self._source = self._make()
        return self._source.quality(luma, camera, frame)
