"""What this machine has and lacks for the lab, and how to get it."""

import importlib.util
import json
import os
import shutil
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass

from rich.console import Console
from rich.markup import escape
from rich.table import Table

CHROMIUM = "/usr/bin/chromium"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at. `needed` = nothing runs live without it."""

    name: str
    there: bool
    detail: str
    remedy: str = ""
    needed: bool = True


def examine(console: Console, as_json: bool) -> int:
    """Look at everything and say it; 0 when all that is needed is there, else 1."""
    findings = [
        look()
        for look in (
            *(_python, _cores, _memory, _media, _loopback),
            *(_chromium, _playwright, _chromedriver, _segno, _locust, _kannel, _tshark, _janus),
        )
    ]
    if as_json:
        print(json.dumps({"findings": [asdict(finding) for finding in findings]}))
    else:
        table = Table(box=None, show_header=False, pad_edge=False)
        for _ in range(4):
            table.add_column(overflow="fold")
        for f in findings:
            sign = "[green]✓[/]" if f.there else "[red]✗[/]" if f.needed else "[yellow]–[/]"
            table.add_row(sign, f.name, f.detail, "" if f.there else escape(f.remedy))
        console.print(table)
    return 0 if all(f.there for f in findings if f.needed) else 1


def _python() -> Finding:
    good = sys.version_info >= (3, 11)
    return Finding("Python 3.11 or newer", good, sys.version.split()[0], "apt-get install python3.11")


def _cores() -> Finding:
    cores = os.cpu_count() or 1
    return Finding(
        "two cores", cores >= 2, f"{cores}", "with one core live runs are often invalid", needed=False
    )


def _memory() -> Finding:
    gib = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return Finding("2 GiB of memory", gib >= 2, f"{gib:.1f} GiB", "close other programs", needed=False)


def _media() -> Finding:
    return _tried("aiortc with the lab's fast paths", _self_test, "pip install -c constraints.txt -e .")


def _self_test() -> str:
    from lean_rtc import self_test

    self_test()
    return "self-test passed"


def _loopback() -> Finding:
    return _tried("a free loopback port", _bind, "allow listening on 127.0.0.1")


def _bind() -> str:
    from stand_alone.listening import bound

    with bound("127.0.0.1", 0) as sock:
        return f"127.0.0.1:{sock.getsockname()[1]}"


def _chromium() -> Finding:
    path = os.environ.get("LAB113_CHROMIUM") or shutil.which("chromium") or CHROMIUM
    there = os.path.exists(path)
    return Finding(
        "Chromium, for browser phones",
        there,
        path if there else "missing",
        "apt-get install chromium",
        needed=False,
    )


def _playwright() -> Finding:
    return _package("playwright", "browser", "playwright, to drive Chromium")


def _chromedriver() -> Finding:
    return _program("chromedriver", "chromedriver, to try attached phones", "apt-get install chromium-driver")


def _segno() -> Finding:
    return _package("segno", "attached", "segno, for the QR code of an attached phone")


def _locust() -> Finding:
    return _package("locust", "load", "locust, for load")


def _kannel() -> Finding:
    return _program(
        "bearerbox", "Kannel, a real SMS gateway, for make ci", "apt-get install kannel kannel-extras"
    )


def _tshark() -> Finding:
    return _program("tshark", "tshark, to dissect SMPP, for make ci", "apt-get install tshark")


def _janus() -> Finding:
    return _program("janus", "Janus, a media server, for bench relay", "apt-get install janus")


def _program(command: str, name: str, remedy: str) -> Finding:
    path = shutil.which(command)
    return Finding(name, path is not None, path or "missing", remedy, needed=False)


def _package(module: str, extra: str, name: str) -> Finding:
    there = importlib.util.find_spec(module) is not None
    remedy = f".venv/bin/pip install -c constraints.txt -e '.[{extra}]'"
    return Finding(name, there, "installed" if there else "missing", remedy, needed=False)


def _tried(name: str, attempt: Callable[[], str], remedy: str) -> Finding:
    try:
        return Finding(name, True, attempt())
    except Exception as error:  # whatever is wrong is the finding
        return Finding(name, False, f"{type(error).__name__}: {error}", remedy)
