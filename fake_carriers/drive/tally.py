"""What was submitted and what came back. Pure: `now` is an argument, in seconds."""

from collections import Counter
from typing import Any

from fake_carriers.smpp import Status


class Tally:
    """The counts of one drive, which begins at `begun_s`."""

    def __init__(self, begun_s: float) -> None:
        self.submitted = self.accepted = self.receipts = self.receipts_doubled = 0
        self.lost = 0  # submitted on a connection that went before the response came
        self.refused: Counter[int] = Counter()
        self._begun_s = self._answered_s = self._receipted_s = begun_s
        self._accepted: set[bytes] = set()
        self._receipts_of: dict[bytes, int] = {}  # a receipt may be faster than the response

    @property
    def unanswered(self) -> int:
        return self.submitted - self.accepted - self.refused.total()

    @property
    def answers_missing(self) -> bool:
        """Whether a response is still to come."""
        return self.unanswered > self.lost

    @property
    def receipts_missing(self) -> bool:
        return self.receipts < len(self._accepted)

    def answered(self, status: int, message_id: bytes, now: float) -> None:
        """A submit_sm has its response."""
        self._answered_s = now
        if status != Status.ROK:
            self.refused[status] += 1
            return
        self.accepted += 1
        self._accepted.add(message_id)
        for n in range(1, self._receipts_of.get(message_id, 0) + 1):
            self._count_receipt(n, now)

    def receipted(self, message_id: bytes, now: float) -> None:
        """A receipt has come; one of a message that is never accepted here counts for nothing."""
        n = self._receipts_of[message_id] = self._receipts_of.get(message_id, 0) + 1
        if message_id in self._accepted:
            self._count_receipt(n, now)

    def _count_receipt(self, n: int, now: float) -> None:
        if n == 1:
            self.receipts += 1
            self._receipted_s = now
        else:
            self.receipts_doubled += 1

    def report(self, now: float) -> dict[str, Any]:
        """The counts, and the rates: from the begin to the last response, and to the last (first) receipt."""
        return {
            "submitted": self.submitted,
            "accepted": self.accepted,
            "refused": {status_name(status): n for status, n in sorted(self.refused.items())},
            "receipts": self.receipts,
            "receipts_doubled": self.receipts_doubled,
            "unanswered": self.unanswered,
            "elapsed_s": round(now - self._begun_s, 3),
            "submit_sm_per_s": _per_s(self.accepted, self._answered_s - self._begun_s),
            "submit_sm_per_s_with_receipts": _per_s(self.receipts, self._receipted_s - self._begun_s),
        }


def status_name(status: int) -> str:
    """The name of a command_status, or its number when the specification has none."""
    try:
        return Status(status).name
    except ValueError:
        return f"0x{status:08X}"


def _per_s(n: int, seconds: float) -> float:
    return round(n / seconds, 1) if n and seconds > 0 else 0.0
