"""Triage cards as data: how urgent a line's calls are found to be, and what urgency does."""

from typing import Self

from pydantic import model_validator

from sim.table import Number, Ratio, Table


class TriageCard(Table):
    """Of a line's calls, by how urgent the card finds them."""

    acute: Ratio
    urgent: Ratio
    ordinary: Ratio
    source: str

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        if abs(self.acute + self.urgent + self.ordinary - 1.0) > 1e-6:
            raise ValueError("acute, urgent and ordinary must be 1 together")
        return self


class TalkBy(Table):
    """How long a call of each urgency takes, by any measure: only their ratios count."""

    acute: Number
    urgent: Number
    ordinary: Number


class Triage(Table):
    """A line's triage cards, `usual` among them, and what urgency does."""

    cards: dict[str, TriageCard]
    talk: TalkBy
    to_amk: Number | None = None  # of the acute calls, that a LV hands on

    @model_validator(mode="after")
    def _has_the_usual(self) -> Self:
        if "usual" not in self.cards:
            raise ValueError("cards has no 'usual' one; the volumes of today are of that")
        return self
