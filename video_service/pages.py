"""The pages for the caller and for an invited viewer, in Norwegian (bokmål) and English."""

from pathlib import Path
from typing import Any

from fastapi.responses import FileResponse, HTMLResponse, Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from video_service.store import Unknown
from video_service.words import WORDS

_FOLDER = Path(__file__).with_name("web")
_TEMPLATES = Environment(loader=FileSystemLoader(_FOLDER), autoescape=True, undefined=StrictUndefined)
_SERVED = {"pages.css": "text/css", "consent.js": "text/javascript", "viewer.js": "text/javascript"}
_EVERYWHERE = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


def consent(base: str, language: str, centre: str, approved: bool) -> Response:
    """The caller's page. `base` is the public path before `/v`; `approved`: this browser has said yes."""
    return _page("consent.html", base, language, centre=centre, approved=approved)


def sorry(base: str, language: str, status: int) -> Response:
    """Why a link does not work: 403 approved elsewhere, 404 unknown, 410 over."""
    state = {403: "elsewhere", 404: "unknown", 410: "expired"}[status]
    words = WORDS[language][f"state_{state}"]
    return _page("sorry.html", base, language, status, state=state, sorry=words)


def viewer(base: str, language: str) -> Response:
    """The page of an invited viewer; which one stands in the address's fragment."""
    return _page("viewer.html", base, language)


def asset(name: str) -> Response:
    """A script or style of these pages. Raises Unknown."""
    if name not in _SERVED:
        raise Unknown("no such file")
    return FileResponse(
        _FOLDER / name, media_type=_SERVED[name], headers={**_EVERYWHERE, "Cache-Control": "no-cache"}
    )


def _page(template: str, base: str, language: str, status: int = 200, **facts: Any) -> Response:
    centre = facts.get("centre", "")
    say = {name: _filled(words, centre) for name, words in WORDS[language].items()}
    text = _TEMPLATES.get_template(template).render(base=base, language=language, say=say, **facts)
    return HTMLResponse(text, status, headers={**_EVERYWHERE, **_policy()})


def _filled(words: str | list[str], centre: str) -> str | list[str]:
    if isinstance(words, list):
        return [line.replace("{centre}", centre) for line in words]
    return words.replace("{centre}", centre) if centre else words


def _policy() -> dict[str, str]:
    """Only our own script, style and connections; nobody may frame the page; the camera and nothing else."""
    allowed = {
        "default-src": "'none'",
        "script-src": "'self'",
        "style-src": "'self'",
        "img-src": "data:",
        "connect-src": "'self' ws: wss:",  # older Safari does not count WebSockets as 'self'
        "base-uri": "'none'",
        "form-action": "'none'",
        "frame-ancestors": "'none'",
    }
    return {
        "Content-Security-Policy": "; ".join(f"{what} {where}" for what, where in allowed.items()),
        "Permissions-Policy": "camera=(self), microphone=(), geolocation=()",
    }
