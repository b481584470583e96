"""The GSM 03.38 default alphabet with its extension table (3GPP TS 23.038, 6.2.1), one septet per octet."""

import codecs
import re

_BASIC = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\x1bÆæßÉ"
    " !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§"
    "¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENSION = {
    0x0A: "\f",
    0x14: "^",
    0x28: "{",
    0x29: "}",
    0x2F: "\\",
    0x3C: "[",
    0x3D: "~",
    0x3E: "]",
    0x40: "|",
    0x65: "€",
}
_ESCAPE = 0x1B
_OCTETS = {ord(character): bytes((code,)) for code, character in enumerate(_BASIC) if code != _ESCAPE} | {
    ord(character): bytes((_ESCAPE, code)) for code, character in _EXTENSION.items()
}
_CHARACTERS = _BASIC.ljust(256, "\ufffd")
_ESCAPED = re.compile("\x1b(.?)", re.DOTALL)
_AFTER_ESCAPE = {_BASIC[code]: character for code, character in _EXTENSION.items()} | {"\x1b": " ", "": " "}


def encode(text: str, errors: str = "strict") -> bytes:
    """Raises ValueError, naming the character, when the alphabet lacks one; `replace` makes it a "?"."""
    try:
        return codecs.charmap_encode(text, errors, _OCTETS)[0]
    except UnicodeEncodeError as error:
        raise ValueError(f"GSM 03.38 has no {text[error.start]!r}") from None


def decode(octets: bytes) -> str:
    """Never raises: an unknown extension is its basic character, a lone escape a space (TS 23.038)."""
    text = codecs.charmap_decode(octets, "strict", _CHARACTERS)[0]
    if _ESCAPE not in octets:
        return text
    return _ESCAPED.sub(lambda escaped: _AFTER_ESCAPE.get(escaped[1], escaped[1]), text)
