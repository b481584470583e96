"""An area as data: sourced, and refused with a remedy when it cannot work."""

import re
import tomllib
from collections.abc import Iterator
from math import dist
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from ambulance_area_rig import changed, midt, norway

from sim.nation import DATA
from sim.planning.ambulance.area import Shift, load_area
from sim.planning.ambulance.demand import Demand
from sim.planning.ambulance.fleet import Vehicle
from sim.planning.ambulance.roads import road_times
from sim.reading import BadFile

FILES = sorted((DATA / "ambulance").glob("*.toml"))
MARKED = re.compile(r"[SDA](\s\S|$)")


def unsourced(node: Any, place: str, columns: dict[str, str]) -> Iterator[str]:
    """The places of numbers that no marked source covers; a column covers what is below it."""
    if MARKED.match(columns.get(place, "")):
        return
    if isinstance(node, dict):
        if not MARKED.match(node.get("source", "")):
            for key, value in node.items():
                yield from unsourced(value, f"{place}.{key}".lstrip("."), columns)
    elif isinstance(node, list):
        for value in node:
            yield from unsourced(value, place, columns)
    elif isinstance(node, int | float):
        yield place


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_number_has_its_source(path: Path) -> None:
    data = tomllib.loads(path.read_text("utf-8"))
    assert sorted(set(unsourced(data, "", data["sources"]))) == []


