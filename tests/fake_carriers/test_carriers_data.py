"""Carriers from a file: every mistake is named with its place and its remedy."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
from carriers_lab import TELENOR

from fake_carriers.carriers import DEFAULT_FILE, CarrierError, load_carriers, overridden
from fake_carriers.moods import Mood, Trouble

TEXT = DEFAULT_FILE.read_text("utf-8")


def test_the_default_data() -> None:
    carriers = load_carriers()
    assert [(carrier.name, carrier.prefixes) for carrier in carriers] == [
        ("telenor", ("+4710",)),
        ("telia", ("+4711",)),
        ("ice", ("+4712",)),
    ]


def test_other_tables_are_ignored(tmp_path: Path) -> None:
    file = tmp_path / "nation.toml"
    file.write_text('title = "Norway"\n[[centres]]\nname = "AMK Bergen"\n' + TEXT, "utf-8")
    assert load_carriers(file) == load_carriers()


@pytest.mark.parametrize(
    ("found", "instead", "told"),
    [
        ("loss = 0.01 ", "los = 0.01 ", "carrier 'telenor': unknown key 'los': did you mean 'loss'?"),
        ('prefixes = ["+4710"]', "", "carrier 'telenor': 'prefixes' is missing"),
        ("loss = 0.01 ", "loss = 7 ", "carrier 'telenor': loss is 7.0: it must be a probability"),
        ("loss = 0.01 ", 'loss = "1 %" ', "carrier 'telenor': loss is '1 %': it must be a number"),
        ("loss = 0.01 ", "loss = true ", "loss is True: it must be a number"),
        ("loss = 0.01 ", "loss = 1" + "0" * 400, "carrier 'telenor'"),
        ('["+4710"]', '"+4710"', "prefixes is '\\+4710': it must be a list of texts"),
        ('["+4710"]', '["+4711"]', "carrier 'telia': prefix '\\+4711' belongs to 'telenor'"),
        ('"telia"', '"telenor"', "carrier 'telenor': the name is taken"),
        ("[[carriers]]", "[carriers]", "is not TOML"),
        ("[[carriers]]", "[[operators]]", r"has no \[\[carriers\]\] table"),
    ],
)
def test_a_mistake_is_named(tmp_path: Path, found: str, instead: str, told: str) -> None:
    assert found in TEXT
    file = tmp_path / "carriers.toml"
    file.write_text(TEXT.replace(found, instead), "utf-8")
    with pytest.raises(CarrierError, match=told) as error:
        load_carriers(file)
    assert str(error.value).startswith(str(file))


def test_a_missing_file_and_a_binary_one_are_named(tmp_path: Path) -> None:
    with pytest.raises(CarrierError, match=r"nowhere.toml: cannot be read"):
        load_carriers(tmp_path / "nowhere.toml")
    (tmp_path / "picture.toml").write_bytes(b"\xff\xd8\xff")
    with pytest.raises(CarrierError, match=r"picture.toml: is not TOML"):
        load_carriers(tmp_path / "picture.toml")


EVERYTHING = """
lost_first = 1
retry_s = [10, 60.5]
ported = ["+4712000007"]
message_ids = "mixed"
receipt_tlvs = false
window = 10
queue_max = 100

[[carriers.troubles]]
days = "mon-fri"
begins = "07:30"
ends = "08:00"
mood = { kind = "slow", response_s = 2 }

