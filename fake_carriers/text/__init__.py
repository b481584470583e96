"""The text of an SMS: alphabets, and the marks that join the parts of a long one. Pure."""

from fake_carriers.text.coding import decode_text, encode_text, encoding_of, is_binary
from fake_carriers.text.concatenation import Place, place_of
from fake_carriers.text.splitting import How, Part, parts_of, parts_of_octets

__all__ = [
    "How",
    "Part",
    "Place",
    "decode_text",
    "encode_text",
    "encoding_of",
    "is_binary",
    "parts_of",
    "parts_of_octets",
    "place_of",
]
