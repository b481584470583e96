"""The metrics of a run, by name, from the table of calls and sessions."""

import math
from collections import Counter
from collections.abc import Sequence

from sim.sessions import CallRow, Session

Value = float | None

DURATIONS = (
    "answer_s",
    "ask_s",
    "reply_s",
    "sms_s",
    "link_s",
    "open_s",
    "consent_s",
    "setup_s",
    "time_to_video_s",
    "machine_s",
    "camera_switch_s",
    "follow_s",
    "recovery_s",
    "viewer_join_s",
    "glass_to_glass_s",
)
OUTCOMES = (
    "abandoned",
    "voice",
    "no_smartphone",
    "refused_aloud",
    "refused_on_page",
    "seen",
    "not_seen",
    "no_link",
    "withdrawn",
    "unfinished",
)
SMS = (
    *("submitted", "throttled", "refused", "swallowed"),
    *("accepted", "delivered", "doubled", "lost", "failed"),
)
COUNTS = (
    "calls",
    "ambulances",
    "sessions",
    "sessions_completed",
    "concurrent_sessions_max",
    "stray_frames",
    "suspicious_frames",
    "frames_received",
    "frames_checked_ratio",
    "stamp_read_ratio",
    "freeze_ratio",
    *(f"sms_{name}" for name in SMS),
    *(f"outcome_{name}" for name in OUTCOMES),
)
_QUANTILES = {"p50": 0.50, "p95": 0.95, "p99": 0.99, "max": 1.0}


def known_metrics(durations: bool = False) -> list[str]:
    """Names a check may use: with a quantile the durations, without it everything else."""
    if durations:
        return list(DURATIONS)
    return [*COUNTS, *(f"{name}_{suffix}" for name in DURATIONS for suffix in (*_QUANTILES, "n"))]


def is_metric(name: str) -> bool:
    return name in known_metrics()


def samples(rows: Sequence[CallRow]) -> dict[str, list[float]]:
    """Every duration's samples in seconds; a consented session never seen is infinite in time_to_video_s,
    unless its seed ordains so."""
    taken: dict[str, list[float]] = {name: [] for name in DURATIONS}
    for row in rows:
        for name, value in call_durations(row).items():
            taken[name] += value
    return taken


def call_durations(row: CallRow) -> dict[str, list[float]]:
    """The durations of one call, each a list of none, one or more seconds."""
    found = {
        "answer_s": _between(row.scheduled_s, row.answered_s),
        "ask_s": _between(row.answered_s, row.asked_s),
        "reply_s": _between(row.asked_s, row.replied_s),
        "follow_s": [*row.follows_s, *(math.inf for _ in row.guided_s)],
    }
    return found if row.session is None else {**found, **_session_durations(row.session)}


def _session_durations(s: Session) -> dict[str, list[float]]:
    """Of an ambulance's nobody asked for the picture, nor was a link sent."""
    return _of_the_picture(s) if s.of_ambulance else {**_of_the_way_to_it(s), **_of_the_picture(s)}


def _of_the_way_to_it(s: Session) -> dict[str, list[float]]:
    to_video = _between(s.requested_s, s.first_frame_s)
    if not to_video and s.consented_s is not None and s.withdrawn_s is None and not s.unseen_by_seed:
        to_video = [math.inf]
    return {
        "sms_s": _between(s.sms.first_submitted_s, s.sms.first_delivered_s),
        "link_s": _between(s.requested_s, s.sms.first_delivered_s),
        "open_s": _between(s.sms.first_delivered_s, s.opened_s),
        "consent_s": _between(s.opened_s, s.consented_s),
        "setup_s": _between(s.consented_s, s.first_frame_s),
        "time_to_video_s": to_video,
        "machine_s": [t - s.drawn_s for t in to_video],
    }


def _of_the_picture(s: Session) -> dict[str, list[float]]:
    joined = [v for v in s.viewers.values() if v.asked_s is not None]
    return {
        "camera_switch_s": [math.inf if t is None else t for t in s.camera_switches_s],
        "recovery_s": [math.inf if t is None else t for t in s.interruptions.recoveries_s],
        "viewer_join_s": [t for v in joined for t in _between(v.asked_s, v.first_frame_s) or [math.inf]],
        "glass_to_glass_s": [
            ms / 1000 for v in s.viewers.values() for ms, n in v.latency_ms.items() for _ in range(n)
        ],
    }


def metrics(rows: Sequence[CallRow]) -> dict[str, Value]:
    """All metrics; None where nothing was measured, infinity where something never came."""
    found: dict[str, Value] = dict(_counts(rows))
    for name, taken in samples(rows).items():
        ordered = sorted(taken)
        for suffix, q in _QUANTILES.items():
            found[f"{name}_{suffix}"] = quantile(ordered, q)
        found[f"{name}_n"] = float(len(ordered))
    return found


def quantile(ordered: Sequence[float], q: float) -> Value:
    """The smallest sample that at least a share q of them does not exceed; None of none."""
    return ordered[max(0, math.ceil(round(q * len(ordered), 9)) - 1)] if ordered else None


def _counts(rows: Sequence[CallRow]) -> dict[str, Value]:
    sessions = [row.session for row in rows if row.session is not None]
    spans = [
        (row.session.first_frame_s, row.session.ended_s or row.ended_s)
        for row in rows
        if row.session is not None and row.session.first_frame_s is not None
    ]
    looked = [viewer for session in sessions for viewer in session.viewers.values()]

    def total(name: str) -> float:
        return float(sum(getattr(viewer, name) for viewer in looked))

    checked = total("checked")
    outcomes = Counter(row.outcome for row in rows)
    return {
        "calls": float(sum(not row.is_ambulance for row in rows)),
        "ambulances": float(sum(row.is_ambulance for row in rows)),
        "sessions": float(sum(max(1, len(s.ids)) for s in sessions)),
        "sessions_completed": float(sum(s.first_frame_s is not None for s in sessions)),
        "concurrent_sessions_max": float(_concurrent_max(spans)),
        "stray_frames": total("stray") + sum(s.early_frames for s in sessions),
        "suspicious_frames": total("suspicious"),
        "frames_received": total("received"),
        "frames_checked_ratio": _ratio(checked, total("received")),
        "stamp_read_ratio": _ratio(total("read"), float(sum(v.checked for v in looked if v.stamped))),
        "freeze_ratio": _ratio(total("frozen_s"), total("shown_s")),
        **{f"sms_{name}": float(sum(getattr(s.sms, name) for s in sessions)) for name in SMS},
        **{f"outcome_{name}": float(outcomes[name]) for name in OUTCOMES},
    }


def _ratio(part: float, whole: float) -> Value:
    return part / whole if whole else None


def _between(begun: float | None, ended: float | None) -> list[float]:
    return [] if begun is None or ended is None else [ended - begun]


def _concurrent_max(spans: Sequence[tuple[float, float | None]]) -> int:
    """Pictures seen at the same time: from the first frame to the end of the session, or of the call."""
    steps = [(begun, 1) for begun, _ in spans] + [(ended, -1) for _, ended in spans if ended is not None]
    most = now = 0
    for _, step in sorted(steps):
        now += step
        most = max(most, now)
    return most
