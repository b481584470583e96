"""A living-room floor with somebody on it, by day: what the scenes of unconscious people share."""

from collections.abc import Sequence

from fake_phones.scenes import room
from fake_phones.scenes.lens import Vec, vec
from fake_phones.scenes.light import Light
from fake_phones.scenes.solids import Solid
from fake_phones.scenes.stage import Scenery, Stage

SEEN_FROM = vec(0.10, -1.32, 1.66)


def floor(
    seed: int,
    size: tuple[int, int],
    casters: Sequence[Solid],
    eye: Vec = SEEN_FROM,
    target: Vec | None = None,
    zoom: float = 0.94,
) -> Scenery:
    """Rug, sofa, table and window light, seen by somebody who stands there. The casters throw shadows."""
    still = [
        room.floor(seed),
        room.rug(seed, vec(-0.05, 0.05, 0)),
        *room.sofa(seed, vec(-0.2, 1.75, 0)),
        *room.coffee_table(vec(1.35, 0.85, 0)),
    ]
    window = room.window_light(vec(-0.72, 0.30, -0.60), vec(-0.3, 0.55, 0), [*casters, *still[2:]])
    lights: list[Light] = [room.daylight(), window]
    at = vec(0.02, 0.02, 0.0) if target is None else target
    return Scenery(Stage(*size, eye, at, lights, 1.5, zoom), still)
