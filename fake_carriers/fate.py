"""What becomes of one SMS: a pure rule, followed by the real server and by the lab's model alike.

A fate is a function of (seed, carrier, destination, ordinal): the same message meets the same fate on both
clocks, whatever else is under way.
"""

import re
from dataclasses import dataclass, field
from functools import cached_property

import draws
from fake_carriers.magic import magic_of
from fake_carriers.moods import Trouble
from fake_carriers.state import State

_PREFIX = re.compile(r"\+[1-9][0-9]{0,14}")
_NUMBER = re.compile(r"\+[1-9][0-9]{7,14}")
MESSAGE_IDS = ("decimal", "hex", "mixed")


@dataclass(frozen=True)
class Carrier:
    """One carrier: whose numbers, and how its messages travel. Raises ValueError on an impossible value.

    The delay from acceptance to the handset is, with probability `tail_share`, Pareto(`tail_s_min`,
    `tail_alpha`), else lognormal(`delay_s_median`, `delay_s_sigma`), and never above `delay_s_max`.
    A receipt leaves `receipt_s_min` to `receipt_s_max` after the handset has the message, or after the
    carrier has given up. `system_id` and `password` are the SMPP account; `share` is the share of
    subscribers (need not sum to 1). `ported` are numbers of others' ranges that have moved here.

    Shares of messages, 0 to 1: `loss` (never delivered, never heard of; the first `lost_first` are lost
    whatever is drawn), `undeliverable`, `expired`, `rejected` (not delivered, and the receipt says so),
    `accepted_only`, `unknown` (delivered, but the receipt says ACCEPTD or UNKNOWN); together at most 1.
    `duplicates` arrive a second time `duplicate_after_s` later; `held_back` stay `held_back_s` longer, so
    that later messages overtake them.

    What it takes in: at most `rate_per_s` in all and `session_rate_per_s` from one session, else
    ESME_RTHROTTLED; `window` submits of one session without an answer, else ESME_RTHROTTLED; `queue_max`
    messages on their way, else ESME_RMSGQFUL. 0 is no limit. A handset that cannot be reached is tried
    again after each of `retry_s`, then until the message expires at the last of them.

    `message_ids`: "decimal", "hex", or "mixed" (hex in responses, decimal in receipts, as some SMSCs do).
    `receipt_tlvs`: whether receipts carry receipted_message_id and message_state. `strict`: whether it
    refuses what real carriers refuse (`strictness.py`). `troubles` come by the hour of the week.
    """

    name: str
    prefixes: tuple[str, ...]
    share: float = 1.0
    delay_s_median: float = 4.0  # these are assumed: carriers study 7.2
    delay_s_sigma: float = 0.61
    tail_share: float = 0.015
    tail_s_min: float = 20.0
    tail_alpha: float = 1.4
    delay_s_max: float = 900.0
    loss: float = 0.01
    duplicates: float = 0.001
    receipt_s_min: float = 1.0
    receipt_s_max: float = 4.0
    lost_first: int = 0
    undeliverable: float = 0.0
    expired: float = 0.0
    rejected: float = 0.0
    accepted_only: float = 0.0
    unknown: float = 0.0
    duplicate_after_s: float = 30.0  # assumed: an SMSC's first retry when it missed the handset's answer
    held_back: float = 0.0
    held_back_s: float = 10.0
    rate_per_s: float = 0.0
    session_rate_per_s: float = 0.0
    window: int = 0
    queue_max: int = 0
    retry_s: tuple[float, ...] = (30.0, 300.0, 1800.0)  # assumed (carriers study 7.2)
    ported: tuple[str, ...] = ()
    message_ids: str = "decimal"
    receipt_tlvs: bool = True
    strict: bool = True
    troubles: tuple[Trouble, ...] = ()
    system_id: str = "lab113"
    password: str = field(default="lab113", repr=False)

    def __post_init__(self) -> None:
        shares = ("loss", "undeliverable", "expired", "rejected", "accepted_only", "unknown")
        for name in ("tail_share", "duplicates", "held_back", *shares):
            self._must(name, 0 <= getattr(self, name) <= 1, "a probability, 0 to 1")
        if sum(getattr(self, name) for name in shares) > 1 + 1e-9:
            raise ValueError(f"{', '.join(shares)} together are above 1: lower one of them")
        for name in ("delay_s_median", "tail_s_min", "tail_alpha"):
            self._must(name, 0 < getattr(self, name) < float("inf"), "above 0")
        for name in (
            *("share", "delay_s_sigma", "delay_s_max", "receipt_s_min", "lost_first", "duplicate_after_s"),
            *("held_back_s", "rate_per_s", "session_rate_per_s", "window", "queue_max"),
        ):
            self._must(name, 0 <= getattr(self, name) < float("inf"), "0 or more")
        longest = self.receipt_s_min <= self.receipt_s_max < float("inf")
        self._must("receipt_s_max", longest, "receipt_s_min or more")
        retries = all(1 <= wait_s < float("inf") for wait_s in self.retry_s)
        self._must("retry_s", retries, "waits in seconds, each 1 or more")
        self._check_names()

    def _check_names(self) -> None:
        named = bool(re.fullmatch(r"[A-Za-z0-9._-]{1,15}", self.name))
        self._must("name", named, "1 to 15 letters or digits")
        ranges = bool(self.prefixes) and all(_PREFIX.fullmatch(prefix) for prefix in self.prefixes)
        self._must("prefixes", ranges, 'one or more prefixes such as "+4710"')
        numbers = all(_NUMBER.fullmatch(number) for number in self.ported)
        self._must("ported", numbers, 'whole numbers such as "+4711000001"')
        self._must("message_ids", self.message_ids in MESSAGE_IDS, f"one of {', '.join(MESSAGE_IDS)}")
        account = bool(re.fullmatch(r"[!-~]{1,15}", self.system_id))
        self._must("system_id", account, "1 to 15 ASCII characters")
        if not re.fullmatch(r"[!-~]{0,8}", self.password):
            raise ValueError("password must be at most 8 ASCII characters (SMPP 3.4, 5.2.2)")

    def _must(self, name: str, holds: bool, what: str) -> None:
        if not holds:
            raise ValueError(f"{name} is {getattr(self, name)!r}: it must be {what}")

    @cached_property
    def ends(self) -> tuple[tuple[float, State], ...]:
        """(share, state) of what may become of a message instead of DELIVRD, where the share is above 0."""
        shares = (
            (self.loss, State.LOST),
            (self.undeliverable, State.UNDELIV),
            (self.expired, State.EXPIRED),
            (self.rejected, State.REJECTD),
            (self.accepted_only, State.ACCEPTD),
            (self.unknown, State.UNKNOWN),
        )
        return tuple((share, state) for share, state in shares if share > 0)


