"""The life of an ambulance phone, from its enrolment code to its end: pure rules, no clock and no store.

A phone proves who it is by Ed25519 signatures over the texts that are made here (docs/contract.md,
section 5). Times are seconds since the epoch.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey


class CodeOver(Exception):
    """The enrolment code was used, has expired or was taken back."""


class NotAuthentic(Exception):
    """The signature, or what it was to be over, is not what it must be."""


class NotAllowed(Exception):
    """It is known who asks, and it is not for them."""


class Taken(Exception):
    """Another phone has it already."""


@dataclass(frozen=True)
class AmbulancePhone:
    """One phone, known from the moment its code was made. `code` is a hash, `public_key` hexadecimal.

    `centres` are those it may stream to beside its `amk`. `name` is the unit's, such as "Ambulanse 3-1".
    """

    id: str
    code: str
    code_expires_at: float
    amk: str
    centres: tuple[str, ...]
    name: str | None = None
    public_key: str | None = None
    enrolled_at: float | None = None
    revoked_at: float | None = None


def enrolment_text(code: str, name: str, amk: str) -> bytes:
    """What a phone signs to enrol: that it has the private key, and for what."""
    return _text("lab113 enrol", code, name, amk)


def start_text(nonce: str, centres: Iterable[str]) -> bytes:
    """What a phone signs to start a stream, with the centres in the order in which it names them."""
    return _text("lab113 start", nonce, *centres)


def check_signature(public_key: bytes, signature: bytes, text: bytes) -> None:
    """Raises NotAuthentic unless the holder of that key signed that text."""
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, text)
    except (ValueError, InvalidSignature):
        raise NotAuthentic("the signature is not this key's over this text") from None


def enrolled(
    phone: AmbulancePhone, name: str, amk: str, public_key: str, others: Iterable[AmbulancePhone], now: float
) -> AmbulancePhone:
    """The phone that its code has become. Raises CodeOver, NotAllowed (another AMK), Taken (name or key)."""
    if phone.revoked_at is not None:
        raise CodeOver("the enrolment code was taken back; ask the administrator for a new one")
    if phone.enrolled_at is not None:
        raise CodeOver("the enrolment code has been used; ask the administrator for a new one")
    if now >= phone.code_expires_at:
        raise CodeOver("the enrolment code has expired; ask the administrator for a new one")
    if amk != phone.amk:
        raise NotAllowed(f"the code is for a phone of {phone.amk}, not of {amk}")
    for other in others:
        if other.public_key == public_key:
            raise Taken("this key was enrolled before; make a new one")
        if other.name == name and other.revoked_at is None:
            raise Taken(f"there is a phone {name!r} already; take another name, or have that one revoked")
    return replace(phone, name=name, public_key=public_key, enrolled_at=now)


def revoked(phone: AmbulancePhone, now: float) -> AmbulancePhone:
    """The phone, or its unused code, is good for nothing any more. Again: the same."""
    return phone if phone.revoked_at else replace(phone, revoked_at=now)


def centres_of_start(phone: AmbulancePhone, named: Sequence[str]) -> tuple[str, ...]:
    """Who will see the stream: its AMK, then the centres named. Raises NotAllowed."""
    if phone.revoked_at is not None:
        raise NotAllowed("this phone has been revoked")
    for centre in named:
        if centre not in (phone.amk, *phone.centres):
            raise NotAllowed(f"this phone may not stream to {centre}; the administrator has not allowed it")
    return tuple(dict.fromkeys((phone.amk, *named)))


def _text(*lines: str) -> bytes:
    return "\n".join(lines).encode()
