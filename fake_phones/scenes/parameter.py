"""What can be set about a scene, before and while it films: numbers with limits, choices, switches."""

from dataclasses import dataclass
from math import isfinite

Value = float | str | bool


@dataclass(frozen=True, slots=True)
class Number:
    """A number within limits, both of them allowed."""

    name: str
    default: float
    low: float
    high: float
    unit: str
    """ "1" for a share or a factor."""
    says: str
    redraws: bool = False
    """A change while filming draws the set anew: that one frame takes as long as the first."""

    @property
    def limits(self) -> str:
        unit = "" if self.unit == "1" else f" {self.unit}"
        return f"{self.low:g} to {self.high:g}{unit}"

    def checked(self, value: object) -> Value:
        """The value as this parameter keeps it. Raises ValueError with the limits."""
        if isinstance(value, bool) or not isinstance(value, int | float) or not isfinite(value):
            raise ValueError(f"{value!r} is no number; take {self.limits}")
        if not self.low <= value <= self.high:
            raise ValueError(f"{value:g} is out of range; take {self.limits}")
        return float(value)

    def read(self, text: str) -> Value:
        """The value that a command line wrote. Raises ValueError."""
        try:
            value = float(text)
        except ValueError:
            raise ValueError(f"{text!r} is no number; take {self.limits}") from None
        return self.checked(value)


@dataclass(frozen=True, slots=True)
class OneOf:
    """One of some values."""

    name: str
    default: Value
    options: tuple[Value, ...]
    unit: str
    says: str
    redraws: bool = False

    @property
    def limits(self) -> str:
        unit = "" if self.unit == "1" else f" {self.unit}"
        return " or ".join(_written(option) for option in self.options) + unit

    def checked(self, value: object) -> Value:
        """The value as this parameter keeps it. Raises ValueError with the options."""
        for option in self.options:
            if value == option and isinstance(value, bool) == isinstance(option, bool):
                return option
        raise ValueError(f"{value!r} is not among them; take {self.limits}")

    def read(self, text: str) -> Value:
        """The value that a command line wrote. Raises ValueError."""
        for option in self.options:
            if text.lower() in (_written(option), str(option).lower()):
                return option
        return self.checked(text)


Parameter = Number | OneOf


def switch(name: str, default: bool, says: str) -> OneOf:
    """On or off."""
    return OneOf(name, default, (False, True), "1", says)


def _written(value: Value) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else f"{value:g}"


BREATHING = Number("breathing_per_min", 14, 0, 60, "1/min", "breaths; 0 = does not breathe")
BREATH_DEPTH = Number("breathing_depth_m", 0.028, 0, 0.045, "m", "how far the chest rises; 0.014 is natural")
CALM = Number("calm", 0.0, 0, 1, "1", "the caller's face: 0 talks and looks about, 1 hardly moves")
TORCH = switch("torch", True, "the phone's torch")

PHONE: tuple[Parameter, ...] = (
    Number("steadiness", 0.5, 0, 1, "1", "the hand: 0 runs, 0.5 stands, 1 the phone is propped up"),
    Number("light", 1.0, 0, 1, "1", "of the scene's own light; 0 = as good as none"),
    Number("exposure_ev", 0.0, -3, 3, "EV", "how much too bright (+) or too dark (-) the phone exposes"),
    Number("focus", 1.0, 0, 1, "1", "1 = sharp but for a hunt now and then, 0 = never finds it"),
    Number("noise", 1.0, 0, 4, "1", "the sensor's noise, times the scene's own"),
    OneOf(
        "orientation", 0.0, (0.0, 90.0, 180.0, 270.0), "degrees", "the picture is turned clockwise by this"
    ),
    Number("thumb", 0.0, 0, 1, "1", "how much of the lens is under a thumb"),
)
"""Parameters of every scene: the phone and the hand that holds it. The front camera obeys them too."""
