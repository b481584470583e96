"""What the farm's tests share: a phone brought so far that it films."""

from typing import Any


async def publishing(lab: Any, control: Any, name: str, stamp: str, **args: Any) -> None:
    """A phone from switched on to filming; its token is its name."""
    await control.do("phone.add", **lab.phone(name, stamp, **args))
    await control.do("phone.open", phone=name, link=lab.service.link(name))
    await control.do("phone.consent", phone=name)
    await control.do("phone.publish", phone=name)
