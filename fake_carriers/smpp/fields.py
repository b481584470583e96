"""How the fields of a body stand on the wire: each kind is a pair of functions, one reads, one writes.

A C-octet string is `str`, as latin-1, so that every octet survives.
"""

from collections.abc import Callable, Sequence
from dataclasses import fields
from operator import attrgetter
from typing import Any, get_type_hints

from fake_carriers.smpp.bodies import BODIES, Address, DistributionList, FourOctets, Unsuccess
from fake_carriers.smpp.commands import Status

Read = Callable[[bytes, int], tuple[Any, int]]  # the frame and where to begin: the value, and where it ends
Write = Callable[[Any], bytes]

_DEST_FLAGS = {1: Address, 2: DistributionList}
_FLAGS = {layout: bytes((flag,)) for flag, layout in _DEST_FLAGS.items()}


class Malformed(Exception):
    """Octets that are no such field; `status` is what the answer says."""

    def __init__(self, status: Status, why: str) -> None:
        super().__init__(why)
        self.status = status


def read(layout: type, frame: bytes, at: int) -> tuple[Any, int]:
    """The object of this layout whose fields begin at `at`, and where they end. Raises Malformed."""
    values = []
    try:
        for read_field in _READS[layout]:
            value, at = read_field(frame, at)
            values.append(value)
    except (IndexError, ValueError):
        name = fields(layout)[len(values)].name
        raise Malformed(Status.RINVCMDLEN, f"{name} goes past the end") from None
    return layout(*values), at


def write(body: Any) -> bytes:
    """The octets of an object's fields. Raises ValueError when a value does not fit its field."""
    values, writes = _WRITES[type(body)]
    try:
        return b"".join([write_field(value) for write_field, value in zip(writes, values(body), strict=True)])
    except KeyError as error:
        raise ValueError(f"{error} does not fit one octet") from None


def _read_string(frame: bytes, at: int) -> tuple[str, int]:
    end = frame.index(0, at)
    return str(frame[at:end], "latin-1"), end + 1


def _write_string(value: str) -> bytes:
    if "\0" in value:
        raise ValueError(f"a C-octet string cannot hold a NUL: {value!r}")
    return value.encode("latin-1") + b"\0"


def _read_octet(frame: bytes, at: int) -> tuple[int, int]:
    return frame[at], at + 1


_write_octet = {value: bytes((value,)) for value in range(256)}.__getitem__  # most fields of most PDUs


def _read_four_octets(frame: bytes, at: int) -> tuple[int, int]:
    frame[at + 3]  # the last of them, or IndexError
    return int.from_bytes(frame[at : at + 4], "big"), at + 4


def _write_four_octets(value: int) -> bytes:
    if not 0 <= value <= 0xFFFFFFFF:
        raise ValueError(f"{value} does not fit four octets")
    return value.to_bytes(4, "big")


def _read_octets(frame: bytes, at: int) -> tuple[bytes, int]:
    end = at + 1 + frame[at]
    if end > len(frame):
        raise Malformed(Status.RINVMSGLEN, f"sm_length {frame[at]} goes past the end")
    return frame[at + 1 : end], end


def _write_octets(value: bytes) -> bytes:
    return bytes((len(value),)) + value


def _read_destinations(frame: bytes, at: int) -> tuple[tuple[Any, ...], int]:
    items = []
    count, at = frame[at], at + 1
    for _ in range(count):
        layout = _DEST_FLAGS.get(frame[at])
        if layout is None:
            raise Malformed(Status.RINVDESTFLAG, f"dest_flag {frame[at]}: it must be 1 or 2")
        item, at = read(layout, frame, at + 1)
        items.append(item)
    return tuple(items), at


def _write_destinations(items: tuple[Address | DistributionList, ...]) -> bytes:
    return bytes((len(items),)) + b"".join(_FLAGS[type(item)] + write(item) for item in items)


def _read_unsuccess(frame: bytes, at: int) -> tuple[tuple[Any, ...], int]:
    items = []
    count, at = frame[at], at + 1
    for _ in range(count):
        item, at = read(Unsuccess, frame, at)
        items.append(item)
    return tuple(items), at


def _write_unsuccess(items: tuple[Unsuccess, ...]) -> bytes:
    return bytes((len(items),)) + b"".join(map(write, items))


_KINDS: dict[Any, tuple[Read, Write]] = {
    str: (_read_string, _write_string),
    int: (_read_octet, _write_octet),
    FourOctets: (_read_four_octets, _write_four_octets),
    bytes: (_read_octets, _write_octets),
    tuple[Address | DistributionList, ...]: (_read_destinations, _write_destinations),
    tuple[Unsuccess, ...]: (_read_unsuccess, _write_unsuccess),
}


def _kinds(layout: type) -> list[tuple[str, tuple[Read, Write]]]:
    hints = get_type_hints(layout, include_extras=True)
    return [(field.name, _KINDS[hints[field.name]]) for field in fields(layout)]


def _writing(layout: type) -> tuple[Callable[[Any], Sequence[Any]], tuple[Write, ...]]:
    """How to get the values of all fields, and what writes each."""
    kinds = _kinds(layout)
    names = [name for name, _ in kinds]
    values = attrgetter(*names) if len(names) > 1 else lambda body: [getattr(body, name) for name in names]
    return values, tuple(write for _, (_, write) in kinds)


_LAYOUTS = {*BODIES.values(), Address, DistributionList, Unsuccess}
_READS = {layout: tuple(kind[0] for _, kind in _kinds(layout)) for layout in _LAYOUTS}
_WRITES = {layout: _writing(layout) for layout in _LAYOUTS}
