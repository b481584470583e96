"""Night routing: by the clock, by a shift leader's order, and what is told of it."""

import asyncio
from collections.abc import Callable
from datetime import datetime, time
from typing import Any

import pytest

from fake_iccs.centre import Centre
from fake_iccs.night import Night, Nights
from fake_iccs.server import norwegian_time

VOSS, BERGEN, STORD = "LV Voss", "LV Bergen", "LV Stord"


def lv(name: str, seats: int, night: Night | None = None) -> Centre:
    return Centre(name, "LV", "116117", seats, night=night)


CENTRES = (lv(VOSS, 1, Night(BERGEN, "23:00", "08:00")), lv(BERGEN, 2), lv(STORD, 1))


def ringing(call: str, centre: str = VOSS) -> dict[str, str]:
    return {"call": call, "number": "+4710000001", "line": "116117", "centre": centre}


def route(centre: str) -> str:
    return f"/centres/{centre}/route"


async def following(room: Any, since: int) -> dict[str, Any]:
    """The first event after number `since`, waited for."""
    told: list[dict[str, Any]] = await room.events("centre.routed", since=since)
    assert len(told) == 1
    return told[0]


class Clock:
    """Stands still, a moment before the minute is over, so that it is looked at again and again."""

    def __init__(self, at: str) -> None:
        self.set(at)

    def set(self, at: str) -> None:
        self.at = datetime.fromisoformat(f"2026-01-15 {at}:59.95")

    def __call__(self) -> datetime:
        return self.at


# ---- the schedule


@pytest.mark.parametrize(
    ("night", "there", "not_there"),
    [
        (Night("B", "23:00", "08:00"), ("23:00", "23:59:59", "00:00", "07:59:59"), ("08:00", "22:59:59")),
        (Night("B", "12:00", "12:30"), ("12:00", "12:29"), ("11:59", "12:30", "00:00")),
        (Night("B", "00:00", "07:00"), ("00:00", "06:59"), ("07:00", "23:59")),
    ],
)
def test_a_night_has_its_first_minute_and_not_its_last(
    night: Night, there: tuple[str, ...], not_there: tuple[str, ...]
) -> None:
    assert all(night.holds(time.fromisoformat(at)) for at in there)
    assert not any(night.holds(time.fromisoformat(at)) for at in not_there)


def test_nights_that_follow_each_other_do_not_meet() -> None:
    night = Night("B", "23:00", "08:00")
    for begins, until, meets in [
        ("08:00", "23:00", False),
        ("22:00", "23:01", True),
        ("07:59", "09:00", True),
        ("01:00", "02:00", True),
        ("20:00", "10:00", True),
        ("12:00", "13:00", False),
    ]:
        other = Night("A", begins, until)
        assert (night.meets(other), other.meets(night)) == (meets, meets), begins


def test_only_what_changes_is_told_and_who_opens_comes_first() -> None:
    nights = Nights({"A": Night("C", "23:00", "08:00"), "B": Night("A", "08:00", "10:00")})
    told = {
        at: nights.changes(time.fromisoformat(at)) for at in ("02:00", "07:59", "08:00", "09:00", "12:00")
    }
    assert told == {
        "02:00": [("A", "C")],  # the program was started at night
        "07:59": [],
        "08:00": [("A", None), ("B", "A")],
        "09:00": [],
        "12:00": [("B", None)],
    }


# ---- by a shift leader's order


def test_a_shift_leader_closes_a_centre_and_opens_it_again(a_room: Callable[..., Any]) -> None:
    async def body() -> None:
        async with asyncio.timeout(20), a_room(centres=CENTRES[1:]) as room:
            await room.ask("POST", "/calls", ringing("early", STORD), 201)
            closed = await room.ask("PUT", route(STORD), {"to": BERGEN})
            assert (closed["routed_to"], closed["night"]) == (BERGEN, None)
            call = await room.ask("POST", "/calls", ringing("a", STORD), 201)
            assert (call["centre"], call["routed_from"], call["seat"]) == (BERGEN, STORD, f"{BERGEN}/1")
            await room.ask("POST", "/calls/early/answer", {"seat": f"{STORD}/1"})
            await room.ask("POST", "/calls/early/hang_up", {"by": "caller"})
            (seat,) = (await room.ask("GET", "/centres"))[1]["seats"]
            assert (seat["state"], seat["signed"]) == ("closed", "free")
            for path, to, status, why in [
                (STORD, STORD, 409, "its own calls"),
                (BERGEN, STORD, 409, "LV Stord is closed, LV Bergen takes its calls"),
                (STORD, "LV Brgen", 404, "the nearest is 'LV Bergen'"),
                ("LV Strd", BERGEN, 404, "the nearest is 'LV Stord'"),
            ]:
                assert why in (await room.ask("PUT", route(path), {"to": to}, status))["detail"]
            assert "body" in (await room.ask("PUT", route(STORD), {}, 422))["detail"]
            for _ in range(2):  # again: nothing more happens
                await room.ask("DELETE", route(STORD), status=204)
            later = await room.ask("POST", "/calls", ringing("b", STORD), 201)
            assert (later["seat"], later["routed_from"]) == (f"{STORD}/1", None)
            told = [event for event in await room.events() if event["event"] == "centre.routed"]
            assert [(e["centre"], e["to"], e["before"]) for e in told] == [
                (STORD, BERGEN, None),
                (STORD, None, BERGEN),
            ]

    asyncio.run(body())