[[carriers]]
name = "telia"
"""


def test_every_field_can_be_in_the_file_and_survives_an_override(tmp_path: Path) -> None:
    file = tmp_path / "carriers.toml"
    file.write_text(TEXT.replace('\n[[carriers]]\nname = "telia"\n', EVERYTHING), "utf-8")
    telenor = load_carriers(file)[0]
    trouble = Trouble("mon-fri", "07:30", "08:00", Mood("slow", response_s=2.0))
    assert (telenor.troubles, telenor.retry_s) == ((trouble,), (10.0, 60.5))
    assert (telenor.ported, telenor.message_ids, telenor.receipt_tlvs) == (("+4712000007",), "mixed", False)
    assert (telenor.lost_first, telenor.window, telenor.queue_max) == (1, 10, 100)
    (again, *_) = overridden(load_carriers(file), {"telenor": {"loss": 0.5}})
    assert {**asdict(again), "loss": 0.01} == asdict(telenor)


def troubled(**changed: Any) -> dict[str, Any]:
    mood = {"kind": "outage", "how": "drop"}
    return {"troubles": [{"days": "sat", "begins": "01:00", "ends": "02:00", "mood": mood, **changed}]}


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"ported": "+4712000001"}, "ported is .*: it must be a list of texts"),
        ({"ported": ["12000001"]}, "ported"),
        ({"retry_s": [30, "x"]}, "retry_s is .*: it must be a list of numbers"),
        ({"retry_s": [30, 1e-9]}, r"carrier 'telenor': retry_s is \(30.0, 1e-09\): it must be waits in"),
        ({"retry_s": [30, 0]}, "retry_s is .*: it must be waits in seconds, each 1 or more"),
        ({"message_ids": "octal"}, "message_ids is 'octal': it must be one of decimal, hex, mixed"),
        ({"receipt_tlvs": 1}, "receipt_tlvs is 1: it must be true or false"),
        ({"window": 1.5}, "window is 1.5: it must be a whole number"),
        ({"undeliverable": 0.6, "expired": 0.5}, "together are above 1"),
        ({"troubles": [{}]}, "troubles has {}: each must be a table such as"),
        ({"troubles": 17}, "troubles is 17: it must be a table such as"),
        (troubled(days="monday"), "days is 'monday': it must be such as \"mon-fri\""),
        (troubled(days=1), "troubles has"),
        (troubled(begins="7:30"), "'7:30' is no time of day"),
        (troubled(ends="24:30"), "'24:30' is no time of day"),
        (troubled(until="09:00"), "troubles: unknown key 'until': did you mean 'ends'?"),
        (troubled(mood={"kind": "loss", "chare": 1}), "mood: unknown key 'chare': did you mean 'share'?"),
        (troubled(mood={"kind": "sulking"}), "kind is 'sulking'"),
        (troubled(mood={"kind": "slow", "response_s": "2"}), "troubles has"),
        (troubled(mood={"how": "drop"}), "'kind'"),
    ],
)
def test_a_mistake_in_what_only_some_have_is_named(changed: dict[str, Any], told: str) -> None:
    with pytest.raises(CarrierError, match=told) as error:
        overridden(load_carriers(), {"telenor": changed})
    assert str(error.value).startswith("carrier 'telenor': ")


def test_a_number_cannot_have_moved_to_two_carriers() -> None:
    moved = {"ported": ["+4712000001"]}
    with pytest.raises(CarrierError, match=r"'telia': ported number '\+4712000001' belongs to 'telenor'"):
        overridden(load_carriers(), {"telenor": moved, "telia": moved})


def test_overrides_change_what_they_name() -> None:
    carriers = load_carriers()
    changed = overridden(carriers, {"telenor": {"loss": 1, "lost_first": 3}})
    assert (changed[0].loss, changed[0].lost_first) == (1.0, 3)
    assert changed[1:] == carriers[1:]
    assert carriers[0] == TELENOR


@pytest.mark.parametrize(
    ("overrides", "told"),
    [
        ({"telnor": {}}, "no carrier 'telnor': did you mean 'telenor'"),
        (
            {"telia": {"delay_median": 1}},
            "carrier 'telia': unknown key 'delay_median': did you mean 'delay_s_median'",
        ),
        ({"telia": {"loss": "x"}}, "carrier 'telia': loss"),
        ({"telia": {"name": "ice"}}, "its name cannot be changed"),
        ({"telia": {"prefixes": ["+4710"]}}, "belongs to 'telenor'"),
    ],
)
def test_a_wrong_override_is_named(overrides: dict[str, dict[str, object]], told: str) -> None:
    with pytest.raises(CarrierError, match=told):
        overridden(load_carriers(), overrides)
