"""The way in for many receivers of a process: their sockets are emptied together, every few ms."""

import asyncio
import logging
import select
from collections.abc import Callable

PAUSE_S = 0.008
"""What comes meanwhile is taken in one go: waking the event loop costs more than taking a frame."""
ROUNDS_MOST = 16  # then the event loop gets its turn

log = logging.getLogger(__name__)


class Inlet:
    """`take` is called when its socket has something; it takes one message. Of one event loop."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._epoll = select.epoll()
        self._takers: dict[int, Callable[[], object]] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._listen()

    def add(self, socket: int, take: Callable[[], object]) -> None:
        self._takers[socket] = take
        self._epoll.register(socket, select.EPOLLIN)

    def remove(self, socket: int) -> None:
        """Before the socket is closed. Again: nothing more."""
        if self._takers.pop(socket, None):
            self._epoll.unregister(socket)

    def close(self) -> None:
        """Nothing is taken any more. Again: nothing more."""
        if self._epoll.closed:
            return
        if self._timer:
            self._timer.cancel()
        self._takers.clear()
        self._loop.remove_reader(self._epoll.fileno())
        self._epoll.close()

    def _listen(self) -> None:
        self._loop.add_reader(self._epoll.fileno(), self._look)

    def _look(self) -> None:
        self._loop.remove_reader(self._epoll.fileno())
        for _ in range(ROUNDS_MOST):
            ready = self._epoll.poll(0)
            if not ready:
                break
            for socket, _ in ready:
                if take := self._takers.get(socket):
                    _taken(take)
        self._timer = self._loop.call_later(PAUSE_S, self._listen)


def _taken(take: Callable[[], object]) -> None:
    try:
        take()
    except Exception:  # one receiver's trouble is not the others'
        log.exception("a receiver broke")
