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
    only_first, only_second = ([m for m in a if m not in b] for a, b in ((first, second), (second, first)))
    merged = [_merged(merge, row, mine) for merge in only_second for row in _named(theirs, [merge])]
    turned = [_merged(merge, row, theirs) for merge in only_first for row in _named(mine, [merge])]
    merged += [replace(each, first=each.second, second=each.first) for each in turned]
    for rows, merges in ((mine, only_first), (theirs, only_second)):
        for row in _named(rows, merges):
            del rows[row.name, row.line]
    rest = [Beside(*key, _alone(mine, key), _alone(theirs, key)) for key in dict.fromkeys((*mine, *theirs))]
    return [*merged, *rest]


_Rows = dict[tuple[str, str], Row]


def _by_name(answer: Answer) -> _Rows:
    return {(row.name, row.line): row for row in (*answer.centres, *answer.incidents)}


def _alone(rows: _Rows, key: tuple[str, str]) -> Figures | None:
    return Figures.of([rows[key]]) if key in rows else None


def _named(rows: _Rows, merges: Sequence[Merge]) -> list[Row]:
    return [row for row in rows.values() if any(row.name == merge.name for merge in merges)]


def _merged(merge: Merge, together: Row, others: _Rows) -> Beside:
    """Beside those that it was made of, if they are all there."""
    parts = [others[name, together.line] for name in merge.centres if (name, together.line) in others]
    there = len(parts) == len(merge.centres)
    name = f"{merge.name} ({', '.join(merge.centres)})" if there else merge.name
    apart = Figures.of(parts) if there else None
    return Beside(name, together.line, apart, Figures.of([together]), merged=True)
