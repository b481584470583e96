"""Whose number it is: ranges, and the numbers that have moved to another carrier. Pure."""

import re
from collections.abc import Iterable, Sequence

from fake_carriers.fate import Carrier

_E164 = re.compile(r"\+[1-9][0-9]{7,14}")


class Numbering:
    """The ranges and the portability table of all carriers; a ported number beats every range."""

    def __init__(self, carriers: Sequence[Carrier]) -> None:
        self._ported = {number: carrier for carrier in carriers for number in carrier.ported}
        self._ranges = {prefix: carrier for carrier in carriers for prefix in carrier.prefixes}
        self._lengths = sorted({len(prefix) for prefix in self._ranges}, reverse=True)

    def carrier_of(self, number: str) -> Carrier:
        """The carrier of a number (E.164 with plus): ported, else by the longest prefix.

        Raises ValueError when the number is malformed or no carrier has it.
        """
        ported = self._ported.get(number)
        if ported is not None:
            return ported
        if _E164.fullmatch(number):
            for length in self._lengths:
                carrier = self._ranges.get(number[:length])
                if carrier is not None:
                    return carrier
        raise ValueError(
            f"no carrier has {number!r}: it must be E.164 and begin with one of {', '.join(self._known())}"
        )

    def _known(self) -> Iterable[str]:
        return (f"{prefix} ({carrier.name})" for prefix, carrier in self._ranges.items())
