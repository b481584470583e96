"""What the compiled engine reads, keeps and counts: a record for each stream and for each desk.

A *stream* is one kind of call at one desk (113, an AMK's other lines, an LV's urgent calls, the others): a
rate, a priority, a patience. A *desk* is a centre's seats. Both stand in the order of their groups.
"""

from dataclasses import fields
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from sim.planning.causes import CAUSES, STEPS
from sim.planning.chain import STAGES, Chain

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Records = npt.NDArray[Any]
Record = Any  # one of them

HOURS = 168
WAITS_S = 900  # waits are counted by the second up to here; the last bin is all that is longer
SAME_S = 1e-6  # a wait that ends when it should is no longer than that: not by rounding either
WAITING_MAX = 4096  # of one priority at one desk; more is no queue, it is a breakdown
HELPERS_MAX = 8
AHEAD = 64  # calls of a stream are drawn so many at a time
NEVER = np.inf
STAYS_VOICE = 1.0  # a draw that no share is above
LOGNORMAL, EXPONENTIAL, CONSTANT = 0, 1, 2

_F, _I, _U = np.float64, np.int64, np.uint64

STREAM = np.dtype(
    [
        # given
        ("entity", _U),  # the number that its draws are keyed by
        ("desk", _I),
        ("priority", _I),  # 0 goes first
        ("calls_per_s", _F, HOURS),  # by hour of the week, Monday 00:00 first
        ("talk_kind", _I),
        ("talk_s", _F),  # median of the lognormal, else mean
        ("talk_sigma", _F),
        ("wrap_s", _F),  # work after the call
        ("patience_s", _F),  # mean of an exponential, or inf
        ("ring_s", _F),  # median of a lognormal; 0: answered at once
        ("ring_sigma", _F),
        ("other_work", _F),  # share of calls that find the operator at other work
        ("other_work_s", _F),  # mean of what is left of it, exponential
        ("target_s", _F),
        ("repeats", _F),  # share of its calls after the first: short, and they stay voice
        ("repeat_s", _F),  # median
        ("repeat_sigma", _F),
        ("video_share", _F),  # of answered calls, that are asked to turn to video
        ("video_seen", _F),  # of these, that nothing but time can stop
        ("fails", _F, len(STEPS)),  # the draws above these, from step to step, fail by a later one
        *((f"{stage.name}_s", _F) for stage in fields(Chain)),  # medians
        *((f"{stage.name}_sigma", _F) for stage in fields(Chain)),
        ("gives_up_s", _F),  # the operator, from the request on
        ("session_s", _F),  # median
        ("session_sigma", _F),
        (
            "listed",
            _I,
        ),  # the place in Book.listed where its arrivals begin and, below, end; equal: by the rate
        ("listed_end", _I),
        # now
        ("next", _I),  # of the calls drawn ahead
        ("drawn", _U),  # so many of its calls are drawn
        ("drawn_until", _F),  # when the last of them comes
        # counted
        ("answered", _I),
        ("abandoned", _I),
        ("within", _I),  # answered within the target
        ("overflowed", _I),  # answered at another desk
        ("queued", _I),  # answered, but found no seat free
        ("repeated", _I),  # answered, and about what is known already
        ("wait_s", _F),  # sum over the answered, from arrival to answer
        ("wait_s_max", _F),
        ("asked", _I),  # for video
        ("seen", _I),  # with a picture
        ("failed", _I, len(CAUSES)),  # without, by cause
        ("waits", _I, WAITS_S + 1),  # the answered, by whole seconds waited
        (
            "stages",
            _I,
            (len(STAGES), WAITS_S + 1),
        ),  # requests that came so far, by whole seconds after they were made
        ("came_at", _I, HOURS),  # by hour of the week
        ("within_at", _I, HOURS),  # of these, answered within the target
        ("asked_at", _I, HOURS),  # for video, by the request's hour of the week
        ("seen_at", _I, HOURS),  # of these, with a picture
        ("no_link_at", _I, HOURS),  # without one, only because the carrier brought no link in time
    ],
    align=True,
)

DESK = np.dtype(
    [
        ("seats", _I, HOURS),
        ("overflow_after_s", _F),
        ("helpers", _I, HELPERS_MAX),  # who takes what is overdue here, in order; -1: nobody more
        ("sent_to", _I, HOURS),  # where a call is taken at this hour
        # now
        ("open", _I),  # seats at this hour
        ("busy", _I),  # of them held; more, when a shift ends in the middle of calls
        ("first", _I, 2),  # of its queues, by priority: the place of the first and after the last
        ("end", _I, 2),
        ("held_s", _F),  # seat-seconds, counted
    ],
    align=True,
)

CALL = np.dtype(
    [
        ("stream", _I),
        ("k", _U),  # its place in the stream
        ("since", _F),  # when it comes
        ("hour", _I),  # of the week, then
        ("until", _F),  # when its caller hangs up, if not answered
        ("pick_up_s", _F),  # from the seat's being free to the answer
        ("holds_s", _F),  # talk and the work after it
        ("u_video", _F),
        ("repeat", _I),  # 1: it is about what is known already
    ],
    align=True,
)
CARRIER = np.dtype(
    [
        # given: `sim.planning.carriers.Subscribers`
        ("first", _F),
        ("last", _F),
        ("delay_s", _F),
        ("delay_sigma", _F),
        ("tail_share", _F),
        ("tail_s_min", _F),
        ("tail_alpha", _F),
        ("delay_s_max", _F),
        # counted
        ("sent", _I),
        ("arrived", _I, WAITS_S + 1),  # before the operator gave up, by whole seconds after they were sent
    ],
    align=True,
)
TROUBLE = np.dtype(  # `sim.planning.carriers.Trouble`
    [
        ("first", _F),
        ("last", _F),
        ("begins_s", _F),
        ("lasts_s", _F),
        ("weekly", _I),
        ("later_s", _F),
        ("turned_away", _F),
        ("again_s", _F),
    ],
    align=True,
)
EVENT = np.dtype([("at", _F), ("what", _I), ("who", _I)], align=True)
SESSION = np.dtype([("stream", _I), ("k", _U), ("begins", _F), ("ends", _F)], align=True)
WAY = np.dtype([("stream", _I), ("k", _U), ("since", _F), ("wait_s", _F)], align=True)  # -1: gave up
RUN = np.dtype(
    [
        ("key_call", _U),
        ("key_wait", _U),
        ("key_asked", _U),
        ("key_video", _U),
        ("key_chain", _U),
        ("count_from_s", _F),  # what comes before is warm-up
        ("end_s", _F),  # no call comes after
        ("events", _I),  # how many are to come
        ("sessions", _I),  # how many there were, kept or not
        ("ways", _I),
    ],
    align=True,
)


class Book(NamedTuple):
    """All of it. S streams, D desks; s and d: of the largest group, where only the group now told counts."""

    run: Records  # 1
    streams: Records  # S
    desks: Records  # D
    day: Floats  # S x days: a factor for each day
    events: Records  # a heap
    ahead: Records  # s x AHEAD calls
    drawn: Floats  # 2 x 4 x AHEAD
    waiting: Records  # d x 2 x WAITING_MAX calls: rings
    listed: Floats  # when calls come that do not come by a rate, stream behind stream
    carriers: Records
    troubles: Records  # of carriers
    sessions: Records  # as many as there is room for
    ways: Records  # of calls, likewise; only for tests


class Group(NamedTuple):
    """Desks and streams, each from and up to (not with); whether any helps another, whether seats change."""

    desk: int
    desk_end: int
    stream: int
    stream_end: int
    helps: bool
    shifts: bool
