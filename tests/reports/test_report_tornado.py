"""The tornado's bars and the hours without links, from what a plan.json says."""

from typing import Any

from reports.plan_report import _video_week
from reports.tornado import MIDDLE, ROWS, WIDTH, tornado


def number(key: str, low: float, high: float) -> dict[str, Any]:
    ends = {"at_low": {"in time 113": low, "calls": 0.0}, "at_high": {"in time 113": high, "calls": 0.0}}
    return {"key": f"{key}.value", "low": 1.0, "now": 2.0, "high": 3.0, "source": "A", **ends}


def test_the_widest_comes_first_and_bars_begin_in_the_middle() -> None:
    told = {
        "figures": {"in time 113": 0.8, "calls": 7.0},
        "numbers": [
            *(number("a", 0.01, -0.01), number("b", -0.05, 0.1)),
            *(number("still", 0.0, 0.0), number("a hair", -4e-5, 0.0)),
        ],
    }
    (figure,) = tornado(told)  # nothing moves the calls
    assert (figure["name"], figure["value"]) == ("in time 113", "80.00%")
    assert [row["key"] for row in figure["rows"]] == ["b", "a"]
    b = figure["rows"][0]
    assert (b["low"], b["high"]) == ({"x": 75.0, "width": 75.0}, {"x": MIDDLE, "width": WIDTH - MIDDLE})
    assert b["moves"] == "-5.00 pp … +10.00 pp"


def test_it_shows_the_most_important_ones_only() -> None:
    numbers = [number(f"n{n}", -0.01 * n, 0.01 * n) for n in range(1, 20)]
    (figure,) = tornado({"figures": {"in time 113": 0.8}, "numbers": numbers})
    assert len(figure["rows"]) == ROWS


def test_an_hour_without_links_is_seen_and_chance_is_not() -> None:
    week: dict[str, Any] = {"asked_per_h": [9.0] * 168, "seen": [0.8] * 168, "no_link": [0.0] * 168}
    assert _video_week(week) == []
    week["seen"][3], week["no_link"][18] = 0.5, 0.4  # few were seen by chance; half of the links are missing
    cells = _video_week(week)
    assert cells[3]["fill"] == cells[4]["fill"] != cells[18]["fill"]
    assert "40.0% without a link" in cells[18]["word"]
    assert (
        cells[0]["word"] == "Mon 00: 9.0 requests for video an hour, 80.0% seen, 0.0% without a link in time"
    )
