"""Moods: how a carrier misbehaves for a while, by a fault, by hand or by the hour of the week. Pure."""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fake_carriers.fate import Carrier

KINDS = ("outage", "slow", "throttled", "queue_full", "loss", "duplicates", "malformed")
OUTAGES = ("refuse", "drop", "silent")
MALFORMED = ("length", "command", "sequence", "cut")
WEEK_S = 7 * 86400.0

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclass(frozen=True, slots=True)
class Mood:
    """One way to misbehave. Raises ValueError when a field is missing or belongs to another kind.

    - outage: `how` "refuse" (binds and requests are answered ESME_RSYSERR), "drop" (connections are cut,
      new ones too) or "silent" (no answers at all; what is asked meanwhile is "lost", or done "later",
      as `swallowed` says)
    - slow: responses to submits leave `response_s` late; the message is on its way all the same
    - throttled: at most `rate_per_s` messages, else ESME_RTHROTTLED
    - queue_full: every submit is answered ESME_RMSGQFUL
    - loss: a `share` of messages is never delivered
    - duplicates: a `share` arrives a second time, `after_s` later
    - malformed: a `share` of responses is broken: `how` "length" (a command_length that cannot be),
      "command" (an unknown command_id), "sequence" (another sequence number) or "cut" (a parameter cut off)
    """

    kind: str
    how: str = ""
    swallowed: str = ""
    response_s: float = 0.0
    rate_per_s: float = 0.0
    share: float = 0.0
    after_s: float = 0.0

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"kind is {self.kind!r}: it must be one of {', '.join(KINDS)}")
        self._check_words("how", {"outage": OUTAGES, "malformed": MALFORMED}.get(self.kind, ()))
        if self.kind == "outage" and self.how == "silent":
            object.__setattr__(self, "swallowed", self.swallowed or "lost")
            self._check_words("swallowed", ("lost", "later"))
        elif self.swallowed:
            raise ValueError("swallowed goes with a silent outage only: leave it out")
        self._check_number("response_s", self.kind == "slow", float("inf"))
        self._check_number("rate_per_s", self.kind == "throttled", float("inf"))
        self._check_number("share", self.kind in ("loss", "duplicates", "malformed"), 1.0)
        if self.kind == "duplicates" and self.after_s == 0:
            object.__setattr__(self, "after_s", 1.0)
        self._check_number("after_s", self.kind == "duplicates", float("inf"))

    def _check_words(self, name: str, words: Sequence[str]) -> None:
        value = getattr(self, name)
        if words and value not in words:
            raise ValueError(f"{name} is {value!r}: {self.kind} needs one of {', '.join(words)}")
        if not words and value:
            raise ValueError(f"{name} does not go with {self.kind}: leave it out")

    def _check_number(self, name: str, needed: bool, most: float) -> None:
        value = getattr(self, name)
        if needed and not (0 < value <= most and math.isfinite(value)):
            limit = "" if most == float("inf") else f" and at most {most:g}"
            raise ValueError(f"{name} is {value!r}: {self.kind} needs it above 0{limit}")
        if not needed and value:
            raise ValueError(f"{name} does not go with {self.kind}: leave it out")


@dataclass(frozen=True, slots=True)
class Trouble:
    """A mood that comes every week: on `days` ("mon-fri", "sat", "sat-sun") `begins` to `ends` ("07:30").

    An end at or before the beginning is on the next day. Raises ValueError on what is no day or time.
    """

    days: str
    begins: str
    ends: str
    mood: Mood

    def __post_init__(self) -> None:
        _days(self.days)
        _clock_s(self.begins)
        _clock_s(self.ends)

    def now(self, week_s: float) -> bool:
        """Whether it is on, `week_s` seconds after Monday 00:00."""
        begins_s, ends_s = _clock_s(self.begins), _clock_s(self.ends)
        lasts_s = ends_s - begins_s if ends_s > begins_s else ends_s - begins_s + 86400.0
        return any((week_s - day * 86400.0 - begins_s) % WEEK_S < lasts_s for day in _days(self.days))


def _days(text: str) -> Sequence[int]:
    first, _, last = text.partition("-")
    if first not in _DAYS or (last or first) not in _DAYS:
        raise ValueError(f'days is {text!r}: it must be such as "mon-fri" or "sat"')
    a, b = _DAYS.index(first), _DAYS.index(last or first)
    return range(a, b + 1) if a <= b else [*range(a, 7), *range(b + 1)]


def _clock_s(text: str) -> float:
    found = re.fullmatch(r"([01][0-9]|2[0-4]):([0-5][0-9])", text)
    if not found or (found[1] == "24" and found[2] != "00"):
        raise ValueError(f'{text!r} is no time of day: it must be such as "07:30"')
    return int(found[1]) * 3600.0 + int(found[2]) * 60.0


@dataclass(frozen=True, slots=True)
class Behaviour:
    """How a carrier behaves now: `carrier` with its moods put in, and what its SMSC does at the door."""

    carrier: "Carrier"
    outage: str = ""  # "", or one of OUTAGES
    swallowed: str = "lost"
    response_s: float = 0.0
    queue_full: bool = False
    malformed: str = ""  # "", or one of MALFORMED
    malformed_share: float = 0.0


def behaviour(carrier: "Carrier", moods: Sequence[Mood]) -> Behaviour:
    """The carrier under these moods; of two of a kind the later one holds."""
    now = Behaviour(carrier)
    for mood in moods:
        now = _under(now, mood)
    return now


def _under(now: Behaviour, mood: Mood) -> Behaviour:
    match mood.kind:
        case "outage":
            return replace(now, outage=mood.how, swallowed=mood.swallowed or "lost")
        case "slow":
            return replace(now, response_s=mood.response_s)
        case "throttled":
            return replace(now, carrier=replace(now.carrier, rate_per_s=mood.rate_per_s))
        case "queue_full":
            return replace(now, queue_full=True)
        case "loss":
            others = sum(share for share, _ in now.carrier.ends) - now.carrier.loss
            return replace(now, carrier=replace(now.carrier, loss=max(0.0, min(mood.share, 1.0 - others))))
        case "duplicates":
            storm = replace(now.carrier, duplicates=mood.share, duplicate_after_s=mood.after_s)
            return replace(now, carrier=storm)
        case _:
            return replace(now, malformed=mood.how, malformed_share=mood.share)
