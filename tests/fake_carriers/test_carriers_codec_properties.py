"""Every PDU survives the wire, and no octets at all raise anything but PduError and BadLength.

`LAB113_FUZZ` is the number of byte strings of the campaign (20 000 unless told).
"""

import os
import random
import struct
from dataclasses import fields
from typing import Any, get_type_hints

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fake_carriers.smpp import (
    Address,
    BadLength,
    Command,
    DistributionList,
    Framer,
    Pdu,
    PduError,
    Status,
    Tag,
    Tlv,
    Unsuccess,
    decode,
    encode,
)
from fake_carriers.smpp.bodies import BODIES, FourOctets

BYTE_STRINGS = int(os.environ.get("LAB113_FUZZ", "20000"))
SEED = 113

EXAMPLES = settings(deadline=None, max_examples=40)  # per command
OCTET = st.integers(0, 255)
UINT32 = st.integers(0, 0xFFFFFFFF)
STRING = st.text(st.characters(max_codepoint=255, exclude_characters="\0"), max_size=20)
TAG = st.sampled_from(Tag) | st.integers(0x1400, 0x3FFF) | st.integers(0, 0xFFFF)  # standard, vendor's, any
TLVS = st.lists(st.builds(Tlv, TAG, st.binary(max_size=300)), max_size=4).map(tuple)


def bodies(layout: type) -> st.SearchStrategy[Any]:
    hints = get_type_hints(layout, include_extras=True)
    return st.builds(layout, **{field.name: KINDS[hints[field.name]] for field in fields(layout)})


KINDS: dict[Any, st.SearchStrategy[Any]] = {
    str: STRING,
    int: OCTET,
    FourOctets: UINT32,
    bytes: st.binary(max_size=255),
}
DESTINATIONS = bodies(Address) | bodies(DistributionList)
KINDS[tuple[Address | DistributionList, ...]] = st.lists(DESTINATIONS, max_size=4).map(tuple)
KINDS[tuple[Unsuccess, ...]] = st.lists(bodies(Unsuccess), max_size=4).map(tuple)


def pdus(command: Command) -> st.SearchStrategy[Pdu]:
    body = bodies(BODIES[command]) if command in BODIES else st.none()
    whole = st.builds(Pdu, st.just(command), UINT32, UINT32, body, TLVS)
    return whole | st.builds(Pdu, st.just(command), UINT32, UINT32) if command.is_response else whole


ANY_PDU = st.sampled_from(Command).flatmap(pdus)


@pytest.mark.parametrize("command", Command, ids=lambda command: command.name.lower())
def test_every_pdu_survives_the_wire(command: Command) -> None:
    @EXAMPLES
    @given(pdus(command))
    def survives(pdu: Pdu) -> None:
        octets = encode(pdu)
        read = decode(octets)
        assert read == pdu
        assert encode(read) == octets

    survives()


@pytest.mark.parametrize("command", Command, ids=lambda command: command.name.lower())
def test_a_random_body_decodes_byte_exact_or_is_refused(command: Command) -> None:
    @EXAMPLES
    @given(st.binary(max_size=200))
    def exact_or_refused(body: bytes) -> None:
        frame = struct.pack(">IIII", 16 + len(body), command, 0, 7) + body
        try:
            read: Pdu | PduError = decode(frame)
        except PduError as error:
            read = error
        if isinstance(read, PduError):
            assert (read.sequence, read.command_id) == (7, command)
            assert read.status in (Status.RINVCMDLEN, Status.RINVMSGLEN, Status.RINVDESTFLAG)
        else:
            assert encode(read) == frame

    exact_or_refused()


@settings(deadline=None, max_examples=50)
@given(st.lists(ANY_PDU, max_size=5), st.data())
def test_frames_come_out_whole_however_they_are_cut(sent: list[Pdu], data: st.DataObject) -> None:
    stream = b"".join(map(encode, sent))
    framer, frames = Framer(), []
    while stream:
        cut = data.draw(st.integers(1, len(stream)))
        frames += list(framer.feed(stream[:cut]))
        stream = stream[cut:]
    assert [decode(frame) for frame in frames] == sent


@settings(deadline=None, max_examples=50)
@given(ANY_PDU, st.data())
def test_a_pdu_cut_anywhere_is_refused_or_was_complete(pdu: Pdu, data: st.DataObject) -> None:
    octets = encode(pdu)
    length = data.draw(st.integers(16, len(octets)))
    exact_or_refused(length.to_bytes(4, "big") + octets[4:length])


