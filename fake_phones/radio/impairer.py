"""The packets between two network namespaces, through a phone's radio."""

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

from pydantic import ValidationError

from fake_phones.radio.air import Air
from fake_phones.radio.conditions import Direction
from fake_phones.radio.namespaces import Sides
from fake_phones.radio.profiles import BadRadio, named
from fake_phones.radio.radio import Radio

_AT_ONCE = 64
_LARGEST_OCTETS = 65_535
_LOOKS_EVERY_S = 0.1


class Impairer:
    """Forwards IPv4 from one side to the other; the phone's address changes when its radio says so."""

    def __init__(self, sides: Sides, air: Air) -> None:
        self._sides, self.air = sides, air
        self._address = 0

    def obey(self, order: Any) -> dict[str, Any]:
        """A line from standard input: what is answered. Mistakes are answered, too.

        {"radio": "4g-edge"}, a file or a whole course as a table · {"begin": true}: the course anew ·
        {"blackout_s": 8}: nothing passes for so long, from now on · {"stat": true}
        """
        match order:
            case {"radio": str(name)}:
                try:
                    self.air.become(named(name))
                except BadRadio as error:
                    return {"failed": str(error)}
            case {"radio": dict(course)}:
                try:
                    self.air.become(Radio.model_validate(course))
                except ValidationError as error:
                    first = error.errors(include_url=False)[0]
                    return {"failed": f"{'.'.join(str(part) for part in first['loc'])}: {first['msg']}"}
            case {"begin": True}:
                self.air.become(self.air.radio)
            case {"blackout_s": int(for_s) | float(for_s)} if 0 <= for_s <= 3600:
                self.air.black_out(for_s)
            case {"stat": True}:
                return {"stat": dict(self.air.counts), "radio": self.air.radio.name, **self._where()}
            case _:
                return {"failed": "an order is one of radio, begin, blackout_s (0 to 3600), stat"}
        return {"done": next(iter(order)), **self._where()}

    @asynccontextmanager
    async def forwarding(self) -> AsyncIterator[None]:
        """Packets pass while the block runs."""
        loop = asyncio.get_running_loop()
        pairs: list[tuple[int, int, Direction]] = [
            (self._sides.phone_fd, self._sides.far_fd, "up"),
            (self._sides.far_fd, self._sides.phone_fd, "down"),
        ]
        for source, target, direction in pairs:
            loop.add_reader(source, self._drain, source, target, direction)
        moving = asyncio.create_task(self._follow_address())
        try:
            yield
        finally:
            for source, _, _ in pairs:
                loop.remove_reader(source)
            self.air.close()
            moving.cancel()
            await asyncio.wait({moving})

    def _drain(self, source: int, target: int, direction: Direction) -> None:
        for _ in range(_AT_ONCE):
            try:
                packet = os.read(source, _LARGEST_OCTETS)
            except OSError:  # nothing more, or a device that is down
                return
            if packet and packet[0] >> 4 == 4:
                self.air.carry(direction, len(packet), partial(_write, target, packet))

    async def _follow_address(self) -> None:
        while True:
            await asyncio.sleep(_LOOKS_EVERY_S)
            if (now := self.air.address()) != self._address:
                self._address = now
                command = self._sides.readdress(now)
                process = await asyncio.create_subprocess_exec(*command, stdin=asyncio.subprocess.DEVNULL)
                await process.wait()

    def _where(self) -> dict[str, Any]:
        return {"address": self._sides.phone_address(self._address)}


def _write(target: int, packet: bytes) -> None:
    with contextlib.suppress(OSError):  # a full queue, or a device that is down: lost
        os.write(target, packet)
