"""What the operator really saw: the stills per call and viewer, before and after each camera switch."""

import base64
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from statistics import median_low

import cv2
import numpy as np

from reports.figures import moment, with_unit
from reports.run_folder import RunFolder
from sim.journal import Record
from sim.sessions import Looked

WIDTH_MAX = 480
JPEG_QUALITY = 80
STILLS_MAX = 24
SCREENSHOTS_MAX = 8
_NAME = re.compile(r"(?P<view>.+)-(?P<camera>back|front)-(?P<n>\d+)\.jpg$")


@dataclass(frozen=True, slots=True)
class Still:
    """One picture. Without `at_s` it was kept a moment after the first frame, once it had settled."""

    path: Path
    call: str
    viewer: str
    camera: str
    n: int
    at_s: float | None = None
    latency_s: float | None = None
    switched_s: float | None = (
        None  # from the operator's press, when it shows another camera than the one before
    )
    data_uri: str = ""

    @property
    def caption(self) -> str:
        if self.at_s is None:
            return f"{self.camera} camera, settled"
        late = "" if self.latency_s is None else f", {with_unit(self.latency_s)} after it was filmed"
        return f"{self.camera} camera, first frame at {moment(self.at_s)} s{late}"

    @property
    def alt(self) -> str:
        return f"{self.call}, what the {self.viewer} saw: {self.caption}"


@dataclass(frozen=True, slots=True)
class Seen:
    """What one viewer of one call saw. `groups` are single stills, and pairs before and after a switch."""

    call: str
    viewer: str
    groups: list[tuple[Still, ...]]
    measured: str


def seen(run: RunFolder) -> tuple[list[Seen], int]:
    """The pictures of the run, at most STILLS_MAX, and how many more are in the folder."""
    all_stills = stills(run)
    chosen = _chosen(all_stills)
    views = _views(chosen)
    looked = {(row.name, who): v for row in run.rows if row.session for who, v in row.session.viewers.items()}
    order = [key for key in looked if key in views] + [key for key in views if key not in looked]
    told = [Seen(*key, _groups(views[key]), _measured(looked.get(key))) for key in order]
    return told, len(all_stills) - sum(len(view) for view in views.values())


def screenshots(run: RunFolder) -> list[tuple[str, str]]:
    """(name, data URI) of what a browser on the caller's phone showed."""
    shown = [(path.stem.replace("-", " "), embedded(path)) for path in run.screenshots[:SCREENSHOTS_MAX]]
    return [(name, uri) for name, uri in shown if uri]


def stills(run: RunFolder) -> list[Still]:
    """All stills of the folder, by viewer in the order they were kept, with what the journal says of them."""
    root = run.path / "stills"
    firsts = {
        str(record.facts["still"]): record
        for record in run.records
        if record.event == "frame.first" and record.facts.get("still")
    }
    views = {named["view"]: record for name, record in firsts.items() if (named := _NAME.match(name))}
    found = [_still(path, path.relative_to(root).as_posix(), firsts, views) for path in run.stills]
    ordered = sorted(found, key=_kept)
    befores = [None, *ordered][: len(ordered)]
    presses: dict[tuple[str | None, object], list[float]] = {}
    for record in run.records:
        if record.event == "camera.requested":
            presses.setdefault((record.call, record.facts.get("camera")), []).append(record.t_s)
    return [_with_switch(still, b, presses) for still, b in zip(ordered, befores, strict=True)]


def embedded(path: Path) -> str:
    """The picture as a data URI, at most WIDTH_MAX wide; empty when it cannot be read."""
    coded = np.frombuffer(path.read_bytes(), np.uint8)
    picture = cv2.imdecode(coded, cv2.IMREAD_COLOR) if coded.size else None
    if picture is None:
        return ""
    height, width = picture.shape[:2]
    if width > WIDTH_MAX:
        size = (WIDTH_MAX, max(1, round(height * WIDTH_MAX / width)))
        picture = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
    _, jpeg = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
    return "data:image/jpeg;base64," + base64.b64encode(jpeg.tobytes()).decode()


def _still(path: Path, name: str, firsts: dict[str, Record], views: dict[str, Record]) -> Still:
    """A first frame is named by its record; one that settled is named like its viewer's others."""
    named, first = _NAME.match(name), firsts.get(name)
    camera, n = (named["camera"], int(named["n"])) if named else ("", 0)
    of_view = first or (views.get(named["view"]) if named else None)
    if of_view is None:
        return Still(path, "other pictures", path.stem, camera or "a", n)
    call, viewer = of_view.call or "", of_view.actor or ""
    if first is None:
        return Still(path, call, viewer, camera, n)
    told = str(first.facts.get("camera") or camera)
    return Still(path, call, viewer, told, n, first.t_s, first.facts.get("latency_s"))


def _with_switch(
    still: Still, before: Still | None, presses: Mapping[tuple[str | None, object], list[float]]
) -> Still:
    if before is None or _view(before) != _view(still) or before.camera == still.camera or still.at_s is None:
        return still
    pressed = [t_s for t_s in presses.get((still.call, still.camera), ()) if t_s <= still.at_s]
    return replace(still, switched_s=still.at_s - max(pressed)) if pressed else still


def _chosen(found: Sequence[Still]) -> list[Still]:
    """At most STILLS_MAX that can be read; first frames and those around a switch before the settled."""
    befores = {a.path for a, b in pairwise(found) if _view(a) == _view(b) and a.camera != b.camera}
    by_worth = sorted(found, key=lambda s: (s.at_s is None and s.path not in befores, s.viewer != "operator"))
    chosen: list[Still] = []
    for still in by_worth:
        if len(chosen) < STILLS_MAX and (uri := embedded(still.path)):
            chosen.append(replace(still, data_uri=uri))
    return chosen


def _kept(still: Still) -> tuple[str, str, int, Path]:
    return still.call, still.viewer, still.n, still.path


def _view(still: Still) -> tuple[str, str]:
    return still.call, still.viewer


def _views(chosen: Iterable[Still]) -> dict[tuple[str, str], list[Still]]:
    views: dict[tuple[str, str], list[Still]] = {}
    for still in sorted(chosen, key=_kept):
        views.setdefault(_view(still), []).append(still)
    return views


def _groups(view: Sequence[Still]) -> list[tuple[Still, ...]]:
    groups: list[tuple[Still, ...]] = []
    for still in view:
        before = groups[-1] if groups else ()
        if len(before) == 1 and before[0].camera != still.camera:
            groups[-1] = (before[0], still)
        else:
            groups.append((still,))
    return groups


def _measured(looked: Looked | None) -> str:
    if looked is None or not looked.received:
        return ""
    told = f"{looked.received} frames received, {looked.read} of {looked.checked} checked stamps read"
    told += f", {looked.stray} stray"
    if looked.latency_ms:
        told += f"; filmed to seen {with_unit(median_low(looked.latency_ms.elements()) / 1000)} (median)"
    freezes = f"{looked.freezes} freeze{'s' if looked.freezes != 1 else ''}"
    return f"{told}; {with_unit(looked.frozen_s)} frozen of {with_unit(looked.shown_s)} ({freezes})."
