"""Carriers from a file: every mistake is named with its place and its remedy."""

from pathlib import Path

import pytest
from carriers_lab import TELENOR

from fake_carriers.carriers import DEFAULT_FILE, CarrierError, load_carriers, overridden

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
        ("tail_alpha = 1.4 ", "", "carrier 'telenor': 'tail_alpha' is missing"),
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
