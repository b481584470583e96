"""The control room and the operator's desk for real: fake_iccs over REST and its event stream."""

import asyncio
from collections import defaultdict
from typing import Any
from urllib.parse import quote

import httpx

from sim.call import Call, Camera, Filmed, Value
from sim.clock import LiveEnvironment, PortError, Process
from sim.ports import Heard, Picture


class CallLog:
    """What the control room told of each call and ambulance, to be heard by the stories."""

    def __init__(self) -> None:
        self._heard: dict[str, list[Heard]] = defaultdict(list)
        self._news: dict[str, asyncio.Event] = defaultdict(asyncio.Event)

    def tell(self, event: dict[str, Any]) -> None:
        """Take one event of the control room's feed."""
        facts = dict(event)
        name, call = facts.pop("event"), facts.pop("call", None) or facts.get("unit")
        if call:
            log = self._heard[call]
            log.append(Heard(len(log) + 1, name, facts))
            self._news.pop(call, asyncio.Event()).set()

    async def hear(self, call: str, events: tuple[str, ...], after: int) -> Heard:
        while True:
            news = self._news[call]
            for heard in self._heard[call][after:]:
                if heard.event in events:
                    return heard
            after = max(after, len(self._heard[call]))
            await news.wait()


class LiveIccs:
    def __init__(self, env: LiveEnvironment, http: httpx.AsyncClient, log: CallLog) -> None:
        self._env, self._http, self._log = env, http, log

    def place(self, call: Call) -> Process[None]:
        placed = {"call": call.name, "number": call.caller.number, "line": call.line, "centre": call.centre}
        yield from self._sends("POST", "/calls", {**placed, "priority": call.priority})

    def hear(self, call: Filmed, *events: str, after: int = 0) -> Process[Heard]:
        return (yield from self._env.outside(self._log.hear(call.name, events, after)))

    def answer(self, call: Call, seat: str) -> Process[None]:
        yield from self._sends("POST", f"/calls/{call.name}/answer", {"seat": seat})

    def ask(self, call: Call) -> Process[None]:
        yield from self._sends("POST", f"/calls/{call.name}/consent", {"step": "asked"})

    def reply(self, call: Call, yes: bool, because: str | None = None) -> Process[None]:
        said = {"step": "given" if yes else "refused", **({"because": because} if because else {})}
        yield from self._sends("POST", f"/calls/{call.name}/consent", said)

    def guide(self, call: Call, parameter: str, value: Value) -> Process[None]:
        yield from self._sends(
            "POST", f"/calls/{call.name}/guidance", {"parameter": parameter, "value": value}
        )

    def transfer(self, call: Call, centre: str) -> Process[None]:
        yield from self._sends("POST", f"/calls/{call.name}/transfer", {"centre": centre})

    def hang_up(self, call: Call, by: str) -> Process[None]:
        yield from self._sends("POST", f"/calls/{call.name}/hang_up", {"by": by})

    def _sends(self, method: str, path: str, body: dict[str, Any]) -> Process[Any]:
        return (yield from self._env.outside(send(self._http, method, path, body)))


class LiveVideoDesk:
    """The seat's video buttons; the control room alone speaks with the video service."""

    def __init__(self, env: LiveEnvironment, http: httpx.AsyncClient) -> None:
        self._env, self._http = env, http

    def request(self, call: Call) -> Process[Picture]:
        told = yield from self._sends("PUT", f"/calls/{call.name}/video", {})
        return Picture(told["whep_url"], told["whep_token"])

    def switch_camera(self, call: Call, camera: Camera) -> Process[None]:
        yield from self._sends("PUT", f"/calls/{call.name}/video/camera", {"camera": camera})

    def invite(self, call: Call, role: str) -> Process[Picture]:
        told = yield from self._sends("PUT", f"/calls/{call.name}/video/viewers/{quote(role, safe='')}", {})
        return Picture(told["whep_url"], told["whep_token"])

    def end(self, call: Call) -> Process[None]:
        yield from self._sends("DELETE", f"/calls/{call.name}/video", None)

    def _sends(self, method: str, path: str, body: dict[str, Any] | None) -> Process[dict[str, Any]]:
        return (yield from self._env.outside(send(self._http, method, path, body)))


async def send(
    http: httpx.AsyncClient, method: str, path: str, body: dict[str, Any] | None
) -> dict[str, Any]:
    """One request to a part; its JSON answer. Raises PortError with the part's own words."""
    try:
        answer = await http.request(method, path, json=body)
    except httpx.HTTPError as error:
        raise PortError(f"{method} {path}: {error or type(error).__name__}") from None
    if answer.is_error:
        raise PortError(f"{method} {path}: {answer.status_code} {_detail(answer)}")
    return dict(answer.json()) if answer.content else {}


def _detail(answer: httpx.Response) -> str:
    try:
        return str(answer.json()["detail"])
    except (ValueError, KeyError, TypeError):
        return answer.text[:200]
