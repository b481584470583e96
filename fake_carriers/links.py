"""The links in a text, so told that nobody who reads of them can open them. Pure."""

import hashlib
import re
from typing import Any

_LINK = re.compile(r"https?://[^\s<>\"]+", re.IGNORECASE)  # as a phone underlines it
_AFTER = ".,;:!?)'"  # is of the sentence
_DIGITS = 16


def links_of(text: str) -> list[str]:
    """Of each http or https address in the text the first 16 hex digits of its SHA-256."""
    if "://" not in text:
        return []
    found = (link.rstrip(_AFTER) for link in _LINK.findall(text))
    return [hashlib.sha256(link.encode("utf-8", "replace")).hexdigest()[:_DIGITS] for link in found]


def read_of(text: str) -> dict[str, Any]:
    """What is told of a text on a phone: its links, and whether characters of it were lost on the way."""
    return {"links": links_of(text), "broken": "\ufffd" in text}
