"""The Handset and Viewer ports for real: a farm of phones and viewers, driven over one control socket."""

import asyncio
import itertools
import json
import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException

from sim.call import Call, Camera, Filmed, Mishap, Value
from sim.clock import LiveEnvironment, PortError, Process
from sim.guard import Refused, loopback_only
from sim.live.feed import FeedBroken
from sim.live.radios import Radios
from sim.live.stamps import Stamps
from sim.ports import Picture

STILLS_OF_MOST = 40  # calls: enough to look at
_GONE = "the farm's connection is gone"


class FarmControl:
    """Requests to the farm and their answers; events go to `take`. `worker_died` when one of several has."""

    def __init__(self, socket: ClientConnection, take: Callable[[dict[str, Any]], None]) -> None:
        self._socket, self._take = socket, take
        self._answers: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._ids = itertools.count(1)
        self.worker_died = asyncio.Event()
        self._gone = False
        self._n = 0

    async def listen(self) -> None:
        """Take answers and events until the connection ends; then every open request fails."""
        try:
            async for text in self._socket:
                told = json.loads(text)
                if "event" in told:
                    if self._n and told["n"] != self._n + 1:
                        raise FeedBroken(f"the farm's event {told['n']} came after {self._n}")
                    self._n = told["n"]
                    if told["event"] == "farm.worker_died":
                        self.worker_died.set()
                    self._take(told)
                else:
                    answer = self._answers.pop(told.get("id"), None)
                    if answer is not None and not answer.done():
                        answer.set_result(told)
        except WebSocketException:
            pass
        finally:
            self._gone = True
            for answer in self._answers.values():
                if not answer.done():
                    answer.set_exception(PortError(_GONE))

    async def ask(self, do: str, **arguments: Any) -> dict[str, Any]:
        """One request; cancelling it cancels it in the farm. Raises PortError."""
        if self._gone:
            raise PortError(_GONE)
        number = next(self._ids)
        answer = self._answers[number] = asyncio.get_running_loop().create_future()
        try:
            await self._socket.send(json.dumps({"id": number, "do": do, **arguments}))
            told = await answer
        except WebSocketException:
            raise PortError(_GONE) from None
        except asyncio.CancelledError:
            with suppress(WebSocketException):
                await self._socket.send(json.dumps({"cancel": number}))
            raise
        finally:
            self._answers.pop(number, None)
        if "failed" in told:
            raise PortError(f"{do}: {told['failed']}")
        return dict(told["ok"])


async def connected(url: str, take: Callable[[dict[str, Any]], None]) -> FarmControl:
    """Connect to a farm's control socket."""
    return FarmControl(await connect(url, max_size=2**22, open_timeout=10, ping_timeout=None), take)


