"""What a program and its children have used of the machine, as Linux counts it."""

import os
from dataclasses import dataclass
from pathlib import Path

_TICKS_PER_S = os.sysconf("SC_CLK_TCK")
_PAGE_OCTETS = os.sysconf("SC_PAGE_SIZE")
_PARENT, _UTIME, _STIME, _RSS = 1, 11, 12, 21  # fields after the name, proc(5)


@dataclass(frozen=True, slots=True)
class Usage:
    cpu_s: float = 0.0
    rss_octets: int = 0

    def since(self, begun: "Usage") -> "Usage":
        """CPU time since `begun`; memory as it is."""
        return Usage(round(self.cpu_s - begun.cpu_s, 2), self.rss_octets)


def usage(pid: int, children: bool = True) -> Usage:
    """Of a process and all that it has started and that still runs; nothing when it is gone."""
    stats = _stats()
    pids = [pid]
    if children:
        for parent in pids:
            pids += [child for child, fields in stats.items() if int(fields[_PARENT]) == parent]
    mine = [stats[pid] for pid in pids if pid in stats]
    ticks = sum(int(fields[_UTIME]) + int(fields[_STIME]) for fields in mine)
    return Usage(ticks / _TICKS_PER_S, sum(int(fields[_RSS]) for fields in mine) * _PAGE_OCTETS)


def _stats() -> dict[int, list[str]]:
    found = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            found[int(path.parent.name)] = path.read_text().rpartition(")")[2].split()
        except OSError:  # it has just ended
            continue
    return found
