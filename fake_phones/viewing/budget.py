"""How many frames may be decoded beyond key frames: tokens that come back with time. Pure: now is told."""


class Budget:
    """Of all viewers of a process together: so many frames a second, saved up for one second."""

    def __init__(self, frames_per_s: float, now_s: float) -> None:
        self._per_s = self._left = frames_per_s
        self._at_s = now_s

    def take(self, now_s: float) -> bool:
        """Whether one more frame may be decoded; then it is spent."""
        self._left = min(self._per_s, self._left + (now_s - self._at_s) * self._per_s)
        self._at_s = now_s
        if self._left < 1:
            return False
        self._left -= 1
        return True