def test_both_centres_hear_of_it_and_a_third_does_not(a_room: Callable[..., Any]) -> None:
    async def body() -> None:
        async with asyncio.timeout(20), a_room(centres=[*CENTRES[1:], lv(VOSS, 1)]) as room:
            await room.ask("PUT", route(STORD), {"to": BERGEN})
            await room.ask("POST", "/calls", ringing("a", STORD), 201)
            await room.ask("DELETE", route(STORD), status=204)
            for seat in (f"{BERGEN}/2", f"{STORD}/1", f"{VOSS}/1"):  # the last that each hears
                await room.ask("PUT", f"/seats/{seat}", {"state": "away"})
            for centre, heard in [(STORD, 2), (BERGEN, 2), (VOSS, 0)]:
                told = await room.events("seat.state", centre=centre)
                assert [event["event"] for event in told].count("centre.routed") == heard
                placed = [event for event in told if event["event"] == "call.placed"]
                assert [event["centre"] for event in placed] == [STORD] * (heard // 2)
            queued = next(event for event in await room.events() if event["event"] == "call.queued")
            assert (queued["centre"], queued["routed_from"]) == (BERGEN, STORD)

    asyncio.run(body())


# ---- by the clock


def test_the_clock_is_norways() -> None:
    assert str(norwegian_time().tzinfo) == "Europe/Oslo"


def test_a_centre_is_closed_when_the_program_starts_at_night(a_room: Callable[..., Any]) -> None:
    async def body() -> None:
        async with asyncio.timeout(20), a_room(centres=CENTRES, clock=Clock("03:00")) as room:
            voss, bergen, _ = await room.ask("GET", "/centres")
            assert (voss["routed_to"], bergen["routed_to"]) == (BERGEN, None)
            assert voss["night"] == {"to": BERGEN, "from": "23:00", "until": "08:00"}
            assert (await room.ask("POST", "/calls", ringing("a"), 201))["seat"] == f"{BERGEN}/1"

    asyncio.run(body())


def test_the_clock_closes_and_opens_a_centre(a_room: Callable[..., Any]) -> None:
    async def body() -> None:
        clock = Clock("22:59")
        async with asyncio.timeout(20), a_room(centres=CENTRES, clock=clock) as room:
            assert await room.events() == []
            for at, to in [("23:00", BERGEN), ("08:00", None)]:
                clock.set(at)
                told = await following(room, since=0 if to else 1)
                assert (told["centre"], told["to"]) == (VOSS, to)

    asyncio.run(body())


def test_an_order_stands_until_the_centres_next_hour(a_room: Callable[..., Any]) -> None:
    async def body() -> None:
        clock = Clock("06:59")
        stord = lv(STORD, 1, Night(BERGEN, "07:00", "09:00"))
        async with asyncio.timeout(20), a_room(centres=[*CENTRES[:2], stord], clock=clock) as room:
            await room.ask("DELETE", route(VOSS), status=204)
            clock.set("07:00")
            assert (await following(room, since=2))["centre"] == STORD
            assert (await room.ask("POST", "/calls", ringing("a"), 201))["seat"] == f"{VOSS}/1"

    asyncio.run(body())


def test_a_night_that_an_order_stands_against_leaves_the_centre_open(
    a_room: Callable[..., Any], caplog: pytest.LogCaptureFixture
) -> None:
    async def body() -> None:
        clock = Clock("22:59")
        async with asyncio.timeout(20), a_room(centres=CENTRES, clock=clock) as room:
            await room.ask("PUT", route(BERGEN), {"to": STORD})
            clock.set("23:00")
            await room.until(lambda: [m for m in caplog.messages if m.startswith(f"the night of {VOSS}")])
            assert f"the night of {VOSS}: it stays as it is: {BERGEN} is closed" in caplog.text
            assert (await room.ask("POST", "/calls", ringing("a"), 201))["seat"] == f"{VOSS}/1"

    asyncio.run(body())
