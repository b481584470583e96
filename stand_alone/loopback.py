"""Whether an address is this machine's own: the lab and its parts talk to nothing else by mistake."""

from ipaddress import ip_address, ip_network


def is_loopback(host: str) -> bool:
    """localhost, 127.0.0.0/8 or ::1. Of any other name nobody knows where it leads tomorrow."""
    if host == "localhost":
        return True
    try:
        address = ip_address(host)
    except ValueError:
        return False
    return address in ip_network("127.0.0.0/8") or address == ip_address("::1")
