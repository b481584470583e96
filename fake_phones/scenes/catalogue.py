"""The scenes there are, by name."""

from collections.abc import Callable
from difflib import get_close_matches

from fake_phones.scenes.chest_pain import chest_pain
from fake_phones.scenes.night_fall import night_fall
from fake_phones.scenes.scene import Scene
from fake_phones.scenes.test_card import test_card
from fake_phones.scenes.unconscious import unconscious

SCENES: dict[str, Callable[..., Scene]] = {
    "test-card": test_card,
    "chest-pain": chest_pain,
    "unconscious": unconscious,
    "night-fall": night_fall,
}
NAMES: tuple[str, ...] = tuple(SCENES)
BREATHING = ("chest-pain", "unconscious")


def scene(name: str, seed: int, width: int, height: int, *, breaths_per_minute: float | None = None) -> Scene:
    """The scene of that name; the same arguments give the same pictures.

    The first of a name, seed and size takes about a second of drawing, which later ones share.
    `breaths_per_minute` is the patient's (0 = none), for the scenes in `BREATHING`.
    Raises ValueError for an unknown name, an odd or tiny size, or breaths where nobody is seen to breathe.
    """
    if name not in SCENES:
        near = get_close_matches(name, NAMES, 1, 0.0)
        raise ValueError(
            f"there is no scene {name!r}; did you mean {near[0]!r}? There are {', '.join(NAMES)}"
        )
    if width % 2 or height % 2 or min(width, height) < 120:
        raise ValueError(f"a scene of {width} x {height}: both sides must be even and at least 120")
    if breaths_per_minute is None:
        return SCENES[name](seed, width, height)
    if name not in BREATHING:
        raise ValueError(f"breaths_per_minute: nobody is seen to breathe in {name!r}, but in {BREATHING}")
    if breaths_per_minute < 0:
        raise ValueError(f"breaths_per_minute = {breaths_per_minute}: take 0 (none) or more")
    return SCENES[name](seed, width, height, breaths_per_minute)
