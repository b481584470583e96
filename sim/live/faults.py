"""What a scenario wants broken, done for real and at its time; and what could not be done."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx
import simpy

from sim.clock import LiveEnvironment, PortError, Process, pause
from sim.faults import Fault, PartKilled, SmsMood, Unsafe
from sim.journal import Journal
from sim.live.iccs import send
from sim.live.parts import Part


@dataclass(frozen=True, slots=True)
class Breaking:
    """Breaks parts of a lab. `failed` names what the scenario wanted broken and was not."""

    env: LiveEnvironment
    journal: Journal
    parts: dict[str, Part]
    carriers: httpx.AsyncClient
    failed: list[str] = field(default_factory=list)
    _told: list[tuple[Unsafe | PartKilled | SmsMood, simpy.Process]] = field(default_factory=list)

    def begin(self, faults: Iterable[Fault]) -> None:
        """Tell each fault that is done to a part, at its time; the others are in the phones."""
        for fault in faults:
            if isinstance(fault, Unsafe | PartKilled | SmsMood):
                self._told.append((fault, self.env.process(self.tell(fault))))

    def missed(self) -> None:
        """The run is over: what has not come to its turn was not done."""
        self.failed.extend(
            f"{fault.kind} at {fault.at_s:g} s: the run was over first"
            for fault, told in self._told
            if told.is_alive
        )

    def tell(self, fault: Unsafe | PartKilled | SmsMood) -> Process[None]:
        """Do what a [[faults]] entry says, when it says."""
        yield from pause(self.env, fault.at_s - self.env.now)
        facts: dict[str, Any] = {"carrier": fault.carrier} if isinstance(fault, SmsMood) else {}
        self.journal.record("fault.begun", kind=fault.kind, **facts)
        if isinstance(fault, PartKilled):
            self.parts[fault.part].kill()
            return
        try:
            yield from self.env.outside(self._done(fault))
        except PortError as error:
            self.failed.append(f"{fault.kind}: {error}")
            self.journal.record("port.failed", actor="lab", detail=self.failed[-1])
            return
        if isinstance(fault, SmsMood) and fault.for_s is not None:
            self.env.process(self._ends(fault))

    async def look_at_unsafe(self, faults: Sequence[Fault]) -> None:
        """Did the relay show anybody anything wrong? A fault that showed nothing proves nothing."""
        for fault in faults:
            if isinstance(fault, Unsafe):
                async with _service(self.parts["video_service"]) as http:
                    if not (await http.get("/unsafe/faults")).json()["frames"]:
                        self.failed.append(f"{fault.kind}: it showed nobody a frame")

    def _ends(self, mood: SmsMood) -> Process[None]:
        """The carriers end a mood by themselves; the run may be over before."""
        yield from pause(self.env, mood.until_s - self.env.now)
        self.journal.record("fault.ended", kind=mood.kind, carrier=mood.carrier)

    async def _done(self, fault: Unsafe | SmsMood) -> None:
        if isinstance(fault, Unsafe):
            fields = fault.model_dump(exclude={"at_s"})
            kind = fault.kind.removeprefix("service.")
            async with _service(self.parts["video_service"]) as http:
                await send(http, "POST", "/unsafe/faults", {**fields, "kind": kind})
        else:
            left_s = {} if fault.for_s is None else {"for_s": fault.for_s}
            await send(self.carriers, "POST", f"/carriers/{fault.carrier}/moods", {**fault.mood(), **left_s})


def _service(service: Part) -> httpx.AsyncClient:
    key = {"Authorization": f"Bearer {service.facts['key']}"}
    return httpx.AsyncClient(base_url=service.url, headers=key, timeout=10)
