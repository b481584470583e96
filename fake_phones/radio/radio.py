"""A radio: a name, and the course of its conditions over time."""

from bisect import bisect_right
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from fake_phones.radio.conditions import BLACKOUT, CLEAR, Conditions, Direction

Moment = Annotated[float, Field(ge=0)]


class Step(BaseModel):
    """Conditions from `t_s` on, until the next step."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    t_s: Moment = 0.0
    up: Conditions = CLEAR
    down: Conditions = CLEAR


class Radio(BaseModel):
    """The course of a phone's radio. Time 0 is when the phone opens its link.

    `blackouts` are spans [from_s, to_s] in which nothing passes, either way. At each of `new_address_at_s`
    the phone gets another address: what is sent to or from the old one is lost from then on.
    With `repeat_s` the whole course begins anew every so many seconds.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    name: str = ""
    what: str = ""
    source: str = ""
    steps: Annotated[tuple[Step, ...], Field(min_length=1)]
    blackouts: tuple[tuple[Moment, Moment], ...] = ()
    new_address_at_s: tuple[Moment, ...] = ()
    repeat_s: Annotated[float, Field(gt=0)] | None = None

    @field_validator("steps")
    @classmethod
    def _in_order(cls, steps: tuple[Step, ...]) -> tuple[Step, ...]:
        times = [step.t_s for step in steps]
        if times[0] != 0 or times != sorted(set(times)):
            raise ValueError(f"t_s of the steps must begin at 0 and rise, got {times[:6]}")
        return steps

    @model_validator(mode="after")
    def _spans_are_spans(self) -> Self:
        for begun_s, over_s in self.blackouts:
            if over_s <= begun_s:
                raise ValueError(f"a blackout is [from_s, to_s] with to_s later, got [{begun_s}, {over_s}]")
        last_s = max(self.steps[-1].t_s, *(span[1] for span in self.blackouts), *self.new_address_at_s, 0.0)
        if self.repeat_s is not None and last_s > self.repeat_s:
            raise ValueError(f"repeat_s is {self.repeat_s}, but the course goes on until {last_s}")
        return self

    def at(self, t_s: float, direction: Direction) -> Conditions:
        """The conditions at a moment; a time before 0 is as 0."""
        t_s, _ = self._within(t_s)
        if any(begun_s <= t_s < over_s for begun_s, over_s in self.blackouts):
            return BLACKOUT
        step = self.steps[bisect_right(self.steps, t_s, key=lambda step: step.t_s) - 1]
        return step.up if direction == "up" else step.down

    def address(self, t_s: float) -> int:
        """How often the phone has changed its address by then."""
        t_s, rounds = self._within(t_s)
        changes = len(self.new_address_at_s)
        return rounds * changes + sum(at_s <= t_s for at_s in self.new_address_at_s)

    def outages(self, until_s: float) -> list[tuple[float, float]]:
        """The spans in which nothing passes that begin before `until_s`, from 0 on."""
        spans = [
            (t + begun_s, t + over_s) for t in self._rounds(until_s) for begun_s, over_s in self.blackouts
        ]
        return sorted(span for span in spans if span[0] < until_s)

    def address_changes(self, until_s: float) -> list[float]:
        """When the phone gets another address, from 0 on, before `until_s`."""
        changes = [t + at_s for t in self._rounds(until_s) for at_s in self.new_address_at_s]
        return sorted(at_s for at_s in changes if at_s < until_s)

    def _rounds(self, until_s: float) -> list[float]:
        """When the course begins, again and again if it does."""
        if self.repeat_s is None:
            return [0.0]
        return [n * self.repeat_s for n in range(int(max(0.0, until_s) // self.repeat_s) + 1)]

    def _within(self, t_s: float) -> tuple[float, int]:
        """The time within the course, and how many whole courses lie before it."""
        t_s = max(0.0, t_s)
        if self.repeat_s is None:
            return t_s, 0
        rounds = int(t_s // self.repeat_s)
        return t_s - rounds * self.repeat_s, rounds
