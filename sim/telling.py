"""What a person sees while a run is told, and when it is over: rich on a terminal, plain lines elsewhere."""

from collections.abc import Sequence
from io import StringIO
from pathlib import Path

from rich.console import Console
from rich.live import Live
from rich.table import Table
from rich.text import Text

from sim.calibrate import Fit
from sim.checks.judge import Judged
from sim.journal import Record
from sim.resolve import Resolved
from sim.verdict import Verdict

_QUIET = (
    *("viewer.measured", "person.waited", "call.due"),
    *("lab.lagged", "lab.measured", "load.accounted", "part.measured"),
)
_COLOURS = {"passed": "green", "failed": "red", "unknown": "yellow", "invalid": "magenta", "told": "dim"}
_SIGNS = {"passed": "✓", "failed": "✗", "unknown": "?", "invalid": "!", "told": "·"}


class Telling:
    """Shows each call's latest news; use as a context manager around a run."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._news: dict[str, tuple[str, str]] = {}
        self._title, self._clock = "", 0.0
        self._live = Live(console=console, transient=True, refresh_per_second=4, get_renderable=self._table)

    def __enter__(self) -> "Telling":
        if self._console.is_terminal:
            self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._console.is_terminal:
            self._live.stop()

    def begins(self, resolved: Resolved, folder: Path) -> None:
        self._title = resolved.scenario.title
        self._console.print(
            f"[bold]{self._title}[/] · seed {resolved.seed} · {len(resolved.calls)} calls · {folder}"
        )
        self._news = {call.name: (call.title or call.centre, "…") for call in resolved.calls}
        self._news |= {unit.name: (unit.title or unit.amk, "…") for unit in resolved.ambulances}

    def takes(self, record: Record) -> None:
        """One record of the journal, as it is written."""
        if record.event in _QUIET:
            return
        self._clock = max(self._clock, record.t_s)
        words = _in_words(record)
        if record.event == "link.shown" and record.facts.get("files"):
            self._show(record)
        if record.call in self._news:
            self._news[record.call] = self._news[record.call][0], words
        if not self._console.is_terminal:
            line = f"{record.t_s:7.2f} s  {record.call or '':8} {words}"
            self._console.print(line, highlight=False, markup=False, soft_wrap=True)

    def _show(self, record: Record) -> None:
        """The link of an attached phone, for its camera."""
        from segno import make  # there, or the phone could not have drawn its files

        code = StringIO()
        make(record.facts["link"], error="m", micro=False).terminal(code, compact=True)
        said = f"{record.call}: open this on the phone\n{code.getvalue()}{record.facts['link']}"
        self._console.print(Text.from_ansi(said), soft_wrap=True)

    def _table(self) -> Table:
        table = Table(
            title=f"{self._title} · {self._clock:.0f} s", show_header=False, box=None, title_justify="left"
        )
        for name, (title, words) in self._news.items():
            table.add_row(name, title, words)
        return table


def _in_words(record: Record) -> str:
    shown = [
        str(record.facts[k])
        for k in ("camera", "kind", "how", "what", "because", "role", "detail")
        if record.facts.get(k)
    ]
    return " ".join([record.event, f"({record.actor})" if record.actor else "", *shown]).strip()


def show_verdict(console: Console, verdict: Verdict, folder: Path) -> None:
    """The table of checks, the verdict, and where the report is."""
    table = Table(show_edge=False, pad_edge=False)
    for column in ("", "check", "measured", "limit", ""):
        table.add_column(column, justify="right" if column == "measured" else "left", overflow="fold")
    for check in verdict.checks:
        table.add_row(sign(check.outcome), check.name, _measured(check), check.limit, check.detail)
    for gate in verdict.gates:
        outcome = "passed" if gate.held else "invalid"
        table.add_row(sign(outcome), f"lab: {gate.name}", f"{gate.measured:.3f}", f"<= {gate.limit:.3f}", "")
    console.print(table)
    colour = _COLOURS.get(verdict.outcome, "red")
    console.print(f"[bold {colour}]{verdict.outcome}[/] · exit code {verdict.exit_code}")
    if verdict.reason:
        console.print(verdict.reason, markup=False, highlight=False)
    console.print(f"report  {folder / 'report.html'}", markup=False, highlight=False, soft_wrap=True)
    console.print(f"repeat  {verdict.repeat}", markup=False, highlight=False, soft_wrap=True)


def show_fits(console: Console, fits: Sequence[Fit]) -> None:
    """What was measured beside what was assumed."""
    table = Table(show_edge=False, pad_edge=False)
    for column in ("wait", "samples", "median s", "95 % interval", "p95 s", "assumed median s", "ratio"):
        table.add_column(column, justify="left" if column == "wait" else "right")
    for fit in fits:
        interval = f"{fit.median_low:.3f} – {fit.median_high:.3f}"
        table.add_row(
            *(fit.name, str(fit.n), f"{fit.median:.3f}", interval, f"{fit.p95:.3f}"),
            *(f"{fit.before:.3f}", f"{fit.median / fit.before:.2f}"),
        )
    console.print(table)


def sign(outcome: str) -> str:
    """Of a check, a gate or a case, coloured."""
    return f"[{_COLOURS[outcome]}]{_SIGNS[outcome]}[/]"


def _measured(check: Judged) -> str:
    if check.measured is None:
        return "–"
    return "never" if check.measured == float("inf") else f"{check.measured:.4g} {check.unit}".strip()
