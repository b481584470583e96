"""Radios of browsers: each phone in a network namespace of its own, behind `python -m fake_phones.radio`.

The far sides are addresses of this machine; the video service is put at the first, and all reach it there.
"""

from pathlib import Path
from typing import Any

from sim.call import Call
from sim.clock import PortError
from sim.live.parts import Part, PartDied, start

PROGRAM = "fake_phones.radio"


class Radios:
    """By call. `origin` is where the pages come from: the video service's URL, once it is known."""

    def __init__(self) -> None:
        self.origin = ""
        self._parts: dict[str, Part] = {}

    @staticmethod
    def has_one(call: Call) -> bool:
        """Whether this call's phone is a browser with a radio."""
        return call.caller.phone == "chromium" and call.caller.radio is not None

    async def start(self, call: Call, folder: Path) -> Part:
        """Start the radio of this call's browser, which has one. Raises PartDied: needs root."""
        who = call.caller
        assert who.radio is not None
        options = ["--profile", who.radio, "--seed", str(who.scene_seed), "--far-here"]
        part = self._parts[call.name] = await start(PROGRAM, options, folder)
        return part

    @property
    def service_address(self) -> str | None:
        """Where the video service must be for these phones; None: anywhere."""
        return next((str(part.facts["far_address"]) for part in self._parts.values()), None)

    def of_phone(self, call: Call) -> dict[str, Any]:
        """What `phone.add` is told of the phone's radio."""
        if call.name in self._parts:
            return {"namespace": self._parts[call.name].facts["namespace"], "origin": self.origin}
        return {"radio": call.caller.radio}

    async def begin(self, call: Call) -> None:
        """The phone opens its link: time 0 of its radio. Raises PortError."""
        if call.name in self._parts:
            try:
                await self._parts[call.name].tell({"begin": True})
            except PartDied as error:
                raise PortError(str(error)) from None
