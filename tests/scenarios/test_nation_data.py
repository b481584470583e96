"""The shipped nations: complete, consistent, sourced, and equal to what they say they were derived from."""

import re
import tomllib
from collections.abc import Iterator
from math import exp, fsum, log
from pathlib import Path
from statistics import NormalDist, fmean
from typing import Any

import pytest

DATA = Path(__file__).parents[2] / "scenarios" / "data"
SHIPPED = ("norway", "one-centre")
NATIONS = {name: tomllib.loads((DATA / f"{name}.toml").read_text("utf-8")) for name in SHIPPED}
NORWAY = NATIONS["norway"]
LINE = {"AMK": "113", "LV": "116117"}
AMK = {
    "Nord": ["AMK Kirkenes", "AMK Tromsø", "AMK Bodø", "AMK Helgeland"],
    "Midt": ["AMK Nord-Trøndelag", "AMK Sør-Trøndelag", "AMK Møre og Romsdal"],
    "Vest": ["AMK Førde", "AMK Bergen", "AMK Fonna", "AMK Stavanger"],
    "Sør-Øst": ["AMK Oslo", "AMK Innlandet", "AMK Vestre Viken", "AMK Vestfold og Telemark", "AMK Sørlandet"],
}
COUNTED = {  # 113 calls a year, where a centre has a count of its own
    "AMK Møre og Romsdal": 31_648,
    "AMK Bergen": 45_000,
    "AMK Oslo": 234_000,
    "AMK Vestfold og Telemark": 60_000,
}
VIDEO = {"hjelp113", "incidentshare", "none"}
MARKED = re.compile(r"[SDA] \S")
each_nation = pytest.mark.parametrize("nation", NATIONS.values(), ids=NATIONS.keys())


def centres(kind: str) -> list[dict[str, Any]]:
    return [centre for centre in NORWAY["centres"] if centre["kind"] == kind]


def total(kind: str, column: str) -> float:
    return fsum(centre[column] for centre in centres(kind))


def unsourced(node: Any, place: str, columns: dict[str, str]) -> Iterator[str]:
    """The places of numbers that no marked source covers."""
    if isinstance(node, dict):
        if MARKED.match(node.get("source", "")):
            return
        own = node.get("sources", {})
        for key, value in node.items():
            if key not in own:
                yield from unsourced(value, f"{place}.{key}".lstrip("."), columns)
    elif isinstance(node, list):
        for value in node:
            yield from unsourced(value, place, columns)
    elif isinstance(node, int | float) and not MARKED.match(columns.get(place, "")):
        yield place


def marks(node: Any) -> Iterator[str]:
    """Every source text in a nation."""
    if isinstance(node, dict):
        yield from [node["source"]] if "source" in node else node.get("sources", {}).values()
    for value in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        yield from marks(value)


def erlang_c_within(load: float, seats: int, handling_s: float, within_s: float) -> float:
    """The share answered within `within_s`: M/M/c, `load` in erlang."""
    if load >= seats:
        return 0.0
    blocked = 1.0
    for k in range(1, seats + 1):
        blocked = load * blocked / (k + load * blocked)
    waits = blocked / (1 - load / seats * (1 - blocked))
    return 1 - waits * exp(-(seats - load) * within_s / handling_s)


def seats_needed(calls_per_year: float, peak: float, handling_s: float, within_s: float, share: float) -> int:
    load = calls_per_year / (365 * 86400) * handling_s * peak
    return next(c for c in range(1, 100) if erlang_c_within(load, c, handling_s, within_s) >= share)


def lognormal_sigma(wait: dict[str, Any]) -> float:
    return log(wait["p95"] / wait["median"]) / NormalDist().inv_cdf(0.95)


def lognormal_mean(wait: dict[str, Any]) -> float:
    return float(wait["median"] * exp(lognormal_sigma(wait) ** 2 / 2))


