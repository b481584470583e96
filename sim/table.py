"""A table of a data file: what all of them have in common."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Seconds = Annotated[float, Field(ge=0, strict=True)]
Positive = Annotated[float, Field(gt=0, strict=True)]
Ratio = Annotated[float, Field(ge=0, le=1)]


class Table(BaseModel):
    """Frozen; a key that is not known is a mistake, and so are nan and infinity."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class Number(Table):
    """One number of the data."""

    value: float = Field(ge=0)
    source: str
