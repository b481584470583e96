"""A stretch of time at every desk, told by the compiled engine."""

from dataclasses import dataclass

from sim.planning.book import DAY_S, Begun, begin
from sim.planning.country import Country
from sim.planning.question import NoAnswer
from sim.planning.seats import tell_group
from sim.planning.tables import WAITING_MAX, Book, Records


class Overrun(NoAnswer):
    """A queue without end; the text names the desk and the remedy."""


@dataclass(frozen=True, eq=False, slots=True)
class Year:
    """What came of it, by stream and by desk, in the order of these names. `counted_s` is without warm-up."""

    names: tuple[str, ...]
    desks: tuple[str, ...]
    book: Book
    counted_s: float

    @classmethod
    def of(cls, begun: Begun, days: float) -> "Year":
        """What stands in the book, of so many counted days."""
        names = tuple(stream.name for stream in begun.streams)
        return cls(names, tuple(desk.name for desk in begun.desks), begun.book, days * DAY_S)

    @property
    def streams(self) -> Records:
        return self.book.streams


def tell(
    country: Country,
    seed: int,
    *,
    replication: int = 0,
    days: float = 365.0,
    warm_up_days: float = 1.0,
    ways: int = 0,
) -> Year:
    """So many counted days after the warm-up, from a Monday 00:00. `ways`: of so many calls (`Book.ways`).

    Raises Overrun.
    """
    begun = begin(country, seed, replication, days, warm_up_days, ways)
    for group in begun.groups:
        broken = tell_group(begun.book, group)
        if broken >= 0:
            raise Overrun(
                f"{begun.desks[broken].name}: more than {WAITING_MAX} calls wait at once; "
                "give it more seats, or its callers a patience"
            )
    return Year.of(begun, days)
