"""The whole part: the country on the running loop, its SMPP ports, and the web side."""

import asyncio
import contextlib
import logging
import sqlite3
import ssl
import tempfile
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fake_carriers.agenda import Agenda
from fake_carriers.certificate import make_certificate
from fake_carriers.clock import now
from fake_carriers.country import Country
from fake_carriers.durable import Durable, StoreError
from fake_carriers.fate import Carrier
from fake_carriers.gateway import Gateway
from fake_carriers.listener import Lines
from fake_carriers.web import web_app
from stand_alone import Feed, listening

log = logging.getLogger("fake_carriers")

TICK_S = 1.0
EVENTS_KEPT = 20_000  # for those who follow them later
COMMIT_S = 0.010  # so long the queue gathers changes for one commit; a submit waits for it


@dataclass(frozen=True, slots=True)
class Options:
    """How the part runs. A carrier without an entry in a table of ports gets a free port."""

    seed: int
    host: str = "127.0.0.1"
    port: int = 0
    smpp_ports: Mapping[str, int] = field(default_factory=dict)
    smpps_ports: Mapping[str, int] = field(default_factory=dict)
    tls: bool = False
    certificate: tuple[Path, Path] | None = None  # and its key
    store: Path | None = None
    simulated: bool = True
    gateway_key: str = ""
    aml_url: str | None = None
    receipts_anywhere: bool = False  # the gateway's, beyond loopback


class _Clockwork:
    """Runs an agenda on the event loop, with one timer."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._timer: asyncio.TimerHandle | None = None
        self.agenda = Agenda(self._wind)

    def _wind(self, at: float) -> None:
        self.stop()
        self._timer = self._loop.call_later(max(0.0, at - now()), self._strike)

    def _strike(self) -> None:
        self._timer = None
        try:
            next_at = self.agenda.run(now())
        except Exception:  # one step that fails must not stop what comes after it
            log.exception("a step of the agenda failed")
            next_at = now()
        if next_at is not None:
            self._wind(next_at)

    def stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


@contextlib.asynccontextmanager
async def serving(carriers: Sequence[Carrier], options: Options) -> AsyncIterator[dict[str, Any]]:
    """Serve while the block runs; yields the facts of the ready line. Raises PortTaken, StoreError."""
    async with contextlib.AsyncExitStack() as stack:
        feed, clockwork = Feed(keep=EVENTS_KEPT), _Clockwork()
        stack.callback(clockwork.stop)
        store = _store(options, stack)
        country = Country(
            carriers,
            options.seed,
            feed.tell,
            now,
            agenda=clockwork.agenda,
            store=store,
            simulated=options.simulated,
        )
        opening = Gateway.opened(country, options.gateway_key, options.receipts_anywhere)
        gateway = await stack.enter_async_context(opening)
        if store is not None:
            _take_up(country, store, options)
        lines = {name: Lines(smsc) for name, smsc in country.smscs.items()}
        facts = await _listen(stack, lines, options)
        app = web_app(country, facts, feed, lines, gateway, options.aml_url)
        facts["url"] = await stack.enter_async_context(listening(app, options.host, options.port))
        ticking = asyncio.create_task(_tick(country))
        stack.push_async_callback(asyncio.wait, {ticking})
        stack.callback(ticking.cancel)
        yield {**facts, "gateway_key": options.gateway_key}


def _take_up(country: Country, store: Durable, options: Options) -> None:
    try:
        country.network.take_up(store.load(), now())
    except sqlite3.Error as error:
        raise StoreError(f"the store {options.store} is damaged: {error}; choose another") from None
    except (KeyError, ValueError) as error:
        why = f"the store {options.store} is of other carriers ({error})"
        raise StoreError(f"{why}: start with the --carriers it was made with") from None


def _store(options: Options, stack: contextlib.AsyncExitStack) -> Durable | None:
    if options.store is None:
        return None
    loop = asyncio.get_running_loop()

    def commit_soon() -> None:
        loop.call_later(COMMIT_S, store.commit)

    store = Durable(options.store, commit_soon)
    stack.callback(store.close)
    return store


async def _listen(
    stack: contextlib.AsyncExitStack, lines: Mapping[str, Lines], options: Options
) -> dict[str, Any]:
    facts: dict[str, Any] = {"smpp": {}}
    for name, line in lines.items():
        opening = line.listening(options.host, options.smpp_ports.get(name, 0), "--smpp-port")
        facts["smpp"][name] = await stack.enter_async_context(opening)
    if options.tls:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="fake_carriers-")))
        certificate, key = options.certificate or make_certificate(options.host, folder)
        tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        tls.load_cert_chain(certificate, key)
        facts |= {"smpps": {}, "tls_certificate": str(certificate)}
        for name, line in lines.items():
            opening = line.listening(options.host, options.smpps_ports.get(name, 0), "--smpps-port", tls)
            facts["smpps"][name] = await stack.enter_async_context(opening)
    return facts


async def _tick(country: Country) -> None:
    while True:
        await asyncio.sleep(TICK_S)
        try:
            country.tick()
        except Exception:  # what fails in one second may not in the next
            log.exception("a tick failed")