def week_of(line: str) -> list[list[float]]:
    """Seven days of 24 hourly factors."""
    demand = NORWAY["demand"][line]
    hours = [demand["hours_weekday"]["values"]] * 5 + [demand["hours_weekend"]["values"]] * 2
    return [[day * hour for hour in of] for day, of in zip(demand["days"]["values"], hours, strict=True)]


@each_nation
def test_every_number_has_a_marked_source(nation: dict[str, Any]) -> None:
    assert list(unsourced(nation, "", nation["sources"])) == []
    assert [text for text in marks(nation) if not MARKED.match(text)] == []


def test_a_number_without_a_source_is_found() -> None:
    rows = [{"seats": 2, "sources": {"seats": "A x"}}, {"seats": 2}]
    assert list(unsourced({"centres": rows}, "", {})) == ["centres.seats"]
    assert list(unsourced({"centres": rows}, "", {"centres.seats": "D x"})) == []
    assert list(unsourced({"cost": {"kr": {"value": 1, "source": "guess"}}}, "", {})) == ["cost.kr.value"]


@each_nation
def test_rows_are_alike_and_sources_name_their_columns(nation: dict[str, Any]) -> None:
    columns = {f"{table}.{key}" for table in ("centres", "carriers") for key in NORWAY[table][1]}
    assert set(nation["sources"]) <= columns
    for centre in nation["centres"]:
        assert set(centre) - {"sources"} == set(NORWAY["centres"][1]), centre
        assert set(centre.get("sources", {})) <= set(centre), centre


@each_nation
def test_centres_are_sound(nation: dict[str, Any]) -> None:
    names = [centre["name"] for centre in nation["centres"]]
    assert len(names) == len(set(names))
    for centre in nation["centres"]:
        assert centre["name"].startswith(f"{centre['kind']} "), centre
        assert centre["line"] == LINE[centre["kind"]], centre
        assert centre["region"] in AMK, centre
        assert min(centre[column] for column in ("seats", "catchment", "calls_per_year")) >= 1, centre
        assert centre["overflow_after_s"] > nation["targets"][centre["line"]]["within_s"], centre
        assert {centre["video"], centre["video_full_rollout"]} <= VIDEO, centre


@each_nation
def test_overflow_goes_to_a_neighbour_and_back(nation: dict[str, Any]) -> None:
    by_name = {centre["name"]: centre for centre in nation["centres"]}
    for name, centre in by_name.items():
        assert name not in centre["overflow"]
        assert len(centre["overflow"]) == len(set(centre["overflow"])), name
        for neighbour in centre["overflow"]:
            assert neighbour in by_name, f"{name} flows over to {neighbour}, which does not exist"
            assert name in by_name[neighbour]["overflow"], f"{name} <-> {neighbour}"
            assert by_name[neighbour]["region"] == centre["region"], f"{name} -> {neighbour}"
            assert by_name[neighbour]["line"] == centre["line"], f"{name} -> {neighbour}"


@each_nation
def test_carriers_share_the_country_and_its_invented_numbers(nation: dict[str, Any]) -> None:
    carriers = nation["carriers"]
    assert fsum(carrier["share"] for carrier in carriers) == pytest.approx(1)
    prefixes = {carrier["name"]: carrier["prefixes"] for carrier in carriers}
    assert prefixes == {"telenor": ["+4710"], "telia": ["+4711"], "ice": ["+4712"]}
    for carrier in carriers:
        assert 0 < carrier["delay_s_median"] < carrier["tail_s_min"] < carrier["delay_s_max"], carrier
        assert 0 < carrier["receipt_s_min"] <= carrier["receipt_s_max"], carrier
        assert all(0 <= carrier[key] <= 0.06 for key in ("tail_share", "loss", "duplicates")), carrier


@each_nation
def test_waits_are_lognormals_alike_on_both_lines(nation: dict[str, Any]) -> None:
    people = nation["people"]
    assert list(people["113"]) == list(people["116117"])
    for table in (people["113"], people["116117"], nation["models"]):
        assert all(0 < wait["median"] <= wait["p95"] for wait in table.values()), table


