"""Whose picture carries which stamp: an identity for each call, random, so that it is this run's alone."""

import secrets
from hashlib import blake2b


class Stamps:
    """64 bits by call, as 16 hex digits, from the run's secret: whoever has it knows the same ones."""

    def __init__(self, secret: str = "") -> None:
        self.secret = secret or secrets.token_hex(16)
        self._of: dict[str, str] = {}
        self._calls: dict[str, str] = {}

    def of(self, call: str) -> str:
        """What is drawn on the frames of this call's phone."""
        if call not in self._of:
            key = self.secret.encode()
            stamp = self._of[call] = blake2b(call.encode(), key=key, digest_size=8).hexdigest()
            self._calls[stamp] = call
        return self._of[call]

    def call_of(self, stamp: str) -> str | None:
        """Whose it is; None: of nobody who was asked about in this run."""
        return self._calls.get(stamp)