class LiveHandset:
    def __init__(
        self,
        env: LiveEnvironment,
        farm: FarmControl,
        carriers_url: str,
        stamps: Stamps,
        screenshots: Path,
        radios: Radios,
    ) -> None:
        self._env, self._farm = env, farm
        self._carriers_url, self._stamps, self._screenshots = carriers_url, stamps, screenshots
        self._radios = radios
        self._on: set[str] = set()

    def stamp(self, call: Filmed) -> str:
        """The identity drawn on its frames."""
        return self._stamps.of(call.name)

    def switch_on(self, call: Call) -> Process[None]:
        if call.name in self._on:
            return
        self._on.add(call.name)
        who = call.caller
        yield from self._asks(
            "phone.add",
            call,
            number=who.number,
            carriers_url=self._carriers_url,
            kind=who.phone,
            scene=who.scene,
            scene_seed=who.scene_seed,
            radio_seed=who.radio_seed,
            parameters=dict(who.parameters),
            stamp=self.stamp(call),
            stamp_covered=who.stamp_covered,
            camera_fails=who.camera_fails,
            media_blocked=who.media_blocked,
            device=who.device,
            webdriver=_webdriver(call),
            capabilities=json.loads(who.capabilities),
            **self._radios.of_phone(call),
            films=who.says_yes and who.approves and not who.camera_fails,
            screenshots_dir=str(self._screenshots) if who.phone in ("chromium", "attached") else None,
        )
        yield from self._asks("phone.ready", call)

    def next_sms(self, call: Call) -> Process[str]:
        while True:
            sms = yield from self._asks("phone.next_sms", call)
            if sms["link"]:
                return str(sms["link"])

    def open(self, call: Call, link: str) -> Process[None]:
        yield from self._env.outside(self._radios.begin(call))
        yield from self._asks("phone.open", call, link=link)

    def consent(self, call: Call) -> Process[None]:
        yield from self._asks("phone.consent", call)

    def refuse(self, call: Call) -> Process[None]:
        yield from self._asks("phone.refuse", call)

    def publish(self, call: Call) -> Process[None]:
        yield from self._asks("phone.publish", call)

    def change(self, call: Call, parameter: str, value: Value) -> Process[None]:
        yield from self._asks("phone.change", call, parameter=parameter, value=value)

    def befall(self, call: Call, mishap: Mishap) -> Process[None]:
        yield from self._asks(f"phone.{mishap.does}", call)

    def wait_end(self, call: Call) -> Process[str]:
        return str((yield from self._asks("phone.wait_end", call))["because"])

    def switch_off(self, call: Call) -> Process[None]:
        if call.name in self._on:
            self._on.discard(call.name)
            yield from self._asks("phone.remove", call)

    def _asks(self, do: str, call: Call, **arguments: Any) -> Process[dict[str, Any]]:
        return (yield from self._env.outside(self._farm.ask(do, phone=call.name, **arguments)))


class LiveViewer:
    def __init__(
        self,
        env: LiveEnvironment,
        farm: FarmControl,
        handset: LiveHandset,
        stills: Path,
        limit_s: float,
        decode: str = "all",
    ) -> None:
        self._env, self._farm, self._handset = env, farm, handset
        self._stills, self._limit_s, self._decode = stills, limit_s, decode
        stills.mkdir(exist_ok=True)
        self._watching: set[tuple[str, str]] = set()
        self._seen: set[str] = set()  # whose pictures are kept as stills

    def watch(self, call: Filmed, who: str, picture: Picture) -> Process[None]:
        yield from self._asks(
            "viewer.watch",
            call,
            who,
            stamp=self._handset.stamp(call),
            whep_url=picture.whep_url,
            whep_token=picture.whep_token,
            stills_dir=str(self._stills) if self._kept(call) else None,
            timed=call.phone in ("live", "lean"),
            stamped=call.phone != "attached",
            limit_s=self._limit_s,
            decode=self._decode,
        )
        self._watching.add((call.name, who))

    def _kept(self, call: Filmed) -> bool:
        if len(self._seen) < STILLS_OF_MOST:
            self._seen.add(call.name)
        return call.name in self._seen

    def wait_for_camera(self, call: Filmed, who: str, camera: Camera | None) -> Process[None]:
        yield from self._asks("viewer.wait_for_camera", call, who, camera=camera)

    def over(self, call: Filmed, who: str, because: str) -> Process[None]:
        if (call.name, who) in self._watching:
            yield from self._asks("viewer.over", call, who, because=because)

    def leave(self, call: Filmed, who: str) -> Process[None]:
        if (call.name, who) in self._watching:
            self._watching.discard((call.name, who))
            yield from self._asks("viewer.leave", call, who)

    def _asks(self, do: str, call: Filmed, who: str, **arguments: Any) -> Process[dict[str, Any]]:
        return (yield from self._env.outside(self._farm.ask(do, viewer=f"{call.name}/{who}", **arguments)))


def _webdriver(call: Call) -> str | None:
    """Who presses on an attached phone. Raises PortError for an address beyond this machine."""
    url = call.caller.webdriver or os.environ.get("LAB113_WEBDRIVER")
    if call.phone != "attached" or not url:
        return None
    try:
        return loopback_only(url, "LAB113_WEBDRIVER")
    except Refused as error:
        raise PortError(str(error)) from None
