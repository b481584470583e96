"""Ambulances' streams in the control room: which centre sees which, who watches, and what they may do.

A stream belongs to no call. The video service tells when one begins and for which centres; every event about
it is passed on with its `unit` and `centres`, and a centre that is not named is told nothing.
"""

import asyncio
import logging
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Any

from fake_iccs.call import Viewer
from fake_iccs.centre import Refused, Unknown
from fake_iccs.control_room import ControlRoom
from fake_iccs.video_client import VideoClient, VideoTrouble, taken

STREAMS_KEPT = 1000
STATE_AFTER = {"media.connected": "live", "media.lost": "lost", "media.stopped": "lost"}
NOT_PASSED_ON = ("n", "event", "call", "monotonic_s")
OPERATOR = "operator"

log = logging.getLogger(__name__)


@dataclass
class Stream:
    """One ambulance's stream. `seats` and `guests` have places at the service, each with its own token."""

    session: str
    unit: str
    centres: list[str]
    state: str = "started"
    camera: str = "back"
    because: str | None = None
    seats: dict[str, Viewer] = field(default_factory=dict)
    guests: dict[tuple[str, str], Viewer] = field(default_factory=dict)  # (centre, role)
    asking: asyncio.Lock = field(default_factory=asyncio.Lock)  # one place at a time

    @property
    def amk(self) -> str:
        """The unit's own AMK, which may end the stream."""
        return self.centres[0]

    def told(self, centre: str) -> dict[str, Any]:
        """The stream as JSON for one of its centres: its own seats and guests only."""
        return {
            "session": self.session,
            "unit": self.unit,
            "amk": self.amk,
            "centres": self.centres,
            "state": self.state,
            "camera": self.camera,
            "because": self.because,
            "seats": [seat for seat in self.seats if centre_of(seat) == centre],
            "viewers": [vars(guest) for (at, _), guest in self.guests.items() if at == centre],
        }