@each_nation
def test_funnel_keeps_the_published_success(nation: dict[str, Any]) -> None:
    funnel = {cause: row["share"] for cause, row in nation["funnel"].items()}
    assert funnel["refused_aloud"] + funnel["refused_on_page"] == pytest.approx(0.07)
    assert 1 - fsum(funnel.values()) == pytest.approx(0.82)
    assert all(carrier["loss"] == funnel["sms_lost"] for carrier in nation["carriers"])


@each_nation
def test_targets_are_the_law(nation: dict[str, Any]) -> None:
    asked = {name: (row["share"], row["within_s"]) for name, row in nation["targets"].items()}
    assert list(asked) == ["113", "116117", "ambulance_urban", "ambulance_rural"]
    assert list(asked.values()) == [(0.90, 10), (0.80, 120), (0.90, 720), (0.90, 1500)]


def test_norway_has_16_amk_and_94_lv() -> None:
    assert len(NORWAY["centres"]) == 110
    assert len(centres("LV")) == 94
    for region, names in AMK.items():
        assert [centre["name"] for centre in centres("AMK") if centre["region"] == region] == names


def test_base_case_video_is_as_published_in_march_2024() -> None:
    on_hjelp113 = [centre for centre in NORWAY["centres"] if centre["video"] == "hjelp113"]
    assert [sum(centre["kind"] == kind for centre in on_hjelp113) for kind in LINE] == [10, 87]
    elsewhere = [centre["name"] for centre in NORWAY["centres"] if centre["video"] == "incidentshare"]
    assert elsewhere == AMK["Sør-Øst"]
    (unaccounted,) = (centre for centre in centres("AMK") if centre["video"] == "none")
    assert unaccounted["sources"]["video"].startswith("A ")
    assert {centre["video_full_rollout"] for centre in NORWAY["centres"]} == {"hjelp113"}


def test_catchments_hold_the_country() -> None:
    assert total("AMK", "catchment") == 5_671_000
    assert total("LV", "catchment") == pytest.approx(5_550_000, rel=1e-3)
    for region in AMK:
        amk, lv = (fsum(c["catchment"] for c in centres(k) if c["region"] == region) for k in LINE)
        assert lv / 5_550_000 == pytest.approx(amk / 5_671_000, abs=0.005), region


def test_lv_sizes_are_the_quantiles_they_are_said_to_be() -> None:
    raw = [exp(1.02 * NormalDist().inv_cdf((i + 0.5) / 94)) for i in range(94)]
    expected = [5_550_000 * size / fsum(raw) for size in raw]
    assert sorted(centre["catchment"] for centre in centres("LV")) == pytest.approx(expected, abs=51)


def test_calls_are_the_national_volumes() -> None:
    for kind, volume in (("AMK", 746_000), ("LV", 3_200_000)):
        assert NORWAY["demand"][LINE[kind]]["calls_per_year"]["value"] == volume
        assert total(kind, "calls_per_year") == pytest.approx(volume, rel=0.01)
        for centre in centres(kind):
            share = centre["catchment"] / total(kind, "catchment")
            expected = COUNTED.get(centre["name"], pytest.approx(volume * share, abs=51))
            assert centre["calls_per_year"] == expected, centre["name"]
            own = "calls_per_year" in centre.get("sources", {})
            assert own == (centre["name"] in COUNTED), centre["name"]


def test_seats_are_erlang_c() -> None:
    assert (total("AMK", "seats"), total("LV", "seats")) == (48, 207)
    for centre in centres("AMK"):
        calls = 746_000 * centre["catchment"] / total("AMK", "catchment")
        assert centre["seats"] == seats_needed(calls, 1.6, 360, 10, 0.90), centre["name"]
    for centre in centres("LV"):
        assert centre["seats"] == seats_needed(centre["calls_per_year"], 2.5, 300, 120, 0.80), centre["name"]


