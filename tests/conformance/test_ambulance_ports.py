"""The AmbulancePhone and AmbulanceDesk ports: the same body against the models and against the real parts."""

from pathlib import Path

import pytest

from sim.ambulance import Ambulance
from sim.ambulance_table import AmbulanceSpec
from sim.clock import PortError, Process
from sim.nation import load_nation
from sim.ports import Picture
from sim.resolve import Resolved, resolve
from sim.scenario import NationChoice, Scenario
from sim.stories import Stage

AMK, LV = "AMK Eksempel", "LV Eksempel"
UNIT = "Ambulanse 3-1"
EVENTS = ("ambulance.", "media.connected", "media.stopped", "camera.requested", "viewer.invited")


def an_ambulance(*centres: str) -> Resolved:
    """Nobody but the body switches its phone on: it is not due for long."""
    spec = AmbulanceSpec(unit=UNIT, amk=AMK, centres=centres, at_s=100, scene="test-card")
    choice = NationChoice(centres="one-centre")
    scenario = Scenario(title="conformance", pace="condensed", nation=choice, ambulances=(spec,))
    return resolve(scenario, load_nation("one-centre", Path()))


def _sees(stage: Stage, unit: Ambulance, who: str, picture: Picture) -> Process[None]:
    yield from stage.ports.viewer.watch(unit, who, picture)
    yield from stage.ports.viewer.wait_for_camera(unit, who, None)


def _leaves(stage: Stage, unit: Ambulance, who: str) -> Process[None]:
    yield from stage.ports.viewer.over(unit, who, "the stream ended")
    yield from stage.ports.viewer.leave(unit, who)


def test_a_stream_is_seen_switched_shared_left_and_ended_by_its_amk(world) -> None:
    def body(stage: Stage, resolved: Resolved) -> Process[None]:
        (unit,) = resolved.ambulances
        phone, desk = stage.ports.ambulance_phone, stage.ports.ambulance_desk
        yield from phone.enrol(unit)
        yield from phone.enrol(unit)  # again: nothing more happens
        yield from phone.start(unit)
        started = yield from stage.ports.iccs.hear(unit, "ambulance.started")
        assert (started.facts["amk"], started.facts["centres"]) == (AMK, [AMK, LV])
        picture = yield from desk.watch(unit, AMK)
        assert (yield from desk.watch(unit, AMK)) == picture
        yield from _sees(stage, unit, "operator", picture)
        yield from _sees(stage, unit, LV, (yield from desk.watch(unit, LV)))
        yield from desk.switch_camera(unit, LV, "front")
        yield from stage.ports.viewer.wait_for_camera(unit, "operator", "front")
        yield from _sees(stage, unit, "doctor", (yield from desk.invite(unit, LV, "doctor")))
        yield from stage.ports.viewer.leave(unit, LV)
        yield from desk.leave(unit, LV)
        with pytest.raises(PortError):  # not its own to end
            yield from desk.end(unit, LV)
        yield from desk.end(unit, AMK)
        assert (yield from phone.wait_end(unit)) == "operator"
        for who in ("operator", "doctor"):
            yield from _leaves(stage, unit, who)
        with pytest.raises(PortError):  # over is over
            yield from desk.watch(unit, LV)
        yield from phone.switch_off(unit)

    told = [r for r in world(body, an_ambulance(LV)).records if r.call == UNIT]
    assert all(r.session == f"{UNIT}/video" for r in told)
    happened = [r.event for r in told if r.event.startswith(EVENTS)]
    assert sorted(happened[:2]) == ["ambulance.started", "media.connected"]
    assert happened[2:6] == ["viewer.invited", "viewer.invited", "camera.requested", "viewer.invited"]
    assert set(happened[6:]) == {"ambulance.ended", "media.stopped"}
    assert len(happened) == 8
    frames = {(r.actor, r.facts["camera"]) for r in told if r.event == "frame.first"}
    assert {("operator", "back"), (LV, "back"), ("operator", "front"), ("doctor", "front")} <= frames
    assert {r.actor for r in told if r.event in EVENTS and r.event.startswith("media.")} == {"crew"}


def test_a_crew_ends_its_stream_once_and_starts_none_unenrolled(world) -> None:
    def body(stage: Stage, resolved: Resolved) -> Process[None]:
        (unit,) = resolved.ambulances
        phone = stage.ports.ambulance_phone
        yield from phone.end(unit)  # without a stream nothing happens
        with pytest.raises(PortError):
            yield from phone.start(unit)
        yield from phone.enrol(unit)
        yield from phone.start(unit)
        yield from phone.end(unit)
        yield from phone.end(unit)
        ended = yield from stage.ports.iccs.hear(unit, "ambulance.ended")
        assert ended.facts["because"] == "crew"
        assert (yield from phone.wait_end(unit)) == "crew"
        yield from phone.switch_off(unit)
        yield from phone.switch_off(unit)

    told = world(body, an_ambulance()).records
    assert [r.event for r in told if r.event.startswith("ambulance.")] == [
        "ambulance.started",
        "ambulance.ended",
    ]


def test_a_centre_that_is_not_named_is_refused_at_every_door(world) -> None:
    answers: list[Picture | None] = []

    def body(stage: Stage, resolved: Resolved) -> Process[None]:
        (unit,) = resolved.ambulances
        phone, desk = stage.ports.ambulance_phone, stage.ports.ambulance_desk
        yield from phone.enrol(unit)
        yield from phone.start(unit)
        answers.append((yield from desk.intrude(unit, LV)))
        for asks in (desk.watch(unit, LV), desk.invite(unit, LV, "doctor"), desk.end(unit, LV)):
            with pytest.raises(PortError, match="404"):
                yield from asks
        with pytest.raises(PortError, match="404"):
            yield from desk.switch_camera(unit, LV, "front")
        yield from phone.end(unit)
        yield from phone.switch_off(unit)

    told = world(body, an_ambulance()).records
    assert answers == [None]
    assert {r.event for r in told}.isdisjoint({"viewer.invited", "camera.requested", "frame.first"})
