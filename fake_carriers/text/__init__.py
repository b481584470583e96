"""The text of an SMS: alphabets, and the marks that join the parts of a long one. Pure."""

from fake_carriers.text.coding import decode_text, encode_text
from fake_carriers.text.concatenation import Place, place_of

__all__ = ["Place", "decode_text", "encode_text", "place_of"]
