"""A video session: the caller films, somebody looks."""

from collections.abc import Callable

from sim.call import Call, Camera, Filmed
from sim.clock import PortError, Process, pause, race, within
from sim.ports import Heard, Picture
from sim.stories.stage import Stage

OVER = ("video.ended", "call.ended", "ambulance.ended")
LATE_NEWS_S = 0.5  # a viewer may be told of the end in its answer, before the control room tells it


def film(stage: Stage, call: Call) -> Process[None]:
    """The caller's part: get the link, open it, agree or refuse, film until told to stop.

    What is over meanwhile is given up, but not a press on the page: that is done when it is done.
    """
    handset, iccs = stage.ports.handset, stage.ports.iccs
    try:
        over, _ = yield from race(stage.env, _until_decided(stage, call), iccs.hear(call, *OVER))
        if over:
            return
        if not call.caller.approves:
            yield from handset.refuse(call)
            return
        yield from handset.consent(call)
        yield from race(stage.env, _film(stage, call), iccs.hear(call, *OVER))
    except PortError as error:
        stage.failed(call, "caller", error)


def _until_decided(stage: Stage, call: Call) -> Process[None]:
    handset = stage.ports.handset
    link = yield from handset.next_sms(call)
    yield from stage.drawn(call, "caller", "opens_link", call.caller.opens_link_after_s)
    yield from handset.open(call, link)
    yield from stage.drawn(call, "caller", "consents", call.caller.consents_after_s)


def _film(stage: Stage, call: Call) -> Process[None]:
    handset = stage.ports.handset
    yield from handset.publish(call)
    yield from race(stage.env, handset.wait_end(call), _mishaps(stage, call), _follows(stage, call))


def _mishaps(stage: Stage, call: Call) -> Process[None]:
    """What happens to the page while it films; returns when there is no page any more, else never."""
    begun_s = stage.env.now
    for mishap in call.caller.mishaps:
        yield from pause(stage.env, begun_s + mishap.at_s - stage.env.now)
        yield from stage.ports.handset.befall(call, mishap)
        if mishap.does == "close_tab":
            return
    yield stage.env.event()


def _follows(stage: Stage, call: Call) -> Process[None]:
    """Do what the operator says, one thing after the other; never returns."""
    n = 0
    while True:
        told: Heard = yield from stage.ports.iccs.hear(call, "call.guided", after=n)
        n, facts = told.n, told.facts
        yield from stage.drawn(call, "caller", "follows", call.caller.follows_after_s)
        try:
            yield from stage.ports.handset.change(call, facts["parameter"], facts["value"])
        except PortError as error:  # said to a person's caller, it may be beyond his scene
            stage.failed(call, "caller", error)


def look(
    stage: Stage, call: Filmed, who: str, picture: Picture, on_seen: Callable[[], None] = lambda: None
) -> Process[None]:
    """Watch a session until it is over, and a little longer, to see that nothing more comes."""
    viewer, iccs = stage.ports.viewer, stage.ports.iccs
    try:
        first, seen = yield from race(stage.env, _watch(stage, call, who, picture), iccs.hear(call, *OVER))
    except PortError as error:
        if (yield from within(stage.env, LATE_NEWS_S, iccs.hear(call, *OVER))) is None:
            stage.failed(call, who, error)
        return
    try:
        if first == 0 and seen:
            on_seen()
        heard: Heard = yield from iccs.hear(call, *OVER)
        yield from viewer.over(call, who, heard.event)
        yield from pause(stage.env, stage.waits.linger_s)
        yield from viewer.leave(call, who)
    except PortError as error:
        stage.failed(call, who, error)


def see_camera(stage: Stage, call: Filmed, who: str, camera: Camera | None) -> Process[bool]:
    """Wait until a frame of this camera is seen, the session is over, or the lab's patience is."""
    limit_s = stage.waits.part_s
    try:
        done = yield from within(
            stage.env,
            limit_s,
            race(
                stage.env,
                stage.ports.viewer.wait_for_camera(call, who, camera),
                stage.ports.iccs.hear(call, *OVER),
            ),
        )
    except PortError as error:
        stage.failed(call, who, error)
        return False
    if done is None:
        stage.failed(call, who, f"no frame of {camera or 'any'} camera within {limit_s:g} s")
    return done is not None and done[0] == 0


def _watch(stage: Stage, call: Filmed, who: str, picture: Picture) -> Process[bool]:
    yield from stage.ports.viewer.watch(call, who, picture)
    return (yield from see_camera(stage, call, who, None))


def resource_person(
    stage: Stage, call: Filmed, role: str, joins_after_s: float, picture: Picture
) -> Process[None]:
    """A doctor or specialist joins, looks into the stream, and leaves when it is over, or is too late."""
    comes = stage.drawn(call, role, "joins", joins_after_s)
    try:
        first, _ = yield from race(stage.env, comes, stage.ports.iccs.hear(call, *OVER))
    except PortError as error:
        stage.failed(call, role, error)
        return
    if first == 0:
        yield from look(stage, call, role, picture)
