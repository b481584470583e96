"""`lab113 plan --serve`: the page and its one question, over HTTP on this machine."""

import asyncio
import json
import os
import tempfile
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import polars
from fastapi import FastAPI, Query, Request, Response
from fastapi.responses import HTMLResponse, JSONResponse
from jinja2 import Environment, StrictUndefined

from reports.incident import SPOTS
from sim.nation import Nation
from sim.planning.answer import Answer, answer_of
from sim.planning.demand import Traces, country_of
from sim.planning.folder import write_folder
from sim.planning.outcome import Outcome
from sim.planning.places import places_of
from sim.planning.question import NoAnswer, Planning
from sim.planning.replications import replicated
from sim.planning.shown import as_json, write_csv
from sim.planning.whatif.sliders import CARRIERS, Sliders
from sim.scenario import Scenario
from stand_alone import listening

PAGES = Path(__file__).parent / "pages"
WORDS = tomllib.loads((PAGES / "words.toml").read_text(encoding="utf-8"))
_HEADERS = {
    "Cache-Control": "no-cache",
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
}
_KINDS = {".js": "text/javascript", ".css": "text/css"}
Asked = Annotated[Sliders, Query()]


class WhatIf:
    """One scenario's nation and question, as the sliders move it."""

    def __init__(self, path: Path, scenario: Scenario, nation: Nation, seed: int, traces: Traces) -> None:
        self.scenario, self.nation, self.seed = scenario, nation, seed
        self.planning = scenario.planning or Planning()
        self._path, self._traces = path, traces
        self._jobs = len(os.sched_getaffinity(0))
        self._told: tuple[Sliders, list[Outcome]] = (Sliders(), [])

    def answer(self, sliders: Sliders, rough: bool = False) -> Answer:
        """Rough: of one replication, at once and without an interval; the others go on from there. Raises
        NoAnswer.
        """
        planning = sliders.asked(self.planning)
        country = country_of(self.nation, planning, self.scenario.nation.full_rollout, self._traces)
        moved, told = self._told
        if moved != sliders:
            told = []
        first = planning.model_copy(update={"replications": 1}) if rough else planning
        told = replicated(country, self.seed, first, jobs=self._jobs, told_already=told)
        self._told = sliders, told
        return answer_of(told, country, self.nation, planning)

    def report(self, sliders: Sliders, query: str) -> str:
        """The whole answer's report, an HTML page; it says how to get there again. Raises NoAnswer."""
        answer = self.answer(sliders)
        asked = {"planning": sliders.asked(self.planning), "seed": self.seed}
        scenario = self.scenario.model_copy(update=asked)
        more = {
            "measured": [],
            "repeat": f"lab113 plan {self._path} --serve, then its address with /?{query}",
        }
        with tempfile.TemporaryDirectory() as into:
            folder = write_folder(Path(into), self._path, scenario, self.nation, self.seed, answer, more)
            return (folder / "report.html").read_text(encoding="utf-8")

    def facts(self) -> dict[str, Any]:
        """What the page needs besides answers."""
        share = {line: demand["video_share"]["value"] * 100 for line, demand in self.nation.demand.items()}
        share |= {line: value * 100 for line, value in self.planning.video_share.items()}
        return {
            "title": self.scenario.title,
            "seed": self.seed,
            **places_of(self.nation, self.planning.merges),
            "video": share,
            "carriers": [c.name for c in self.nation.carriers if c.name in CARRIERS],
            "to_year": self.planning.to_year,
            "season": Sliders().asked(self.planning).first_day is not None,
        }


def whatif_app(whatif: WhatIf) -> FastAPI:
    """Routes: `/` the page; `/answer/rough`, `/answer`, `/answer.csv`, `/answer.parquet` and `/report.html`
    with the sliders in the query.
    """
    app = FastAPI(title="lab113 what-if", docs_url=None, redoc_url=None)
    one_at_a_time = asyncio.Lock()

    async def answered(sliders: Sliders, rough: bool = False) -> Answer:
        async with one_at_a_time:
            return await asyncio.to_thread(whatif.answer, sliders, rough)

    @app.exception_handler(NoAnswer)
    async def cannot(request: Request, error: Exception) -> JSONResponse:
        return JSONResponse({"detail": str(error)}, status_code=422)

    @app.get("/answer")
    async def answer(sliders: Asked) -> dict[str, Any]:
        return as_json(await answered(sliders))

    @app.get("/answer/rough")
    async def rough(sliders: Asked) -> dict[str, Any]:
        return as_json(await answered(sliders, rough=True))

    @app.get("/answer.csv")
    async def csv(sliders: Asked) -> Response:
        return _file(await answered(sliders), "csv", "text/csv; charset=utf-8")

    @app.get("/answer.parquet")
    async def parquet(sliders: Asked) -> Response:
        return _file(await answered(sliders), "parquet", "application/vnd.apache.parquet")

    @app.get("/report.html")
    async def report(sliders: Asked, request: Request) -> Response:
        async with one_at_a_time:
            page = await asyncio.to_thread(whatif.report, sliders, request.url.query)
        return _named(page.encode(), "html", "text/html; charset=utf-8")

    @app.get("/facts")
    async def facts() -> dict[str, Any]:
        return whatif.facts()

    _pages(app)
    return app


def _file(answer: Answer, kind: str, media_type: str) -> Response:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "answer.csv"
        write_csv(path, answer)
        if kind == "parquet":
            path, table = Path(folder) / "answer.parquet", polars.read_csv(path)
            table.write_parquet(path)
        octets = path.read_bytes()
    return _named(octets, kind, media_type)


def _named(octets: bytes, kind: str, media_type: str) -> Response:
    named = {"Content-Disposition": f'attachment; filename="lab113-plan.{kind}"'}
    return Response(octets, media_type=media_type, headers=named)


def _pages(app: FastAPI) -> None:
    made = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    page = made.from_string((PAGES / "whatif.html").read_text(encoding="utf-8"))

    @app.get("/", response_class=HTMLResponse)
    async def get_page(request: Request, lang: str = "") -> HTMLResponse:
        asked = f"{lang},{request.headers.get('Accept-Language', '')}".lower()
        spoken = "nb" if asked.lstrip(",").startswith(("nb", "no", "nn")) else "en"
        return HTMLResponse(
            page.render(lang=spoken, w=WORDS[spoken], words=json.dumps(WORDS[spoken])), headers=_HEADERS
        )

    for path in (*PAGES.iterdir(), SPOTS):
        if path.suffix in _KINDS:
            _serve_file(app, path)


def _serve_file(app: FastAPI, path: Path) -> None:
    text, kind = path.read_text(encoding="utf-8"), _KINDS[path.suffix]

    @app.get(f"/page/{path.name}")
    async def get_file() -> Response:
        return Response(text, media_type=kind, headers=_HEADERS)


async def serve_page(whatif: WhatIf, port: int, tell: Callable[[str], None]) -> None:
    """Until it is cancelled. Raises stand_alone.PortTaken."""
    async with listening(whatif_app(whatif), "127.0.0.1", port) as url:
        await asyncio.to_thread(whatif.answer, Sliders())  # the first answer waits for the compiler
        tell(f"What if: {url}  (Ctrl-C ends it)")
        await asyncio.Event().wait()
