"""What a scenario says of those who are given a look, and of the presses that an operator's script times."""

from collections.abc import Sequence
from typing import TypeVar

from sim.table import Seconds, Table

# who else is there: an invited person's role names him in the journal, and must name nobody else
_ACTORS = frozenset(["", "operator", "caller", "crew", "iccs", "carrier", "lab"])


class InvitationSpec(Table):
    role: str
    at_s: Seconds = 2.0
    joins_after_s: Seconds | None = None


S = TypeVar("S", bound=InvitationSpec)


def a_role_alone_will_do(value: object) -> object:
    """`["doctor"]` for `[{ role = "doctor" }]`."""
    if isinstance(value, list | tuple):
        return [{"role": item} if isinstance(item, str) else item for item in value]
    return value


def each_role_once(invites: tuple[S, ...]) -> tuple[S, ...]:
    """The same. Raises ValueError when a role would not name one person."""
    roles = [invited.role for invited in invites]
    twice = next((role for role in roles if roles.count(role) > 1), None)
    if twice is not None:
        raise ValueError(
            f"{twice!r} is invited twice; number them, such as {twice + '-1'!r}, {twice + '-2'!r}"
        )
    taken = next((role for role in roles if role in _ACTORS), None)
    if taken is not None:
        raise ValueError(f"{taken!r} is not a resource person's role; name one, such as 'doctor'")
    return invites


def rising(times: Sequence[float]) -> tuple[float, ...]:
    """The same. Raises ValueError when one is not later than the one before."""
    if list(times) != sorted(set(times)):
        raise ValueError(f"the times must rise, got {list(times)}")
    return tuple(times)
