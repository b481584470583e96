"""A test that leaves asyncio tasks, threads or child processes behind fails, whatever else it showed.

And hypothesis has no deadline here.
"""

import asyncio
import inspect
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest

hypothesis.settings.register_profile("lab113", deadline=None, print_blob=True)  # machines are noisy
hypothesis.settings.load_profile("lab113")

sys.path.insert(0, str(Path(__file__).parent / "shared"))  # for every suite

OURS = (
    "sim",
    "fake_phones",
    "fake_carriers",
    "fake_iccs",
    "video_service",
    "lean_rtc",
    "draws",
    "stand_alone",
    "reports",
)
GONE_S_MAX = 3.0  # what is ending already may take so long


@pytest.fixture(autouse=True)
def leaves_nothing_behind(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """`asyncio.run` cancels what its main coroutine left; so look just before it does."""
    tasks: list[str] = []
    cancel_all = asyncio.runners._cancel_all_tasks  # type: ignore[attr-defined]

    def look_then_cancel(loop: asyncio.AbstractEventLoop) -> None:
        tasks.extend(str(task.get_coro()) for task in asyncio.all_tasks(loop) if _stays(task))
        cancel_all(loop)

    monkeypatch.setattr(asyncio.runners, "_cancel_all_tasks", look_then_cancel)
    threads, children = set(threading.enumerate()), _children()
    yield
    give_up_at = time.monotonic() + GONE_S_MAX
    while (left := _threads_since(threads) + _children_since(children)) and time.monotonic() < give_up_at:
        time.sleep(0.02)
    left += [f"task {task}" for task in tasks]
    if left:
        pytest.fail("left behind (end it before the test ends): " + "; ".join(left), pytrace=False)


def _stays(task: "asyncio.Task[object]") -> bool:
    """Not so: a task that is being cancelled, or the loop's own that closes a dropped generator."""
    return not task.done() and not task.cancelling() and inspect.iscoroutine(task.get_coro())


def _threads_since(before: set[threading.Thread]) -> list[str]:
    new = [thread for thread in threading.enumerate() if thread not in before]
    return [f"thread {t.name}" for t in new if not t.daemon or t.name.startswith(OURS)]


def _children() -> set[int]:
    if sys.platform != "linux":
        return set()
    found: set[int] = set()
    for task in Path("/proc/self/task").iterdir():
        try:
            found.update(map(int, (task / "children").read_text().split()))
        except OSError:  # a thread that ended meanwhile, or a kernel without this list
            continue
    return found


def _children_since(before: set[int]) -> list[str]:
    return [f"process {pid}: {_command(pid)}" for pid in sorted(_children() - before)]


def _command(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
    except OSError:
        return "(gone)"
