"""Ambulances for real: the phone in the farm, the administrator's code, the seats over REST."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import httpx

from sim.ambulance import Ambulance
from sim.call import Camera
from sim.clock import LiveEnvironment, PortError, Process
from sim.live.farm import FarmControl
from sim.live.iccs import CallLog, send
from sim.live.stamps import Stamps
from sim.ports import Heard, Picture

_NOT_FOR_THEM = (403, 404)


@dataclass(frozen=True, slots=True)
class ServiceDoors:
    """The video service's own doors: its administrator's, and the control room's, past the control room."""

    url: str
    key: str
    admin_key: str

    def client(self, key: str) -> httpx.AsyncClient:
        return httpx.AsyncClient(base_url=self.url, headers={"Authorization": f"Bearer {key}"}, timeout=15)

    async def code(self, unit: Ambulance) -> str:
        """An administrator's code for this unit's phone. Raises PortError."""
        allowed = {"amk": unit.amk, "centres": list(unit.centres)}
        async with self.client(self.admin_key) as http:
            return str((await send(http, "POST", "/api/admin/phones", allowed))["code"])


class LiveAmbulancePhone:
    def __init__(self, env: LiveEnvironment, farm: FarmControl, stamps: Stamps, doors: ServiceDoors) -> None:
        self._env, self._farm, self._stamps, self._doors = env, farm, stamps, doors
        self._on: set[str] = set()
        self._started: set[str] = set()

    def enrol(self, unit: Ambulance) -> Process[None]:
        if unit.name in self._on:
            return
        self._on.add(unit.name)
        yield from self._asks(
            "phone.add",
            unit,
            kind="ambulance",
            scene=unit.scene,
            scene_seed=unit.scene_seed,
            stamp=self._stamps.of(unit.name),
            radio=unit.radio,
        )
        yield from self._asks("phone.ready", unit)
        code = yield from self._env.outside(self._doors.code(unit))
        yield from self._asks(
            "phone.enrol", unit, service_url=self._doors.url, code=code, name=unit.name, amk=unit.amk
        )

    def start(self, unit: Ambulance) -> Process[None]:
        yield from self._asks("phone.start", unit, centres=list(unit.centres))
        self._started.add(unit.name)

    def end(self, unit: Ambulance) -> Process[None]:
        if unit.name in self._started:
            yield from self._asks("phone.end", unit)

    def wait_end(self, unit: Ambulance) -> Process[str]:
        return str((yield from self._asks("phone.wait_end", unit))["because"])

    def switch_off(self, unit: Ambulance) -> Process[None]:
        if unit.name in self._on:
            self._on.discard(unit.name)
            yield from self._asks("phone.remove", unit)

    def _asks(self, do: str, unit: Ambulance, **arguments: Any) -> Process[dict[str, Any]]:
        return (yield from self._env.outside(self._farm.ask(do, phone=unit.name, **arguments)))


class LiveAmbulanceDesk:
    """The first seat of each centre; the control room speaks with the video service, and intruders too."""

    def __init__(
        self, env: LiveEnvironment, http: httpx.AsyncClient, log: CallLog, doors: ServiceDoors
    ) -> None:
        self._env, self._http, self._log, self._doors = env, http, log, doors

    def watch(self, unit: Ambulance, centre: str) -> Process[Picture]:
        return _picture((yield from self._sends("PUT", unit, centre, "/watch", {})))

    def leave(self, unit: Ambulance, centre: str) -> Process[None]:
        yield from self._sends("DELETE", unit, centre, "/watch")

    def switch_camera(self, unit: Ambulance, centre: str, camera: Camera) -> Process[None]:
        yield from self._sends("PUT", unit, centre, "/camera", {"camera": camera})

    def invite(self, unit: Ambulance, centre: str, role: str) -> Process[Picture]:
        return _picture((yield from self._sends("PUT", unit, centre, f"/viewers/{quote(role, safe='')}", {})))

    def end(self, unit: Ambulance, centre: str) -> Process[None]:
        yield from self._sends("DELETE", unit, centre, "")

    def intrude(self, unit: Ambulance, centre: str) -> Process[Picture | None]:
        return (yield from self._env.outside(self._tries_every_door(unit, centre)))

    def _sends(
        self, method: str, unit: Ambulance, centre: str, more: str, body: dict[str, Any] | None = None
    ) -> Process[dict[str, Any]]:
        return (yield from self._env.outside(self._send(method, unit, centre, more, body)))

    async def _send(
        self, method: str, unit: Ambulance, centre: str, more: str, body: dict[str, Any] | None
    ) -> dict[str, Any]:
        path = f"/ambulances/{await self._session(unit)}{more}?seat={quote(f'{centre}/1', safe='')}"
        return await send(self._http, method, path, body)

    async def _session(self, unit: Ambulance) -> str:
        """The service's own name of the stream, as the control room told it."""
        heard: Heard = await self._log.hear(unit.name, ("ambulance.started",), 0)
        return str(heard.facts["session"])

    async def _tries_every_door(self, unit: Ambulance, centre: str) -> Picture | None:
        """The seat's, and the video service's own: a control room that does not ask who may is no excuse."""
        session, of = await self._session(unit), f"centre={quote(centre, safe='')}"
        seat = f"/ambulances/{session}/watch?seat={quote(f'{centre}/1', safe='')}"
        place = f"/api/sessions/{session}/viewers?{of}"
        async with self._doors.client(self._doors.key) as service:
            for http, path in ((self._http, "/ambulances"), (service, "/api/ambulances")):
                await _hears_nothing(http, f"{path}?{of}", session, centre)
            through = await _let_in(self._http, "PUT", seat, {})
            return through or await _let_in(service, "POST", place, {"role": "operator"})


async def _hears_nothing(http: httpx.AsyncClient, path: str, session: str, centre: str) -> None:
    """Raises PortError when the list of streams tells of this one."""
    answer = await http.get(path)
    if answer.is_error:
        raise PortError(f"GET {path}: {answer.status_code}")
    if any(stream["session"] == session for stream in answer.json()):
        raise PortError(f"GET {path}: {centre} is told of a stream that does not name it")


async def _let_in(http: httpx.AsyncClient, method: str, path: str, body: dict[str, Any]) -> Picture | None:
    """The place that it was given; None: refused. Raises PortError for any other answer."""
    answer = await http.request(method, path, json=body)
    if answer.status_code in _NOT_FOR_THEM:
        return None
    if answer.is_error:
        raise PortError(f"{method} {path}: {answer.status_code} is no refusal")
    return _picture(answer.json())


def _picture(told: dict[str, Any]) -> Picture:
    return Picture(told["whep_url"], told["whep_token"])
