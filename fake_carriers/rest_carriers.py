"""REST: the carriers, their sessions and what crossed the wire."""

from collections.abc import Mapping
from dataclasses import asdict
from ipaddress import ip_address
from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Query
from pydantic import BaseModel, ConfigDict, Field, field_validator

from fake_carriers.answers import answers
from fake_carriers.carriers import CarrierError
from fake_carriers.country import Country
from fake_carriers.listener import Lines
from fake_carriers.magic import MAGIC, magic_number
from fake_carriers.moods import WEEK_S
from fake_carriers.rest_moods import known
from fake_carriers.session import Session


class FateRequest(BaseModel):
    """A seed, per carrier the fields that differ from those at the start, and what time of the week it is."""

    model_config = ConfigDict(extra="forbid")
    seed: int
    carriers: dict[str, dict[str, Any]] = Field(default_factory=dict)
    week_s: float | None = Field(None, ge=0, lt=WEEK_S, description="seconds since Monday 00:00")


class Outbind(BaseModel):
    model_config = ConfigDict(extra="forbid")
    address: str = Field(
        pattern=r"^(127\.[0-9.]+|localhost|\[::1\]):[0-9]{1,5}$", description="on this machine"
    )

    @field_validator("address")
    @classmethod
    def _can_be(cls, address: str) -> str:
        host, _, port = address.rpartition(":")
        if host != "localhost":
            ip_address(host.strip("[]"))
        if not 0 < int(port) < 1 << 16:
            raise ValueError(f"port {port} cannot be: it must be 1 to 65535")
        return address


def carriers_api(country: Country, facts: Mapping[str, Any], lines: Mapping[str, Lines]) -> APIRouter:
    """Routes below /carriers (its moods apart), /fate, /sessions, /pdus and /magic."""
    api = APIRouter(tags=["carriers"])

    @api.get("/carriers")
    async def get_carriers() -> dict[str, Any]:
        """The seed and the carriers as they are now, moods left out of their fields."""
        return {
            "seed": country.network.fates.seed,
            "carriers": [_shown(country, name, facts) for name in country.smscs],
        }

    @api.put("/fate", responses=answers(422))
    async def put_fate(asked: FateRequest) -> dict[str, Any]:
        """A new run: draw from this seed, count from zero; no moods; messages on their way are dropped."""
        try:
            country.new_run(asked.seed, asked.carriers, asked.week_s)
        except CarrierError as error:
            raise HTTPException(422, str(error)) from None
        return await get_carriers()

    @api.post("/carriers/{name}/outbind", status_code=202, responses=answers(404, 422, 502))
    async def outbind(name: str, asked: Outbind) -> dict[str, str]:
        """Connect to a client on this machine and ask it to bind."""
        host, _, port = asked.address.rpartition(":")
        try:
            await lines[known(country, name)].call(host.strip("[]"), int(port))
        except (OSError, TimeoutError) as error:
            raise HTTPException(502, f"nobody takes the call at {asked.address}: {error}") from None
        return {"address": asked.address}

    @api.get("/sessions")
    async def get_sessions() -> list[dict[str, Any]]:
        """The SMPP connections that are open."""
        return [_session(name, each) for name, smsc in country.smscs.items() for each in smsc.sessions]

    @api.get("/pdus", responses=answers(404, 422))
    async def get_pdus(
        carrier: str | None = None,
        since: Annotated[int, Query(ge=0)] = 0,
        limit: Annotated[int, Query(ge=1, le=2000)] = 200,
    ) -> list[dict[str, Any]]:
        """The last PDUs on the wire, oldest first: the newest `limit`, or the next after number `since`."""
        return country.ring.since(since, None if carrier is None else known(country, carrier), limit)

    @api.get("/magic")
    async def get_magic() -> list[dict[str, Any]]:
        """Numbers that force an outcome, of each carrier that has Norwegian ones."""
        return [
            {"number": magic_number(carrier.prefixes[0], n), "carrier": carrier.name, "what": magic.what}
            for carrier in country.network.carriers
            if carrier.prefixes[0].startswith("+47")
            for n, magic in MAGIC.items()
        ]

    return api


def _shown(country: Country, name: str, facts: Mapping[str, Any]) -> dict[str, Any]:
    shown = asdict(country.network.carrier(name))
    shown.pop("password")
    now, smsc = country.clock(), country.smscs[name]
    if "smpps" in facts:
        shown["smpps"] = facts["smpps"][name]
    behaviour = smsc.behaviour
    return {
        **shown,
        "smpp": facts["smpp"][name],
        "moods": [standing.told(now) for standing in country.moods.of(name)],
        "troubled": behaviour.carrier != country.network.carrier(name) or bool(behaviour.outage),
        "sessions": sum(session.bind is not None for session in smsc.sessions),
        "waiting": country.network.under_way[name],
        "undelivered": smsc.waiting,
        "counts": dict(country.network.counts[name]),
    }


def _session(carrier: str, session: Session) -> dict[str, Any]:
    return {
        "id": session.number,
        "carrier": carrier,
        "system_id": session.system_id,
        "bind": session.bind.name.lower() if session.bind else None,
        "peer": session.peer,
        "tls": session.tls,
        "unanswered": session.deliveries.unanswered,
        "submitted": session.submitted,
        "delivered": session.deliveries.delivered,
    }
