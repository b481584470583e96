"""One key at several values."""

import pytest

from sim.planning.question import Planning
from sim.planning.sweep import BadSweep, Sweep


def test_values_and_ranges() -> None:
    assert Sweep.read("volume.113=1,1.5,2").values == (1, 1.5, 2)
    assert Sweep.read("volume.113=1..2/3").values == (1.0, 1.5, 2.0)
    assert Sweep.read("overflow=true,false").values == (True, False)


def test_each_value_is_put_in_its_place() -> None:
    asked = Sweep.read("growth_per_year.113=0.02,0.06").asked(Planning(to_year=2030))
    assert [planning.growth_per_year["113"] for _, planning in asked] == [0.02, 0.06]
    assert all(planning.to_year == 2030 for _, planning in asked)


@pytest.mark.parametrize(
    "text", ["volume.113", "=1", "volume.113=", "volume.113=1..2/1", "volume.113=1..x/3"]
)
def test_what_cannot_be_read_shows_what_can(text: str) -> None:
    with pytest.raises(BadSweep, match="--sweep"):
        Sweep.read(text)


@pytest.mark.parametrize("text", ["volumes.113=1", "volume.112=1", "days=0", "days.x=1", "volume.113=-1"])
def test_a_key_or_value_that_is_none_is_named(text: str) -> None:
    with pytest.raises(BadSweep, match=text.split("=", maxsplit=1)[0].split(".")[0]):
        Sweep.read(text).asked(Planning())


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("video=1,2", "video: unknown key; did you mean 'video_share'"),
        ("video_share.113=4,10", r"video_share\.113: input .* got 4; 4 % is 0\.04"),
        ("overflow='no'", "overflow: should be true or false, without quotation marks, got 'no'"),
    ],
)
def test_a_sweep_is_refused_in_the_words_of_a_file(text: str, says: str) -> None:
    with pytest.raises(BadSweep, match=says):
        Sweep.read(text).asked(Planning())
