"""The operator's seat page: its HTML, style sheet and four scripts (seat, ambulance, picture, words)."""

import tomllib
from pathlib import Path
from typing import Literal

from fastapi import FastAPI, Response
from fastapi.responses import HTMLResponse
from jinja2 import Environment, StrictUndefined

from fake_iccs.control_room import ControlRoom

PAGES = Path(__file__).parent / "pages"
WORDS = tomllib.loads((PAGES / "words.toml").read_text(encoding="utf-8"))
HEADERS = {
    "Cache-Control": "no-cache",
    # the picture comes from the video service, wherever that is; nothing else from outside
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; "
    "connect-src *; media-src blob:; img-src data:; base-uri 'none'; form-action 'none'",
}


def serve(app: FastAPI, room: ControlRoom) -> None:
    """Add the seat page to an application."""
    made = Environment(autoescape=True, undefined=StrictUndefined)
    page = made.from_string((PAGES / "seat.html").read_text(encoding="utf-8"))

    @app.get("/seat/{centre}/{number}", response_class=HTMLResponse)
    async def seat(centre: str, number: str, lang: Literal["nb", "en"] = "nb") -> HTMLResponse:
        seat = room.seat_json(f"{centre}/{number}")["seat"]
        facts = {"seat": seat, "centre": centre, "number": number, "lang": lang, "w": WORDS[lang]}
        return HTMLResponse(page.render(facts), headers=HEADERS)

    _serve_file(app, "seat.js", "text/javascript")
    _serve_file(app, "ambulance.js", "text/javascript")
    _serve_file(app, "picture.js", "text/javascript")
    _serve_file(app, "words.js", "text/javascript")
    _serve_file(app, "seat.css", "text/css")


def _serve_file(app: FastAPI, name: str, media_type: str) -> None:
    text = (PAGES / name).read_text(encoding="utf-8")

    @app.get(f"/{name}", include_in_schema=False)
    async def file() -> Response:
        return Response(text, media_type=media_type, headers=HEADERS)
