"""A handset: a number that gets SMS, and the phone that opens what they link to."""

from typing import Any

from fake_phones import commands
from fake_phones.failed import Failed
from fake_phones.inbox import Inbox, Subscription
from fake_phones.phone import Phone


class Handset:
    """Does one command after another, or several at once; each raises Failed when it was not done."""

    def __init__(self, number: str, carriers_url: str, phone: Phone) -> None:
        self.number = number
        self._phone = phone
        self._inbox = Inbox()
        self._subscription = Subscription(carriers_url, number, self._inbox)

    async def begin(self) -> dict[str, Any]:
        """Register with the carrier and get the phone ready."""
        await self._subscription.begin()
        await self._phone.begin()
        return {"timed": self._phone.timed}

    async def do(self, command: commands.OnPhone) -> dict[str, Any]:
        phone = self._phone
        match command:
            case commands.PhoneReady():
                await phone.ready()
            case commands.PhoneNextSms():
                return (await self._inbox.next()).facts()
            case commands.PhoneOpen():
                await phone.open(command.link)
            case commands.PhoneConsent():
                await phone.consent()
            case commands.PhoneRefuse():
                await phone.refuse()
            case commands.PhoneWithdraw():
                await phone.withdraw()
            case commands.PhonePublish():
                await phone.publish()
            case commands.PhoneReload():
                await phone.reload()
            case commands.PhoneCloseTab():
                await phone.close_tab()
            case commands.PhoneLock():
                await phone.lock()
            case commands.PhoneUnlock():
                await phone.unlock()
            case commands.PhoneChange():
                return await phone.change(command.parameter, command.value)
            case commands.PhoneWaitEnd():
                return {"because": await phone.wait_end()}
            case commands.PhoneEnrol() | commands.PhoneStart() | commands.PhoneEnd():
                raise Failed(f"{command.do} is for an ambulance phone", "usage")
        return {}

    async def close(self) -> dict[str, Any]:
        """Switch off; every wait ends. Returns the totals."""
        await self._inbox.close(Failed("the phone was removed", "gone"))
        await self._subscription.end()
        await self._phone.close()
        return self.facts()

    def facts(self) -> dict[str, Any]:
        return {**self._phone.facts(), "sms_received": self._inbox.received}
