"""Messages of a handset: links, order, receipts twice."""

import asyncio

import pytest

from fake_phones.failed import Failed
from fake_phones.inbox import Inbox, Sms, handset_url


def sms(text: str, message_id: str = "m") -> Sms:
    return Sms(message_id, "113", text, 1.0)


@pytest.mark.parametrize(
    ("text", "link"),
    [
        ("Trykk https://video.test/v/Ab-9_x for video", "https://video.test/v/Ab-9_x"),
        ("Se http://127.0.0.1:80/v/a.", "http://127.0.0.1:80/v/a"),
        ("(https://a.test/v/b)", "https://a.test/v/b"),
        ("https://first.test/1 https://second.test/2", "https://first.test/1"),
        ("Ring 113", None),
        ("ftp://a.test/b http:/x", None),
        ("", None),
    ],
)
def test_the_link_is_the_first_address_in_the_text(text: str, link: str | None) -> None:
    assert sms(text).link == link


@pytest.mark.parametrize(
    "frame", ["", "[]", "7", "{}", '{"message_id": "1"}', b"\xff", '{"message_id":"1","from":"x"}']
)
def test_what_is_no_message_is_refused(frame: str | bytes) -> None:
    with pytest.raises((ValueError, KeyError, TypeError)):
        Sms.read(frame)


def test_the_number_is_part_of_the_carriers_address() -> None:
    assert handset_url("http://127.0.0.1:8/", "+4710000001") == "ws://127.0.0.1:8/handsets/+4710000001"
    assert handset_url("https://a.test/x", "+4710000001") == "wss://a.test/x/handsets/+4710000001"


def test_messages_come_in_order_and_once_each() -> None:
    async def body() -> None:
        inbox = Inbox()
        waiting = [asyncio.create_task(inbox.next()) for _ in range(2)]
        await asyncio.sleep(0)
        for n in (1, 2, 1, 3):
            await inbox.put(sms(f"text {n}", f"m{n}"))
        assert [(await task).text for task in waiting] == ["text 1", "text 2"]
        await inbox.close(Failed("removed", "gone"))
        assert (await inbox.next()).text == "text 3"  # what came may still be read
        with pytest.raises(Failed, match="removed"):
            await inbox.next()
        assert inbox.received == 3

    asyncio.run(asyncio.wait_for(body(), 10))


@pytest.mark.parametrize("steps", range(8))
def test_a_cancelled_wait_takes_nothing(steps: int) -> None:
    async def body() -> None:
        inbox = Inbox()
        waiting = asyncio.create_task(inbox.next())
        await asyncio.sleep(0)
        await inbox.put(sms("text"))
        for _ in range(steps):
            await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.wait({waiting})
        got = waiting.result() if not waiting.cancelled() else await inbox.next()
        assert got.text == "text"

    asyncio.run(asyncio.wait_for(body(), 10))
