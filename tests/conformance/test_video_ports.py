"""The VideoDesk, Handset and Viewer ports: the same body against the models and against the real parts."""

from dataclasses import replace

import pytest

from sim.call import Call, Mishap
from sim.clock import PortError, Process, within
from sim.resolve import Resolved
from sim.stories import Stage

EVENTS = (
    "video.requested",
    "sms.submitted",
    "sms.accepted",
    "sms.delivered",
    "link.opened",
    "consent.given",
    "consent.refused",
    "media.connected",
    "camera.requested",
    "viewer.invited",
    "call.guided",
    "scene.changed",
    "video.ended",
    "media.stopped",
)


def _until_spoken_yes(stage: Stage, resolved: Resolved) -> Process[None]:
    """The call stands, and the caller has said yes aloud."""
    iccs, call = stage.ports.iccs, resolved.calls[0]
    yield from stage.ports.handset.switch_on(call)
    yield from iccs.place(call)
    offered = yield from iccs.hear(call, "call.offered")
    yield from iccs.answer(call, offered.facts["seat"])
    yield from iccs.ask(call)
    yield from iccs.reply(call, True)


def test_the_whole_session_is_seen_switched_shared_and_ended(world) -> None:
    def body(stage: Stage, resolved: Resolved) -> Process[None]:
        call, desk = resolved.calls[0], stage.ports.desk
        handset, viewer = stage.ports.handset, stage.ports.viewer
        yield from _until_spoken_yes(stage, resolved)
        picture = yield from desk.request(call)
        assert (yield from desk.request(call)) == picture  # again: the same session
        link = yield from handset.next_sms(call)
        yield from handset.open(call, link)
        yield from handset.consent(call)
        yield from handset.publish(call)
        yield from viewer.watch(call, "operator", picture)
        yield from viewer.wait_for_camera(call, "operator", "back")
        yield from desk.switch_camera(call, "front")
        yield from viewer.wait_for_camera(call, "operator", "front")
        look = yield from desk.invite(call, "doctor")
        yield from viewer.watch(call, "doctor", look)
        yield from viewer.wait_for_camera(call, "doctor", "front")
        yield from stage.ports.iccs.guide(call, "thumb", 0.5)
        told = yield from stage.ports.iccs.hear(call, "call.guided")
        assert (told.facts["parameter"], told.facts["value"]) == ("thumb", 0.5)
        yield from handset.change(call, "thumb", 0.5)
        with pytest.raises(PortError, match="'thumb': 2 is out of range; take 0 to 1"):
            yield from handset.change(call, "thumb", 2)
        yield from desk.end(call)
        yield from desk.end(call)  # again: nothing more happens
        assert (yield from handset.wait_end(call)) == "operator"
        for who in ("operator", "doctor"):
            yield from viewer.over(call, who, "video.ended")
            yield from viewer.leave(call, who)
        yield from handset.switch_off(call)

    told = world(body)
    seen = told.trace(*EVENTS)
    assert seen[:-2] == [
        "consent.given spoken",
        "video.requested",
        "sms.submitted",
        "sms.accepted",
        "sms.delivered",
        "link.opened",
        "consent.given page",
        "media.connected",
        "camera.requested",
        "viewer.invited",
        "call.guided",
        "scene.changed",
    ]
    assert set(seen[-2:]) == {"video.ended", "media.stopped"}  # told by two parts in the same moment
    frames = [(r.actor, r.facts["camera"]) for r in told.records if r.event == "frame.first"]
    assert sorted(frames) == [("doctor", "front"), ("operator", "back"), ("operator", "front")]
    of_session = [r for r in told.records if r.event in EVENTS and "how" not in r.facts]
    assert all(r.session == "call-1/video" for r in of_session if r.event != "call.guided")


