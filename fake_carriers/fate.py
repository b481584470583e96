"""What becomes of one SMS: a pure rule, followed by the real server and by the lab's model alike.

A fate is a function of (seed, carrier, destination, ordinal): the same message meets the same fate on both
clocks, whatever else is under way.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

import draws

# assumed: the first retry of an SMSC that missed the handset's answer (carriers study 7.2: 30 s, 5, 30 min)
DUPLICATE_AFTER_S = 30.0

_E164 = re.compile(r"\+[1-9][0-9]{7,14}")
_PREFIX = re.compile(r"\+[1-9][0-9]{0,14}")


@dataclass(frozen=True, slots=True)
class Carrier:
    """One carrier: whose numbers, and how its messages travel. Raises ValueError on an impossible value.

    The delay from acceptance to the handset is, with probability `tail_share`, Pareto(`tail_s_min`,
    `tail_alpha`), else lognormal(`delay_s_median`, `delay_s_sigma`), and never above `delay_s_max`.
    `loss` and `duplicates` are probabilities; the first `lost_first` messages are lost whatever is drawn.
    A receipt leaves `receipt_s_min` to `receipt_s_max` after the handset has the message.
    `system_id` and `password` are the SMPP account; `share` is the share of subscribers (need not sum to 1).
    """

    name: str
    share: float
    prefixes: tuple[str, ...]
    delay_s_median: float
    delay_s_sigma: float
    tail_share: float
    tail_s_min: float
    tail_alpha: float
    delay_s_max: float
    loss: float
    duplicates: float
    receipt_s_min: float
    receipt_s_max: float
    lost_first: int = 0
    system_id: str = "lab113"
    password: str = field(default="lab113", repr=False)

    def __post_init__(self) -> None:
        for name in ("tail_share", "loss", "duplicates"):
            self._must(name, 0 <= getattr(self, name) <= 1, "a probability, 0 to 1")
        for name in ("delay_s_median", "tail_s_min", "tail_alpha"):
            self._must(name, 0 < getattr(self, name) < float("inf"), "above 0")
        for name in ("share", "delay_s_sigma", "delay_s_max", "receipt_s_min", "lost_first"):
            self._must(name, 0 <= getattr(self, name) < float("inf"), "0 or more")
        self._must(
            "receipt_s_max", self.receipt_s_min <= self.receipt_s_max < float("inf"), "receipt_s_min or more"
        )
        self._must(
            "name", bool(re.fullmatch(r"[A-Za-z0-9._-]{1,15}", self.name)), "1 to 15 letters or digits"
        )
        valid = bool(self.prefixes) and all(_PREFIX.fullmatch(prefix) for prefix in self.prefixes)
        self._must("prefixes", valid, 'one or more prefixes such as "+4710"')
        self._must(
            "system_id", bool(re.fullmatch(r"[!-~]{1,15}", self.system_id)), "1 to 15 ASCII characters"
        )
        if not re.fullmatch(r"[!-~]{0,8}", self.password):
            raise ValueError("password must be at most 8 ASCII characters (SMPP 3.4, 5.2.2)")

    def _must(self, name: str, holds: bool, what: str) -> None:
        if not holds:
            raise ValueError(f"{name} is {getattr(self, name)!r}: it must be {what}")


@dataclass(frozen=True, slots=True)
class Fate:
    """What becomes of one message.

    `delay_s` from acceptance to the handset, None when the message is lost; `duplicate_after_s` from the
    first copy to a second, None when there is none; `receipt_s` from the handset to the receipt.
    """

    delay_s: float | None
    duplicate_after_s: float | None
    receipt_s: float


def fate(seed: int, carrier: Carrier, destination: str, ordinal: int, carrier_ordinal: int) -> Fate:
    """The fate of one message to `destination` (E.164 with plus).

    `ordinal` messages to that number came before it, and `carrier_ordinal` messages to that carrier's
    numbers (only `lost_first` looks at the latter).
    """

    def u(what: str) -> float:
        return draws.uniform(seed, f"sms/{carrier.name}/{what}", destination, ordinal)

    receipt_s = carrier.receipt_s_min + u("receipt") * (carrier.receipt_s_max - carrier.receipt_s_min)
    if carrier_ordinal < carrier.lost_first or draws.bernoulli(u("loss"), carrier.loss):
        return Fate(None, None, receipt_s)
    twice = draws.bernoulli(u("duplicate"), carrier.duplicates)
    return Fate(_delay_s(carrier, u("tail"), u("delay")), DUPLICATE_AFTER_S if twice else None, receipt_s)


def _delay_s(carrier: Carrier, u_tail: float, u_delay: float) -> float:
    try:
        if draws.bernoulli(u_tail, carrier.tail_share):
            delay_s = float(
                carrier.tail_s_min * u_delay ** (-1.0 / carrier.tail_alpha)
            )  # Pareto, by inversion
        else:
            delay_s = draws.Lognormal(carrier.delay_s_median, carrier.delay_s_sigma).at(u_delay)
    except OverflowError:  # an extreme tail_alpha or sigma: longer than any cap
        return carrier.delay_s_max
    return min(delay_s, carrier.delay_s_max)


def carrier_of(carriers: Sequence[Carrier], number: str) -> Carrier:
    """The carrier with the longest prefix of `number` (E.164 with plus): a longer prefix ports a number.

    Raises ValueError when the number is malformed or no carrier has it.
    """
    found = _longest(carriers, number)
    if found is None:
        raise ValueError(
            f"no carrier has {number!r}: it must be E.164 and begin with one of {_known(carriers)}"
        )
    return found


def _longest(carriers: Sequence[Carrier], number: str) -> Carrier | None:
    if not _E164.fullmatch(number):
        return None
    fits = [
        (len(prefix), carrier)
        for carrier in carriers
        for prefix in carrier.prefixes
        if number.startswith(prefix)
    ]
    return max(fits, key=lambda fit: fit[0])[1] if fits else None


def _known(carriers: Sequence[Carrier]) -> str:
    return ", ".join(f"{prefix} ({carrier.name})" for carrier in carriers for prefix in carrier.prefixes)
