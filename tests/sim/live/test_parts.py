"""Parts as processes: a clear end for each way in which one can fail, and nothing left behind."""

import asyncio
import os
from pathlib import Path

import pytest

from sim.live.parts import PartDied, start
from stand_alone.listening import bound

BAD = '[[centres]]\nname = "AMK Eksempel"\nkind = "AMK"\nline = "113"\nseats = "many"\n'


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_a_part_says_where_it_is_and_is_gone_when_stopped(tmp_path: Path) -> None:
    async def body() -> int:
        part = await start("fake_iccs", [], tmp_path)
        assert part.url.startswith("http://127.0.0.1:")
        await part.stop()
        return part._process.pid

    assert not _alive(asyncio.run(body()))


def test_a_part_that_dies_at_start_is_said_with_its_last_lines(tmp_path: Path) -> None:
    centres = tmp_path / "centres.toml"
    centres.write_text(BAD)
    with pytest.raises(PartDied, match=r"fake_iccs ended at start with code \d+\n(?s:.*)seats") as died:
        asyncio.run(start("fake_iccs", ["--centres", str(centres)], tmp_path))
    assert "Traceback" not in str(died.value)


def test_a_port_that_is_taken_is_said_with_the_remedy(tmp_path: Path) -> None:
    with bound("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(PartDied, match=rf"code 4\n.*127\.0\.0\.1:{port}.*choose another port"):
            asyncio.run(start("fake_iccs", ["--port", str(port)], tmp_path))


def test_a_part_that_is_killed_unasked_has_died(tmp_path: Path) -> None:
    async def body() -> str:
        part = await start("fake_iccs", [], tmp_path)
        part._process.kill()
        async with asyncio.timeout(10):
            return await part.died()

    assert asyncio.run(body()).startswith("fake_iccs ended with code -9")


def test_a_part_that_is_killed_on_purpose_has_not_died(tmp_path: Path) -> None:
    async def body() -> None:
        part = await start("fake_iccs", [], tmp_path)
        part.kill()
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(1):
                await part.died()
        await part.stop()

    asyncio.run(body())
