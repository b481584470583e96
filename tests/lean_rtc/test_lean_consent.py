"""Consent checks: aioice's are understood, aioice understands ours, and all else is left to it."""

import secrets
from types import SimpleNamespace
from typing import Any

import pytest
from aioice import stun
from aioice.ice import CONSENT_FAILURES, Candidate, CandidatePair, Connection

from lean_rtc.consent import Consent, opened, sealed

PHONE, END = ("127.0.0.1", 5000), ("127.0.0.1", 6000)
BINDING, REQUEST, RESPONSE = stun.Method.BINDING, stun.Class.REQUEST, stun.Class.RESPONSE


def candidate(address: tuple[str, int]) -> Candidate:
    return Candidate("f", 1, "udp", 1, *address, "host")


class Side:
    """A connected end of aioice's, without sockets."""

    def __init__(self, controlling: bool, own: tuple[str, int], other: tuple[str, int]) -> None:
        self.connection = Connection(ice_controlling=controlling)
        protocol: Any = SimpleNamespace(local_candidate=candidate(own))
        self.pair = CandidatePair(protocol, candidate(other))
        self.connection._nominated[1] = self.pair
        self.sent: list[bytes] = []

    def knows(self, other: "Side") -> None:
        self.connection.remote_username = other.connection.local_username
        self.connection.remote_password = other.connection.local_password

    def consent(self) -> Consent:
        return Consent(self.connection, self.sent.append)

    def request(self, **attributes: Any) -> bytes:
        """As aioice makes it."""
        message = self.connection.build_request(self.pair, nominate=False)
        message.attributes.update({name.replace("_", "-"): value for name, value in attributes.items()})
        message.add_message_integrity(str(self.connection.remote_password).encode())
        return bytes(message)


@pytest.fixture
def sides() -> tuple[Side, Side]:
    phone, end = Side(True, PHONE, END), Side(False, END, PHONE)
    phone.knows(end)
    end.knows(phone)
    return phone, end


def test_both_ends_ask_and_answer(sides: tuple[Side, Side]) -> None:
    phone, end = sides
    asking, asked = phone.consent(), end.consent()
    for _ in range(3 * CONSENT_FAILURES):
        assert asking.ask()
        assert asked.take(phone.sent.pop(), PHONE)
        assert asking.take(end.sent.pop(), END)


def test_aioice_understands_both(sides: tuple[Side, Side]) -> None:
    phone, end = sides
    consent = phone.consent()
    consent.ask()
    request = stun.parse_message(phone.sent.pop())  # checks the fingerprint
    assert request.check_message_integrity(end.connection.local_password.encode())
    assert (
        request.attributes["USERNAME"] == f"{end.connection.local_username}:{phone.connection.local_username}"
    )
    assert consent.take(end.request(), END)
    answer = stun.parse_message(phone.sent.pop())
    assert (answer.message_class, answer.attributes["XOR-MAPPED-ADDRESS"]) == (RESPONSE, END)
    assert answer.check_message_integrity(phone.connection.local_password.encode())


def test_aioices_answer_is_understood_once_and_only_whole(sides: tuple[Side, Side]) -> None:
    phone, end = sides
    consent = phone.consent()
    consent.ask()
    answer = stun.Message(BINDING, RESPONSE, transaction_id=phone.sent.pop()[8:20])
    answer.attributes["SOFTWARE"] = "somebody"
    answer.attributes["XOR-MAPPED-ADDRESS"] = PHONE
    answer.add_message_integrity(end.connection.local_password.encode())
    whole = bytes(answer)
    for k in range(20, len(whole) - 8):  # what is signed, and the signature; the fingerprint is not looked at
        assert not consent.take(whole[:k] + bytes([whole[k] ^ 1]) + whole[k + 1 :], END)
        assert not consent.take(whole[:k], END)
    assert consent.take(whole, END)
    assert not consent.take(whole, END)


def test_six_requests_without_an_answer_are_the_end(sides: tuple[Side, Side]) -> None:
    phone, end = sides
    consent = phone.consent()
    assert [consent.ask() for _ in range(CONSENT_FAILURES)] == [True] * CONSENT_FAILURES
    assert len({message[8:20] for message in phone.sent}) == CONSENT_FAILURES
    end.consent().take(phone.sent[-1], PHONE)
    assert consent.take(end.sent[-1], END)  # the last one was answered after all
    assert [consent.ask() for _ in range(CONSENT_FAILURES + 1)] == [True] * CONSENT_FAILURES + [False]


def test_what_is_not_plain_is_left_to_aioice(sides: tuple[Side, Side]) -> None:
    phone, end = sides
    consent = phone.consent()
    assert consent.take(end.request(SOFTWARE="somebody"), END)
    phone.sent.clear()
    assert not consent.take(end.request(), ("127.0.0.1", 6001))  # another address
    assert not consent.take(end.request(USE_CANDIDATE=None), END)
    assert not consent.take(end.request(ICE_CONTROLLING=1), END)  # a role conflict
    assert not consent.take(end.request(USERNAME="some:body"), END)
    end.connection.remote_password = "wrong" * 5
    assert not consent.take(end.request(), END)
    for rubbish in (b"", b"\0", b"\0\1", secrets.token_bytes(60), b"\0\1" + bytes(200)):
        assert not consent.take(rubbish, END)
    assert phone.sent == []


def test_sealed_opens_with_its_key_only() -> None:
    message = sealed(BINDING | REQUEST, secrets.token_bytes(12), b"\0\x06\0\3abc\0", b"key")
    assert opened(message, b"key") == {6: b"abc"}
    assert opened(message, b"other") is None
