"""The handset that an ambulance phone is: commands in the farm, and no SMS."""

from typing import Any

from fake_phones import commands
from fake_phones.ambulance_phone import AmbulancePhone
from fake_phones.failed import Failed


class AmbulanceHandset:
    """As `handset.Handset`, without a number."""

    number = None

    def __init__(self, phone: AmbulancePhone) -> None:
        self._phone = phone

    async def begin(self) -> dict[str, Any]:
        await self._phone.begin()
        return {"timed": self._phone.timed}

    async def do(self, command: commands.OnPhone) -> dict[str, Any]:
        phone = self._phone
        match command:
            case commands.PhoneReady():
                await phone.ready()
            case commands.PhoneEnrol():
                return await phone.enrol(command.service_url, command.code, command.name, command.amk)
            case commands.PhoneStart():
                return await phone.start(command.centres)
            case commands.PhonePublish():
                await phone.publish()
            case commands.PhoneEnd():
                await phone.end()
            case commands.PhoneChange():
                return await phone.change(command.parameter, command.value)
            case commands.PhoneWaitEnd():
                return {"because": await phone.wait_end()}
            case _:
                raise Failed(f"an ambulance phone gets no links: {command.do} is for a caller's", "usage")
        return {}

    async def close(self) -> dict[str, Any]:
        """Switch off; every wait ends. Returns the totals."""
        await self._phone.close()
        return self.facts()

    def facts(self) -> dict[str, Any]:
        return self._phone.facts()
