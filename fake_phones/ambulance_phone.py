"""An ambulance's phone ("vakttelefon"): no number and no link; its crew starts and ends the stream."""

from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from fake_phones.ambulance import AmbulanceStream, Enrolment
from fake_phones.failed import Failed
from fake_phones.live_phone import LivePhone
from fake_phones.radio.exchange import PRESS


class AmbulancePhone(LivePhone):
    """Films as a live phone does; a start takes the place of opening a link and agreeing."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._enrolment: Enrolment | None = None
        self._stream: AmbulanceStream | None = None

    async def enrol(self, service_url: str, code: str, name: str, amk: str) -> dict[str, Any]:
        """Make a key pair and enrol it. A phone that was enrolled before forgets that. Raises Failed."""
        enrolment = Enrolment(service_url)
        try:
            told = await enrolment.enrol(code, name, amk)
        except BaseException:
            await enrolment.close()
            raise
        if self._enrolment:
            await self._enrolment.close()
        self._enrolment = enrolment
        self._tell("ambulance.enrolled", name=name, amk=amk)
        return told

    async def start(self, centres: Sequence[str]) -> dict[str, Any]:
        """Start a stream and film; returns when the picture's connection stands: {session, centres}.

        Raises Failed; a stream that cannot be filmed is ended again.
        """
        if self._enrolment is None:
            raise Failed("this phone is not enrolled; phone.enrol does it", "usage")
        if self._filming and not self._filming.over:
            raise Failed("this phone films already", "usage")
        if self._air:
            self._air.begin()
        await self._takes(PRESS)
        stream = await self._enrolment.start(centres)
        await self._forget_stream()
        self._page, self._approval, self._stream = stream, stream.approval, stream
        self._tell("ambulance.started", session=stream.session, centres=stream.centres)
        try:
            await self.publish()
        except BaseException:
            with suppress(Failed):
                await stream.end()
            raise
        return {"session": stream.session, "centres": stream.centres}

    async def end(self) -> None:
        """The camera stops whatever the service answers. Again: nothing more. Raises Failed."""
        if self._stream is None:
            raise Failed("this phone has not started a stream", "usage")
        self._stop("crew")
        await self._takes(PRESS)
        await self._stream.end()
        self._tell("ambulance.ended", session=self._stream.session, because="crew")

    async def close(self) -> None:
        await super().close()
        if self._enrolment:
            await self._enrolment.close()

    async def _forget_stream(self) -> None:
        if self._filming:
            await self._filming.closed()
        if self._stream:
            await self._stream.close()
