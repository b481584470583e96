"""Send by an HTTP gateway (docs/carriers.md, "The HTTP gateway"); its receipts come to receipts_api."""

import asyncio
import contextlib
import json
import logging
from dataclasses import dataclass
from typing import Any

import httpx

from video_service.message import Message
from video_service.sms_route import Answer, Receipt, Reports, Said

log = logging.getLogger("video_service.gateway_route")

CONNECT_S = 5.0
ANSWER_KEPT_S = 60.0
"""The outbox does not wait that long, but the request stays open: a late answer still counts."""
LOOK_EVERY_S, LOOK_AGAIN_S = 10.0, 2.0
"""How often we look whether the gateway is there: while it is, and while it is not."""
BODY_S, ANSWER_OCTETS_MAX = 2.0, 65_536


@dataclass(frozen=True)
class Gateway:
    """Where it is (without `/gateway/messages`) and its key. `sender` is what the caller sees as sender."""

    url: str
    key: str
    sender: str


class GatewayRoute:
    """`receipt_url` is where the gateway sends receipts; it must be set before the first message."""

    minds_silence = False  # it stands before several carriers: one of them may be silent, the others not

    def __init__(self, gateway: Gateway) -> None:
        self.name = f"gateway at {gateway.url}"
        self.key = gateway.key
        self.receipt_url = ""
        self._url = gateway.url.rstrip("/") + "/gateway/messages"
        self._sender = gateway.sender
        self._headers = {"Authorization": f"Bearer {gateway.key}", "Accept-Encoding": "identity"}
        self._tasks: set[asyncio.Task[None]] = set()
        self._trouble = ""

    def parts(self, text: str) -> int:
        return 1

    def start(self, reports: Reports) -> None:
        self._reports = reports
        self._http = httpx.AsyncClient(
            headers=self._headers,
            timeout=httpx.Timeout(None, connect=CONNECT_S),  # the whole is bounded where it is awaited
            limits=httpx.Limits(max_connections=None),
            follow_redirects=False,  # the key and the caller's number are for this gateway only
            trust_env=False,
        )
        self._later(self._look_after())

    async def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._http.aclose()

    def submit(self, token: int, message: Message, part: int) -> None:
        self._later(self._send(token, message))

    def doubt(self) -> None:
        """Nothing: one silent carrier behind it says nothing of the gateway, which is looked after anyhow."""

    def take(self, receipt: Receipt) -> None:
        """A receipt that has been verified."""
        self._reports.receipt(receipt)

    async def _send(self, token: int, message: Message) -> None:
        sms = {
            "to": message.number,
            "from": self._sender,
            "text": message.text,
            "reference": message.id,
            "receipt_url": self.receipt_url,
        }
        try:
            async with (
                asyncio.timeout(ANSWER_KEPT_S),
                self._http.stream("POST", self._url, json=sms) as heard,
            ):
                said = answer(heard.status_code, heard.headers, await _body(heard))
        except Exception as error:  # whatever it is, the outbox must hear that this try is over
            said = Answer(Said.REFUSED, reason=_why(error, ANSWER_KEPT_S))
        self._reports.answered(token, said)

    async def _look_after(self) -> None:
        while True:
            trouble = await self._trouble_now()
            if trouble and trouble != self._trouble:
                log.warning(
                    "%s: %s. Is it running, and are --sms-gateway and its key right?", self.name, trouble
                )
            self._trouble = trouble
            if trouble:
                self._reports.refusing(trouble)
            else:
                self._reports.up()
            await asyncio.sleep(LOOK_AGAIN_S if trouble else LOOK_EVERY_S)

    async def _trouble_now(self) -> str:
        """What keeps the gateway from taking messages, as far as one can see without sending one."""
        try:
            async with asyncio.timeout(CONNECT_S), self._http.stream("GET", f"{self._url}/none") as heard:
                if heard.status_code in (401, 403):
                    return f"answered {heard.status_code}: the key is wrong"
                return f"answered {heard.status_code}" if heard.is_redirect or heard.is_server_error else ""
        except Exception as error:
            return _why(error, CONNECT_S)

    def _later(self, doing: Any) -> None:
        task = asyncio.create_task(doing)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def answer(status: int, headers: httpx.Headers, body: bytes) -> Answer:
    """What an HTTP answer means for the message."""
    told = _json(body)
    if status == 202:  # taken, also when the rest is rubbish: its receipt carries our reference
        carrier_id = told.get("id")
        return Answer(Said.ACCEPTED, carrier_id if isinstance(carrier_id, str) else "")
    reason = f"answered {status}"
    if isinstance(detail := told.get("detail"), str):
        reason += f": {detail[:200]}"
    if status == 429:
        asked = headers.get("retry-after", "")
        return Answer(Said.SLOWER, reason=reason, pause_s=float(asked) if _is_number(asked) else None)
    if status in (400, 422):
        return Answer(Said.NEVER, reason=reason)
    return Answer(Said.REFUSED, reason=reason)


async def _body(heard: httpx.Response) -> bytes:
    """The answer's body; empty when it is too slow, too long or broken off: the status says what matters."""
    body = b""
    with contextlib.suppress(TimeoutError, httpx.HTTPError):
        async with asyncio.timeout(BODY_S):
            async for octets in heard.aiter_raw():
                body += octets
                if len(body) > ANSWER_OCTETS_MAX:
                    return b""
            return body
    return b""


def _json(body: bytes) -> dict[str, Any]:
    with contextlib.suppress(ValueError, RecursionError):
        told = json.loads(body)
        if isinstance(told, dict):
            return told
    return {}


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 10


def _why(error: Exception, limit_s: float) -> str:
    if isinstance(error, TimeoutError | httpx.TimeoutException):
        return f"no answer within {limit_s:g} s"
    return str(error)[:200] or type(error).__name__