def test_weekly_profiles_have_the_sourced_shape() -> None:
    for line in LINE.values():
        week = week_of(line)
        assert [len(day) for day in week] == [24] * 7
        assert fmean(hour for day in week for hour in day) == pytest.approx(1, abs=0.005)
        assert NORWAY["demand"][line]["day_cv"]["value"] == 0.08
    amk, lv = week_of("113"), week_of("116117")
    assert fsum(hour for day in amk for hour in day[8:16]) / 168 == pytest.approx(0.39, abs=0.005)
    assert fsum(amk[5]) / 168 == pytest.approx(0.158, abs=0.002)
    assert max(max(day) for day in amk) == pytest.approx(1.58, abs=0.005)
    assert fsum(hour for day in lv[5:] for hour in day) / 168 == pytest.approx(0.36, abs=0.005)
    assert max(max(day) for day in lv) == 2.33


def test_full_rollout_gives_1500_sessions_a_week() -> None:
    def weekly(column: str) -> float:
        share = {line: demand["video_share"]["value"] for line, demand in NORWAY["demand"].items()}
        on = [centre for centre in NORWAY["centres"] if centre[column] == "hjelp113"]
        return fsum(centre["calls_per_year"] * share[centre["line"]] for centre in on) * 7 / 365

    assert weekly("video_full_rollout") == pytest.approx(1500, rel=0.02)
    assert weekly("video") == pytest.approx(1130, rel=0.02)  # as the source of video_share says


@pytest.mark.parametrize(("line", "talk_s", "patience_s"), [("113", 204, 90), ("116117", 300, 600)])
def test_talk_and_patience_keep_the_means_of_the_study(line: str, talk_s: float, patience_s: float) -> None:
    people = NORWAY["people"][line]
    assert lognormal_mean(people["talks_s"]) == pytest.approx(talk_s, rel=0.01)
    assert 0.70 < lognormal_sigma(people["talks_s"]) < 0.83  # CV 0.8 to 1.0
    assert people["patience_s"]["median"] == pytest.approx(patience_s * log(2), rel=0.005)
    assert people["patience_s"]["p95"] == pytest.approx(patience_s * log(20), rel=0.005)
    assert lognormal_mean(people["patience_s"]) == pytest.approx(patience_s, rel=0.05)


def test_medians_from_request_to_picture_sum_to_about_25_s() -> None:
    sms = fsum(carrier["share"] * carrier["delay_s_median"] for carrier in NORWAY["carriers"])
    waits = {**NORWAY["people"]["113"], **NORWAY["models"]}
    rest = ("request_s", "opens_link_after_s", "consents_after_s", "setup_s")
    assert sms + fsum(waits[name]["median"] for name in rest) == pytest.approx(25, abs=2)


def test_seats_cost_what_the_study_says() -> None:
    cost = {name: row["value"] for name, row in NORWAY["cost"].items()}
    seats = total("AMK", "seats") + total("LV", "seats")
    assert seats * cost["seat_kr_per_year"] == pytest.approx(cost["seats_total_kr_per_year"], rel=0.05)


def test_one_centre_is_small_and_assumed() -> None:
    nation = NATIONS["one-centre"]
    assert [(c["name"], c["seats"]) for c in nation["centres"]] == [("AMK Eksempel", 2), ("LV Eksempel", 1)]
    assert not {"demand", "cost"} & set(nation)
    assert {text[:2] for text in marks(nation)} == {"A "}


def test_one_centre_has_norways_people_carriers_and_machines() -> None:
    def numbers(node: Any) -> Any:
        if isinstance(node, dict):
            return {key: numbers(value) for key, value in node.items() if key != "source"}
        return node

    for table in ("people", "funnel", "models", "targets", "carriers"):
        assert numbers(NATIONS["one-centre"][table]) == numbers(NORWAY[table]), table
