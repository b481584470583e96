"""What programs use of the machine: their children are counted, and who is gone uses nothing."""

import os
import subprocess
import sys

from sim.live.usage import Usage, usage

BUSY = "import sys; [n * n for n in range(3_000_000)]; print('done', flush=True); sys.stdin.read()"


def test_children_count_and_those_that_are_gone_do_not() -> None:
    mine = usage(os.getpid())
    with subprocess.Popen(
        [sys.executable, "-c", BUSY], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "done\n"
        its = usage(child.pid)
        assert its.cpu_s > 0
        assert its.rss_octets > 2**20
        assert usage(os.getpid()).since(mine).cpu_s >= its.cpu_s - 0.05
        alone = usage(os.getpid(), children=False)
        assert alone.rss_octets < usage(os.getpid()).rss_octets
        child.communicate()
    assert usage(child.pid) == Usage()