def test_a_page_is_reloaded_and_films_again_until_its_tab_is_closed(world) -> None:
    def body(stage: Stage, resolved: Resolved) -> Process[None]:
        call, handset = resolved.calls[0], stage.ports.handset
        yield from _until_spoken_yes(stage, resolved)
        picture = yield from stage.ports.desk.request(call)
        yield from handset.open(call, (yield from handset.next_sms(call)))
        yield from handset.consent(call)
        yield from handset.publish(call)
        yield from stage.ports.viewer.watch(call, "operator", picture)
        yield from stage.ports.viewer.wait_for_camera(call, "operator", None)
        yield from handset.befall(call, Mishap(0, "reload"))
        yield from handset.befall(call, Mishap(1, "close_tab"))
        yield from stage.ports.desk.end(call)
        yield from handset.switch_off(call)

    told = [r for r in world(body).records if r.event.startswith("media.") and r.actor == "caller"]
    assert [(r.event, r.facts.get("because")) for r in told] == [
        ("media.connected", None),
        ("media.lost", "page reloaded"),
        ("media.recovered", None),
        ("media.stopped", "tab closed"),
    ]


def test_a_no_on_the_page_ends_the_session_and_nothing_is_published(world) -> None:
    def body(stage: Stage, resolved: Resolved) -> Process[None]:
        call, handset = resolved.calls[0], stage.ports.handset
        yield from _until_spoken_yes(stage, resolved)
        yield from stage.ports.desk.request(call)
        yield from handset.open(call, (yield from handset.next_sms(call)))
        yield from handset.refuse(call)
        ended = yield from stage.ports.iccs.hear(call, "video.ended")
        assert ended.facts["because"] == "refused"
        heard = yield from stage.ports.iccs.hear(call, "consent.refused")
        assert heard.facts["how"] == "page"

    told = world(body).trace(*EVENTS)
    assert "consent.refused page" in told
    assert "media.connected" not in told


def test_a_link_of_an_ended_session_is_refused(world) -> None:
    def body(stage: Stage, resolved: Resolved) -> Process[None]:
        call, handset = resolved.calls[0], stage.ports.handset
        yield from _until_spoken_yes(stage, resolved)
        yield from stage.ports.desk.request(call)
        link = yield from handset.next_sms(call)
        yield from stage.ports.desk.end(call)
        with pytest.raises(PortError, match="410"):
            yield from handset.open(call, link)

    told = world(body)
    assert "link.expired" in [r.event for r in told.records]
    assert "link.opened" not in [r.event for r in told.records]


def test_a_camera_cannot_be_switched_before_a_phone_is_connected(world) -> None:
    def body(stage: Stage, resolved: Resolved) -> Process[None]:
        yield from _until_spoken_yes(stage, resolved)
        yield from stage.ports.desk.request(resolved.calls[0])
        with pytest.raises(PortError):
            yield from stage.ports.desk.switch_camera(resolved.calls[0], "front")

    world(body)


def test_a_camera_that_fails_is_said(world) -> None:
    resolved = world.two_calls()
    broken = replace(resolved.calls[0], caller=replace(resolved.calls[0].caller, camera_fails=True))

    def body(stage: Stage, resolved: Resolved) -> Process[None]:
        call, handset = resolved.calls[0], stage.ports.handset
        yield from _until_spoken_yes(stage, resolved)
        yield from stage.ports.desk.request(call)
        yield from handset.open(call, (yield from handset.next_sms(call)))
        yield from handset.consent(call)
        with pytest.raises(PortError, match="camera"):
            yield from handset.publish(call)

    told = world(body, replace(resolved, calls=(broken, resolved.calls[1])))
    assert "media.connected" not in [r.event for r in told.records]


def test_where_no_media_passes_the_page_works_and_no_picture_comes(world) -> None:
    resolved = world.two_calls()
    first = resolved.calls[0]
    caller = replace(first.caller, media_blocked=True)

    def body(stage: Stage, resolved: Resolved) -> Process[None]:
        call, handset = resolved.calls[0], stage.ports.handset
        yield from _until_spoken_yes(stage, resolved)
        yield from stage.ports.desk.request(call)
        yield from handset.open(call, (yield from handset.next_sms(call)))
        yield from handset.consent(call)
        assert (yield from within(stage.env, 2.0, _published(stage, call))) is None
        yield from stage.ports.desk.end(call)
        yield from handset.switch_off(call)

    told = world(body, replace(resolved, calls=(replace(first, caller=caller), resolved.calls[1])))
    assert told.trace("consent.given", "media.connected", "video.ended") == [
        *("consent.given spoken", "consent.given page", "video.ended")
    ]


def _published(stage: Stage, call: Call) -> Process[bool]:
    yield from stage.ports.handset.publish(call)
    return True
