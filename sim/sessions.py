"""From a journal to the table of calls and sessions: the one derivation that checks and reports read."""

from collections import Counter
from collections.abc import Container, Iterable
from dataclasses import dataclass, field

from sim.call import FILMS
from sim.interruptions import Interruptions
from sim.journal import Record
from sim.sms import Messages


@dataclass(slots=True)
class Looked:
    """What one viewer of one session measured, added up over its seconds."""

    received: int = 0
    checked: int = 0
    read: int = 0
    stray: int = 0
    suspicious: int = 0
    freezes: int = 0
    frozen_s: float = 0.0
    shown_s: float = 0.0
    latency_ms: Counter[int] = field(default_factory=Counter)
    repeated: int = 0  # frames not newer than one seen before
    seen_of: Counter[str] = field(
        default_factory=Counter
    )  # whose pictures strayed here; "?" where nobody knows
    asked_s: float | None = None  # when a resource person, or a seat of an ambulance's, pressed to join
    watching_s: float | None = None
    first_frame_s: float | None = None
    lost_s: float | None = None  # the picture's connection broke before the viewer was told of the end
    left: bool = False
    stamped: bool = True  # False: an attached phone's picture, which cannot be judged


@dataclass(frozen=True, slots=True)
class Film:
    """One filming of a phone, as the phone itself tells it when the camera goes off."""

    frames_sent: int
    frames_dropped: int
    pacing_lateness_s_p99: float | None


@dataclass(slots=True)
class Session:
    """One video session; times in scenario seconds, None = did not happen.

    An ambulance's is begun by its crew: to start takes the place of the consent.
    """

    requested_s: float
    of_ambulance: bool = False
    unseen_by_seed: bool = False  # its seed ordains that no picture comes, whatever the machines do
    turned_away: set[str] = field(default_factory=set)  # intruders who were refused a look
    on_handset: bool = False  # the link went to a real one
    opened_s: float | None = None
    consented_s: float | None = None
    refused_s: float | None = None
    withdrawn_s: float | None = None
    first_frame_s: float | None = None
    ended_s: float | None = None
    drawn_people_s: float = 0.0  # human waits between the request and the first frame
    camera_switches_s: list[float | None] = field(default_factory=list)  # None = never seen
    early_frames: int = 0
    viewers: dict[str, Looked] = field(default_factory=dict)
    requests: int = 0
    ends: int = 0
    ids: set[str] = field(default_factory=set)  # the video service's own name for it; two: there were two
    sms: Messages = field(default_factory=Messages)
    films: list[Film] = field(default_factory=list)
    interruptions: Interruptions = field(default_factory=Interruptions)

    @property
    def drawn_s(self) -> float:
        """Human and carrier waits between the request and the first frame."""
        return self.drawn_people_s + self.sms.drawn_of_first_s


@dataclass(slots=True)
class CallRow:
    """One call, and its session when video was asked for; or an ambulance's stream, by the unit's name."""

    name: str
    line: str = ""
    centre: str = ""
    due_s: float | None = None  # when its arrival was scheduled; None: nobody measured arrivals
    placed_s: float | None = None
    answered_s: float | None = None
    asked_s: float | None = None
    replied_s: float | None = None
    said_yes: bool | None = None
    said_because: str | None = None
    ended_s: float | None = None
    ends: int = 0
    abandoned: bool = False
    guided_s: list[tuple[str, float]] = field(default_factory=list)  # parameter, when; not done yet
    follows_s: list[float] = field(default_factory=list)  # from being told to the first frame that shows it
    session: Session | None = None
    failures: list[str] = field(default_factory=list)

    @property
    def scheduled_s(self) -> float | None:
        """When it was to be placed; where nobody measured arrivals, when it was."""
        return self.placed_s if self.due_s is None else self.due_s

    @property
    def is_ambulance(self) -> bool:
        return self.session is not None and self.session.of_ambulance

    @property
    def outcome(self) -> str:
        """How the call ended, in one word of the scenario's vocabulary; "unfinished" when it did not."""
        if self.ends == 0:
            return "unfinished"
        if self.abandoned:
            return "abandoned"
        if self.session is None:
            if self.said_yes is not False:
                return "voice"
            return "no_smartphone" if self.said_because == "no_smartphone" else "refused_aloud"
        return _session_outcome(self.session)


def _session_outcome(s: Session) -> str:
    if s.first_frame_s is not None:
        return "withdrawn" if s.withdrawn_s is not None else "seen"
    if s.refused_s is not None:
        return "refused_on_page"
    return "not_seen" if s.opened_s is not None or s.consented_s is not None else "no_link"


# an event that only a session can have; the spoken consent comes before one
_OF_SESSIONS = ("video.", "sms.", "link.", "media.", "frame.", "viewer.", "ambulance.")


UNSEEN = ("camera_failed", "network")  # ordained ends of callers who consent and whom nobody sees


def call_table(records: Iterable[Record], unseen: Container[str] = ()) -> list[CallRow]:
    """The calls in the order of their names' first appearance. Those in `unseen` are ordained to be so."""
    rows: dict[str, CallRow] = {}
    pending: dict[str, tuple[float, str]] = {}
    for record in sorted(records, key=lambda r: r.t_s):
        if record.call is not None:
            row = rows.setdefault(record.call, CallRow(record.call))
            _take_call(row, record)
            if row.session is not None or record.event.startswith(_OF_SESSIONS):
                _take_session(row, record, pending)
    for row in rows.values():
        if row.session is not None:
            row.session.unseen_by_seed = row.name in unseen
    for name in pending:
        session = rows[name].session
        if session is not None:
            session.camera_switches_s.append(None)
    return list(rows.values())


