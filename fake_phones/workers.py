"""A farm of several processes that is driven like one: phones and viewers are spread over workers."""

import asyncio
import os
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from fake_phones import commands
from fake_phones.board import shared_file
from fake_phones.failed import Failed
from fake_phones.loop_lag import LoopLag
from fake_phones.pacing import merged
from fake_phones.workers_process import Worker
from stand_alone import Feed

ANSWER_LIMIT_S = 10.0
SUMMED = ("cpu_s", "phones", "viewers", "tasks")
SUMMED_FILMS = ("frames_sent", "frames_dropped", "frames_received", "octets_sent")
WORST = ("loop_lag_s_max", "decoding_late_s_max", "pacing_lateness_s_p99_worst")

Owner = object  # see farm.Owner
Key = tuple[Literal["phone", "viewer"], str]


@dataclass(frozen=True, slots=True, eq=False)
class Placed:
    """A phone or a viewer, and where it is."""

    worker: Worker
    owner: Owner
    kind: str
    stamp: int
    number: str | None = None


class Workers:
    """As `farm.Farm`, over `count` processes that are started with `options`. Enter it to use it."""

    def __init__(self, feed: Feed, count: int, options: Sequence[str] = ()) -> None:
        self._feed = feed
        self._board = shared_file(count)
        self._workers = [
            Worker(n, [*options, "--board", f"{self._board},{n - 1}"], self._board, self._tell, self._died)
            for n in range(1, count + 1)
        ]
        self._placed: dict[Key, Placed] = {}
        self._known: set[int] = set()
        self._lag = LoopLag()

    async def __aenter__(self) -> "Workers":
        try:
            await asyncio.gather(*(worker.start() for worker in self._workers))
        except BaseException:
            await self._stop()
            raise
        self._lagging = asyncio.create_task(self._lag.watch(), name="loop lag")
        return self

    async def __aexit__(self, *_: object) -> None:
        self._lagging.cancel()
        await asyncio.wait({self._lagging})
        await self._stop()

    @property
    def facts(self) -> list[dict[str, Any]]:
        """Which processes they are."""
        return [{"worker": worker.number, "pid": worker.pid} for worker in self._workers]

    async def do(self, command: commands.Command, owner: Owner) -> dict[str, Any]:
        """Carry out one command; the answer. Raises Failed."""
        request = command.model_dump(mode="json", exclude_unset=True, exclude={"id"})
        match command:
            case commands.PhoneAdd():
                return await self._add(command, request, owner)
            case commands.ViewerWatch():
                mine = int(command.stamp, 16)
                placed = Placed(self._beside(mine, "viewer"), owner, "viewer", mine)
                return await self._place(("viewer", command.viewer), placed, request)
            case commands.PhoneRemove():
                return await self._take_away(("phone", command.phone), request)
            case commands.ViewerLeave():
                return await self._take_away(("viewer", command.viewer), request)
            case commands.StampsRegister():
                self._know(int(stamp, 16) for stamp in command.stamps)
                return {"known": len(self._known)}
            case commands.FarmTotals():
                return await self._totals()
            case commands.ViewerWaitForCamera() | commands.ViewerOver():
                return await self._at(("viewer", command.viewer)).worker.ask(request)
            case _:
                return await self._at(("phone", command.phone)).worker.ask(request)

    async def leave(self, owner: Owner) -> None:
        """Stop all that this controller made; goes on when the caller is cancelled."""
        made = [key for key, placed in self._placed.items() if placed.owner is owner]
        ends = {"phone": "phone.remove", "viewer": "viewer.leave"}
        leaving = [self._take_away((what, name), {"do": ends[what], what: name}) for what, name in made]
        await asyncio.gather(*leaving, return_exceptions=True)

    async def _add(self, command: commands.PhoneAdd, request: dict[str, Any], owner: Owner) -> dict[str, Any]:
        numbers = {placed.number for placed in self._placed.values() if placed.worker.alive}
        if command.number is not None and command.number in numbers:
            raise Failed(f"another phone of this farm has the number {command.number}", "usage")
        stamp = int(command.stamp, 16)
        placed = Placed(self._beside(stamp, command.kind), owner, command.kind, stamp, command.number)
        self._know([stamp])
        return await self._place(("phone", command.phone), placed, request)

    async def _place(self, key: Key, placed: Placed, request: dict[str, Any]) -> dict[str, Any]:
        before = self._placed.get(key)
        if before and before.worker.alive:
            raise Failed(f"there is a {' '.join(key)} already", "usage")
        self._placed[key] = placed
        try:
            return await placed.worker.ask(request)
        except BaseException:
            if placed.worker.alive and self._placed.get(key) is placed:
                del self._placed[key]
            raise

    async def _take_away(self, key: Key, request: dict[str, Any]) -> dict[str, Any]:
        placed = self._placed.pop(key, None)
        return await placed.worker.ask(request) if placed else {}  # {}: it was before

    def _at(self, key: Key) -> Placed:
        if placed := self._placed.get(key):
            return placed
        what, name = key
        makes = {"phone": "phone.add", "viewer": "viewer.watch"}[what]
        raise Failed(f"there is no {what} {name}; {makes} makes one", "gone")

    def _least_loaded(self, kind: str) -> Worker:
        """The worker with the fewest of this kind, and of all."""
        alive = [worker for worker in self._workers if worker.alive]
        if not alive:
            raise Failed("no worker of this farm is left", "gone")

        def load(worker: Worker) -> tuple[int, int]:
            there = [placed.kind for placed in self._placed.values() if placed.worker is worker]
            return there.count(kind), len(there)

        return min(alive, key=load)

    def _beside(self, stamp: int, kind: str) -> Worker:
        """Where a phone or viewer of this session is: what is seen is compared with what was filmed there."""
        for placed in self._placed.values():
            if placed.stamp == stamp and placed.worker.alive:
                return placed.worker
        return self._least_loaded(kind)

    def _know(self, stamps: Iterable[int]) -> None:
        """To see one of these is a stray, in every worker."""
        new = {*stamps} - self._known
        self._known |= new
        for worker in self._workers:
            if new and worker.alive:
                worker.say({"do": "stamps.register", "stamps": [f"{stamp:016x}" for stamp in new]})

    async def _totals(self) -> dict[str, Any]:
        """Sums and worst values; those of each worker besides, and which are no more."""
        alive = [worker for worker in self._workers if worker.alive]
        own = {"cpu_s": round(time.process_time(), 3), "loop_lag_s_max": round(self._lag.s_max, 4)}
        each = await asyncio.gather(*(worker.ask({"do": "farm.totals"}, ANSWER_LIMIT_S) for worker in alive))
        all_of_it = [own, *each]
        summed = {key: sum(one.get(key, 0) for one in all_of_it) for key in (*SUMMED, *SUMMED_FILMS)}
        return {
            **summed,
            "cpu_s": round(summed["cpu_s"], 3),
            **{key: max(one.get(key, 0.0) for one in all_of_it) for key in WORST},
            **merged(each).facts(),
            "workers": [{"worker": w.number, **one} for w, one in zip(alive, each, strict=True)],
            "workers_died": [worker.number for worker in self._workers if worker.lost],
        }

    def _tell(self, told: dict[str, Any]) -> None:
        """An event of a worker, numbered anew; its time is when it was told there."""
        self._feed.tell(**{key: value for key, value in told.items() if key != "n"})

    def _died(self, worker: Worker) -> None:
        held = [key for key, placed in self._placed.items() if placed.worker is worker]
        self._feed.tell(
            "farm.worker_died",
            worker=worker.number,
            code=worker.code,
            phones=[name for what, name in held if what == "phone"],
            viewers=[name for what, name in held if what == "viewer"],
        )

    async def _stop(self) -> None:
        os.close(self._board)
        await asyncio.gather(*(worker.stop() for worker in self._workers), return_exceptions=True)
