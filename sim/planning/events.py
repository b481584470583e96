"""What is to come in a group, as a heap by when: a call comes, a seat is free, a call has waited too long."""

from draws.compiled import compiled
from sim.planning.tables import Book

ARRIVES, FREED, OVERDUE = 0, 1, 2


@compiled
def push(book: Book, at: float, what: int, who: int) -> None:
    """One more; the caller has seen to it that there is room."""
    run, events = book.run[0], book.events
    place = run.events
    run.events = place + 1
    while place > 0:
        above = (place - 1) >> 1
        if events[above].at <= at:
            break
        events[place] = events[above]
        place = above
    _put(book, place, at, what, who)


@compiled
def pop(book: Book) -> None:
    """The first is over."""
    run = book.run[0]
    run.events -= 1
    last = book.events[run.events]
    _sift(book, last.at, last.what, last.who)


@compiled
def again(book: Book, at: float) -> None:
    """The first is over; the same comes again at `at`."""
    first = book.events[0]
    _sift(book, at, first.what, first.who)


@compiled
def _sift(book: Book, at: float, what: int, who: int) -> None:
    """Put it where it belongs, from the top down."""
    events, end, place = book.events, book.run[0].events, 0
    while True:
        below = 2 * place + 1
        if below >= end:
            break
        if below + 1 < end and events[below + 1].at < events[below].at:
            below += 1
        if events[below].at >= at:
            break
        events[place] = events[below]
        place = below
    _put(book, place, at, what, who)


@compiled
def _put(book: Book, place: int, at: float, what: int, who: int) -> None:
    event = book.events[place]
    event.at, event.what, event.who = at, what, who
