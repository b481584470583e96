"""The incident's day: it adds up at every sample, and both engines tell the same one."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

pytest.importorskip("numba", reason="the planning extra")

from draws import Lognormal
from sim.arrivals import Burst
from sim.planning import told
from sim.planning.book import DAY_S
from sim.planning.chain import Chain
from sim.planning.country import Country, Desk, PickUp, Spread, Stream, Video
from sim.planning.incident import BEFORE_S, at_each, incident_of
from sim.planning.rooms import Call
from sim.planning.tables import HOURS
from sim.planning.year import tell

SEED, AT_S = 5, 30 * 3600.0
END_S = 2 * DAY_S
COLUMNS = ("seats", "busy", "came", "answered", "by_others", "gave_up", "waiting", "ringing", "longest_s")
DESKS = (
    Desk("a", np.full(HOURS, 2), 20.0, ("b",)),
    Desk("b", np.full(HOURS, 2), 20.0, ("a",)),
    Desk.of("far", 2),
)


def stream(name: str, desk: str, line: str = "113", priority: int = 0) -> Stream:
    return Stream(
        name,
        desk,
        line,
        np.full(HOURS, 0.004),
        Spread("lognormal", 150.0, 0.75),
        priority,
        wrap_s=20.0,
        patience_s=120.0,
        pick_up=PickUp(4.0, 0.5, 0.1, 25.0),
        video=Video(share=0.2, seen=0.8, chain=Chain(asks=Lognormal(30.0, 0.5))),
    )


def incident(extra_per_s: float = 0.08, at_s: float = AT_S, n: int = 1) -> Stream:
    burst = Burst(at_s, extra_per_s, 900.0)
    return replace(stream(f"a/incident {n}", "a"), calls_per_s=np.zeros(HOURS), arrivals=burst)


USUAL = (stream("a", "a"), stream("a/other", "a", "other", 1), stream("b", "b"), stream("far", "far"))
CRASH = Country(DESKS, (*USUAL, incident()))


def filmed(country: Country = CRASH, seed: int = SEED) -> dict[str, Any]:
    film = incident_of(country, seed, END_S)
    assert film is not None
    return film


def columns(film: dict[str, Any], name: str) -> dict[str, list[int]]:
    row = next(one for one in film["centres"] if one["name"] == name)
    return {column: at_each(row[column], film["samples"]) for column in COLUMNS}


def moments(film: dict[str, Any]) -> Any:
    return film["from_s"] + film["step_s"] * np.arange(film["samples"])


def test_at_every_sample_who_came_was_answered_gave_up_or_is_still_there() -> None:
    film = filmed()
    for name in ("a", "b", "far"):
        row = columns(film, name)
        for n in range(film["samples"]):
            there = row["waiting"][n] + row["ringing"][n]
            assert row["came"][n] == row["answered"][n] + row["gave_up"][n] + there
            assert row["by_others"][n] <= row["answered"][n]
            assert row["busy"][n] <= row["seats"][n]
            free = row["seats"][n] - row["busy"][n]
            assert not (free and row["waiting"][n])  # who waits beside a free seat has one: it rings
    crash = columns(film, "a")
    assert max(crash["waiting"]) > 5
    assert max(crash["ringing"]) > 0
    assert crash["gave_up"][-1] > 5
    assert crash["by_others"][-1] > 5
    assert columns(film, "far")["by_others"][-1] == 0


def test_who_waits_is_counted_as_a_witness_counts() -> None:
    placed: dict[tuple[str, int], float] = {}
    seated: dict[tuple[str, int], float] = {}
    ended: dict[tuple[str, int], float] = {}

    def hears(at: float, event: str, call: Call, centre: str) -> None:
        if call.of.given.desk == "a" and call.of.given.line != "other":
            key = call.of.given.name, call.k
            if event == "call.placed":
                placed[key] = at
            elif event in ("call.answered", "call.abandoned"):
                ended[key] = at
                seated[key] = call.of.seated[call.k]

    told.tell(CRASH, SEED, days=END_S / DAY_S, warm_up_days=0.0, hears=hears)
    film = filmed()
    row = columns(film, "a")
    for n, now in enumerate(moments(film)):
        there = [now - placed[key] for key in placed if placed[key] <= now < ended[key]]
        assert row["waiting"][n] + row["ringing"][n] == len(there)
        assert row["ringing"][n] == sum(seated[key] <= now < ended[key] for key in placed)
        assert row["longest_s"][n] >= int(max(there, default=0.0))


def test_the_compiled_engine_tells_the_same_day() -> None:
    film = filmed()
    year = tell(CRASH, SEED, days=END_S / DAY_S, warm_up_days=0.0, ways=20_000)
    first, last = film["from_s"], moments(film)[-1]
    for name in ("a", "b", "far"):
        own = [n for n, one in enumerate(year.names) if one.split("/")[0] == name and "other" not in one]
        ways = year.book.ways[np.isin(year.book.ways["stream"], own) & (year.book.ways["since"] > 0)]
        answered_at = (ways["since"] + ways["wait_s"])[ways["wait_s"] >= 0]
        assert columns(film, name)["answered"][-1] == np.sum((first < answered_at) & (answered_at <= last))


def test_the_same_seed_gives_the_same_film_and_another_seed_another() -> None:
    assert filmed() == filmed()
    assert filmed()["centres"] != filmed(seed=SEED + 1)["centres"]


def test_the_first_incident_before_the_plans_end_is_filmed_or_none() -> None:
    assert incident_of(replace(CRASH, streams=USUAL), SEED, END_S) is None
    assert incident_of(CRASH, SEED, AT_S) is None
    two = replace(CRASH, streams=(*USUAL, incident(at_s=AT_S + 7200, n=1), incident(n=2)))
    film = filmed(two)
    assert (film["at_s"], film["from_s"]) == (AT_S, AT_S - BEFORE_S)
    early = filmed(replace(CRASH, streams=(*USUAL, incident(at_s=600.0))))
    assert early["from_s"] == 0.0


def test_the_story_is_that_of_the_film() -> None:
    film = filmed()
    story, row = film["story"], columns(film, "a")
    assert row["waiting"][film["worst"]] == max(row["waiting"])
    assert story["came"] == story["answered_here"] + story["gave_up"] + sum(story["helpers"].values())
    assert list(story["helpers"]) == ["b"]
    assert story["first_late_at_s"] - 10.0 >= AT_S
    assert story["harmed"] > 0
    assert set(story["harmed_elsewhere"]) == {"b"}
    assert AT_S < story["usual_at_s"] < moments(film)[-1]
    lent = at_each(film["lent"]["b"], film["samples"])
    assert max(lent) == 2


def test_where_there_are_seats_enough_an_incident_harms_nobody() -> None:
    many = (Desk.of("a", 60), Desk.of("b", 2), Desk.of("far", 2))
    story = filmed(replace(CRASH, desks=many))["story"]
    assert (story["harmed"], story["helpers"], story["usual_at_s"]) == (0, {}, AT_S)
    assert story["of_it"] > 30
