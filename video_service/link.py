"""Secrets that are handed out once and kept only as hashes: links, browsers, viewers."""

import hashlib
import hmac
import secrets

_TOKEN_OCTETS = 18  # 144 bits, 24 characters


def new_token() -> str:
    """A secret for a link, a browser or a viewer: 144 random bits, safe in a URL."""
    return secrets.token_urlsafe(_TOKEN_OCTETS)


def hashed(token: str) -> str:
    """What is stored of a token. Plain SHA-256 is enough: a token is random and long."""
    return hashlib.sha256(token.encode()).hexdigest()


def same(given: str, kept: str) -> bool:
    """Compare two secrets (or hashes) in constant time."""
    return hmac.compare_digest(given.encode(), kept.encode())


def sms_text(centre: str, url: str, language: str) -> str:
    """The caller's SMS: who asks, and the link. Fits in one part for a usual centre and base URL."""
    if language == "en":
        return f"{centre} asks to see through your camera. Open to answer: {url}"
    return f"{centre} ber om å få se med kameraet ditt. Åpne og svar: {url}"


def language_of(wish: str | None) -> str:
    """`en` or `nb` for a wish such as "en-GB,en;q=0.9" or None: the first of the two that is named."""
    for part in (wish or "").lower().split(","):
        name = part.split(";")[0].strip().split("-")[0]
        if name == "en":
            return "en"
        if name in ("nb", "no", "nn"):
            return "nb"
    return "en" if wish and wish.strip() not in ("", "*") else "nb"
