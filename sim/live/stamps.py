"""Whose picture carries which stamp: an identity for each call, random, so that it is this run's alone."""

import secrets


class Stamps:
    """64 random bits by call, as 16 hex digits."""

    def __init__(self) -> None:
        self._of: dict[str, str] = {}
        self._calls: dict[str, str] = {}

    def of(self, call: str) -> str:
        """What is drawn on the frames of this call's phone."""
        if call not in self._of:
            stamp = self._of[call] = secrets.token_hex(8)
            self._calls[stamp] = call
        return self._of[call]

    def call_of(self, stamp: str) -> str | None:
        """Whose it is; None: nobody's in this run."""
        return self._calls.get(stamp)
