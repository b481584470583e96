"""Magic numbers: destinations that force an outcome, for people who test by hand. Pure.

+47, two digits of a carrier's range, 9900 and two digits: +4710990003 is a Telenor number of ours whose
messages are UNDELIV.
"""

import re
from dataclasses import dataclass

from fake_carriers.state import State

_MAGIC = re.compile(r"\+47[0-9]{2}9900([0-9]{2})")


@dataclass(frozen=True, slots=True)
class Magic:
    """What happens to a message to this number; `answer` is the ESME_ name of the response, "" = none."""

    what: str
    end: State = State.DELIVRD
    delay_s: float = 0.0
    duplicate_after_s: float | None = None
    answer: str = "ROK"
    answer_s: float = 0.0


MAGIC = {
    1: Magic("delivered at once"),
    2: Magic("lost: no receipt ever", State.LOST),
    3: Magic("UNDELIV after a second", State.UNDELIV, 1.0),
    4: Magic("EXPIRED after a second", State.EXPIRED, 1.0),
    5: Magic("REJECTD after a second", State.REJECTD, 1.0),
    6: Magic("delivered, but the receipt says ACCEPTD", State.ACCEPTD),
    7: Magic("delivered, but the receipt says UNKNOWN", State.UNKNOWN),
    8: Magic("delivered twice, a second apart", duplicate_after_s=1.0),
    9: Magic("delivered after 60 s", delay_s=60.0),
    10: Magic("submit answered RTHROTTLED", answer="RTHROTTLED"),
    11: Magic("submit answered RMSGQFUL", answer="RMSGQFUL"),
    12: Magic("submit answered RSYSERR", answer="RSYSERR"),
    13: Magic("submit answered RINVDSTADR", answer="RINVDSTADR"),
    14: Magic("submit never answered, not delivered", State.LOST, answer=""),
    15: Magic("submit answered 20 s late, delivered at once", answer_s=20.0),
}


def magic_number(prefix: str, n: int) -> str:
    """The magic number of this kind in a range such as "+4710" or "+474"."""
    return f"{prefix[:5].ljust(5, '0')}9900{n:02}"


def magic_of(number: str) -> Magic | None:
    """What is special about a number (E.164 with plus); None for all but a few."""
    if number[5:9] != "9900":
        return None
    found = _MAGIC.fullmatch(number)
    return MAGIC.get(int(found[1])) if found else None
