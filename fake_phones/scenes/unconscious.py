"""An adult lies on the back on a living-room floor and does not answer. Breathes, or does not."""

from functools import lru_cache

from draws import uniform
from fake_phones.scenes import room
from fake_phones.scenes.body import Body, indoors, lying
from fake_phones.scenes.breath import Breath
from fake_phones.scenes.features import Expression
from fake_phones.scenes.handheld import Handheld
from fake_phones.scenes.lens import vec
from fake_phones.scenes.person import person
from fake_phones.scenes.scene import Picture, Scene
from fake_phones.scenes.selfie import indoors_selfie
from fake_phones.scenes.stage import Filmed, Movement, Stage, movement

BREATHS_PER_MINUTE = 14.0


def unconscious(seed: int, width: int, height: int, breaths_per_minute: float = BREATHS_PER_MINUTE) -> Scene:
    """Seen from above by the caller, who stands beside."""
    base, chest = _floor(seed, width, height)
    breath = Breath(breaths_per_minute, phase=uniform(seed, "breath", "patient"))
    back = Filmed(Handheld(seed, "back", width, height, 0.8), base, [(chest, breath.lift)])
    return Scene(back, indoors_selfie(seed, width, height))


@lru_cache(maxsize=8)
def _floor(seed: int, width: int, height: int) -> tuple[Picture, Movement]:
    who = person(seed, "patient")
    body = Body(
        who, lying(vec(0, 0.08, 0), vec(-0.75, 0.62, 0)), indoors(who), Expression(0.0, 0.25, pale=0.5)
    )
    still = [
        room.floor(seed),
        room.rug(seed, vec(-0.05, 0.05, 0)),
        *room.sofa(seed, vec(-0.2, 1.75, 0)),
        *room.coffee_table(vec(1.35, 0.85, 0)),
    ]
    window = room.window_light(vec(-0.72, 0.30, -0.60), vec(-0.3, 0.55, 0), [*body.solids(), *still[2:]])
    stage = Stage(
        width, height, vec(0.10, -1.32, 1.66), vec(0.02, 0.02, 0.0), [room.daylight(), window], 1.5, 0.94
    )
    place = stage.surface(still)
    base = stage.picture(place.behind(stage.surface(body.solids())))
    return base, movement(stage, place, base, body.solids, levels=5)
