"""Somebody lies on a bedroom floor at night; the lamp does not work and the caller has only the torch."""

from functools import lru_cache

from fake_phones.scenes import room, texture
from fake_phones.scenes.body import Body, lying
from fake_phones.scenes.breath import breathing
from fake_phones.scenes.clothes import indoors
from fake_phones.scenes.features import Expression
from fake_phones.scenes.handheld import Handheld
from fake_phones.scenes.kind import Kind
from fake_phones.scenes.lens import vec
from fake_phones.scenes.light import Lamp, Light, Sky
from fake_phones.scenes.night import dark_room_selfie, torch
from fake_phones.scenes.parameter import BREATH_DEPTH, BREATHING, CALM, TORCH
from fake_phones.scenes.person import person
from fake_phones.scenes.scene import Picture, Shot, Take
from fake_phones.scenes.solids import Box, Capsule, Material, Solid, Texture, colour
from fake_phones.scenes.stage import Filmed, Movement, Scenery, Stage


def _shots(take: Take) -> tuple[Shot, Shot]:
    """Seen by the caller, from the door."""
    base, chest = _bedroom(take.seed, take.width, take.height)
    hand = Handheld(take, "back", 1.2, 5.0, torch(take.width, take.height))
    return Filmed(hand, base, [(chest, breathing(take))]), dark_room_selfie(take)


@lru_cache(maxsize=8)
def _bedroom(seed: int, width: int, height: int) -> tuple[Picture, Movement]:
    who = person(seed, "patient")
    body = Body(
        who, lying(vec(-0.05, 0.02, 0), vec(0.80, 0.42, 0)), indoors(who), Expression(0.0, 0.2, pale=0.5)
    )
    eye = vec(-0.25, -1.55, 1.58)
    beam = Lamp(eye + vec(0.04, 0, -0.03), (3.3, 3.55, 3.7), 0.16)
    hall = Lamp(vec(-2.2, -1.2, 1.5), (0.10, 0.20, 0.30), 0.10)
    lights: list[Light] = [Sky((0.020, 0.017, 0.015), (0.010, 0.009, 0.009)), beam, hall]
    scenery = Scenery(Stage(width, height, eye, vec(0.02, 0.10, 0.10), lights, 1.25), _furniture(seed))
    base = scenery.picture(body.solids())
    return base, scenery.movement(base, body.solids, levels=7)


def _furniture(seed: int) -> list[Solid]:
    """A bed with its blanket half on the floor, a bedside table with a lamp that has fallen, a wardrobe."""
    linen = Material(
        (1, 1, 1), rough=0.2, texture=Texture(texture.speckled(1, (206, 208, 214), 30, 0.03), 200)
    )
    cover = room.picked(seed, "blanket", ((70, 88, 120), (124, 78, 74), (78, 104, 84)))
    quilt = Material((1, 1, 1), rough=0.28, texture=Texture(texture.rug(seed % 5, cover, (512, 512)), 520))
    wood = Material(colour("6a4a30"), gloss=0.03, texture=Texture(texture.planks(4, (240, 225, 210)), 600))
    shade, brass = Material(colour("d8cfae"), gloss=0.01), Material(colour("8a7444"), gloss=0.3)
    lamp = vec(0.98, -0.26, 0.07)
    return [
        room.floor(seed),
        *room.wall(seed, 1.75),
        Box(vec(-0.35, 1.22, 0.22), vec(1.05, 0.48, 0.18), wood, bevel=0.02),
        Box(vec(-0.35, 1.20, 0.46), vec(1.02, 0.50, 0.09), linen, bevel=0.08, bulge=0.25),
        Box(vec(0.55, 1.30, 0.58), vec(0.24, 0.34, 0.07), linen, bevel=0.09, bulge=0.5),
        Box(vec(-0.72, 0.80, 0.30), vec(0.52, 0.12, 0.24), quilt, bevel=0.10, bulge=0.3),
        Box(vec(-0.70, 0.66, 0.03), vec(0.46, 0.20, 0.045), quilt, bevel=0.06, bulge=0.3),
        Box(vec(1.02, 1.28, 0.25), vec(0.22, 0.22, 0.25), wood, bevel=0.012),
        Capsule(lamp, lamp + vec(0.20, 0.10, 0.0), 0.020, 0.014, brass, 0.0),
        Capsule(lamp + vec(0.20, 0.10, 0.02), lamp + vec(0.33, 0.165, 0.03), 0.055, 0.095, shade, 0.0),
        Box(vec(1.85, 0.9, 1.0), vec(0.35, 0.8, 1.0), wood, bevel=0.02),
    ]


DARK_FLAT = Kind(
    "dark-flat",
    "an adult lies on a bedroom floor in the dark, in the light of a torch",
    (TORCH, BREATHING, BREATH_DEPTH, CALM),
    _shots,
    good_for="asking for the torch, finding a person in a poor picture, chest movement in bad light",
    not_for="skin colour, wounds",
)
