"""REST: the moods of the carriers, begun and ended by hand or by a fault."""

from typing import Any

from fastapi import APIRouter, HTTPException
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field

from fake_carriers.answers import answers
from fake_carriers.country import Country
from fake_carriers.moods import Mood


class MoodRequest(BaseModel):
    """A mood (docs/carriers.md), and for how long; left out: until it is ended."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)
    kind: str
    how: str = ""
    swallowed: str = ""
    response_s: float = 0.0
    rate_per_s: float = 0.0
    share: float = 0.0
    after_s: float = 0.0
    for_s: float | None = Field(None, gt=0)


def known(country: Country, name: str) -> str:
    """The carrier's name; 404 when there is none."""
    if name not in country.smscs:
        raise HTTPException(404, f"no carrier {name!r}: there are {', '.join(country.smscs)}")
    return name


def moods_api(country: Country) -> APIRouter:
    """Routes below /carriers/{name}/moods."""
    api = APIRouter(tags=["moods"], responses=answers(404, 422))

    @api.post("/carriers/{name}/moods", status_code=201)
    async def begin_mood(name: str, asked: MoodRequest) -> dict[str, Any]:
        """The carrier gets into a mood, for a while or until it is ended."""
        try:
            mood = Mood(**asked.model_dump(exclude={"for_s"}))
        except ValueError as error:
            raise HTTPException(422, str(error)) from None
        now = country.clock()
        return country.moods.begin(known(country, name), mood, asked.for_s, now).told(now)

    @api.delete("/carriers/{name}/moods/{mood_id}", status_code=204)
    async def end_mood(name: str, mood_id: int) -> Response:
        """This mood is over."""
        if not country.moods.end(known(country, name), mood_id, country.clock()):
            raise HTTPException(404, f"{name} has no mood {mood_id} now")
        return Response(status_code=204)

    @api.delete("/carriers/{name}/moods", status_code=204)
    async def end_moods(name: str) -> Response:
        """All its moods are over."""
        country.moods.end(known(country, name), None, country.clock())
        return Response(status_code=204)

    return api
