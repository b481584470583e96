"""The page at `/`: carriers, moods, phones and traffic to look at and to act on, in Norwegian and English."""

import tomllib
from pathlib import Path

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse
from jinja2 import Environment, StrictUndefined

PAGES = Path(__file__).parent / "pages"
WORDS = tomllib.loads((PAGES / "words.toml").read_text(encoding="utf-8"))
HEADERS = {
    "Cache-Control": "no-cache",
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
}
_LANGUAGES = {"nb": "nb", "no": "nb", "nn": "nb", "en": "en"}
_KINDS = {".js": "text/javascript", ".css": "text/css"}


def page_api() -> APIRouter:
    """The page and its style sheet and scripts."""
    api = APIRouter(include_in_schema=False)
    made = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    page = made.from_string((PAGES / "page.html").read_text(encoding="utf-8"))

    @api.get("/", response_class=HTMLResponse)
    async def get_page(request: Request, lang: str = "") -> HTMLResponse:
        spoken = _spoken(f"{lang},{request.headers.get('Accept-Language', '')}")
        return HTMLResponse(
            page.render(lang=spoken, w=WORDS[spoken]), headers={**HEADERS, "Vary": "Accept-Language"}
        )

    for path in PAGES.iterdir():
        if path.suffix in _KINDS:
            _serve_file(api, path)
    return api


def _spoken(accepted: str) -> str:
    """The first language that the page has, of a list as in Accept-Language; else English."""
    for told in accepted.split(","):
        language = _LANGUAGES.get(told.split(";")[0].strip().lower().split("-")[0])
        if language is not None:
            return language
    return "en"


def _serve_file(api: APIRouter, path: Path) -> None:
    text, kind = path.read_text(encoding="utf-8"), _KINDS[path.suffix]

    @api.get(f"/page/{path.name}")
    async def get_file() -> Response:
        return Response(text, media_type=kind, headers=HEADERS)
