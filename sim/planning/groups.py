"""Which centres can meet: by overflow or by night routing. Each group's year is a story of its own."""

from collections.abc import Sequence

from sim.planning.country import Desk


def groups_of(desks: Sequence[Desk]) -> list[list[int]]:
    """Places in `desks`, group by group; both in the order of `desks`."""
    place = {desk.name: n for n, desk in enumerate(desks)}
    leader = list(range(len(desks)))

    def lead(n: int) -> int:
        while leader[n] != n:
            leader[n] = leader[leader[n]]
            n = leader[n]
        return n

    for n, desk in enumerate(desks):
        for other in (*desk.helpers, *desk.sent_to.values()):
            a, b = sorted((lead(n), lead(place[other])))
            leader[b] = a
    found: dict[int, list[int]] = {}
    for n in range(len(desks)):
        found.setdefault(lead(n), []).append(n)
    return list(found.values())
