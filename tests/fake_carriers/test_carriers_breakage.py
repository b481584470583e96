"""A broken response is broken in one way, and still so many octets as a client must cope with."""

import pytest

from fake_carriers.breakage import broken
from fake_carriers.moods import MALFORMED
from fake_carriers.smpp import BadLength, Command, Framer, MessageId, Pdu, PduError, Status, decode, encode

RESPONSE = Pdu(Command.SUBMIT_SM_RESP, 0x1234, Status.ROK, MessageId("17"))
FRAME = encode(RESPONSE)


def test_a_bad_length_loses_the_stream() -> None:
    with pytest.raises(BadLength):
        list(Framer().feed(broken(FRAME, "length")))


def test_a_bad_command_is_unknown_and_a_whole_frame() -> None:
    (frame,) = Framer().feed(broken(FRAME, "command"))
    with pytest.raises(PduError) as error:
        decode(frame)
    assert (error.value.status, error.value.sequence) == (Status.RINVCMDID, 0x1234)


def test_a_bad_sequence_is_another_response() -> None:
    (frame,) = Framer().feed(broken(FRAME, "sequence"))
    pdu = decode(frame)
    assert (pdu.command, pdu.body) == (RESPONSE.command, RESPONSE.body)
    assert pdu.sequence != RESPONSE.sequence


def test_a_cut_parameter_is_a_whole_frame_that_cannot_be_read() -> None:
    (frame,) = Framer().feed(broken(FRAME, "cut"))
    with pytest.raises(PduError, match="goes past the end"):
        decode(frame)


@pytest.mark.parametrize("how", MALFORMED)
def test_a_response_without_a_body_breaks_too(how: str) -> None:
    bare = encode(Pdu(Command.SUBMIT_SM_RESP, 1, Status.RTHROTTLED))
    assert broken(bare, how) != bare
