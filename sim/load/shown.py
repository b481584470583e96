"""What the country measured, beside locust's own: a tab of the web UI, and a section of the HTML report."""

import json
from collections.abc import Callable
from html import escape
from typing import Any

import locust.html
import locust.main
import locust.web
from flask import Response, request
from locust.env import Environment
from locust.web import WebUI

from sim.load.measured import BAND_S, Measured

Now = Callable[[], Measured | None]

_COLUMNS = {"name": "Metric (ms)", "n": "# Samples", "never": "# Never", "p50": "p50"}
_COLUMNS |= {"p95": "p95", "p99": "p99", "max": "Max"}
_WIDTH, _HEIGHT = 640, 160


def on_the_web(web_ui: WebUI, measured: Now) -> None:
    """Two tabs: metrics and outcomes, as they are measured."""
    web_ui.template_args |= {
        "extended_tabs": [
            {"title": "Metrics", "key": "lab113-metrics"},
            {"title": "Outcomes", "key": "lab113-outcomes"},
        ],
        "extended_tables": [
            {
                "key": "lab113-metrics",
                "structure": [{"key": key, "title": title} for key, title in _COLUMNS.items()],
            },
            {
                "key": "lab113-outcomes",
                "structure": [{"key": "name", "title": "Outcome"}, {"key": "n", "title": "# Calls"}],
            },
        ],
    }
    assert web_ui.app is not None

    @web_ui.app.after_request
    def extend(response: Response) -> Response:
        now = measured()
        if request.path.endswith("/stats/requests") and response.is_json and now is not None:
            outcomes = [{"name": name, "n": n} for name, n in sorted(now.counts.items())]
            told = response.get_json() | {
                "extended_stats": [
                    {"key": "lab113-metrics", "data": now.rows()},
                    {"key": "lab113-outcomes", "data": outcomes},
                ]
            }
            response.set_data(json.dumps(told))
        return response


def in_the_report(measured: Now) -> None:
    """Each of these modules has imported the function by name."""
    made = locust.html.get_html_report

    def with_section(environment: Environment, *words: Any, **more: Any) -> str:
        report = str(made(environment, *words, **more))
        now = measured()
        return report if now is None else report.replace("</body>", f"{section(now)}</body>", 1)

    for module in (locust.html, locust.main, locust.web):
        module.get_html_report = with_section  # type: ignore[attr-defined]


def section(measured: Measured) -> str:
    """HTML: the table of metrics, the outcomes, and p50 and p95 of each metric over time."""
    head = "".join(f"<th>{title}</th>" for title in _COLUMNS.values())
    rows = "".join(
        "<tr>" + "".join(f"<td>{escape(str(row[key]))}</td>" for key in _COLUMNS) + "</tr>"
        for row in measured.rows()
    )
    outcomes = " · ".join(f"{escape(name)} {n}" for name, n in sorted(measured.counts.items()))
    charts = "".join(_chart(name, bands) for name, bands in measured.bands().items())
    return (
        '<section id="lab113" style="font-family:sans-serif;margin:2rem">'
        "<h2>lab113: what the country measured</h2>"
        f'<p>{outcomes}</p><table border="1" cellpadding="4" style="border-collapse:collapse">'
        f"<tr>{head}</tr>{rows}</table>{charts}</section>"
    )


def _chart(name: str, bands: list[tuple[float, float, float]]) -> str:
    t_end = bands[-1][0] + BAND_S
    top = max(p95 for _, _, p95 in bands) or 1.0

    def line(values: list[tuple[float, float]], colour: str) -> str:
        points = " ".join(
            f"{(t_s + BAND_S / 2) / t_end * _WIDTH:.1f},{_HEIGHT - value / top * _HEIGHT:.1f}"
            for t_s, value in values
        )
        return f'<polyline fill="none" stroke="{colour}" stroke-width="2" points="{points}"/>'

    p50 = line([(t_s, value) for t_s, value, _ in bands], "#2a7")
    p95 = line([(t_s, value) for t_s, _, value in bands], "#c50")
    return (
        f"<h3>{escape(name)}</h3><p>p50 green, p95 orange, each {BAND_S:g} s; "
        f"0 to {top:.0f} ms in {t_end:.0f} s</p>"
        f'<svg viewBox="-4 -4 {_WIDTH + 8} {_HEIGHT + 8}" width="{_WIDTH}" '
        f'style="border:1px solid #ccc">{p50}{p95}</svg>'
    )
