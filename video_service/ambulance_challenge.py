"""Challenges for ambulance phones: a text to sign, good once and for a short time."""

import hashlib
import hmac
import secrets

from video_service.enrolment import NotAuthentic
from video_service.link import same

GOOD_FOR_S = 30.0


class Challenges:
    """Makes nonces and takes each back once. `now` is CLOCK_MONOTONIC seconds.

    A nonce tells its own time and is sealed with a secret of this process: nothing is kept of those that
    nobody comes back with, so that anybody may ask. After a restart the old ones are good for nothing.
    """

    def __init__(self) -> None:
        self._secret = secrets.token_bytes(32)
        self._spent: dict[str, float] = {}  # nonce -> when it expires; oldest first, nearly

    def make(self, now: float) -> str:
        """A new nonce, good for GOOD_FOR_S."""
        said = f"{now + GOOD_FOR_S:.3f}.{secrets.token_urlsafe(18)}"
        return f"{said}.{self._seal(said)}"

    def spend(self, nonce: str, now: float) -> None:
        """Raises NotAuthentic for a nonce that is not ours, expired or was spent before."""
        said, _, seal = nonce.rpartition(".")
        if not same(seal, self._seal(said)):
            raise NotAuthentic("the challenge is not one of this service; ask for a new one")
        expires = float(said.rpartition(".")[0])
        if now >= expires:
            raise NotAuthentic("the challenge has expired; ask for a new one")
        if nonce in self._spent:
            raise NotAuthentic("the challenge was answered before; ask for a new one")
        self._spent = {spent: until for spent, until in self._spent.items() if now < until}
        self._spent[nonce] = expires

    def _seal(self, said: str) -> str:
        return hmac.new(self._secret, said.encode(), hashlib.sha256).hexdigest()
