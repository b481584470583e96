"""Consent to send (RFC 7675) on a connection that stands: asked for and given in few steps.

aioice makes a task, a future and two timers of each request, and takes every message apart. Here the plain
messages of a session that goes on are made and read in place; whatever is not plain is aioice's, as before.
"""

import hmac
import os
import struct
import zlib
from collections.abc import Callable
from typing import Any

from aioice.ice import CONSENT_FAILURES
from aioice.stun import (
    COOKIE,
    FINGERPRINT_LENGTH,
    FINGERPRINT_XOR,
    HEADER_LENGTH,
    INTEGRITY_LENGTH,
    IPV4_PROTOCOL,
    Class,
    Message,
    Method,
)

_REQUEST, _RESPONSE = Method.BINDING | Class.REQUEST, Method.BINDING | Class.RESPONSE
_USERNAME, _INTEGRITY, _PRIORITY, _FINGERPRINT = 0x0006, 0x0008, 0x0024, 0x8028
_CONTROLLED, _CONTROLLING = 0x8029, 0x802A
_OPTIONAL = 0x8000  # from here on attributes may be ignored
_HEAD, _ATTRIBUTE = struct.Struct("!HHI12s"), struct.Struct("!HH")
_ID = slice(8, HEADER_LENGTH)


class Consent:
    """Of one connection of aioice's, for its nominated pair. Pure of time: the caller says when to `ask`."""

    def __init__(self, connection: Any, send: Callable[[bytes], None]) -> None:
        pair = connection._nominated[1]
        self._send = send
        self._address: tuple[str, int] = pair.remote_addr
        self._ours, self._theirs = connection.local_password.encode(), connection.remote_password.encode()
        self._asks = bytes(connection.build_request(pair, nominate=False))[HEADER_LENGTH:]
        self._username = f"{connection.local_username}:{connection.remote_username}".encode()
        self._own_role = _CONTROLLING if connection.ice_controlling else _CONTROLLED
        answer = Message(Method.BINDING, Class.RESPONSE, attributes={"XOR-MAPPED-ADDRESS": self._address})
        self._answers = bytes(answer)[HEADER_LENGTH:]
        self._constant = self._answers[5] == IPV4_PROTOCOL  # an IPv6 address is masked with the request's id
        self._waiting: bytes | None = None
        self._failures = 0

    def ask(self) -> bool:
        """Send a request; False when the last six were not answered, and consent is over."""
        self._failures = self._failures + 1 if self._waiting else 0
        if self._failures >= CONSENT_FAILURES:
            return False
        self._waiting = os.urandom(12)
        self._send(sealed(_REQUEST, self._waiting, self._asks, self._theirs))
        return True

    def take(self, message: bytes, address: tuple[Any, ...]) -> bool:
        """Whether that was a plain message of consent, and all is done that it asked for."""
        kind = int.from_bytes(message[:2], "big")
        if kind == _RESPONSE and message[_ID] == self._waiting:
            if opened(message, self._theirs) is None:
                return False
            self._waiting = None
            return True
        if kind != _REQUEST or address[:2] != self._address or not self._constant:
            return False
        attributes = opened(message, self._ours)
        if attributes is None or attributes.pop(_USERNAME, None) != self._username:
            return False
        attributes.pop(_PRIORITY, None)
        if self._own_role in attributes or any(kind < _OPTIONAL for kind in attributes):
            return False
        self._send(sealed(_RESPONSE, message[_ID], self._answers, self._ours))
        return True


def sealed(kind: int, transaction: bytes, attributes: bytes, key: bytes) -> bytes:
    """A STUN message with MESSAGE-INTEGRITY and FINGERPRINT (RFC 8489, 14.5 and 14.7)."""
    size = len(attributes) + INTEGRITY_LENGTH
    digest = hmac.digest(key, _HEAD.pack(kind, size, COOKIE, transaction) + attributes, "sha1")
    size += FINGERPRINT_LENGTH
    message = b"".join(
        (_HEAD.pack(kind, size, COOKIE, transaction), attributes, _ATTRIBUTE.pack(_INTEGRITY, 20), digest)
    )
    fingerprint = zlib.crc32(message) ^ FINGERPRINT_XOR
    return message + _ATTRIBUTE.pack(_FINGERPRINT, 4) + fingerprint.to_bytes(4, "big")


def opened(message: bytes, key: bytes) -> dict[int, bytes] | None:
    """The attributes before MESSAGE-INTEGRITY; None unless there is one, and it is right."""
    attributes: dict[int, bytes] = {}
    at = HEADER_LENGTH
    while at + _ATTRIBUTE.size <= len(message):
        kind, length = _ATTRIBUTE.unpack_from(message, at)
        value = message[at + 4 : at + 4 + length]
        if kind == _INTEGRITY:
            signed = message[:2] + (at - HEADER_LENGTH + INTEGRITY_LENGTH).to_bytes(2, "big") + message[4:at]
            return attributes if hmac.compare_digest(hmac.digest(key, signed, "sha1"), value) else None
        attributes[kind] = value
        at += 4 + (length + 3 & ~3)
    return None
