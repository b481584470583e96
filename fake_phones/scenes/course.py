"""What is set about a scene over its time: values from the start, and changes while it films."""

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches

from fake_phones.scenes.parameter import Parameter, Value

EASE_S = 0.6  # hands, light and mouths take so long to follow

Change = tuple[float, str, object]
"""At a time in seconds, this parameter, this value."""


@dataclass(slots=True)
class _Line:
    """One parameter's values: value k holds from times_s[k] on."""

    values: list[Value]
    times_s: list[float] = field(default_factory=lambda: [0.0])
    eased_from: list[float] = field(default_factory=lambda: [0.0])
    """Of numbers: where the eased value was when value k began."""
    cycles: list[float] = field(default_factory=lambda: [0.0])
    """Of rates: how many had passed when value k began."""


class Course:
    """Values of a scene's parameters over time. Grows by `change`; what was before it stays as it was."""

    def __init__(
        self,
        scene: str,
        parameters: Sequence[Parameter],
        start: Mapping[str, object] | None = None,
        changes: Sequence[Change] = (),
    ) -> None:
        """Raises ValueError, as `change` does."""
        self._scene = scene
        self.parameters = {parameter.name: parameter for parameter in parameters}
        self._lines = {name: self._line(parameter.default) for name, parameter in self.parameters.items()}
        for name, value in (start or {}).items():
            self._lines[name] = self._line(self.checked(name, value))
        self._last_s = 0.0
        for change in changes:
            self.change(*change)

    def checked(self, name: str, value: object) -> Value:
        """The value as it is kept. Raises ValueError that names the scene, the parameter and its limits."""
        if name not in self.parameters:
            near = get_close_matches(name, self.parameters, 1, 0.5)
            hint = f"; did you mean {near[0]!r}?" if near else "."
            there = ", ".join(f"{each.name} ({each.limits})" for each in self.parameters.values())
            raise ValueError(f"scene {self._scene!r} has no parameter {name!r}{hint} It has {there}")
        try:
            return self.parameters[name].checked(value)
        except ValueError as error:
            raise ValueError(f"scene {self._scene!r}, parameter {name!r}: {error}") from None

    def change(self, t_s: float, name: str, value: object) -> None:
        """From `t_s` on the parameter has this value. Raises ValueError for an unknown name, a value out of
        its limits, or a time before the last change: what was filmed stays as it was."""
        kept = self.checked(name, value)
        if not t_s >= self._last_s:
            raise ValueError(f"scene {self._scene!r}: a change at {t_s} s, after one at {self._last_s} s")
        line = self._lines[name]
        if not isinstance(kept, str):
            line.eased_from.append(self.eased(name, t_s))
            line.cycles.append(self.cycles(name, t_s))
        line.values.append(kept)
        line.times_s.append(t_s)  # last: another thread that films finds the value by its time
        self._last_s = t_s

    def value(self, name: str, t_s: float) -> Value:
        """What is set at that time."""
        line = self._lines[name]
        return line.values[_index(line, t_s)]

    def number(self, name: str, t_s: float) -> float:
        """What is set at that time, of a number or a switch (0 or 1)."""
        return float(self.value(name, t_s))

    def eased(self, name: str, t_s: float) -> float:
        """The same as people and cameras follow it: within `EASE_S` of a change, without a jump."""
        line = self._lines[name]
        k = _index(line, t_s)
        target = float(line.values[k])
        share = min(1.0, (t_s - line.times_s[k]) / EASE_S) if k else 1.0
        if share >= 1:
            return target
        begin = line.eased_from[k]
        return begin + (target - begin) * share * share * (3 - 2 * share)

    def cycles(self, name: str, t_s: float) -> float:
        """How often something at this rate a minute has come round since 0 s: without jumps."""
        line = self._lines[name]
        k = _index(line, t_s)
        return line.cycles[k] + float(line.values[k]) / 60 * (t_s - line.times_s[k])

    def stretches(self, t_s: float, *names: str) -> Iterator[tuple[float, tuple[float, ...]]]:
        """From 0 s to `t_s` in pieces during which these numbers stay: (how long in s, the numbers)."""
        times = sorted({time for name in names for time in self._lines[name].times_s if time < t_s})
        for begin, end in zip(times, [*times[1:], t_s], strict=True) if times else ():
            yield end - begin, tuple(self.number(name, begin) for name in names)

    @staticmethod
    def _line(value: Value) -> _Line:
        return _Line([value])


def _index(line: _Line, t_s: float) -> int:
    return max(0, bisect_right(line.times_s, t_s) - 1)
