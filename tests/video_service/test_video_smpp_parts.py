"""How a text is cut into parts."""

import pytest

from video_service.smpp_parts import coded


def test_a_short_text_is_one_part_without_a_header() -> None:
    assert coded("Åpne: http://a_b", 7).parts == [b"\x0epne: http://a\x11b"]
    assert (coded("a" * 160, 7).esm_class, len(coded("a" * 160, 7).parts)) == (0, 1)
    assert coded("č", 7) == coded("č", 8)
    assert (coded("č", 7).parts, coded("č", 7).data_coding) == ([b"\x01\x0d"], 8)


@pytest.mark.parametrize(
    ("text", "size", "parts"),
    [("a" * 161, 153, 2), ("€" * 160, 153, 3), ("č" * 71, 134, 2), ("😀" * 40, 134, 2)],
)
def test_no_part_ends_within_a_character(text: str, size: int, parts: int) -> None:
    made = coded(text, 7)
    assert made.esm_class == 0x40
    assert len(made.parts) == parts
    letters = []
    for n, part in enumerate(made.parts, 1):
        assert part[:6] == bytes([5, 0, 3, 7, parts, n])
        assert len(part) - 6 <= size
        octets = part[6:]
        if made.data_coding == 8:
            letters.append(octets.decode("utf-16-be"))  # raises within a pair
        else:
            assert octets[-1:] != b"\x1b"
            letters.append("€" * (len(octets) // 2) if text[0] == "€" else octets.decode("ascii"))
    assert "".join(letters) == text
