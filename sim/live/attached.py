"""The Handset and Viewer ports of attached phones: what was done there is heard from the video service.

The lab shows the link and, with a WebDriver, presses; the rest a person does, and the control room passes on
what the service tells of it.
"""

from sim.call import Call, Camera, Filmed
from sim.clock import PortError, Process
from sim.live.farm import LiveHandset, LiveViewer
from sim.ports import Heard, Iccs

_OVER = ("video.ended", "call.ended")


class AttachedHandset:
    """Every phone, the attached ones heard of; the others as the farm has them."""

    def __init__(self, phones: LiveHandset, iccs: Iccs) -> None:
        self._phones, self._iccs = phones, iccs
        self.switch_on, self.switch_off = phones.switch_on, phones.switch_off
        self.next_sms, self.befall, self.change = phones.next_sms, phones.befall, phones.change
        self._opened_n: dict[str, int] = {}  # a yes on the page is heard after this, a spoken one before

    def open(self, call: Call, link: str) -> Process[None]:
        yield from self._phones.open(call, link)
        if _is_attached(call):
            heard = yield from self._hears(call, "link.opened")
            self._opened_n[call.name] = heard.n

    def consent(self, call: Call) -> Process[None]:
        yield from self._phones.consent(call)
        if _is_attached(call):
            yield from self._hears(call, "consent.given")

    def refuse(self, call: Call) -> Process[None]:
        yield from self._phones.refuse(call)
        if _is_attached(call):
            yield from self._hears(call, "consent.refused")

    def publish(self, call: Call) -> Process[None]:
        yield from self._phones.publish(call)
        if _is_attached(call):
            yield from self._hears(call, "media.connected")

    def wait_end(self, call: Call) -> Process[str]:
        if not _is_attached(call):
            return (yield from self._phones.wait_end(call))
        heard: Heard = yield from self._iccs.hear(call, *_OVER)
        return str(heard.facts.get("because", heard.event))

    def _hears(self, call: Call, event: str) -> Process[Heard]:
        after = self._opened_n.get(call.name, 0)
        heard: Heard = yield from self._iccs.hear(call, event, *_OVER, after=after)
        if heard.event != event:
            raise PortError(f"no {event} from the attached phone: {heard.event} came first")
        return heard


class AttachedViewer:
    """Whoever looks. Which camera of an attached phone is seen, the phone must be believed."""

    def __init__(self, viewers: LiveViewer, iccs: Iccs) -> None:
        self._viewers, self._iccs = viewers, iccs
        self.watch, self.over, self.leave = viewers.watch, viewers.over, viewers.leave

    def wait_for_camera(self, call: Filmed, who: str, camera: Camera | None) -> Process[None]:
        if _is_attached(call) and camera is not None:
            heard: Heard = yield from self._iccs.hear(call, "camera.switched")
            while heard.facts.get("camera") != camera:
                heard = yield from self._iccs.hear(call, "camera.switched", after=heard.n)
        yield from self._viewers.wait_for_camera(call, who, camera)


def _is_attached(call: Filmed) -> bool:
    return call.phone == "attached"
