"""Radios by name and from files, over time; and how long words take on them."""

import math
import statistics
from pathlib import Path

import pytest
from pydantic import ValidationError

from fake_phones.radio import BLACKOUT, BadRadio, Conditions, Link, Radio, Step, known, named
from fake_phones.radio.exchange import (
    GIVEN_UP_AFTER_S,
    KEYFRAME,
    OPEN,
    ORDER,
    PUBLISH,
    Flight,
    arrival,
)

SLOW, FAST = Conditions(delay_s=0.5), Conditions(delay_s=0.01)


def test_every_named_profile_is_there_with_its_source() -> None:
    wanted = ["5g-city", "4g", "4g-rural", "4g-edge", "train-tunnel", "overloaded-cell", "wifi-to-4g"]
    assert known() == wanted
    for name in wanted:
        radio = named(name)
        assert radio.name == name
        assert radio.what
        assert "assumed" in radio.source or "domain" in radio.source


def test_the_course_goes_on_step_by_step_each_way_for_itself() -> None:
    radio = Radio(steps=(Step(up=SLOW, down=FAST), Step(t_s=10, up=FAST)), blackouts=((3, 4), (12, 13)))
    assert radio.at(-5, "up") is SLOW
    assert radio.at(2.9, "down") is FAST
    assert radio.at(3, "up") is radio.at(3.9, "down") is BLACKOUT
    assert radio.at(4, "up") is SLOW
    assert radio.at(10, "up") is FAST
    assert radio.at(1e6, "down") == Conditions()
    assert radio.outages(12) == [(3, 4)]
    assert radio.outages(100) == [(3, 4), (12, 13)]


def test_a_course_that_repeats() -> None:
    radio = Radio(
        steps=(Step(up=SLOW), Step(t_s=5, up=FAST)), blackouts=((1, 2),), new_address_at_s=(6,), repeat_s=10
    )
    assert radio.at(21.5, "up") is BLACKOUT
    assert radio.at(24, "up") is SLOW
    assert radio.at(26, "up") is FAST
    assert [radio.address(t) for t in (0, 6, 10, 15.9, 16, 26)] == [0, 1, 1, 1, 2, 3]
    assert radio.outages(12) == [(1, 2), (11, 12)]
    assert radio.address_changes(30) == [6, 16, 26]


@pytest.mark.parametrize(
    "table",
    [
        {"steps": []},
        {"steps": [{"t_s": 1}]},
        {"steps": [{}, {"t_s": 0}]},
        {"steps": [{}], "blackouts": [[5, 5]]},
        {"steps": [{}, {"t_s": 20}], "repeat_s": 10},
        {"steps": [{"up": {"loss": 1.1}}]},
        {"steps": [{"up": {"burst_r": 0}}]},
        {"steps": [{"up": {"delay_ms": 3}}]},
        {"steps": [{"up": {"rate_bit_per_s": float("nan")}}]},
    ],
)
def test_what_is_no_course(table: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Radio.model_validate(table)


def test_an_unknown_name_is_answered_with_the_nearest() -> None:
    with pytest.raises(BadRadio, match="did you mean '4g-rural'"):
        named("4g-rurel")
    with pytest.raises(BadRadio, match="5g-city, 4g"):
        named("semaphore")


def test_a_file_changes_what_differs_from_a_profile(tmp_path: Path) -> None:
    file = tmp_path / "dark.toml"
    file.write_text('like = "4g-rural"\nblackouts = [[6, 14]]\n')
    radio = named(str(file))
    assert (radio.name, radio.blackouts) == ("dark", ((6, 14),))
    assert radio.steps == named("4g-rural").steps


def test_a_recorded_trace(tmp_path: Path) -> None:
    file = tmp_path / "e6.csv"
    file.write_text("t_s,up.rate_bit_per_s,up.delay_s,down.loss\n0,2e6,0.04,\n1,1e6,,0.02\n2.5,,0.09,0\n")
    radio = named(str(file))
    assert radio.at(0.5, "up") == Conditions(rate_bit_per_s=2e6, delay_s=0.04)
    assert radio.at(1.5, "up") == Conditions(rate_bit_per_s=1e6, delay_s=0.04)
    assert radio.at(1.5, "down") == Conditions(loss=0.02)
    assert radio.at(9, "up") == Conditions(rate_bit_per_s=1e6, delay_s=0.09)


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("a.toml", "like = 'smoke'\n[[steps]]", "is no profile"),
        ("a.toml", "steps = ", "not TOML"),
        ("a.toml", "[[steps]]\nup = { loss = 2 }", "steps.0.up.loss"),
        ("a.csv", "t_s,up.speed\n0,1", "unknown column 'up.speed'"),
        ("a.csv", "t_s,up.loss\n0,much", "steps.0.up.loss"),
        ("a.csv", "t_s,up.loss\n0,0.1\n,0.2", "3: t_s is missing"),
        ("a.csv", "", "steps"),
    ],
)
def test_a_file_that_is_none(tmp_path: Path, name: str, text: str, said: str) -> None:
    file = tmp_path / name
    file.write_text(text)
    with pytest.raises(BadRadio, match=said) as wrong:
        named(str(file))
    assert str(file) in str(wrong.value)
    with pytest.raises(BadRadio, match="cannot be read"):
        named(str(tmp_path / "none.toml"))


def link(radio: Radio, seed: int = 0) -> Link:
    made = Link(radio, seed, "test")
    made.begin(100.0)
    return made


def test_words_take_their_round_trips() -> None:
    radio = Radio(steps=(Step(up=Conditions(delay_s=0.06), down=Conditions(delay_s=0.04)),))
    assert arrival(link(radio), OPEN, 100) == pytest.approx(100.5)  # TCP, TLS, page, script, "opened"
    assert arrival(link(radio), PUBLISH, 100) == pytest.approx(100.4)  # WHIP, ICE, twice DTLS
    assert arrival(link(radio), ORDER, 100) == pytest.approx(100.04)


def test_a_slow_uplink_is_felt_by_its_octets() -> None:
    radio = Radio(steps=(Step(up=Conditions(rate_bit_per_s=240_000, queue_s=10)),))
    assert arrival(link(radio), KEYFRAME, 100) - 100 == pytest.approx(24_000 * 8 / 240_000)


def test_lost_words_are_said_again() -> None:
    radio = Radio(steps=(Step(up=Conditions(delay_s=0.02, loss=0.5)),))
    took = [arrival(link(radio, seed), (Flight("up", 100, 0.5),), 100) - 100 for seed in range(400)]
    assert sorted({round(t, 2) for t in took})[:3] == [0.02, 0.52, 1.52]
    assert abs(sum(t < 0.1 for t in took) / 400 - 0.5) < 0.08
    assert abs(statistics.mean(t < 1 for t in took) - 0.75) < 0.07


def test_a_blackout_is_waited_out_unless_it_never_ends() -> None:
    step = Step(up=FAST, down=FAST)
    took = arrival(link(Radio(steps=(step,), blackouts=((0, 8),))), PUBLISH, 100) - 100
    assert 8 < took < 18  # the retry after its end
    dark = Radio(steps=(step,), blackouts=((0, 2 * GIVEN_UP_AFTER_S),))
    assert arrival(link(dark), PUBLISH, 100) == math.inf
