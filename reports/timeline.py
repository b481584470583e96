"""What a call's timeline shows: lanes of marks and bars in scenario time. Pure; `layout` places them."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from reports.figures import moment, with_unit
from reports.words import label, sentence, wait_label, who
from sim.journal import Record

_FIRST_LANES = ("caller", "carrier", "iccs", "operator")
_FIRST_OF_AMBULANCES = ("crew", "iccs", "operator")
_UNDRAWN = ("person.waited", "viewer.measured")  # a bar, and a freeze on the picture's bar
_ALARMS = ("frame.stray", "port.failed", "media.lost", "sms.failed", "part.died", "call.abandoned")


@dataclass(frozen=True, slots=True)
class Mark:
    """Something that happened at one moment."""

    at_s: float
    label: str
    hover: str
    alarm: bool = False


@dataclass(frozen=True, slots=True)
class Bar:
    """Something that lasted. `kind`: wait | back | front | picture | frozen."""

    from_s: float
    to_s: float
    kind: str
    labels: tuple[str, ...]  # the longest first
    hover: str


@dataclass(slots=True)
class Lane:
    actor: str
    marks: list[Mark] = field(default_factory=list)
    bars: list[Bar] = field(default_factory=list)
    frozen: list[Bar] = field(default_factory=list)

    @property
    def name(self) -> str:
        return who(self.actor)


@dataclass(frozen=True, slots=True)
class Timeline:
    """One call. `faults` are the lab's own, across all lanes."""

    call: str
    from_s: float
    to_s: float
    lanes: list[Lane]
    faults: list[Mark]


def timelines(records: Sequence[Record]) -> dict[str, Timeline]:
    """A timeline for every call of the journal."""
    of_call: dict[str, list[Record]] = {}
    for record in records:
        if record.call is not None:
            of_call.setdefault(record.call, []).append(record)
    faults = [record for record in records if record.event in ("fault.begun", "fault.ended", "part.died")]
    return {call: _timeline(call, told, faults) for call, told in of_call.items()}


def _timeline(call: str, records: Sequence[Record], faults: Sequence[Record]) -> Timeline:
    begun, ended = min(_began(record) for record in records), max(record.t_s for record in records)
    of_ambulance = any(record.event.startswith("ambulance.") for record in records)
    first = _FIRST_OF_AMBULANCES if of_ambulance else _FIRST_LANES
    lanes = {actor: Lane(actor) for actor in first}
    for record in records:
        if record.event == "call.due":  # the call has a mark when it is placed
            continue
        lane = lanes.setdefault(record.actor or "lab", Lane(record.actor or "lab"))
        if record.event not in _UNDRAWN:
            lane.marks.append(_mark(record))
        elif record.event == "person.waited":
            lane.bars.append(_wait(record))
        elif (record.facts.get("frozen_s") or 0.0) > 0.0:
            lane.frozen.append(_freeze(record))
    for sms in _messages(records):
        lanes["carrier"].bars.append(sms)
    for actor, lane in lanes.items():
        lane.bars[:0] = _pictures(actor, records, ended)
    near = [_mark(fault) for fault in _near(faults, begun, ended)]
    return Timeline(call, begun, max(ended, begun + 0.1), list(lanes.values()), near)


def _near(faults: Sequence[Record], begun: float, ended: float) -> Iterator[Record]:
    """The faults of this time; a carrier's mood that holds already stands at its beginning."""
    for fault in faults:
        over = [
            end.t_s
            for end in faults
            if end.event == "fault.ended" and end.facts == fault.facts and end.t_s > fault.t_s
        ]
        lasts = fault.event == "fault.begun" and "carrier" in fault.facts
        if lasts and fault.t_s < begun < min(over, default=ended):
            yield replace(fault, t_s=begun)
        elif begun <= fault.t_s <= ended:
            yield fault


def _began(record: Record) -> float:
    waited = record.facts.get("waited_s", 0.0) if record.event == "person.waited" else 0.0
    return max(0.0, record.t_s - waited)


def _mark(record: Record) -> Mark:
    hover = f"{moment(record.t_s)} s · {who(record.actor)}: {sentence(record)}"
    return Mark(record.t_s, label(record), hover, record.event in _ALARMS)


def _wait(record: Record) -> Bar:
    waited = float(record.facts.get("waited_s", 0.0))
    told = f"{wait_label(str(record.facts.get('purpose', '')))} {with_unit(waited)}", with_unit(waited)
    hover = f"{who(record.actor)} {sentence(record)}, until {moment(record.t_s)} s"
    return Bar(max(0.0, record.t_s - waited), record.t_s, "wait", told, hover)


def _freeze(record: Record) -> Bar:
    frozen = float(record.facts["frozen_s"])
    hover = f"frozen for {with_unit(frozen)} in the second before {moment(record.t_s)} s"
    return Bar(max(0.0, record.t_s - frozen), record.t_s, "frozen", (), hover)


def _messages(records: Iterable[Record]) -> Iterator[Bar]:
    """An SMS on its way: from the carrier's acceptance to the phone."""
    accepted: dict[object, float] = {}
    for record in records:
        message = record.facts.get("message_id")
        if record.event == "sms.accepted":
            accepted[message] = record.t_s
        elif record.event == "sms.delivered" and message in accepted:
            begun = accepted.pop(message)
            took = with_unit(record.t_s - begun)
            yield Bar(begun, record.t_s, "wait", (f"SMS {took}", took), f"SMS on its way for {took}")


def _pictures(actor: str, records: Sequence[Record], ended_s: float) -> list[Bar]:
    """The picture as one viewer saw it: a bar per camera, until the next camera or the end."""
    firsts = [record for record in records if record.event == "frame.first" and record.actor == actor]
    if not firsts:
        return []
    gone = [
        record.t_s
        for record in records
        if record.event in ("video.ended", "call.ended", "ambulance.ended")
        or (record.event == "viewer.left" and record.actor == actor)
    ]
    over_s = min((at for at in gone if at >= firsts[-1].t_s), default=ended_s)
    ends = [*(record.t_s for record in firsts[1:]), over_s]
    return [_picture(first, end) for first, end in zip(firsts, ends, strict=True)]


def _picture(first: Record, end_s: float) -> Bar:
    camera = str(first.facts.get("camera", ""))
    kind = camera if camera in ("back", "front") else "picture"
    lasted = with_unit(end_s - first.t_s)
    hover = f"{who(first.actor)}: {camera} camera seen for {lasted}, from {moment(first.t_s)} s"
    return Bar(first.t_s, end_s, kind, (f"{camera} camera {lasted}", camera), hover)
