"""One worker of a farm: another `python -m fake_phones`, and the connection to its control socket."""

import asyncio
import itertools
import json
import os
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException

from fake_phones.failed import Failed

READY_LIMIT_S = 50.0
STOP_LIMIT_S = 6.0


class Worker:
    """A process that ends when this one does: its standard input closes then.

    `inherits` is an open descriptor that it gets too. `tell` gets each event as it was told there. `died` is
    called once when it ends unasked.
    """

    def __init__(
        self,
        number: int,
        options: Sequence[str],
        inherits: int,
        tell: Callable[[dict[str, Any]], None],
        died: Callable[["Worker"], None],
    ) -> None:
        self.number = number
        self.alive = self.lost = False
        """It can be asked; it has ended unasked."""
        self.code: int | None = None
        self._options, self._inherits, self._tell, self._died = options, inherits, tell, died
        self._process: asyncio.subprocess.Process | None = None
        self._watching: asyncio.Task[None] | None = None
        self._to_say: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._answers: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._ids = itertools.count(1)

    @property
    def name(self) -> str:
        return f"worker {self.number}"

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    async def start(self) -> None:
        """Returns when it can be asked. Raises RuntimeError when it does not start; `stop` it then too."""
        command = [sys.executable, "-m", "fake_phones", *self._options]
        pipe = asyncio.subprocess.PIPE
        # a session of its own: Ctrl-C is this process's to hear
        self._process = await asyncio.create_subprocess_exec(
            *command,
            stdin=pipe,
            stdout=pipe,
            start_new_session=True,
            env=dict(os.environ),
            pass_fds=[self._inherits],
        )
        assert self._process.stdout
        try:
            async with asyncio.timeout(READY_LIMIT_S):
                ready = json.loads(await self._process.stdout.readline())
                socket = await connect(
                    ready["control"], proxy=None, compression=None, ping_interval=None, close_timeout=1
                )
        except (ValueError, OSError, TimeoutError, WebSocketException) as error:
            raise RuntimeError(
                f"{self.name} of the farm did not start: {error!r}; its log says why"
            ) from None
        self.alive = True
        self._watching = asyncio.create_task(self._watch(self._process, socket), name=self.name)

    async def ask(self, request: dict[str, Any], limit_s: float | None = None) -> dict[str, Any]:
        """The answer to one request. Cancelling it cancels it there; what it came to is the worker's to say.

        Raises Failed: the worker's own, `gone` when it is no more, `limit` when no answer came in time.
        """
        number = self.say(request)
        answer = self._answers[number] = asyncio.get_running_loop().create_future()
        if not self.alive:
            self._fail(answer)
        try:
            await self._answered(answer, number, limit_s)
        finally:
            del self._answers[number]
        told = answer.result()
        if "ok" in told:
            return dict(told["ok"])
        raise Failed(told["failed"], told["kind"], told.get("status"))

    async def _answered(
        self, answer: asyncio.Future[dict[str, Any]], number: int, limit_s: float | None
    ) -> None:
        while not answer.done():
            try:
                done, _ = await asyncio.wait({answer}, timeout=limit_s)
            except asyncio.CancelledError:
                self._to_say.put_nowait({"cancel": number})
            else:
                if not done:
                    raise Failed(f"{self.name} did not answer within {limit_s:g} s", "limit")

    def say(self, request: dict[str, Any]) -> int:
        """Send a request whose answer need not be waited for; its number."""
        number = next(self._ids)
        self._to_say.put_nowait({"id": number, **request})
        return number

    async def stop(self) -> None:
        """End it, by force if it takes too long; nothing is left of it."""
        watching, self._watching, self.alive = self._watching, None, False
        if self._process is None:
            return
        if self._process.stdin:
            self._process.stdin.close()
        with suppress(TimeoutError):
            async with asyncio.timeout(STOP_LIMIT_S):
                await self._process.wait()
        await self._ended(self._process)
        if watching:
            await asyncio.wait({watching})

    async def _watch(self, process: asyncio.subprocess.Process, socket: ClientConnection) -> None:
        """Talk until the process or its connection has ended."""
        doing = [self._listen(socket), self._talk(socket), process.wait()]
        tasks = [asyncio.ensure_future(one) for one in doing]
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        self.lost, self.alive = self._watching is not None, False
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await socket.close()
        await self._ended(process)
        for answer in self._answers.values():
            self._fail(answer)
        if self.lost:
            self._died(self)

    async def _ended(self, process: asyncio.subprocess.Process) -> None:
        with suppress(ProcessLookupError):
            if process.returncode is None:
                process.kill()
        self.code = await process.wait()

    async def _listen(self, socket: ClientConnection) -> None:
        with suppress(WebSocketException):
            async for text in socket:
                told = json.loads(text)
                if "event" in told:
                    self._tell(told)
                elif (answer := self._answers.get(told["id"])) and not answer.done():
                    answer.set_result(told)

    async def _talk(self, socket: ClientConnection) -> None:
        with suppress(WebSocketException):
            while True:
                await socket.send(json.dumps(await self._to_say.get()))

    def _fail(self, answer: asyncio.Future[dict[str, Any]]) -> None:
        if not answer.done():
            told = f"{self.name} of the farm has ended (code {self.code}), and what it held with it"
            answer.set_result({"failed": told, "kind": "gone"})
