"""A caller who films the own face, by day at home or at night outdoors; the back camera shows the place."""

from functools import lru_cache

from fake_phones.scenes import room, stairs
from fake_phones.scenes.handheld import Handheld
from fake_phones.scenes.kind import Kind
from fake_phones.scenes.lens import vec
from fake_phones.scenes.light import Lamp, Light, Sky
from fake_phones.scenes.night import NIGHT, night_selfie, torch
from fake_phones.scenes.parameter import CALM, TORCH
from fake_phones.scenes.scene import Picture, Shot, Take
from fake_phones.scenes.selfie import indoors_selfie
from fake_phones.scenes.stage import Filmed, Scenery, Stage
from fake_phones.scenes.weather import Snowfall


def _by_day(take: Take) -> tuple[Shot, Shot]:
    base = _room(take.seed, take.width, take.height)
    return Filmed(Handheld(take, "back", 1.0), base, []), indoors_selfie(take)


def _by_night(take: Take) -> tuple[Shot, Shot]:
    base = _doorstep(take.seed, take.width, take.height)
    hand = Handheld(take, "back", 1.4, 5.5, torch(take.width, take.height))
    snow = Snowfall(take.seed, take.width, take.height)
    return Filmed(hand, base, [], extra=snow.fall), night_selfie(take)


@lru_cache(maxsize=8)
def _room(seed: int, width: int, height: int) -> Picture:
    still = [
        room.floor(seed),
        room.rug(seed, vec(-0.1, -1.0, 0), (1.5, 0.95)),
        *room.wall(seed, 0.75),
        *room.sofa(seed, vec(-0.2, 0.1, 0)),
        room.cushion(vec(-0.85, 0.06, 0.63), "a8763a", 0.25),
        *room.coffee_table(vec(0.1, -0.95, 0)),
        *room.frame_on_wall(vec(-0.35, 0.74, 1.45), (0.42, 0.28), seed),
    ]
    window = room.window_light(vec(0.70, 0.55, -0.52), vec(0.15, 0.1, 0.6), still[4:])
    lights: list[Light] = [room.daylight(), window]
    stage = Stage(width, height, vec(0.55, -2.7, 1.50), vec(-0.1, 0.0, 0.72), lights, 1.35)
    return Scenery(stage, still).picture([])


@lru_cache(maxsize=8)
def _doorstep(seed: int, width: int, height: int) -> Picture:
    still = [*stairs.ground(seed), *stairs.stairs(seed), *stairs.house(stairs.FOOT_Y + 2.0)]
    eye = vec(0.55, -1.95, 1.55)
    beam = Lamp(eye + vec(0.04, 0, -0.03), (3.6, 3.9, 4.1), 0.16)
    lights: list[Light] = [Sky((0.022, 0.015, 0.012), (0.010, 0.008, 0.007)), beam]
    stage = Stage(width, height, eye, vec(-0.05, 0.9, 0.55), lights, 1.3, background=NIGHT)
    return Scenery(stage, still).picture([])


SELFIE = Kind(
    "selfie",
    "the caller's own face, at home by day",
    (CALM,),
    _by_day,
    good_for="a caller who is the patient or alone, eye contact, switching to the room behind the phone",
    not_for="feelings in detail: a face of a few solids and paint",
)
SELFIE_NIGHT = Kind(
    "selfie-night",
    "the caller's own face outdoors at night, lit by the phone's screen",
    (CALM, TORCH),
    _by_night,
    good_for="a dark and noisy face, asking for light, where the caller stands",
    not_for="skin colour, pupils",
)
