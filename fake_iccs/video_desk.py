"""The operator's video desk: which call has which session, and the video service's events passed on.

What an operator presses, `video.requested` and `camera.requested`, is told here at the press: that is
when the waiting begins. The rest of `video.*`, `sms.*`, `link.*`, `media.*`, `camera.*`, `viewer.*` and the
consent on the page the video service tells; the control room adds the call and passes it on, whole.
"""

import asyncio
import logging
from collections import OrderedDict
from contextlib import suppress
from typing import Any

from fake_iccs.ambulance_desk import AmbulanceDesk
from fake_iccs.call import Call, Video, Viewer
from fake_iccs.centre import Refused
from fake_iccs.control_room import ControlRoom
from fake_iccs.video_client import VideoClient, VideoTrouble, taken

SESSIONS_KEPT = 10_000
END_AGAIN_S = 2.0  # between two attempts to end the session of a call that is over
STATE_AFTER = {
    "link.opened": "opened",
    "consent.given": "consented",
    "media.connected": "live",
    "video.ended": "ended",
}
PRESSED = ("video.requested", "camera.requested")
SAID_NO = ("refused", "withdrawn")

log = logging.getLogger(__name__)


class NoVideoService(Exception):
    """The control room was started without a video service."""


class VideoDesk:
    """What the operators do with video. Raises Refused, VideoTrouble and NoVideoService.

    Events about ambulances' streams are for the `ambulances` desk.
    """

    def __init__(self, room: ControlRoom, client: VideoClient | None, ambulances: AmbulanceDesk) -> None:
        self._room = room
        self._client = client
        self._ambulances = ambulances
        self._sessions: OrderedDict[str, tuple[Call, Video]] = OrderedDict()
        self._requests = 0  # under way: an event may come before the answer that names its session
        self._answered = asyncio.Event()
        self._ending: set[asyncio.Task[None]] = set()

    async def request(self, call: Call) -> tuple[Video, bool]:
        """The session of the call, and whether it is new: the caller gets a link by SMS."""
        async with call.asking:
            client = self._service()
            if call.video is not None and call.video.state != "ended":
                return call.video, False
            centre, seat = self._room.video_service_of(call.call)
            if call.consent != "given":
                raise Refused("ask the caller aloud first; a link is sent after a spoken yes only")
            self._room.tell("video.requested", call.call, centre=centre, seat=seat)
            video = await self._create(client, call, centre, seat)
        if self._room.is_over(call.call):
            await self.end_after_call(call)
            raise Refused(f"call {call.call!r} ended meanwhile, and its video with it")
        return video, True

    async def camera(self, call: Call, camera: str) -> None:
        """Have the caller's phone use that camera."""
        client, video = self._service(), self._live(call)
        self._room.tell("camera.requested", call.call, session=video.session, camera=camera)
        await client.camera(video.session, camera)

    async def invite(self, call: Call, role: str) -> tuple[Viewer, bool]:
        """The invitation for that role, and whether it is new."""
        async with call.asking:
            client, video = self._service(), self._live(call)
            if role in video.viewers:
                return video.viewers[role], False
            told = await client.invite(video.session, role)
            place = taken(told, "viewer", "role", "whep_url", "whep_token", "page_url")
            viewer = video.viewers[role] = Viewer(*place)
            return viewer, True

    async def show_out(self, call: Call, role: str) -> None:
        """Show a viewer out; a role that is not invited is out already."""
        async with call.asking:
            if call.video is None or role not in call.video.viewers or call.video.state == "ended":
                return
            await self._service().show_out(call.video.session, call.video.viewers[role].viewer)
            call.video.viewers.pop(role, None)

    async def end(self, call: Call) -> None:
        """End the session of the call, if it has a live one."""
        video = call.video
        if video is None or video.state == "ended":
            return
        try:
            await self._service().end(video.session)
        except VideoTrouble as trouble:
            video.trouble = str(trouble)
            raise
        self._ended(video, "operator")

    async def end_after_call(self, call: Call) -> None:
        """End the session of a call that is over; when that fails, go on trying in the background."""
        if self._ending_of(call):
            return
        with suppress(VideoTrouble):
            await self.end(call)
            return
        trying = asyncio.create_task(self._end_again(call), name=call.call)
        self._ending.add(trying)
        trying.add_done_callback(self._ending.discard)

    async def follow(self) -> None:
        """Pass the video service's events on, for ever."""
        if self._client is None:
            return
        async for event in self._client.events():
            if event is None:
                await self._compare(self._client)
                await self._ambulances.compare()
            elif not self._ambulances.take_in(event):
                await self._pass_on(event)

    async def close(self) -> None:
        """Stop trying, close the connections."""
        for trying in self._ending:
            trying.cancel()
        await asyncio.gather(*self._ending, return_exceptions=True)
        if self._client is not None:
            await self._client.close()

    def _service(self) -> VideoClient:
        if self._client is None:
            raise NoVideoService("this control room has no video service; start it with --video-url URL")
        return self._client

    @staticmethod
    def _live(call: Call) -> Video:
        if call.video is None or call.video.state == "ended":
            raise Refused(f"call {call.call!r} has no live video; send a link first")
        return call.video

    async def _create(self, client: VideoClient, call: Call, centre: str, seat: str) -> Video:
        self._requests += 1
        try:
            told = await client.create(centre=centre, seat=seat, call=call.call, number=call.number)
            session, state, whep_url, whep_token = taken(told, "session", "state", "whep_url", "whep_token")
            video = call.video = Video(session, state, whep_url, whep_token)
            self._sessions[session] = call, video
            while len(self._sessions) > SESSIONS_KEPT:
                self._sessions.popitem(last=False)
            return video
        finally:
            self._requests -= 1
            self._answered.set()

    async def _end_again(self, call: Call) -> None:
        while True:
            await asyncio.sleep(END_AGAIN_S)
            with suppress(VideoTrouble):
                return await self.end(call)

    def _ending_of(self, call: Call) -> bool:
        return any(trying.get_name() == call.call for trying in self._ending)

    async def _pass_on(self, event: dict[str, Any]) -> None:
        session = str(event.get("session"))
        while session not in self._sessions and self._requests:
            self._answered.clear()
            await self._answered.wait()
        if session not in self._sessions:
            return  # another control room's
        call, video = self._sessions[session]
        facts = {key: fact for key, fact in event.items() if key not in ("n", "event", "call", "monotonic_s")}
        if event["event"] in PRESSED:
            return
        self._take_in(call, video, event)
        self._room.tell(event["event"], call.call, **facts, service_monotonic_s=event.get("monotonic_s"))

    def _take_in(self, call: Call, video: Video, event: dict[str, Any]) -> None:
        name = event["event"]
        if name == "video.ended":
            self._ended(video, event.get("because"))
            if event.get("because") in SAID_NO and call.video is video:
                call.consent = "refused"  # a new link needs a new spoken yes
        elif video.state != "ended":
            video.state = STATE_AFTER.get(name, video.state)
        if name == "camera.switched":
            video.camera = str(event.get("camera", video.camera))

    @staticmethod
    def _ended(video: Video, because: str | None) -> None:
        video.state, video.trouble = "ended", None
        video.because = because or video.because
        video.viewers.clear()

    async def _compare(self, client: VideoClient) -> None:
        """The service was started anew: what it no longer has, has ended."""
        for session, (call, video) in list(self._sessions.items()):
            if video.state == "ended":
                continue
            try:
                await client.session(session)
            except VideoTrouble as trouble:
                if trouble.status != 404:
                    log.warning("session %s: %s", session, trouble)
                    continue
                self._ended(video, "service_lost")
                self._room.tell("video.ended", call.call, session=session, because="service_lost")
