"""A person at the seat page is the operator: what she does there is heard and told on."""

from sim.acts import Act, Answer, AskForVideo, EndVideo, HangUp, Invite, Moment, SendLink, SwitchCamera
from sim.call import Call
from sim.clock import Process
from sim.ports import Heard, Iccs

_ACTS = (
    "call.answered",
    "consent.asked",
    "video.requested",
    "camera.requested",
    "viewer.invited",
    "video.ended",
    "call.ended",
)


class PersonOperator:
    """The Operator port bound to the seat page: every act has been done there already."""

    def __init__(self, iccs: Iccs) -> None:
        self._iccs = iccs

    def decide(self, call: Call, moment: Moment) -> Process[Act]:
        heard: Heard = yield from self._iccs.hear(call, *_ACTS, after=moment.heard_n)
        moment.heard_n = heard.n
        return _act(heard)


def _act(heard: Heard) -> Act:
    match heard.event:
        case "call.answered":
            return Answer(done=True)
        case "consent.asked":
            return AskForVideo(done=True)
        case "video.requested":
            return SendLink(done=True)
        case "camera.requested":
            return SwitchCamera(heard.facts["camera"], done=True)
        case "viewer.invited":
            return Invite(heard.facts["role"], done=True)
        case "video.ended":
            return EndVideo(done=True)
        case _:
            return HangUp(done=True)
