"""What can be set about a scene: limits, changes while it films, and that the past stays as it was."""

from typing import get_args

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fake_phones.scenes import NAMES, Course, Number, OneOf, Parameter, Picture, check, parameters, scene
from fake_phones.scenes.course import EASE_S
from fake_phones.scenes.cpr import CPR, SET, _progress
from fake_phones.scenes.parameter import PHONE, switch
from fake_phones.scenes.scene import Facing

SMALL = (224, 126)
RATE = Number("rate", 60, 0, 120, "1/min", "")
DEPTH = Number("depth_m", 0.05, 0, 0.08, "m", "")
MODE = OneOf("mode", "a", ("a", "b"), "1", "")
LAMP = switch("lamp", False, "")
OWN = (RATE, DEPTH, MODE, LAMP)


def course(**start: object) -> Course:
    return Course("lab", OWN, start)


def difference(a: Picture, b: Picture) -> float:
    return float(np.abs(a.astype(int) - b).mean())


@pytest.mark.parametrize("name", NAMES)
def test_every_parameter_is_described_and_its_default_allowed(name: str) -> None:
    named = [parameter.name for parameter in parameters(name)]
    assert len(set(named)) == len(named)
    assert set(named) >= {parameter.name for parameter in PHONE}
    for parameter in parameters(name):
        assert isinstance(parameter, get_args(Parameter))
        assert parameter.checked(parameter.default) == parameter.default
        assert parameter.read(str(parameter.default).lower()) == parameter.default
        assert parameter.says
        assert parameter.unit


@pytest.mark.parametrize(
    ("parameter", "value", "limits"),
    [
        ("depth_m", 0.2, "0 to 0.08 m"),
        ("depth_m", -0.01, "0 to 0.08 m"),
        ("depth_m", float("nan"), "0 to 0.08 m"),
        ("depth_m", "deep", "0 to 0.08 m"),
        ("depth_m", True, "0 to 0.08 m"),
        ("orientation", 45, "0 or 90 or 180 or 270 degrees"),
        ("pause_s", 31, "0 to 30 s"),
        ("thumb", 1.5, "0 to 1"),
    ],
)
def test_what_is_out_of_limits_is_refused_with_scene_parameter_and_limits(
    parameter: str, value: object, limits: str
) -> None:
    with pytest.raises(ValueError, match=parameter) as error:
        check("cpr", {parameter: value})
    assert "'cpr'" in str(error.value)
    assert limits in str(error.value)
    with pytest.raises(ValueError, match=limits):
        check("cpr", {}, [(1.0, parameter, value)])


def test_an_unknown_parameter_is_answered_with_the_nearest_and_all() -> None:
    with pytest.raises(
        ValueError, match="scene 'cpr' has no parameter 'depth'; did you mean 'depth_m'"
    ) as error:
        scene("cpr", 1, *SMALL, {"depth": 0.05})
    assert all(parameter.name in str(error.value) for parameter in CPR.parameters)
    with pytest.raises(ValueError, match="'unconscious' has no parameter 'compressions_per_min'"):
        check("unconscious", {"compressions_per_min": 100})


def test_switches_and_choices_take_nothing_else() -> None:
    assert LAMP.checked(True) is True
    assert LAMP.read("TRUE") is True
    assert MODE.read("b") == "b"
    for wrong in (1, 0.0, "yes", None):
        with pytest.raises(ValueError, match="false or true"):
            LAMP.checked(wrong)
    with pytest.raises(ValueError, match="a or b"):
        MODE.read("c")
    with pytest.raises(ValueError, match="is no number; take 0 to 120 1/min"):
        RATE.read("fast")
    assert RATE.read("90") == 90


def test_a_change_in_the_past_is_refused_and_changes_nothing() -> None:
    told = course()
    told.change(5.0, "rate", 90)
    for t_s in (4.9, -1.0, float("nan")):
        with pytest.raises(ValueError, match="after one at 5"):
            told.change(t_s, "depth_m", 0.01)
    told.change(5.0, "depth_m", 0.02)
    assert told.value("depth_m", 4.99) == 0.05
    assert told.value("depth_m", 5.0) == 0.02
    with pytest.raises(ValueError, match="0 to 120"):
        told.change(6.0, "rate", 500)
    assert told.value("rate", 9.0) == 90


def test_rates_integrate_and_values_ease() -> None:
    told = course(rate=60)
    told.change(10.0, "rate", 120)
    told.change(20.0, "rate", 0)
    assert [told.cycles("rate", t) for t in (0, 10, 15, 20, 99)] == [0, 10, 20, 30, 30]
    told.change(20.0, "lamp", True)
    assert told.value("lamp", 20.0) is True
    assert told.eased("lamp", 20.0) == 0
    assert told.eased("lamp", 20 + EASE_S / 2) == pytest.approx(0.5)
    assert told.eased("lamp", 20 + EASE_S) == 1
    told.change(20 + EASE_S / 2 + 10, "lamp", False)
    assert told.eased("lamp", 20.3) == pytest.approx(0.5)  # as it was


