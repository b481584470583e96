"""Where centres stand on the schematic map: at their town if it is known, else spread over their region."""

import tomllib
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np

from sim.nation import DATA, Centre, Nation
from sim.planning.question import Merge
from sim.planning.tables import Floats

SIZE = WIDTH, HEIGHT = 550.0, 575.0
DEGREE, MIDDLE, NORTH = 42.0, (15.0, 302.0), 71.45  # of latitude; a longitude, where it stands; upper edge
AMK_RADIUS, LV_RADIUS = 8.0, 4.0
LETTER, LETTER_RADIUS = 6.5, 7.0  # of a name beside its mark
STEP, SHORE = 2.0, 5.0  # between possible places; from the outline

Place = tuple[float, float]


class Taken(NamedTuple):
    """A part of the map where something stands."""

    x: float
    y: float
    radius: float


def places_of(nation: Nation, merges: Sequence[Merge] = ()) -> dict[str, Any]:
    """`map`, x to the east and y to the south: `size`, `outline`, `regions` (where the sums of their LV are
    written), `centres` by name, and `invented`, the source of the places of those that are in no list.

    A merged centre stands where its largest one stood.
    """
    drawn = tomllib.loads((DATA / "maps" / "norway.toml").read_text(encoding="utf-8"))
    land = _Land(drawn)
    taken = [spot for c in nation.centres if c.kind == "AMK" for spot in land.amk(c)]
    at: dict[str, Place] = {}
    for centre in (c for c in nation.centres if c.name in land.towns):
        x, y = at[centre.name] = land.town(centre, taken)
        taken.append(Taken(x, y, LV_RADIUS))
    rest = [c for c in nation.centres if c.name not in at]
    amk = [where for name, where in land.towns.items() if name.startswith("AMK ")]
    for region in dict.fromkeys(c.region for c in rest):
        own = [c for c in rest if c.region == region]
        _hand_out(land.spread(own, region, taken), own, at, amk)
    centres = {c.name: _told(c, at[c.name], c.name in land.towns, drawn["west"]) for c in nation.centres}
    for merge in merges:
        largest = max((c for c in nation.centres if c.name in merge.centres), key=lambda c: c.catchment)
        label = merge.name.removeprefix("AMK ") if largest.kind == "AMK" else ""
        centres[merge.name] = {**centres[largest.name], "label": label}
    regions = {region: project(where) for region, where in drawn["regions"].items()}
    outline = [project(where) for where in drawn["outline"]]
    facts = {"size": SIZE, "outline": outline, "regions": regions, "centres": centres}
    return {"map": {**facts, "invented": drawn["invented"]}}


def project(degrees: Sequence[float]) -> Place:
    """A plain projection: a degree of longitude shrinks northwards."""
    east, north = degrees
    x = (east - MIDDLE[0]) * np.cos(np.radians(north)) * DEGREE + MIDDLE[1]
    return round(float(x), 1), round((NORTH - north) * DEGREE, 1)


def _told(centre: Centre, at: Place, known: bool, west: Iterable[str]) -> dict[str, Any]:
    label = centre.name.removeprefix("AMK ") if centre.kind == "AMK" else ""
    where = {"at": at, "region": centre.region, "invented": not known}
    return {**where, "label": label, "west": centre.name in west}


class _Land:
    """The places that are on land, and whose region's."""

    def __init__(self, drawn: dict[str, Any]) -> None:
        self._west = drawn["west"]
        self.towns = {
            name: project(at) for region in drawn["centres"].values() for name, at in region.items()
        }
        of = [region for region, towns in drawn["centres"].items() for _ in towns]
        self.places = _inside(np.array([project(where) for where in drawn["outline"]]))
        nearest = _distances(self.places, list(self.towns.values())).argmin(axis=1)
        self._regions = np.array(of)[nearest]

    def amk(self, centre: Centre) -> list[Taken]:
        """Its mark and its name."""
        if centre.name not in self.towns:
            return []
        (x, y), way = self.towns[centre.name], -1 if centre.name in self._west else 1
        letters = range(2, len(centre.name.removeprefix("AMK ")) + 2)
        return [
            Taken(x, y, AMK_RADIUS),
            *(Taken(x + way * LETTER * n, y, LETTER_RADIUS) for n in letters),
        ]

    def town(self, centre: Centre, taken: Sequence[Taken]) -> Place:
        """An AMK's; an LV beside the AMK of its town stands on the nearest free place."""
        town = self.towns[centre.name]
        if centre.kind == "AMK":
            return town
        free = self.places[_room(self.places, taken) >= LV_RADIUS]
        return _plain(free[_distances(free, [town])[:, 0].argmin()])

    def spread(self, centres: Sequence[Centre], region: str, taken: list[Taken]) -> Floats:
        """As many places, each the one farthest from all that stands there; a region that the map does not
        know has all of the land.
        """
        own = self._regions == region
        places = self.places[own] if own.any() else self.places
        room, chosen = _room(places, taken), []
        for _ in centres:
            chosen.append(places[room.argmax()])
            taken.append(Taken(*_plain(chosen[-1]), LV_RADIUS))
            room = np.minimum(room, _room(places, taken[-1:]))
        return np.array(chosen)


def _hand_out(free: Floats, centres: Sequence[Centre], at: dict[str, Place], amk: list[Place]) -> None:
    """The largest first: beside one that helps it, else as near to an AMK as can be."""
    for centre in sorted(centres, key=lambda centre: -centre.catchment):
        beside = [at[name] for name in centre.overflow if name in at]
        n = _distances(free, beside or amk).min(axis=1).argmin()
        at[centre.name] = _plain(free[n])
        free = np.delete(free, n, axis=0)


def _inside(outline: Floats) -> Floats:
    """A grid of places within the outline, and not at its edge."""
    across, down = np.meshgrid(np.arange(0.0, WIDTH, STEP), np.arange(0.0, HEIGHT, STEP))
    grid = np.column_stack([across.ravel(), down.ravel()])
    edges = list(zip(outline, np.roll(outline, -1, axis=0), strict=True))
    inside, (x, y) = np.zeros(len(grid), bool), grid.T
    for (x1, y1), (x2, y2) in edges:
        crosses = (y1 > y) != (y2 > y)
        inside ^= crosses & (x < x1 + (x2 - x1) * (y - y1) / (y2 - y1 or 1.0))
    land = grid[inside]
    for begin, end in edges:
        along = end - begin
        part = np.clip((land - begin) @ along / (along @ along), 0.0, 1.0)
        land = land[np.linalg.norm(land - begin - np.outer(part, along), axis=1) >= SHORE]
    return land


def _distances(places: Floats, to: Sequence[Place]) -> Floats:
    return np.asarray(np.linalg.norm(places[:, None] - np.array(to)[None], axis=2), np.float64)


def _room(places: Floats, taken: Sequence[Taken]) -> Floats:
    """How far each place is from the nearest edge of what stands there."""
    if not taken:
        return np.full(len(places), np.inf)
    radii = np.array([one.radius for one in taken])
    return np.asarray((_distances(places, [(t.x, t.y) for t in taken]) - radii).min(axis=1), np.float64)


def _plain(place: Floats) -> Place:
    return float(place[0]), float(place[1])
