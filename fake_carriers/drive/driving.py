"""The drive itself: bind every session, submit until all is answered, leave."""

import asyncio
import time
from collections import deque
from typing import Any

from fake_carriers.drive.load import Load, Submits
from fake_carriers.drive.session import DriveError, Session
from fake_carriers.drive.tally import Tally

_TICK_S = 0.01
_CLOSE_S = 1.0


class _Drive:
    """What the sessions share; nothing is due before it has begun."""

    def __init__(self, load: Load) -> None:
        self.load, self.tally, self._submits = load, Tally(0.0), Submits(load)
        self.sessions: deque[Session] = deque()
        self._begun_s: float | None = None

    def begin(self, now: float) -> None:
        self._begun_s, self.tally = now, Tally(now)

    def due(self, now: float) -> int:
        if self._begun_s is None:
            return 0
        due = self.load.messages
        if self.load.rate:
            due = min(due, int((now - self._begun_s) * self.load.rate) + 1)
        return due - self.tally.submitted

    def next_submit(self, sequence: int) -> bytes:
        self.tally.submitted += 1
        return self._submits.octets(self.tally.submitted - 1, sequence)

    def tick(self, now: float) -> None:
        """Let each session submit what is due, another one first each time."""
        self.sessions.rotate(1)
        for session in self.sessions:
            session.send(now)

    @property
    def over(self) -> bool:
        """Whether nothing more is to come."""
        if all(session.closed.done() for session in self.sessions):
            return True
        if self.tally.submitted < self.load.messages or self.tally.answers_missing:
            return False
        return not (self.load.receipts and self.tally.receipts_missing)


async def driven(host: str, port: int, load: Load) -> dict[str, Any]:
    """Submit the load to a message centre and report it (`Tally.report`), at the latest after `limit_s`.

    Raises DriveError when it cannot connect or bind; what happens later is in the report.
    """
    drive = _Drive(load)
    deadline_s = asyncio.get_running_loop().time() + load.limit_s
    try:
        await _bind(drive, host, port, deadline_s)
        drive.begin(time.monotonic())
        try:
            async with asyncio.timeout_at(deadline_s):
                while not drive.over:
                    drive.tick(time.monotonic())
                    await asyncio.sleep(_TICK_S)
        except TimeoutError:
            pass
        return drive.tally.report(time.monotonic())
    finally:
        await _leave(drive)


async def _bind(drive: _Drive, host: str, port: int, deadline_s: float) -> None:
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout_at(deadline_s):
            for _ in range(drive.load.sessions):
                _, session = await loop.create_connection(lambda: Session(drive), host, port)
                drive.sessions.append(session)
            for session in drive.sessions:
                await session.bound
    except TimeoutError:
        raise DriveError(f"{host}:{port}: no answer to the bind in {drive.load.limit_s:g} s") from None
    except DriveError as error:
        raise DriveError(f"{host}:{port}: {error}") from None
    except OSError as error:
        raise DriveError(f"cannot connect to {host}:{port}: {error.strerror}; is it listening?") from None


async def _leave(drive: _Drive) -> None:
    for session in drive.sessions:
        session.end()
        if session.bound.done() and not session.bound.cancelled():
            session.bound.exception()  # asyncio complains of errors that nobody has looked at
    closing = [session.closed for session in drive.sessions]
    if closing:
        await asyncio.wait(closing, timeout=_CLOSE_S)
    for session in drive.sessions:
        session.transport.abort()  # one that cannot be written to does not close by itself
