"""What comes of requests for video, as a person reads it."""

from rich.console import Console
from rich.table import Table

from reports.incident import DAYS
from reports.plan_report import STAGE_WORDS
from sim.planning.answer import Answer, VideoWeek
from sim.planning.causes import CAUSES

HOURS_SHOWN = 6


def show_video(console: Console, answer: Answer) -> None:
    video = _table("video", "mean", "± (95 %)")
    for name, estimate in answer.video.items():
        half = "–" if estimate.half == float("inf") else f"{estimate.half:,.1f}"
        video.add_row(name, f"{estimate.mean:,.1f}", half)
    console.print(video)
    if answer.stages:
        _show_stages(console, answer)
        _show_sms(console, answer)
        _show_failed(console, answer)
    _show_hours_without_link(console, answer.video_week)


def _show_stages(console: Console, answer: Answer) -> None:
    """How far requests come before the operator gives up, and how long after they were made."""
    table = _table("request to picture", "line", "a week", "of requests", "after p50 s", "p95 s")
    for line, stages in answer.stages.items():
        for stage in stages:
            table.add_row(
                *(
                    STAGE_WORDS[stage.name],
                    line,
                    f"{stage.per_week.mean:,.1f}",
                    f"{stage.of_requests.mean:.1%}",
                ),
                *(f"{stage.after_s_p50.mean:.1f}", f"{stage.after_s_p95.mean:.1f}"),
            )
    console.print(table)


def _show_sms(console: Console, answer: Answer) -> None:
    table = _table("SMS by carrier", "a week", "arrive", "take p50 s", "p95 s")
    for one in answer.sms:
        table.add_row(
            *(one.name, f"{one.per_week.mean:,.1f}", f"{one.arrive.mean:.1%}"),
            *(f"{one.takes_s_p50.mean:.1f}", f"{one.takes_s_p95.mean:.1f}"),
        )
    console.print(table)


def _show_failed(console: Console, answer: Answer) -> None:
    """Why no picture came, by line: requests a week, and of all requests."""
    table = _table("no picture, a week", *answer.video_failed)
    asked = {row.line: row.video_asked.mean * 7.0 / answer.days for row in answer.lines}
    for cause in CAUSES:
        of_line = ((by[cause].mean, asked[line]) for line, by in answer.video_failed.items())
        table.add_row(cause, *(f"{n:,.1f} ({n / all_asked:.1%})" for n, all_asked in of_line))
    console.print(table)


def _show_hours_without_link(console: Console, week: VideoWeek) -> None:
    """Those in which carriers bring the fewest links, where one is in trouble."""
    worst = sorted((-(share or 0.0), hour) for hour, share in enumerate(week.no_link) if share)
    table = _table("hour", "requests an hour", "seen", "no link in time")
    for lost, hour in worst[:HOURS_SHOWN]:
        seen = week.seen[hour] or 0.0
        asked = f"{week.asked_per_h[hour]:.1f}"
        table.add_row(f"{DAYS[hour // 24]} {hour % 24:02}", asked, f"{seen:.1%}", f"{-lost:.1%}")
    if worst:
        console.print(table)
    if len(worst) > HOURS_SHOWN:
        console.print(f"of {len(worst)} hours in which links are missing", highlight=False)


def _table(first: str, *figures: str) -> Table:
    table = Table(first, show_edge=False, pad_edge=False)
    for figure in figures:
        table.add_column(figure, justify="left" if figure == "line" else "right")
    return table
