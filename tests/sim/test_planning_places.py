"""The map: every centre has a place, on land, in its region, and none covers another."""

import tomllib
from math import dist

import cv2
import numpy as np
import pytest

pytest.importorskip("numba", reason="the planning extra")

from sim.nation import DATA, load_nation
from sim.planning.places import LETTER, LV_RADIUS, SHORE, WIDTH, places_of, project
from sim.planning.question import Merge

NORWAY = load_nation("norway", DATA)
MAP = places_of(NORWAY)["map"]
AT = {name: place["at"] for name, place in MAP["centres"].items()}
AMK = [c.name for c in NORWAY.centres if c.kind == "AMK"]
LV = [c.name for c in NORWAY.centres if c.kind == "LV"]


def test_every_lv_has_a_place_on_land() -> None:
    outline = np.array(MAP["outline"], np.float32)
    assert set(AT) == {*AMK, *LV}
    for name in LV:
        assert cv2.pointPolygonTest(outline, AT[name], True) >= SHORE - 0.01, name


def test_every_lv_stands_in_its_region() -> None:
    drawn = tomllib.loads((DATA / "maps" / "norway.toml").read_text("utf-8"))["centres"]
    towns = {project(at): region for region, of in drawn.items() for at in of.values()}
    for centre in NORWAY.centres:
        nearest = min(towns, key=lambda at: dist(at, AT[centre.name]))
        assert towns[nearest] == MAP["centres"][centre.name]["region"] == centre.region, centre.name


def test_no_mark_covers_another_or_a_name() -> None:
    for n, name in enumerate(LV):
        x, y = AT[name]
        assert all(dist((x, y), AT[other]) > 2 * LV_RADIUS for other in LV[:n]), name
        for amk in AMK:
            there = MAP["centres"][amk]
            assert dist((x, y), there["at"]) >= 12, (name, amk)
            ahead = (x - there["at"][0]) * (-1 if there["west"] else 1)
            on_name = 0 < ahead < 10 + LETTER * len(there["label"]) and abs(y - there["at"][1]) < 6
            assert not on_name, (name, amk)


def test_names_stay_on_the_map() -> None:
    for name in AMK:
        there = MAP["centres"][name]
        end = there["at"][0] + (-1 if there["west"] else 1) * (10 + LETTER * len(there["label"]))
        assert 0 <= end <= WIDTH, name


def test_where_the_town_is_known_an_lv_stands_beside_it_and_the_others_are_marked_as_invented() -> None:
    known = [name for name in LV if not MAP["centres"][name]["invented"]]
    assert known == ["LV Tromsø", "LV Værnes", "LV Oslo", "LV Arendal"]
    assert dist(AT["LV Oslo"], AT["AMK Oslo"]) < 20
    assert dist(AT["LV Tromsø"], AT["AMK Tromsø"]) < 20
    assert MAP["invented"].startswith("A ")


def test_those_that_help_each_other_are_neighbours() -> None:
    apart = [dist(AT[c.name], AT[c.overflow[0]]) for c in NORWAY.centres if c.kind == "LV"]
    anyhow = [dist(AT[one], AT[other]) for one in LV for other in LV if one != other]
    assert np.median(apart) < 0.3 * np.median(anyhow)
    invented = [name for name in LV if MAP["centres"][name]["invented"]]
    assert min(invented, key=lambda name: dist(AT[name], AT["LV Arendal"])) == "LV 018"


def test_the_same_nation_has_the_same_map_each_time() -> None:
    assert places_of(NORWAY)["map"] == MAP


def test_a_merged_centre_stands_where_its_largest_stood() -> None:
    merge = Merge(name="LV merged", centres=("LV 050", "LV 005", "LV 045"))
    merged = places_of(NORWAY, [merge])["map"]["centres"]["LV merged"]
    assert merged == MAP["centres"]["LV 005"]
    two = Merge(name="AMK Vest", centres=("AMK Bergen", "AMK Førde"))
    assert places_of(NORWAY, [two])["map"]["centres"]["AMK Vest"]["label"] == "Vest"


def test_centres_and_regions_that_the_map_does_not_know_get_a_place_too() -> None:
    small = load_nation("one-centre", DATA)
    nowhere = small.model_copy(
        update={"centres": tuple(c.model_copy(update={"region": "?"}) for c in small.centres)}
    )
    for nation in (small, nowhere):
        centres = places_of(nation)["map"]["centres"]
        assert [one["label"] for one in centres.values()] == ["Eksempel", ""]
        assert all(one["invented"] for one in centres.values())
        assert dist(*(one["at"] for one in centres.values())) > 2 * LV_RADIUS
