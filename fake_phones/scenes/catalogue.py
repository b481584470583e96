"""The scenes there are, by name."""

from collections.abc import Mapping, Sequence
from difflib import get_close_matches

from fake_phones.scenes.bleeding import BLEEDING
from fake_phones.scenes.burn import BURN
from fake_phones.scenes.chest_pain import CHEST_PAIN
from fake_phones.scenes.child_rash import CHILD_RASH
from fake_phones.scenes.course import Change, Course
from fake_phones.scenes.cpr import CPR
from fake_phones.scenes.dark_flat import DARK_FLAT
from fake_phones.scenes.kind import Kind
from fake_phones.scenes.leg_fracture import LEG_FRACTURE
from fake_phones.scenes.night_accident import NIGHT_ACCIDENT
from fake_phones.scenes.night_fall import NIGHT_FALL
from fake_phones.scenes.parameter import Parameter
from fake_phones.scenes.scene import Scene, Take
from fake_phones.scenes.seizure import SEIZURE
from fake_phones.scenes.selfies import SELFIE, SELFIE_NIGHT
from fake_phones.scenes.stroke import STROKE
from fake_phones.scenes.test_card import TEST_CARD
from fake_phones.scenes.unconscious import AGONAL, NOT_BREATHING, UNCONSCIOUS

KINDS: dict[str, Kind] = {
    kind.name: kind
    for kind in (
        TEST_CARD,
        CHEST_PAIN,
        UNCONSCIOUS,
        AGONAL,
        NOT_BREATHING,
        CPR,
        SEIZURE,
        BLEEDING,
        BURN,
        STROKE,
        CHILD_RASH,
        LEG_FRACTURE,
        NIGHT_FALL,
        NIGHT_ACCIDENT,
        DARK_FLAT,
        SELFIE,
        SELFIE_NIGHT,
    )
}
NAMES: tuple[str, ...] = tuple(KINDS)


def kind(name: str) -> Kind:
    """What the catalogue says of a scene. Raises ValueError for an unknown name, with the nearest one."""
    if name not in KINDS:
        near = get_close_matches(name, NAMES, 1, 0.0)
        raise ValueError(
            f"there is no scene {name!r}; did you mean {near[0]!r}? There are {', '.join(NAMES)}"
        )
    return KINDS[name]


def parameters(name: str) -> tuple[Parameter, ...]:
    """What can be set about a scene: its own parameters, then the phone's. Raises ValueError."""
    return kind(name).parameters


def check(name: str, start: Mapping[str, object] | None = None, changes: Sequence[Change] = ()) -> None:
    """Raises the ValueError that `scene` would for these names and values; draws nothing."""
    Course(name, parameters(name), start, changes)


def scene(
    name: str,
    seed: int,
    width: int,
    height: int,
    start: Mapping[str, object] | None = None,
    changes: Sequence[Change] = (),
) -> Scene:
    """The scene of that name; the same arguments give the same pictures.

    `start` sets parameters from the beginning, `changes` at times in seconds; `Scene.change` adds more.
    The first of a name, seed and size takes some seconds of drawing, which later ones share.
    Raises ValueError for an unknown name or parameter, a value out of its limits, an odd or tiny size.
    """
    found = kind(name)
    if width % 2 or height % 2 or min(width, height) < 120:
        raise ValueError(f"a scene of {width} x {height}: both sides must be even and at least 120")
    course = Course(name, found.parameters, start, changes)
    return Scene(*found.shots(Take(seed, width, height, course)), course)