class AmbulanceDesk:
    """What the seats do with ambulances' streams.

    Raises Unknown (also for a stream of other centres), Refused, VideoTrouble.
    """

    def __init__(self, room: ControlRoom, client: VideoClient | None) -> None:
        self._room = room
        self._client = client
        self._streams: OrderedDict[str, Stream] = OrderedDict()

    def streams(self, centre: str) -> list[dict[str, Any]]:
        """The streams under way that this centre is named in, oldest first."""
        self._room.check_centre(centre)
        live = (stream for stream in self._streams.values() if stream.state != "ended")
        return [stream.told(centre) for stream in live if centre in stream.centres]

    async def watch(self, session: str, seat: str) -> tuple[Viewer, bool]:
        """The seat's own place as a viewer, and whether it is new."""
        client, stream = self._going(session, seat)
        async with stream.asking:
            if seat in stream.seats:
                return stream.seats[seat], False
            viewer = stream.seats[seat] = await _place(client, stream, centre_of(seat), OPERATOR)
            return viewer, True

    async def leave(self, session: str, seat: str) -> None:
        """The seat's picture stops; the stream goes on for the others. Not watching: nothing."""
        client, stream = self._going(session, seat)
        async with stream.asking:
            if viewer := stream.seats.get(seat):
                await client.show_out(session, viewer.viewer, centre_of(seat))
                stream.seats.pop(seat, None)

    async def camera(self, session: str, seat: str, camera: str) -> None:
        """Have the ambulance's phone use that camera."""
        client, stream = self._going(session, seat)
        self._tell("camera.requested", stream, session=session, camera=camera, seat=seat)
        await client.camera(session, camera, centre_of(seat))

    async def invite(self, session: str, seat: str, role: str) -> tuple[Viewer, bool]:
        """The invitation of the seat's centre for that role, and whether it is new."""
        client, stream = self._going(session, seat)
        centre = centre_of(seat)
        async with stream.asking:
            if guest := stream.guests.get((centre, role)):
                return guest, False
            guest = stream.guests[centre, role] = await _place(client, stream, centre, role)
            return guest, True

    async def show_out(self, session: str, seat: str, role: str) -> None:
        """Show a guest of the seat's centre out; a role that is not invited is out already."""
        client, stream = self._going(session, seat)
        centre = centre_of(seat)
        async with stream.asking:
            if guest := stream.guests.get((centre, role)):
                await client.show_out(session, guest.viewer, centre)
                stream.guests.pop((centre, role), None)

    async def end(self, session: str, seat: str) -> None:
        """The unit's own AMK ends the stream for all. Again: nothing."""
        stream = self._named(session, seat)
        if centre_of(seat) != stream.amk:
            raise Refused(f"the crew or {stream.amk} ends this stream; leave it instead")
        if stream.state != "ended":
            await self._service().end(session, stream.amk)

    def take_in(self, event: dict[str, Any]) -> bool:
        """An event of the video service: whether it is about an ambulance, and dealt with."""
        session, name = str(event.get("session")), str(event["event"])
        if name == "ambulance.started":
            if session in self._streams:
                return True  # told again by a service that was started anew
            self._begin(session, event)
        stream = self._streams.get(session)
        if stream is None:  # a call's, or of another control room
            return name.startswith("ambulance.")
        if name != "camera.requested":  # told at the press
            self._follow(stream, event)
            facts = {key: fact for key, fact in event.items() if key not in NOT_PASSED_ON}
            self._tell(name, stream, **facts, service_monotonic_s=event.get("monotonic_s"))
        return True

    async def compare(self) -> None:
        """The service was started anew: what it no longer has, has ended."""
        for stream in [each for each in self._streams.values() if each.state != "ended"]:
            because = await self._ended_because(stream)
            if because:
                _end(stream, because)
                self._tell("ambulance.ended", stream, session=stream.session, because=because)

    async def _ended_because(self, stream: Stream) -> str | None:
        try:
            told = await self._service().session(stream.session, stream.centres[0])
        except VideoTrouble as trouble:
            if trouble.status == 404:
                return "service_lost"
            log.warning("stream %s: %s", stream.session, trouble)
            return None
        return str(told.get("ended_because")) if told.get("state") == "ended" else None

    def _follow(self, stream: Stream, event: dict[str, Any]) -> None:
        name = event["event"]
        if name == "ambulance.ended":
            _end(stream, str(event.get("because")))
        elif stream.state != "ended":
            stream.state = STATE_AFTER.get(name, stream.state)
        if name == "camera.switched":
            stream.camera = str(event.get("camera", stream.camera))

    def _begin(self, session: str, event: dict[str, Any]) -> None:
        centres = event.get("centres")
        if not isinstance(centres, list) or not all(isinstance(centre, str) for centre in centres):
            log.warning("stream %s names no centres: %.200r", session, event)
            return
        if self._room.centres.keys().isdisjoint(centres):
            return
        self._streams[session] = Stream(session, str(event.get("unit")), centres)
        while len(self._streams) > STREAMS_KEPT:
            self._streams.popitem(last=False)

    def _named(self, session: str, seat: str) -> Stream:
        self._room.seat_json(seat)  # there is such a seat
        stream = self._streams.get(session)
        if stream is None or centre_of(seat) not in stream.centres:
            raise Unknown(f"{centre_of(seat)} has no ambulance stream {session!r}")
        return stream

    def _going(self, session: str, seat: str) -> tuple[VideoClient, Stream]:
        stream = self._named(session, seat)
        if stream.state == "ended":
            raise Refused(f"the stream of {stream.unit} has ended ({stream.because})")
        return self._service(), stream

    def _service(self) -> VideoClient:
        assert self._client, "streams come from a video service"
        return self._client

    def _tell(self, event: str, stream: Stream, **facts: Any) -> None:
        self._room.tell(event, None, **{"unit": stream.unit, "centres": stream.centres, **facts})


def centre_of(seat: str) -> str:
    """The centre of a seat such as "AMK Bergen/1"."""
    return seat.rpartition("/")[0]


def _end(stream: Stream, because: str) -> None:
    stream.state, stream.because = "ended", because
    stream.seats.clear()
    stream.guests.clear()


async def _place(client: VideoClient, stream: Stream, centre: str, role: str) -> Viewer:
    told = await client.invite(stream.session, role, centre)
    return Viewer(*taken(told, "viewer", "role", "whep_url", "whep_token", "page_url"))
