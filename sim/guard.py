"""The guard: this lab must never be able to reach a live emergency service by mistake."""

from ipaddress import ip_address, ip_network
from urllib.parse import urlsplit

from stand_alone import is_loopback

# RFC 1918 and RFC 4193 (unique local addresses); the lab's own namespaces are in the first
PRIVATE_NETWORKS = tuple(
    ip_network(network) for network in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7")
)


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


def private_only(host: str, option: str) -> str:
    """The address of one of this lab's machines. Raises Refused unless it is loopback or private."""
    if is_loopback(host):
        return host
    try:
        address = ip_address(host)
    except ValueError:
        raise Refused(f"{option} {host!r}: give an IP address, such as 192.168.1.20") from None
    if not any(address in network for network in PRIVATE_NETWORKS):
        raise Refused(
            f"{option} {host!r} is not a private address. Machines of a lab meet on loopback or on a private "
            "network (10/8, 172.16/12, 192.168/16, fc00::/7), never on the internet"
        )
    return host