def _take_call(row: CallRow, record: Record) -> None:
    t, facts = record.t_s, record.facts
    match record.event:
        case "call.due":
            row.due_s = t
        case "call.placed":
            row.placed_s = t
            row.line, row.centre = facts.get("line", ""), facts.get("centre", "")
        case "ambulance.started":
            row.centre = facts.get("amk", "")
        case "call.answered":
            row.answered_s = t if row.answered_s is None else row.answered_s
        case "call.ended" | "call.abandoned" | "ambulance.ended":
            row.ended_s, row.ends = t, row.ends + 1
            row.abandoned = record.event == "call.abandoned"
        case "consent.asked":
            row.asked_s = t if row.asked_s is None else row.asked_s
        case "consent.given" | "consent.refused" if facts.get("how") == "spoken":
            row.replied_s, row.said_yes = t, record.event == "consent.given"
            row.said_because = facts.get("because")
        case "call.guided":
            row.guided_s.append((facts["parameter"], t))
        case "scene.changed":
            _take_change(row, facts["parameter"], t)
        case "port.failed":
            row.failures.append(f"{record.actor}: {facts.get('detail', '')}")


def _take_change(row: CallRow, parameter: str, t: float) -> None:
    told = next((told for told in row.guided_s if told[0] == parameter), None)
    if told is not None:
        row.guided_s.remove(told)
        row.follows_s.append(t - told[1])


def _take_session(row: CallRow, record: Record, pending: dict[str, tuple[float, str]]) -> None:
    t, facts = record.t_s, record.facts
    if row.session is None:
        row.session = Session(requested_s=t)
    s = row.session
    s.interruptions.take(record)
    match record.event:
        case "video.requested":
            s.requests += 1
        case event if event.startswith("sms."):
            s.sms.take(record)
            s.ids.update([facts["video_session"]] if facts.get("video_session") else [])
        case "link.shown":
            s.on_handset = bool(facts.get("handset"))
        case "link.opened" if s.opened_s is None:
            s.opened_s = t
        case "consent.given" if facts.get("how") == "page" and s.consented_s is None:
            s.consented_s = t
        case "consent.refused" if facts.get("how") == "page":
            s.refused_s = t
        case "consent.withdrawn":
            s.withdrawn_s = t
        case "ambulance.started":
            s.of_ambulance, s.consented_s = True, t
        case "video.ended" | "ambulance.ended":
            s.ended_s, s.ends = (t if s.ended_s is None else s.ended_s), s.ends + 1
        case "media.stopped" | "media.lost" if "frames_sent" in facts:
            late_s = facts.get("pacing_lateness_s_p99")
            s.films.append(Film(facts["frames_sent"], facts.get("frames_dropped", 0), late_s))
        case "media.lost" | "viewer.watching" | "viewer.left" if record.actor not in FILMS:
            _take_look(s.viewers.setdefault(record.actor or "", Looked()), record)
        case "viewer.refused":
            s.turned_away.add(record.actor or "")
        case "camera.requested":
            _take_press(row.name, s, t, facts.get("camera", ""), pending)
        case "person.waited":
            _take_wait(s, record)
        case "frame.first":
            _take_frame(row, s, record, pending)
        case "frame.stray":
            s.viewers.setdefault(record.actor or "", Looked()).seen_of[facts.get("seen_call") or "?"] += 1
        case "viewer.measured":
            _take_measure(s.viewers.setdefault(record.actor or "", Looked()), facts)


def _take_wait(s: Session, record: Record) -> None:
    if record.facts["purpose"] in ("opens_link", "consents") and s.first_frame_s is None:
        s.drawn_people_s += record.facts["drawn_s"]
    if record.facts["purpose"] == "joins":
        s.viewers.setdefault(record.actor or "", Looked()).asked_s = record.t_s


def _take_look(looked: Looked, record: Record) -> None:
    match record.event:
        case "viewer.watching":
            looked.watching_s, looked.lost_s = record.t_s, None
            looked.stamped = record.facts.get("stamped", True)
        case "viewer.left":
            looked.left = True
        case _:
            looked.lost_s = record.t_s


def _take_press(call: str, s: Session, t: float, camera: str, pending: dict[str, tuple[float, str]]) -> None:
    """The same camera again: still the first press counts. The other one: the first is never seen."""
    if call not in pending or pending[call][1] != camera:
        if call in pending:
            s.camera_switches_s.append(None)
        pending[call] = t, camera


def _take_frame(row: CallRow, s: Session, record: Record, pending: dict[str, tuple[float, str]]) -> None:
    viewer = s.viewers.setdefault(record.actor or "", Looked())
    if viewer.first_frame_s is None:
        viewer.first_frame_s = record.t_s
    if s.consented_s is None:
        s.early_frames += 1
    if record.actor != "operator":
        return
    if s.first_frame_s is None:
        s.first_frame_s = record.t_s
    asked = pending.get(row.name)
    if asked is not None and record.facts.get("camera") == asked[1]:
        s.camera_switches_s.append(record.t_s - asked[0])
        del pending[row.name]


_ADDED_UP = (
    *("received", "checked", "read", "stray", "suspicious", "repeated"),
    *("freezes", "frozen_s", "shown_s"),
)


def _take_measure(looked: Looked, facts: dict[str, object]) -> None:
    for name in _ADDED_UP:
        value = facts.get(name, 0)
        assert isinstance(value, int | float)
        setattr(looked, name, getattr(looked, name) + value)
    histogram = facts.get("latency_ms") or {}
    assert isinstance(histogram, dict)
    for milliseconds, count in histogram.items():
        looked.latency_ms[int(milliseconds)] += count
