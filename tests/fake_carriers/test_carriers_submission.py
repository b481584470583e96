"""What a submit_sm asks for."""

from datetime import UTC, datetime
from typing import Any

import pytest

from fake_carriers.smpp import Command, Pdu, ShortMessage, Status
from fake_carriers.submission import Refused, Submission, submission_of, validity_s

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def submitted(**fields: Any) -> Submission:
    body = ShortMessage(**{"destination_addr": "4710000001", **fields})
    return submission_of(Pdu(Command.SUBMIT_SM, 1, body=body), NOW)


@pytest.mark.parametrize("address", ["4710000001", "+4710000001", "004710000001"])
def test_a_number_is_e164_however_it_came(address: str) -> None:
    assert submitted(destination_addr=address).number == "+4710000001"


@pytest.mark.parametrize("address", ["", "+", "47 10000001", "lege", "+47²"])
def test_what_is_no_number_is_refused(address: str) -> None:
    with pytest.raises(Refused) as refused:
        submitted(destination_addr=address)
    assert refused.value.status is Status.RINVDSTADR


def test_the_sender_shows_as_on_a_phone() -> None:
    assert submitted(source_addr="4710000002", source_addr_ton=1).sender == "+4710000002"
    assert submitted(source_addr="Hjelp 113", source_addr_ton=5).sender == "Hjelp 113"


@pytest.mark.parametrize(
    ("field", "seconds"),
    [
        ("", 900),
        ("000000000030000R", 30),
        ("000000000200000R", 120),
        ("000002000000000R", 900),  # the SMSC keeps nothing longer
        ("260102030505000+", 60),
        ("260102040505004+", 60),  # an hour ahead of UTC
        ("260102020505004-", 60),
    ],
)
def test_a_validity_is_read(field: str, seconds: float) -> None:
    assert validity_s(field, NOW) == seconds


@pytest.mark.parametrize(
    "field", ["soon", "000000000000000R", "260102030405000+", "269902030505000+", "260102030505099+"]
)
def test_a_validity_that_is_none_is_refused(field: str) -> None:
    with pytest.raises(Refused) as refused:
        validity_s(field, NOW)
    assert refused.value.status is Status.RINVEXPIRY


def test_a_message_for_later_is_refused() -> None:
    with pytest.raises(Refused) as refused:
        submitted(schedule_delivery_time="260102040405000+")
    assert refused.value.status is Status.RINVSCHED
