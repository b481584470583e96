"""A phone call: it rings, is queued, answered, talked and ended. Its video session is a story of its own."""

from sim.call import Call
from sim.clock import PortError, Process, pause, within
from sim.ports import Heard
from sim.stories.operator import operator
from sim.stories.stage import Stage
from sim.stories.video import film


def phone_call(stage: Stage, call: Call) -> Process[None]:
    """Tell one call to its end: the caller's part and the operator's, side by side."""
    yield from pause(stage.env, call.at_s - stage.env.now)
    try:
        done = yield from within(stage.env, stage.waits.call_s, _both_parts(stage, call))
        if done is None:
            stage.failed(call, "lab", f"the call was not over within {stage.waits.call_s:g} s")
            yield from stage.ports.iccs.hang_up(call, by="operator")
        yield from stage.ports.handset.switch_off(call)
    except PortError as error:
        stage.failed(call, "lab", error)


def _both_parts(stage: Stage, call: Call) -> Process[bool]:
    parts = [stage.env.process(caller(stage, call)), stage.env.process(operator(stage, call))]
    try:
        yield stage.env.all_of(parts)
    finally:
        for part in parts:
            if part.is_alive:
                part.defused = True
                part.interrupt()
    return True


def caller(stage: Stage, call: Call) -> Process[None]:
    """Ring, wait as long as patience lasts, talk, answer the question about video."""
    iccs = stage.ports.iccs
    yield from stage.ports.handset.switch_on(call)
    yield from iccs.place(call)
    answered = yield from within(stage.env, call.caller.patience_s, iccs.hear(call, "call.answered"))
    if answered is None:
        yield from iccs.hang_up(call, by="caller")
    else:
        yield from _converse(stage, call)


def _converse(stage: Stage, call: Call) -> Process[None]:
    iccs = stage.ports.iccs
    heard: Heard = yield from iccs.hear(call, "consent.asked", "call.ended")
    if heard.event == "call.ended":
        return
    yield from stage.drawn(call, "caller", "replies", call.caller.replies_after_s)
    yield from iccs.reply(call, call.caller.says_yes)
    if call.caller.says_yes:
        yield from film(stage, call)
    yield from iccs.hear(call, "call.ended")
