"""What the outbox knows of one way of sending: whether it can be used now, and how fast."""

from dataclasses import dataclass, field
from enum import StrEnum

from video_service.pace import Pace


class RouteState(StrEnum):
    """REFUSING: it answers (or is tried) but takes nothing; SILENT: connected, but nothing is heard."""

    CONNECTING = "connecting"
    UP = "up"
    REFUSING = "refusing"
    SILENT = "silent"
    DOWN = "down"


@dataclass(eq=False)
class Route:
    """`name` and `minds_silence` as in sms_route.SmsRoute; `detail` says why it is not up."""

    name: str
    minds_silence: bool
    state: RouteState = RouteState.CONNECTING
    detail: str = ""
    heard_at: float = 0.0
    pace: Pace = field(default_factory=Pace)
    under_way: set[int] = field(default_factory=set)
    """Tokens of the submits that are being waited for."""

    @property
    def is_usable(self) -> bool:
        """Whether a message may be sent by it now."""
        if self.state is RouteState.SILENT:
            return not self.minds_silence
        return self.state in (RouteState.UP, RouteState.REFUSING)

    @property
    def opens_at(self) -> float:
        """When its pace lets the next submit out; infinity: when something has been answered."""
        return self.pace.opens_at(len(self.under_way))

    def is_up(self, now: float) -> bool:
        """Take note that it works; tells whether that is news."""
        news = self.state is not RouteState.UP
        if self.state in (RouteState.CONNECTING, RouteState.DOWN):
            self.pace = Pace()
        self.state, self.detail, self.heard_at = RouteState.UP, "", now
        return news
