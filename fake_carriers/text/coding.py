"""What a data_coding makes of octets."""

from fake_carriers.text import gsm0338

GSM, ASCII, LATIN1, UCS2 = 0x00, 0x01, 0x03, 0x08


def decode_text(octets: bytes, data_coding: int) -> str:
    """The text of the octets; never raises, whatever the data_coding.

    The UCS2 group is `data_coding & 0xEC == 0x08` (0x08 and 0x18 among them); what is not UCS2, latin-1 or
    ASCII is read as GSM 03.38.
    """
    if data_coding & 0xEC == UCS2:
        return octets.decode("utf-16-be", errors="replace")
    if data_coding == LATIN1:
        return octets.decode("latin-1")
    if data_coding == ASCII:
        return octets.decode("ascii", errors="replace")
    return gsm0338.decode(octets)


def encode_text(text: str, data_coding: int) -> bytes:
    """The octets of the text. Raises ValueError when the alphabet lacks a character."""
    if data_coding & 0xEC == UCS2:
        return text.encode("utf-16-be")
    if data_coding == LATIN1:
        return text.encode("latin-1")
    if data_coding == ASCII:
        return text.encode("ascii")
    return gsm0338.encode(text)
