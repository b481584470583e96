"""A phone call: it rings, is queued, answered, talked and ended. Its video session is a story of its own."""

from sim.call import Call
from sim.clock import Process, pause, race, together, within
from sim.ports import Heard
from sim.stories.operator import operator
from sim.stories.stage import Stage
from sim.stories.video import film


def phone_call(stage: Stage, call: Call) -> Process[None]:
    """Tell one call to its end: the caller's part and the operator's, side by side.

    A call that goes wrong is hung up all the same, so that its seat is free for others.
    """
    yield from pause(stage.env, call.at_s - stage.waits.early_s - stage.env.now)
    yield from stage.tidied(call, stage.ports.handset.switch_on(call))
    yield from stage.arrival(call)
    both_parts = together(stage.env, caller(stage, call), operator(stage, call))
    if not (yield from stage.told_to_its_end(call, both_parts)):
        yield from stage.tidied(call, stage.ports.iccs.hang_up(call, by="operator"))
    yield from stage.tidied(call, stage.ports.handset.switch_off(call))


def caller(stage: Stage, call: Call) -> Process[None]:
    """Ring, wait as long as patience lasts, talk, answer the question about video."""
    iccs = stage.ports.iccs
    yield from iccs.place(call)
    answered = yield from within(stage.env, call.caller.patience_s, iccs.hear(call, "call.answered"))
    if answered is None:
        yield from iccs.hang_up(call, by="caller")
    else:
        yield from _converse(stage, call)


_SAID = ("consent.given", "consent.refused")


def _converse(stage: Stage, call: Call) -> Process[None]:
    iccs = stage.ports.iccs
    asked: Heard = yield from iccs.hear(call, "consent.asked", "call.ended")
    if asked.event == "call.ended":
        return
    thinks = stage.drawn(call, "caller", "replies", call.caller.replies_after_s)
    forestalled, heard = yield from race(stage.env, thinks, iccs.hear(call, "call.ended", *_SAID))
    if forestalled and heard.event == "call.ended":
        return
    if not forestalled:  # else somebody at the seat has answered for the caller
        because = None if call.caller.has_smartphone else "no_smartphone"
        yield from iccs.reply(call, call.caller.says_yes, because)
    if call.caller.says_yes:
        yield from film(stage, call)
    yield from iccs.hear(call, "call.ended")
