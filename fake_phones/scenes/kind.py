"""A kind of scene: its name, what can be set about it, and how it is drawn."""

from collections.abc import Callable
from dataclasses import dataclass

from fake_phones.scenes.parameter import PHONE, Parameter
from fake_phones.scenes.scene import Shot, Take


@dataclass(frozen=True)
class Kind:
    """What a catalogue says of a scene."""

    name: str
    says: str
    """What is seen, in a line."""
    own: tuple[Parameter, ...]
    """Its parameters, beside those of every phone."""
    shots: Callable[[Take], tuple[Shot, Shot]]
    """The back camera and the front camera."""
    good_for: str
    not_for: str

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        return (*self.own, *PHONE)