Changes = st.lists(
    st.tuples(st.floats(0, 3), st.sampled_from(["rate", "depth_m"]), st.floats(0, 1)), max_size=8
)


@settings(max_examples=60, deadline=None)
@given(Changes)
def test_nothing_jumps_and_the_past_stays_whatever_is_changed(
    changes: list[tuple[float, str, float]],
) -> None:
    told, now = course(), 0.0
    for after_s, name, share in changes:
        now += after_s
        times = np.linspace(0, now, 9)
        before = [(told.cycles("rate", t), told.eased("depth_m", t)) for t in times[:-1] if t < now]
        told.change(now, name, share * told.parameters[name].high)  # type: ignore[union-attr]
        assert before == [(told.cycles("rate", t), told.eased("depth_m", t)) for t in times[:-1] if t < now]
    fine = np.arange(0, now + 2, 1e-3)
    assert np.abs(np.diff([told.cycles("rate", t) for t in fine])).max() <= 2e-3 + 1e-9
    assert np.abs(np.diff([told.eased("depth_m", t) for t in fine])).max() < 0.08 * 2 * 1e-3 / EASE_S


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(st.floats(0, 40), st.sampled_from([0.0, 40.0, 110.0, 160.0]), st.sampled_from([0, 3, 8])),
        max_size=5,
    )
)
def test_compressions_go_on_where_they_were_in_their_set(changes: list[tuple[float, float, float]]) -> None:
    told, now = Course("cpr", CPR.parameters), 0.0
    for after_s, rate, pause_s in changes:
        now += after_s
        told.change(now, "compressions_per_min", rate)
        told.change(now, "pause_s", pause_s)
    fine = np.arange(0, now + 5, 0.05)
    positions = [_progress(told, float(t)) for t in fine]
    assert all(0 <= done <= SET and (rested is None or 0 < rested < 1) for done, rested in positions)
    steps = np.diff([done for done, _ in positions])
    assert ((steps >= -1e-6) | (steps < -SET + 3)).all()  # onwards, or from a full set to a new one
    assert steps.max(initial=0) <= 160 / 60 * 0.05 + 1e-6


def test_a_set_of_thirty_is_followed_by_a_pause() -> None:
    told = Course("cpr", CPR.parameters, {"compressions_per_min": 120, "pause_s": 4})
    assert _progress(told, 14.9) == (pytest.approx(29.8), None)
    assert _progress(told, 17.0) == (SET, pytest.approx(0.5))
    assert _progress(told, 19.5) == (pytest.approx(1.0), None)
    assert _progress(told, 19.5 + 19 * 20) == (pytest.approx(1.0), None)


@pytest.mark.parametrize(
    ("name", "camera", "parameter", "value"),
    [
        ("cpr", "back", "compressions_per_min", 60),
        ("cpr", "back", "depth_m", 0.02),
        ("cpr", "back", "recoil", 0.0),
        ("bleeding", "back", "pressure", True),
        ("stroke", "front", "smile", 1.0),
        ("night-accident", "back", "torch", False),
        ("child-rash", "back", "glass", True),
        ("burn", "back", "cooling", True),
        ("test-card", "back", "light", 0.1),
    ],
)
def test_a_change_takes_effect_from_its_time_on(
    name: str, camera: Facing, parameter: str, value: object
) -> None:
    changed, as_it_was = (scene(name, 3, *SMALL) for _ in range(2))
    times = (0.0, 1.0, 1.9, 1.999)
    before = [changed.frame(camera, t) for t in times]
    changed.change(2.0, parameter, value)
    again = [changed.frame(camera, t) for t in times]
    assert all((a == b).all() for a, b in zip(before, again, strict=True))
    later = [difference(changed.frame(camera, t), as_it_was.frame(camera, t)) for t in (3.1, 3.4, 3.8)]
    assert max(later) > 0.03
    step = difference(changed.frame(camera, 2.02), changed.frame(camera, 1.99))
    unchanged = difference(as_it_was.frame(camera, 2.02), as_it_was.frame(camera, 1.99))
    assert step < 2 * unchanged + 0.5  # no jump
    told = scene(name, 3, *SMALL, {}, [(2.0, parameter, value)])
    assert (told.frame(camera, 3.4) == changed.frame(camera, 3.4)).all()


@pytest.mark.parametrize(
    ("name", "parameter", "value"),
    [("stroke", "side", "right"), ("leg-fracture", "side", "left"), ("night-accident", "casualties", 1)],
)
def test_what_draws_anew_can_be_changed_too(name: str, parameter: str, value: object) -> None:
    camera: Facing = "front" if name == "stroke" else "back"
    assert next(p for p in parameters(name) if p.name == parameter).redraws
    changed = scene(name, 3, *SMALL)
    before = changed.frame(camera, 0.9)
    changed.change(1.0, parameter, value)
    assert (changed.frame(camera, 0.9) == before).all()
    told = scene(name, 3, *SMALL, {parameter: value})
    assert (changed.frame(camera, 1.0) == told.frame(camera, 1.0)).all()
    assert difference(changed.frame(camera, 1.0), scene(name, 3, *SMALL).frame(camera, 1.0)) > 0.1
