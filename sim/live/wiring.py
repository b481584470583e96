"""Which part is told which other's address and key, and what the scenario says of it."""

from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import tomli_w

from sim.call import Call
from sim.faults import Unsafe
from sim.live.bindings import Bindings
from sim.live.parts import Part, start
from sim.live.radios import Radios
from sim.resolve import Resolved


class Wiring:
    """Starts the parts that all calls share, in the order in which they need each other's addresses."""

    def __init__(
        self,
        stack: AsyncExitStack,
        resolved: Resolved,
        folder: Path,
        bound: Bindings,
        radios: Radios,
    ) -> None:
        self._stack, self._resolved, self._bound, self._radios = stack, resolved, bound, radios
        self._folder = folder / "parts"
        self._folder.mkdir(exist_ok=True)
        self._parts: dict[str, Part] = {}

    async def start(self) -> dict[str, Part]:
        """By name. Raises PartDied."""
        carriers = await self._carriers()
        await self._start_radios()
        url, key = await self._service(carriers)
        self._radios.origin = url
        await self._begin(
            "fake_iccs",
            *("--centres", self._write("centres", self._centres()), "--port", str(self._bound.iccs_port)),
            *("--video-url", url),
            LAB113_VIDEO_KEY=key,
        )
        return self._parts

    async def _begin(self, name: str, *arguments: str, **keys: str) -> Part:
        at = [] if self._bound.host is None or "--host" in arguments else ["--host", self._bound.host]
        part = await start(name, [*arguments, *at], self._folder, keys)
        self._stack.push_async_callback(part.stop)
        self._parts[name] = part
        return part

    async def _start_radios(self) -> None:
        for call in (call for call in self._resolved.calls if Radios.has_one(call)):
            part = await self._radios.start(call, self._folder_of(call))
            self._stack.push_async_callback(part.stop)
            self._parts[f"{part.name} of {call.name}"] = part

    def _folder_of(self, call: Call) -> Path:
        folder = self._folder / call.name
        folder.mkdir(exist_ok=True)
        return folder

    async def _carriers(self) -> Part | None:
        """Start the carriers, unless there are some that run already."""
        if self._bound.carriers_url is not None:
            return None
        tables = self._write("carriers", [carrier.fields() for carrier in self._resolved.carriers])
        return await self._begin("fake_carriers", "--carriers", tables, "--handsets", "attached")

    async def _service(self, carriers: Part | None) -> tuple[str, str]:
        """Start the reference service, unless another is the target; its URL and the control room's key."""
        if self._bound.target is not None or carriers is None:
            return self._bound.target or "", self._bound.target_key or ""
        unsafe = any(isinstance(fault, Unsafe) for fault in self._resolved.scenario.faults)
        way, keys = self._way(carriers)
        if self._radios.service_address:
            way += ["--host", self._radios.service_address]
        part = await self._begin("video_service", *way, *(["--unsafe-faults"] if unsafe else []), **keys)
        return part.url, str(part.facts["key"])

    def _way(self, carriers: Part) -> tuple[list[str], dict[str, str]]:
        """How the service is to send its SMS: options, and keys."""
        if not self._resolved.routes:
            return ["--sms-gateway", carriers.url], {
                "LAB113_SMS_GATEWAY_KEY": str(carriers.facts["gateway_key"])
            }
        first = next(c for c in self._resolved.carriers if c.name == self._resolved.routes[0])
        account = ["--smpp-system-id", first.system_id, "--smpp-password", first.password]
        addresses = [str(carriers.facts["smpp"][name]) for name in self._resolved.routes]
        return [*account, *(word for address in addresses for word in ("--smpp", address))], {}

    def _centres(self) -> list[dict[str, Any]]:
        keys = {"name", "kind", "line", "seats", "overflow", "overflow_after_s", "video"}
        tables = [centre.model_dump(mode="json", include=keys) for centre in self._resolved.centres]
        alone = {"seats": 1, "overflow": []}  # a person takes all the calls of the centre, one by one
        return [{**table, **alone} if table["name"] == self._bound.person_at else table for table in tables]

    def _write(self, table: str, rows: list[dict[str, Any]]) -> str:
        path = self._folder / f"{table}.toml"
        path.write_text(tomli_w.dumps({table: rows}), encoding="utf-8")
        return str(path)
