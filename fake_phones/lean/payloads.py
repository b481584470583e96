"""RTP payloads of H.264 NAL units (RFC 6184, packetization-mode 1)."""

from collections.abc import Sequence

PAYLOAD_MOST = 1300  # octets, as aiortc's
STAP_A, FU_A = 24, 28
_START, _END = 0x80, 0x40


def together(units: Sequence[bytes]) -> list[bytes]:
    """Small units in as few payloads as there can be."""
    payloads: list[bytes] = []
    group: list[bytes] = []
    room = 0
    for unit in units:
        size = 2 + len(unit)
        if group and size > room:
            payloads.append(_aggregated(group))
            group = []
        if not group:
            room = PAYLOAD_MOST - 1
        group.append(unit)
        room -= size
    return [*payloads, _aggregated(group)] if group else payloads


def fragments(unit: bytes) -> list[bytes]:
    """A large unit in payloads of equal size; the first ones are one octet longer where it cannot be."""
    if len(unit) <= PAYLOAD_MOST:
        return [unit]
    body = memoryview(unit)[1:]
    count = -(-len(body) // (PAYLOAD_MOST - 2))
    size, longer = divmod(len(body), count)
    indicator, kind = unit[0] & 0x60 | FU_A, unit[0] & 0x1F
    payloads, at = [], 0
    for k in range(count):
        end = at + size + (k < longer)
        mark = _START if k == 0 else _END if k == count - 1 else 0
        payloads.append(bytes((indicator, kind | mark)) + body[at:end])
        at = end
    return payloads


def _aggregated(units: Sequence[bytes]) -> bytes:
    if len(units) == 1:
        return units[0]
    importance = max(unit[0] & 0x60 for unit in units)
    parts = [part for unit in units for part in (len(unit).to_bytes(2, "big"), unit)]
    return bytes((importance | STAP_A,)) + b"".join(parts)
