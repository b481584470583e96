"""A person at the seat page is the operator: what she does there is heard and told on."""

from sim.acts import Act, Answer, AskForVideo, EndVideo, HangUp, Invite, Moment, SendLink, SwitchCamera
from sim.call import Call
from sim.clock import Process
from sim.ports import Heard, Iccs, Operator, Picture, VideoDesk

_ACTS = (
    "call.answered",
    "consent.asked",
    "video.requested",
    "camera.requested",
    "viewer.invited",
    "video.ended",
    "call.ended",
)


OBSERVER = "observer"


class ObservedDesk:
    """The desk of a person's seat: the person looks there, and the lab beside her with a look of its own.

    A session's picture goes to one connection a viewer, so the lab cannot share the operator's.
    """

    def __init__(self, desk: VideoDesk, centre: str) -> None:
        self._desk, self._centre = desk, centre
        self.switch_camera, self.invite, self.end = desk.switch_camera, desk.invite, desk.end

    def request(self, call: Call) -> Process[Picture]:
        picture = yield from self._desk.request(call)
        if call.centre != self._centre:
            return picture
        return (yield from self._desk.invite(call, OBSERVER))


class PersonOperator:
    """The Operator port bound to one centre's seat page, where every act has been done already.

    Calls of other centres are decided by `others`.
    """

    def __init__(self, iccs: Iccs, centre: str, others: Operator) -> None:
        self._iccs, self._centre, self._others = iccs, centre, others

    def decide(self, call: Call, moment: Moment) -> Process[Act]:
        if call.centre != self._centre:
            return (yield from self._others.decide(call, moment))
        while True:
            heard: Heard = yield from self._iccs.hear(call, *_ACTS, after=moment.heard_n)
            moment.heard_n = heard.n
            if heard.facts.get("role") != OBSERVER:  # that one is the lab's, not the person's act
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
