"""The guard in conftest.py: a test that leaves something behind fails, and says what."""

import subprocess
import sys
from pathlib import Path

LEAKS = """
import asyncio
import subprocess
import sys
import threading


def test_clean():
    async def body():
        await asyncio.gather(asyncio.sleep(0), asyncio.sleep(0.01))

    asyncio.run(body())
    thread = threading.Thread(target=int)
    thread.start()
    thread.join()
    subprocess.run([sys.executable, "-c", ""], check=True)


def test_task():
    async def lingers():
        await asyncio.sleep(60)

    async def body():
        asyncio.create_task(lingers())
        await asyncio.sleep(0)

    asyncio.run(body())


def test_thread():
    threading.Thread(target=threading.Event().wait, args=(1.5,), name="lingering").start()


def test_our_daemon():
    threading.Thread(target=threading.Event().wait, name="video_service-sms", daemon=True).start()


def test_daemon_of_others():
    threading.Thread(target=threading.Event().wait, name="waitpid-1", daemon=True).start()


def test_process():
    global left
    left = subprocess.Popen([sys.executable, "-c", "import sys; sys.stdin.read()"], stdin=subprocess.PIPE)


def test_end():
    left.stdin.close()
    left.wait()
"""


def test_what_is_left_behind_is_found_and_named(tmp_path: Path) -> None:
    conftest = (Path(__file__).parent / "conftest.py").read_text()
    (tmp_path / "conftest.py").write_text(conftest.replace("GONE_S_MAX = 3.0", "GONE_S_MAX = 0.2"))
    (tmp_path / "test_leaks.py").write_text(LEAKS)
    ended = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-rA", "--tb=line", "."],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    found = {
        line.split("::")[1].split(" - ")[0]: line
        for line in ended.stdout.splitlines()
        if line[:6] == "ERROR "
    }
    assert set(found) == {"test_task", "test_thread", "test_our_daemon", "test_process"}, ended.stdout
    for name, what in (
        ("test_task", "task <coroutine object test_task.<locals>.lingers"),
        ("test_thread", "thread lingering"),
        ("test_our_daemon", "thread video_service-sms"),
        ("test_process", "import sys; sys.stdin.read()"),
    ):
        assert any(what in line for line in ended.stdout.splitlines()), name
