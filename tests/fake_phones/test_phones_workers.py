"""A farm of several processes: driven like one, and what happens when one of them ends."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, suppress
from functools import partial
from pathlib import Path
from typing import Any

import bounded
import pytest
from phones_rig import publishing

from fake_phones.workers import Placed, Workers
from stand_alone import Feed

A, B, C = "1111111111110001", "2222222222220002", "3333333333330003"

Lab = Callable[..., AbstractAsyncContextManager[Any]]


run = partial(bounded.run, limit_s=60)


def counts(totals: dict[str, Any], of: str) -> list[int]:
    return [worker[of] for worker in totals["workers"]]


def test_two_workers_are_one_farm(lab: Lab) -> None:
    async def body() -> None:
        async with lab(2) as it, it.controlling() as control:
            await publishing(it, control, "p1", A)
            await publishing(it, control, "p2", B)
            totals = await control.do("farm.totals")
            assert (totals["phones"], counts(totals, "phones")) == (2, [1, 1])
            await control.do("viewer.watch", **it.viewer("v2", B, "p2"))  # beside its phone
            totals = await control.do("farm.totals")
            beside = next(w for w in totals["workers"] if w["viewers"])
            assert (beside["phones"], beside["worker"]) == (1, 2)
            assert (await control.do("viewer.wait_for_camera", viewer="v2"))["camera"] == "back"
            with pytest.raises(Exception, match="already"):
                await control.do("phone.add", **it.phone("p1", C))
            with pytest.raises(Exception, match="has the number"):
                await control.do("phone.add", **it.phone("p3", A))
            with pytest.raises(Exception, match="makes one") as unknown:
                await control.do("phone.consent", phone="p9")
            assert unknown.value.kind == "gone"
            assert (await control.do("phone.remove", phone="p1"))["frames_sent"] > 0
            assert await control.do("phone.remove", phone="p1") == {}
            totals = await control.do("farm.totals")
            assert totals["frames_sent"] == sum(counts(totals, "frames_sent")) > 0
            assert totals["cpu_s"] > sum(counts(totals, "cpu_s")) > 0
            assert totals["loop_lag_s_max"] >= max(counts(totals, "loop_lag_s_max"))
            assert [e["n"] for e in control.events] == [*range(1, len(control.events) + 1)]
            assert {e.get("phone") for e in control.events if e["event"] == "media.connected"} == {"p1", "p2"}

    run(body())


def test_a_phone_is_put_beside_who_waits_for_its_picture() -> None:
    """Or its picture would not be compared with what it filmed."""

    def placed(*stamps: tuple[str, int]) -> list[int]:
        workers = Workers(Feed(10), 2)
        for worker in workers._workers:
            worker.alive = True
        for n, (kind, stamp) in enumerate(stamps):
            at = workers._beside(stamp, kind)
            workers._placed["phone", str(n)] = Placed(at, None, kind, stamp)
        os.close(workers._board)
        return [it.worker.number for it in workers._placed.values()]

    assert placed(("live", 1), ("live", 2), ("viewer", 2), ("viewer", 1)) == [1, 2, 2, 1]
    assert placed(("live", 1), ("viewer", 2), ("live", 2), ("live", 3)) == [1, 2, 2, 1]


def test_a_picture_of_another_worker_is_stray_and_named(lab: Lab) -> None:
    async def body() -> None:
        async with lab(2) as it, it.controlling() as control:
            await control.do("phone.add", **it.phone("p1", A))
            await publishing(it, control, "p2", B)
            it.service.show["p1"] = "p2"
            await control.do("viewer.watch", **it.viewer("v1", A, "p1"))
            totals = await control.do("farm.totals")
            assert (counts(totals, "phones"), counts(totals, "viewers")) == ([1, 1], [1, 0])
            stray = await control.event("frame.stray", viewer="v1")
            assert (stray["why"], stray["seen"]) == ("other session", B)
            assert await control.do("stamps.register", stamps=[C, A]) == {"known": 3}

    run(body())


@pytest.mark.long
def test_cancelling_and_a_controller_that_goes(lab: Lab) -> None:
    async def body() -> None:
        async with lab(2) as it, it.controlling() as other:
            async with it.controlling() as control:
                await control.do("phone.add", **it.phone("p1", A, films=False))
                waiting = control.start("phone.next_sms", phone="p1")
                await asyncio.sleep(0.1)
                asked = control._asked[max(control._asked)]
                waiting.cancel()
                assert await asked == {"id": max(control._asked), "failed": "cancelled", "kind": "gone"}
                sms = control.start("phone.next_sms", phone="p1")  # the phone is not the worse for it
                number = it.phone("p1", A)["number"]
                await it.carrier.deliver(number, "Hei", "m1")
                assert (await sms)["text"] == "Hei"
            for _ in range(100):
                if (await other.do("farm.totals"))["phones"] == 0:
                    break
                await asyncio.sleep(0.05)
            assert (await other.do("farm.totals"))["phones"] == 0

    run(body())


def test_a_worker_that_dies_is_told_and_the_others_go_on(lab: Lab) -> None:
    async def body() -> None:
        async with lab(2) as it, it.controlling() as control:
            await publishing(it, control, "p1", A)
            await publishing(it, control, "p2", B)
            await control.do("viewer.watch", **it.viewer("v1", A, "p1"))
            ending = control.start("phone.wait_end", phone="p1")
            os.kill(it.workers[1], signal.SIGKILL)
            died = await control.event("farm.worker_died")
            assert (died["worker"], died["phones"], died["viewers"]) == (1, ["p1"], ["v1"])
            with pytest.raises(Exception, match="worker 1") as gone:
                await ending
            assert gone.value.kind == "gone"
            for do, name in {"phone.remove": {"phone": "p1"}, "viewer.leave": {"viewer": "v1"}}.items():
                with pytest.raises(Exception, match="worker 1") as gone:
                    await control.do(do, **name)
                assert gone.value.kind == "gone"
            totals = await control.do("farm.totals")
            assert (totals["phones"], totals["workers_died"]) == (1, [1])
            await publishing(it, control, "p1", C)  # the worker that is left takes it
            totals = await control.do("farm.totals")
            assert (totals["phones"], counts(totals, "phones")) == (2, [2])
            os.kill(it.workers[2], signal.SIGKILL)
            await control.event("farm.worker_died", worker=2)
            with pytest.raises(Exception, match="no worker"):
                await control.do("phone.add", **it.phone("p4", "4444444444440004"))

    run(body())


def test_nothing_is_left_when_the_front_is_killed() -> None:
    front = subprocess.Popen(
        [sys.executable, "-m", "fake_phones", "--workers", "2"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    with front:
        assert front.stdout
        workers = [worker["pid"] for worker in json.loads(front.stdout.readline())["workers"]]
        try:
            assert len(workers) == 2
            assert all(is_running(pid) for pid in workers)
        finally:
            front.kill()
    until_s = time.monotonic() + 30
    while any(is_running(pid) for pid in workers) and time.monotonic() < until_s:
        time.sleep(0.1)
    assert not any(is_running(pid) for pid in workers)


@pytest.mark.long
def test_a_front_that_is_told_to_end_ends_its_workers() -> None:
    front = subprocess.Popen(
        [sys.executable, "-m", "fake_phones", "--workers", "2", "--forever"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with front:
        assert front.stdout
        workers = [worker["pid"] for worker in json.loads(front.stdout.readline())["workers"]]
        front.send_signal(signal.SIGINT)
        _, errors = front.communicate(timeout=30)
    assert (front.returncode, errors) == (0, "")
    assert not any(is_running(pid) for pid in workers)


def is_running(pid: int) -> bool:
    with suppress(OSError):
        return " Z" not in Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2][:3]
    return False


def test_a_number_of_workers_that_makes_no_sense() -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "fake_phones", "--workers", "0"], capture_output=True, text=True, timeout=30
    )
    assert ended.returncode == 2
    assert "1 to 64" in ended.stderr
