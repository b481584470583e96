"""Who somebody is to look at: skin, hair, age and clothes, from the seed."""

from dataclasses import dataclass
from typing import Literal

from draws import choice, uniform
from fake_phones.scenes.solids import Colour, colour

Hair = Literal["short", "long", "bald"]

SKINS = ("f0cdb4", "e6b896", "d9a37e", "b9805a", "8a5a3c", "5f3d2a")
SKIN_WEIGHTS = (5.0, 5.0, 3.0, 1.5, 1.0, 1.0)
HAIRS = ("2a1d16", "4a3020", "6e4a2c", "a07848", "c8a870", "181414")
GREY = ("b9b6b2", "857f7a")
TOPS = ("7a2e35", "2f4a6e", "3d5e46", "6b6f78", "b8b0a0", "84623c", "50406a")
TROUSERS = ("2c3a55", "33363c", "4a4238", "1f2530")
EYES = ("5d7f96", "4f6b48", "5b3d26", "6f5a38", "3a2a1e")


@dataclass(frozen=True)
class Person:
    """A person's looks. Colours are hex codes."""

    skin: str
    hair: str
    cut: Hair
    top: str
    trousers: str
    eyes: str
    age: float
    """0 = twenty, 1 = eighty."""
    beard: float
    """0 = none, 1 = full."""

    @property
    def skin_light(self) -> Colour:
        return colour(self.skin)


def person(seed: int, role: str) -> Person:
    """The person who plays `role` ("caller", "patient") under this seed."""

    def drawn(what: str) -> float:
        return uniform(seed, f"person.{what}", role)

    def of(what: str, items: tuple[str, ...]) -> str:
        return items[int(drawn(what) * len(items))]

    age = drawn("age")
    skin = choice(drawn("skin"), list(zip(SKINS, SKIN_WEIGHTS, strict=True)))
    dark = SKINS.index(skin) >= 3
    hair = HAIRS[5 if dark and drawn("hair") < 0.7 else 0] if dark else of("hair", HAIRS[:5])
    if age > 0.6:
        hair = GREY[0] if age > 0.75 else GREY[1]
    cut: Hair = choice(drawn("cut"), [("short", 0.5), ("long", 0.38), ("bald", 0.12 if age > 0.4 else 0.0)])
    beard = 0.0 if cut == "long" else max(0.0, 1.6 * drawn("beard") - 0.6)
    return Person(skin, hair, cut, of("top", TOPS), of("trousers", TROUSERS), of("eyes", EYES), age, beard)
