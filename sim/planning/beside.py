"""Centres of two answers side by side: those of both, and a merged one beside those that it was made of."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sim.planning.answer import Answer
from sim.planning.estimate import Estimate
from sim.planning.question import Merge
from sim.planning.rows import Row


@dataclass(frozen=True, slots=True)
class Figures:
    """Of one centre, or of several together."""

    seats: int
    calls: Estimate
    share_in_time: Estimate

    @classmethod
    def of(cls, rows: Sequence[Row]) -> "Figures":
        counts = [row.calls.numbers for row in rows]
        within = [
            [share * calls for share, calls in zip(row.share_in_time.numbers, row.calls.numbers, strict=True)]
            for row in rows
        ]
        calls = [sum(by_row) for by_row in zip(*counts, strict=True)]
        in_time = (sum(by_row) for by_row in zip(*within, strict=True))
        shares = (part / max(whole, 1.0) for part, whole in zip(in_time, calls, strict=True))
        return cls(sum(row.seats for row in rows), Estimate(tuple(calls)), Estimate(tuple(shares)))


@dataclass(frozen=True, slots=True)
class Beside:
    """None: not in that answer. `merged`: one of the two is what the other's became."""

    name: str
    line: str
    first: Figures | None
    second: Figures | None
    merged: bool = False

    @property
    def differs(self) -> bool:
        """Surely, or there in only one of them."""
        if self.merged or self.first is None or self.second is None or self.in_time_more is None:
            return True
        calls = self.second.calls.less(self.first.calls)
        return self.first.seats != self.second.seats or calls.is_not_0 or self.in_time_more.is_not_0

    @property
    def in_time_more(self) -> Estimate | None:
        """The second's share in time less the first's."""
        if self.first is None or self.second is None:
            return None
        return self.second.share_in_time.less(self.first.share_in_time)


def beside(one: Answer, other: Answer, first: Sequence[Merge], second: Sequence[Merge]) -> list[Beside]:
    """First what merged in one of them, beside its parts; then centres and incidents by name and line."""
    mine, theirs = _by_name(one), _by_name(other)
    merged = [_merged(merge, line, mine, theirs) for merge in second for line in _lines(merge, theirs, mine)]
    merged += [
        _turned(_merged(merge, line, theirs, mine)) for merge in first for line in _lines(merge, mine, theirs)
    ]
    names = {merge.name for merge in (*first, *second)}
    rest = [
        Beside(*key, _alone(mine, key), _alone(theirs, key))
        for key in dict.fromkeys((*mine, *theirs))
        if key[0] not in names or (key in mine and key in theirs)
    ]
    return [*merged, *rest]


_Rows = dict[tuple[str, str], Row]


def _by_name(answer: Answer) -> _Rows:
    return {(row.name, row.line): row for row in (*answer.centres, *answer.incidents)}


def _alone(rows: _Rows, key: tuple[str, str]) -> Figures | None:
    return Figures.of([rows[key]]) if key in rows else None


def _lines(merge: Merge, those_with: _Rows, without: _Rows) -> list[str]:
    """On which the merged centre is in the one answer only."""
    return [line for name, line in those_with if name == merge.name and (name, line) not in without]


def _merged(merge: Merge, line: str, apart: _Rows, together: _Rows) -> Beside:
    parts = [apart[name, line] for name in merge.centres if (name, line) in apart]
    name = f"{merge.name} ({', '.join(row.name for row in parts)})" if parts else merge.name
    apart_figures = Figures.of(parts) if parts else None
    return Beside(name, line, apart_figures, Figures.of([together[merge.name, line]]), merged=True)


def _turned(one: Beside) -> Beside:
    return replace(one, first=one.second, second=one.first)
