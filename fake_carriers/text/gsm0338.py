"""The GSM 03.38 default alphabet with its extension table (3GPP TS 23.038, 6.2.1), one septet per octet."""

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
_OCTETS = {character: bytes((code,)) for code, character in enumerate(_BASIC) if code != _ESCAPE} | {
    character: bytes((_ESCAPE, code)) for code, character in _EXTENSION.items()
}


def encode(text: str) -> bytes:
    """Raises ValueError, naming the character, when the alphabet lacks one."""
    try:
        return b"".join(_OCTETS[character] for character in text)
    except KeyError as missing:
        raise ValueError(f"GSM 03.38 has no {missing.args[0]!r}") from None


def decode(octets: bytes) -> str:
    """Never raises: an unknown extension is its basic character, a lone escape a space (TS 23.038)."""
    text: list[str] = []
    escaped = False
    for octet in octets:
        if escaped:
            escaped = False
            text.append(_EXTENSION.get(octet) or _basic(octet))
        elif octet == _ESCAPE:
            escaped = True
        else:
            text.append(_basic(octet))
    return "".join(text) + (" " if escaped else "")


def _basic(octet: int) -> str:
    if octet == _ESCAPE:
        return " "
    return _BASIC[octet] if octet < len(_BASIC) else "\ufffd"
