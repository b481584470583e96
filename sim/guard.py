"""The guard: this lab must never be able to reach a live emergency service by mistake."""

from urllib.parse import urlsplit

from stand_alone import is_loopback


class Refused(Exception):
    """An address that the lab will not talk to; the text says why (exit code 2)."""


def loopback_only(url: str, option: str) -> str:
    """The URL without a trailing slash. Raises Refused unless it is http(s) to a loopback address."""
    try:
        parts = urlsplit(url)
        plain = parts.port != 0 and not set(url) & set("@\\ ") and url.isascii() and url.isprintable()
    except ValueError:  # no port, no IPv6 address
        plain = False
    if not plain or parts.scheme not in ("http", "https") or not parts.hostname:
        raise Refused(f"{option} {url!r}: give a URL such as http://127.0.0.1:8200")
    if not is_loopback(parts.hostname):
        raise Refused(
            f"{option} {url!r}: {parts.hostname} is not a loopback address. lab113 talks to this machine "
            "only, so that it can never reach a live emergency service; run the service here, or forward a "
            "loopback port"
        )
    return url.rstrip("/")