@dataclass(frozen=True, slots=True)
class Fate:
    """What becomes of one message.

    `end` is what the receipt will say; LOST: there is none. `delay_s` from acceptance to the first try to
    reach the handset, None when there is no try. `duplicate_after_s` from the first copy to a second, None
    when there is none. `receipt_s` from the handset to the receipt, or from acceptance when there is no try.
    """

    delay_s: float | None
    duplicate_after_s: float | None
    receipt_s: float
    end: State = State.DELIVRD


def fate(seed: int, carrier: Carrier, destination: str, ordinal: int, carrier_ordinal: int) -> Fate:
    """The fate of one message to `destination` (E.164 with plus).

    `ordinal` messages to that number came before it, and `carrier_ordinal` messages to that carrier's
    numbers (only `lost_first` looks at the latter). `carrier` is as it is now: `moods.behaviour` has put
    its moods in. A draw is made only where its share is above 0, which changes no other draw.
    """

    def u(what: str) -> float:
        return draws.uniform(seed, f"sms/{carrier.name}/{what}", destination, ordinal)

    forced = magic_of(destination)
    if forced is not None:
        after_s = forced.delay_s if forced.end.arrives else None
        return Fate(
            after_s, forced.duplicate_after_s, 0.0 if after_s is not None else forced.delay_s, forced.end
        )
    spread_s = carrier.receipt_s_max - carrier.receipt_s_min
    receipt_s = carrier.receipt_s_min + (u("receipt") * spread_s if spread_s else 0.0)
    if carrier_ordinal < carrier.lost_first:
        return Fate(None, None, receipt_s, State.LOST)
    end = _end(carrier, u("loss")) if carrier.ends else State.DELIVRD
    delay_s = _delay_s(carrier, u("tail") if carrier.tail_share else 1.0, u("delay"))
    if carrier.held_back and draws.bernoulli(u("held_back"), carrier.held_back):
        delay_s += carrier.held_back_s
    if not end.arrives:
        return Fate(None, None, receipt_s + (0.0 if end is State.LOST else delay_s), end)
    twice = carrier.duplicates and draws.bernoulli(u("duplicate"), carrier.duplicates)
    return Fate(delay_s, carrier.duplicate_after_s if twice else None, receipt_s, end)


def _end(carrier: Carrier, u: float) -> State:
    for share, state in carrier.ends:
        if u < share:
            return state
        u -= share
    return State.DELIVRD


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
