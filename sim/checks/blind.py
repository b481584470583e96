"""Where a run did not look: pictures that were due and of which nothing can be said.

A stray frame can only be counted where somebody looked and could read what came. Judged for each viewer
alone, so that one well-seen session never speaks for another.
"""

from collections.abc import Iterator, Mapping, Sequence

from sim.sessions import CallRow, Looked, Session

READ_TO_JUDGE = 0.9  # assumed: with fewer stamps read, a stray frame may have gone by unread
LOST_BEFORE_END_S = 1.0  # a connection that ends with the session may do so a little before it is told

# calls that are meant to bring no picture
TO_FAIL = ("not_seen", "no_link")


def blind_spots(
    rows: Sequence[CallRow], wanted: Mapping[str, str | None], suspicious_ratio: float
) -> list[str]:
    """One sentence for each picture that was due and could not be judged; `wanted` is how calls must end."""
    return [
        f"{row.name}: {spot}"
        for row in rows
        if row.session is not None
        for spot in _of_session(row, row.session, wanted.get(row.name), suspicious_ratio)
    ]


def _of_session(row: CallRow, s: Session, wanted: str | None, suspicious_ratio: float) -> Iterator[str]:
    looked = s.viewers.get("operator")
    as_meant = wanted in TO_FAIL and row.outcome == wanted
    if s.consented_s is not None and not as_meant and (looked is None or not looked.received):
        yield f"the {'crew started' if s.of_ambulance else 'caller consented'} and the operator saw no frame"
    for who, viewer in s.viewers.items():
        if who != "operator" and viewer.asked_s is not None and not viewer.received:
            yield f"the {who} came to look and saw no frame"
        for spot in _of_viewer(viewer, s.ended_s or row.ended_s, suspicious_ratio):
            yield f"the {who} {spot}"


def _of_viewer(viewer: Looked, ended_s: float | None, suspicious_ratio: float) -> Iterator[str]:
    if viewer.stamped and viewer.checked and viewer.read < READ_TO_JUDGE * viewer.checked:
        yield f"could be judged by {viewer.read} of {viewer.checked} frames only"
    if viewer.read and viewer.suspicious > suspicious_ratio * viewer.read:
        yield f"saw {viewer.suspicious} of {viewer.read} stamps that look blended or cut"
    if viewer.watching_s is not None and not viewer.left:
        yield "was lost sight of: nobody told that the look ended"
    if viewer.lost_s is not None and (ended_s is None or viewer.lost_s < ended_s - LOST_BEFORE_END_S):
        yield f"lost the picture at {viewer.lost_s:.1f} s, before the end"
