"""What people wear indoors and outdoors."""

from collections.abc import Callable

from draws import uniform
from fake_phones.scenes.body import Clothes
from fake_phones.scenes.head import Frame
from fake_phones.scenes.person import Person
from fake_phones.scenes.solids import Cut, Material, Solid, colour, dimmed

JACKETS = ("8c2f2a", "2d5a78", "c07a28", "3c5f4a")
CAPS = ("30425c", "6a2c3a", "3a3a3c", "4e5a3a")


def indoors(who: Person) -> Clothes:
    """A shirt with short sleeves, trousers, dark socks."""
    return Clothes(
        Material(colour(who.top), gloss=0.005, rough=0.22),
        0.42,
        Material(colour(who.trousers), gloss=0.005, rough=0.20),
        Material(colour("26262b"), gloss=0.02, rough=0.1),
    )


def outdoors(seed: int, who: Person, role: str) -> Clothes:
    """A winter jacket, gloves, boots."""
    jacket = JACKETS[int(uniform(seed, "person.jacket", role) * len(JACKETS))]
    return Clothes(
        Material(colour(jacket), gloss=0.02, rough=0.28),
        1.0,
        Material(colour(who.trousers), gloss=0.005, rough=0.22),
        Material(colour("2a2622"), gloss=0.04, rough=0.1),
        bulk=0.018,
        hands=Material(colour("2c2c30"), gloss=0.01, rough=0.2),
    )


def cap(seed: int, role: str) -> Callable[[Frame], list[Solid]]:
    """A knitted cap with a brim."""
    shade = CAPS[int(uniform(seed, "person.cap", role) * len(CAPS))]
    wool, brim = (
        Material(colour(shade), rough=0.3),
        Material(dimmed(colour(shade), 0.6), rough=0.3),
    )

    def on(head: Frame) -> list[Solid]:
        return [
            head.ball(
                (0, 0.070, -0.016),
                (0.0850, 0.078, 0.1030),
                wool,
                0.01,
                (Cut(head.at(0, 0.084, 0), head.towards(0, -1, -0.15), brim),),
            ),
        ]

    return on