def exact_or_refused(frame: bytes) -> bool:
    """Whether the frame is a PDU; if it is, then to the octet."""
    try:
        pdu = decode(frame)
    except PduError:
        return False
    assert encode(pdu) == frame
    return True


# -- the campaign: volume instead of cleverness --


def example(layout: type) -> Any:
    """A body whose every field says something."""
    values: dict[Any, Any] = {
        str: "4710000001",
        int: 1,
        FourOctets: Status.RINVDSTADR,
        bytes: b"Hei fra 113",
        tuple[Address | DistributionList, ...]: (Address(1, 1, "4710000001"), DistributionList("list")),
        tuple[Unsuccess, ...]: (Unsuccess(1, 1, "4710000001", Status.RINVDSTADR),),
    }
    hints = get_type_hints(layout, include_extras=True)
    return layout(**{field.name: values[hints[field.name]] for field in fields(layout)})


def valid_frames() -> list[bytes]:
    """Every command without and with optional parameters."""
    tlvs = (Tlv(Tag.MESSAGE_STATE, b"\x02"), Tlv(0x1403, b"vendor"), Tlv(Tag.MESSAGE_PAYLOAD, b"x" * 300))
    return [
        encode(Pdu(command, 113, 0, example(BODIES[command]) if command in BODIES else None, these))
        for command in Command
        for these in ((), tlvs)
    ]


def mutated(octets: bytes, chance: random.Random) -> bytes:
    """The octets after one to four small accidents; half of the time the command_length is true again."""
    rubbish = bytearray(octets)
    for _ in range(chance.randint(1, 4)):
        at, kind = chance.randrange(len(rubbish) + 1), chance.randrange(6)
        if kind == 0:
            rubbish[at : at + 1] = bytes((chance.choice((0, 1, 2, 0x7F, 0x80, 0xFF)),))
        elif kind == 1:
            rubbish[at : at + 1] = chance.randbytes(1)
        elif kind == 2:
            rubbish[at:at] = chance.randbytes(chance.randint(1, 4))
        elif kind == 3:
            del rubbish[at : at + chance.randint(1, 20)]
        elif kind == 4:
            del rubbish[at:]
        else:
            rubbish[at:at] = rubbish[chance.randrange(len(rubbish) + 1) :]
    if chance.random() < 0.5:
        rubbish[:4] = len(rubbish).to_bytes(4, "big")
    return bytes(rubbish)


def byte_string(frames: list[bytes], chance: random.Random) -> bytes:
    if chance.random() < 0.2:
        body = chance.randbytes(chance.randrange(120))
        command = chance.choice((*Command, chance.getrandbits(32)))
        return struct.pack(">IIII", 16 + len(body), command, 0, 1) + body
    if chance.random() < 0.1:
        return chance.randbytes(chance.randrange(120))
    return mutated(chance.choice(frames), chance)


def framed(octets: bytes, cut: int) -> list[bytes]:
    """The frames of a stream that comes in two pieces, up to its end or a bad length."""
    framer, frames = Framer(), []
    try:
        for data in (octets[:cut], octets[cut:]):
            frames += list(framer.feed(data))
    except BadLength:
        pass
    return frames


def test_no_byte_string_breaks_the_codec(capsys: pytest.CaptureFixture[str]) -> None:
    chance, frames, whole = random.Random(SEED), valid_frames(), 0
    for n in range(1, BYTE_STRINGS + 1):
        octets = byte_string(frames, chance)
        try:
            whole += exact_or_refused(octets)
            for frame in framed(octets + frames[0], chance.randrange(len(octets) + 1)):
                exact_or_refused(frame)
        except Exception as error:
            pytest.fail(f"byte string {n} of seed {SEED}: {error!r}: {octets.hex()}")
        if n % 100_000 == 0:
            with capsys.disabled():
                print(f" {n} byte strings, {whole} of them PDUs", flush=True)
    assert BYTE_STRINGS // 20 < whole < BYTE_STRINGS  # both ways out were taken


def test_the_campaign_starts_from_whole_pdus_of_every_kind() -> None:
    read = [decode(frame) for frame in valid_frames()]
    assert {pdu.command for pdu in read} == set(Command)
    assert all((pdu.body is not None) == (pdu.command in BODIES) for pdu in read)
    assert {type(pdu.body) for pdu in read} == {*BODIES.values(), type(None)}
