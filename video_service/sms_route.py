"""What every way of sending SMS offers (SMPP, an HTTP gateway), and what it reports."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from video_service.message import Message


class Said(StrEnum):
    """A carrier's answer to a submit. `SLOWER` is no failure; after `REFUSED` another try may succeed."""

    ACCEPTED = "accepted"
    SLOWER = "slower"
    REFUSED = "refused"
    NEVER = "never"


@dataclass(frozen=True)
class Answer:
    """`carrier_id` may be empty although it is accepted; `pause_s` is what a SLOWER asks for, if anything."""

    said: Said
    carrier_id: str = ""
    reason: str = ""
    pause_s: float | None = None


@dataclass(frozen=True)
class Receipt:
    """What became of a copy. `state` is SMPP's name for it (v3.4, appendix B): DELIVRD, UNDELIV, …

    `reference` is the message's id, where the carrier gives it back.
    """

    carrier_id: str
    number: str
    state: str
    reference: str = ""


class Reports(Protocol):
    """Where a route tells what happens; called in the event loop."""

    def up(self) -> None:
        """It can be sent by."""

    def heard(self) -> None:
        """The other side gave some sign of life."""

    def silent(self) -> None:
        """Connected, but the other side does not answer."""

    def refusing(self, reason: str) -> None:
        """The other side answers, but would not take a message; or it cannot be reached just now."""

    def down(self, reason: str) -> None:
        """The connection is gone, and with it every answer that was still to come."""

    def answered(self, token: int, answer: Answer) -> None:
        """The answer to the submit of that token, however late."""

    def receipt(self, receipt: Receipt) -> None:
        """What became of a message."""


class SmsRoute(Protocol):
    """One way to a carrier. `name` is for people."""

    name: str
    minds_silence: bool
    """It finds out by itself when a silent carrier is heard again; until then it is sent nothing."""

    def parts(self, text: str) -> int:
        """In how many submits a text goes."""

    def start(self, reports: Reports) -> None:
        """Connect, and stay connected; to be called in the event loop."""

    async def stop(self) -> None:
        """Disconnect. What is not sent is given up."""

    def submit(self, token: int, message: Message, part: int) -> None:
        """Send one part. Its answer is reported under `token`; there is none when the route goes down."""

    def doubt(self) -> None:
        """A submit had no answer in time: find out whether the other side is still there."""