def test_the_shipped_area_says_that_it_is_invented() -> None:
    text = (DATA / "ambulance" / "midt-norge.toml").read_text("utf-8")
    assert "THE GEOGRAPHY IS INVENTED" in text
    assert "invented" in midt().title
    assert all(midt().sources[f"{what}.km"].startswith("A invented") for what in ("places", "stations"))


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"hospitals": [{"name": "Aure", "km": (0.0, 0.0)}]}, "'Aure' is there twice"),
        ({"shifts": {"alway": {"at_station": [(0, 24)]}}}, "did you mean 'alway'"),
        ({"roads": {"minutes": {"Aure": {}}, "source": "A"}}, "no way from 'Askjem'"),
        ({"roads": {"minutes": {"Aurre": {}}, "source": "A"}}, "'Aurre' is no place.*did you mean 'Aure'"),
        ({"places": [{**midt().places[0].model_dump(), "hours": (1.0, 1.0)}]}, "need 24 numbers"),
        ({"stations": [{"name": "S", "km": (0.0, 0.0)}]}, "no vehicle could ever go to an acute mission"),
        ({"care": {}}, "care needs a table"),
        ({"contacts_per_1000": -1.0}, "greater than or equal to 0"),
        ({"places": [{**midt().places[0].model_dump(), "days": (1.0, 1.0)}]}, "give 7, Monday first"),
    ],
)
def test_an_area_that_cannot_work_is_refused_with_a_remedy(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        changed(midt(), **changes)


def test_a_mistake_in_a_file_names_its_line(tmp_path: Path) -> None:
    text = (DATA / "ambulance" / "midt-norge.toml").read_text("utf-8")
    path = tmp_path / "area.toml"
    path.write_text(text.replace("warm_up_days = 1", "warm_up_days = -1"), encoding="utf-8")
    with pytest.raises(BadFile, match=r"area\.toml:\d+: warm_up_days"):
        load_area(path.name, tmp_path)


@pytest.mark.parametrize(
    ("hours", "said"), [([(20, 8)], "split at midnight"), ([(0, 9), (8, 24)], "overlap at 8")]
)
def test_hours_of_a_shift_rise_and_do_not_overlap(hours: list[tuple[int, int]], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        Shift.model_validate({"at_station": hours})


def test_a_week_of_a_shift() -> None:
    week = Shift(at_station=((8, 20),), on_call=((20, 24),), days=(0, 1, 2, 3, 4)).week()
    assert (week[7], week[8], week[20], week[24 * 5 + 8]) == (None, "at_station", "on_call", None)


def test_half_of_a_way_is_driven_at_the_speed_of_each_end() -> None:
    roads = {"speed_km_h": {"urban": 30.0, "rural": 60.0}, "detour": 1.5, "source": "A"}
    area = changed(midt(), roads=roads)
    times, urban = road_times(area), area.nodes.index("Bratsberg")
    for there in ("Aure", "Stasjon 8", "Sykehus B"):
        node = area.nodes.index(there)
        km = dist(area.places[urban].km, ([*area.places, *area.stations, *area.hospitals])[node].km) * 1.5
        assert times[urban][node] == pytest.approx(km / 2 / 30 * 3600 + km / 2 / 60 * 3600)


def test_a_matrix_of_minutes_is_taken_as_it_is() -> None:
    minutes = {here: {there: float(here != there) * 7 for there in midt().nodes} for here in midt().nodes}
    times = road_times(changed(midt(), roads={"minutes": minutes, "source": "A"}))
    assert times[0][:3] == [0, 420, 420]


def test_the_shipped_matrix_is_symmetric_and_no_way_is_shorter_over_a_third_place() -> None:
    fjord = load_area("fjord")
    times = np.array(road_times(fjord))
    assert (times == times.T).all()
    assert (times <= (times[:, :, None] + times[None, :, :]).min(axis=1)).all()
    vik, sund = (fjord.nodes.index(name) for name in ("Vik", "Sund"))
    assert times[vik][sund] == 35 * 60  # whatever the map says


def test_an_area_has_of_another_what_it_does_not_give_itself(tmp_path: Path) -> None:
    town = load_area("town")
    assert (town.care, town.responses) == (midt().care, midt().responses)
    assert town.sources["drive_sigma"] == midt().sources["drive_sigma"]
    assert town.allocation != midt().allocation
    (tmp_path / "mine.toml").write_text('like = "midt-norge"\nwarm_up_days = 3\n', encoding="utf-8")
    assert load_area("mine.toml", tmp_path) == midt().model_copy(update={"warm_up_days": 3})


@pytest.mark.parametrize("text", ['like = "midt-norg"', 'title = "alone"'])
def test_an_area_like_none_is_refused(text: str, tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text(text, encoding="utf-8")
    with pytest.raises(BadFile, match=r"did you mean 'midt-norge'|is missing"):
        load_area("mine.toml", tmp_path)


def test_hours_of_a_place_move_its_calls_and_make_no_more_of_them() -> None:
    rates = Demand.of(norway()).call_rates(load_area("town"))
    middle, edge = (
        rates[[p.name for p in load_area("town").places].index(f"Bydel {q}")] for q in ("B2", "A1")
    )
    assert middle.sum() == pytest.approx(edge.sum(), rel=0.01)
    assert middle[12] > 1.5 * edge[12]
    assert middle[3] < 0.5 * edge[3]


def test_more_vehicles_at_a_station_that_is_not_there() -> None:
    with pytest.raises(ValueError, match="did you mean 'Stasjon 6'"):
        midt().with_crews("Stasjon 66", "ambulance", "always", 1)


def test_a_vehicle_on_a_leg_turns_round_or_goes_on_whichever_is_shorter() -> None:
    roads = [[0.0, 100.0, 30.0], [100.0, 0.0, 130.0], [30.0, 130.0, 0.0]]
    vehicle = Vehicle(0, "ambulance", 0, 0, ("at_station",) * 168, (0, 0))
    vehicle.go(1, 1000.0, roads)
    assert vehicle.way_s(1, 1040.0, roads) == 60
    assert vehicle.way_s(2, 1040.0, roads) == 70  # 40 back, 30 on
    vehicle.go(2, 1040.0, roads)
    assert vehicle.there_s == 1110
    assert vehicle.way_s(2, 1060.0, roads) == 50  # still on its way back to where it came from
    assert vehicle.way_s(0, 1090.0, roads) == 10


def test_a_vehicle_that_goes_on_passes_the_end_of_its_leg_first() -> None:
    roads = [[0.0, 100.0, 150.0], [100.0, 0.0, 50.0], [150.0, 50.0, 0.0]]
    vehicle = Vehicle(0, "ambulance", 0, 0, ("at_station",) * 168, (0, 0))
    vehicle.go(1, 1000.0, roads)
    vehicle.go(2, 1080.0, roads)
    assert vehicle.there_s == 1150
    assert vehicle.way_s(1, 1085.0, roads) == 15
    assert vehicle.way_s(1, 1120.0, roads) == 20  # 20 back


def test_a_vehicle_is_never_on_two_missions() -> None:
    vehicle = Vehicle(3, "ambulance", 0, 0, ("at_station",) * 168, (0, 0))
    vehicle.take(1)
    with pytest.raises(RuntimeError, match="vehicle 3 is on 1"):
        vehicle.take(2)
