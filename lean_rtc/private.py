"""How this library reaches private names: one spelling, one clear error."""

from collections.abc import Coroutine
from typing import Any

PIN = "aiortc==1.16.0 aioice==0.13.0 pylibsrtp==1.0.0"


class PrivateNameMissing(RuntimeError):
    """An installed package lacks a private name that lean_rtc uses; the text names both and the remedy."""

    def __init__(self, name: str) -> None:
        super().__init__(f"lean_rtc uses {name}, which is not installed; pip install {PIN}")


def mangled(owner: type, name: str) -> str:
    """The attribute behind `self.__name` in the body of class `owner`."""
    return f"_{owner.__name__}__{name}"


def read(thing: object, owner: type, name: str) -> Any:
    """The value of `thing.__name`, as the body of `owner` sees it."""
    return getattr(thing, mangled(owner, name))


def write(thing: object, owner: type, name: str, value: object) -> None:
    """Set `thing.__name`, as the body of `owner` sees it."""
    setattr(thing, mangled(owner, name), value)


def without_waiting(sending: Coroutine[Any, Any, None]) -> None:
    """Run a coroutine that has nothing to wait for (sending a datagram) to its end, at once.

    Raises ConnectionError when it would wait.
    """
    try:
        sending.send(None)
    except StopIteration:
        return
    sending.close()
    raise ConnectionError("the transport cannot send at once")
