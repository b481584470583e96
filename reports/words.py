"""The journal's events in words: short for a chart, a sentence for a table."""

from typing import Any

from reports.figures import with_unit
from reports.sms_words import of_sms
from sim.journal import Record

LABEL_MAX = 22  # characters

PURPOSES = {
    "picks_up": ("picks up", "took {} to pick up"),
    "asks_video": ("before asking", "talked {} before asking about video"),
    "sends_link": ("before link", "took {} to send the link"),
    "gives_up": ("before giving up", "gave up on the picture after {}"),
    "invites": ("before inviting", "looked {} before inviting"),
    "switches": ("before switch", "looked {} before switching the camera"),
    "guides": ("before guiding", "looked {} before guiding the caller"),
    "follows": ("follows", "took {} to do as told"),
    "holds_video": ("holds video", "held the video {}"),
    "talks": ("talks", "talked {}"),
    "talks_on": ("talks on", "talked on {}"),
    "replies": ("thinks", "took {} to answer the question"),
    "opens_link": ("finds link", "took {} to open the link"),
    "consents": ("reads page", "took {} to decide on the page"),
    "joins": ("before joining", "took {} to join"),
    "films": ("films", "filmed for {}"),
    "leaves": ("before leaving", "looked {} before leaving"),
    "sms": ("SMS on its way", "SMS took {}"),
}

DURATIONS = {
    "answer_s": "call placed to answered",
    "ask_s": "answered to asked about video",
    "reply_s": "asked to the spoken answer",
    "sms_s": "SMS submitted to delivered",
    "link_s": "operator's request to the SMS on the phone, vain tries included",
    "open_s": "SMS delivered to link opened",
    "consent_s": "link opened to consent on the page",
    "setup_s": "consent to first frame seen",
    "time_to_video_s": "operator's request to first frame seen",
    "machine_s": "time to video without the drawn waits: what the machines took",
    "camera_switch_s": "press to first frame of the other camera",
    "follow_s": "caller told what to do to the first frame that shows it",
    "recovery_s": "picture gone to first new frame",
    "viewer_join_s": "resource person, or a centre at an ambulance's stream, joins to first frame seen",
    "glass_to_glass_s": "filmed to seen, every frame",
}

_LABELS = {
    "call.placed": "rings",
    "call.queued": "queued",
    "call.answered": "answered",
    "call.abandoned": "hangs up unanswered",
    "call.transferred": "transferred",
    "call.ended": "call ended",
    "video.requested": "video requested",
    "video.ended": "video ended",
    "sms.submitted": "SMS submitted",
    "call.due": "due",
    "sms.accepted": "SMS accepted",
    "sms.throttled": "throttled",
    "sms.delivered": "SMS delivered",
    "sms.failed": "SMS failed",
    "sms.refused": "SMS refused",
    "sms.swallowed": "no answer",
    "sms.answered": "late answer",
    "sms.dropped": "SMS dropped",
    "mood.begun": "carrier's mood",
    "mood.ended": "mood over",
    "session.refused": "bind refused",
    "session.cut": "SMPP cut",
    "session.turned_away": "turned away",
    "session.garbled": "garbled answer",
    "receipt.forged": "forged receipt",
    "link.shown": "link shown",
    "link.opened": "link opened",
    "link.expired": "link expired",
    "link.refused": "link refused",
    "consent.asked": "asked aloud",
    "consent.withdrawn": "withdrawn",
    "camera.failed": "camera failed",
    "media.connected": "films",
    "media.lost": "connection lost",
    "media.recovered": "recovered",
    "media.stopped": "camera off",
    "viewer.watching": "connected",
    "viewer.left": "left",
    "viewer.refused": "refused",
    "ambulance.started": "ambulance starts",
    "ambulance.ended": "ambulance ends",
    "frame.stray": "stray frame",
    "port.failed": "failed",
    "part.died": "a part died",
}


def label(record: Record) -> str:
    """At most LABEL_MAX characters, for a mark on a chart."""
    return cut(_label(record), LABEL_MAX)


def cut(text: str, length: int) -> str:
    """The text, with its end left out when it is longer than so many characters."""
    return text if len(text) <= length else f"{text[: length - 1]}…"


def sentence(record: Record) -> str:
    """What happened, for somebody who does not know the event's name."""
    found = _of_call(record) or _of_session(record) or of_sms(record) or _of_media(record) or _of_lab(record)
    return found or record.event


def wait_label(purpose: str) -> str:
    return PURPOSES[purpose][0] if purpose in PURPOSES else purpose


def who(actor: str | None) -> str:
    return "control room" if actor == "iccs" else actor or "lab"


def _label(record: Record) -> str:
    facts = record.facts
    match record.event:
        case "consent.given" | "consent.refused":
            said = "yes" if record.event == "consent.given" else "no"
            return f"{said} on the page" if facts.get("how") == "page" else f"{said} aloud"
        case "frame.first":
            return f"sees {facts.get('camera', 'a')} camera"
        case "camera.requested":
            return f"{facts.get('camera', 'a')} camera asked"
        case "call.guided":
            return "guides"
        case "scene.changed":
            return "does as told"
        case "camera.switched":
            return f"to {facts.get('camera', 'a')} camera"
        case "sms.failed" if facts.get("next"):
            return "SMS held up"
        case "sms.told":
            return f"told: SMS {facts.get('what', '')}"
        case "viewer.invited" if facts.get("role") == "operator":
            return "takes a place"
        case "viewer.invited":
            return f"invites {facts.get('role', 'a viewer')}"
        case "fault.begun" | "fault.ended":
            return f"{facts.get('kind', 'fault')}{' over' if record.event == 'fault.ended' else ''}"
    return _LABELS.get(record.event, record.event)


def _of_call(record: Record) -> str | None:
    facts = record.facts
    match record.event:
        case "call.due":
            return f"call due; its arrival was {with_unit(facts.get('lateness_s'))} late"
        case "call.placed":
            return f"{facts.get('line', 'the call')} rings at {facts.get('centre', '?')}"
        case "call.queued":
            routed = f", which takes the calls of {facts['routed_from']}" if "routed_from" in facts else ""
            return f"call waits in the queue of {facts.get('centre', '?')}{routed}"
        case "call.answered":
            return f"call answered at seat {facts.get('seat', '?')}"
        case "call.abandoned":
            return "caller hung up before the answer"
        case "call.guided":
            return f"caller told: {facts.get('parameter', '?')} = {facts.get('value', '?')}"
        case "call.transferred":
            return f"call transferred to {facts.get('centre', '?')}"
        case "call.ended":
            return f"call ended by the {facts.get('by', '?')}"
    return None


def _of_session(record: Record) -> str | None:
    facts, on_page = record.facts, record.facts.get("how") == "page"
    match record.event:
        case "consent.asked":
            return "operator asks aloud whether the caller will film"
        case "consent.given":
            return "agreed on the page" if on_page else "caller said yes aloud"
        case "consent.refused":
            return "refused on the page" if on_page else "caller said no aloud"
        case "consent.withdrawn":
            return "consent withdrawn"
        case "video.requested":
            return "video requested: a link is to be sent"
        case "video.ended":
            return f"video ended{_why(facts)}"
        case "ambulance.started":
            return f"the crew starts its stream, for {', '.join(facts.get('centres') or ['?'])}"
        case "ambulance.ended":
            return f"the stream ended{_why(facts)}"
        case "link.shown":
            return "link shown, to be opened on the attached phone"
        case "link.opened":
            return "link opened in the browser"
        case "link.expired":
            return "link expired"
        case "link.refused":
            return "link refused: another browser, or used up"
    return None


def _of_media(record: Record) -> str | None:
    facts = record.facts
    match record.event:
        case "media.connected":
            return "phone films: picture on its way"
        case "media.lost":
            return f"picture connection lost{_why(facts)}"
        case "media.recovered":
            return "picture connection back"
        case "media.stopped":
            sent = f"; {facts['frames_sent']} frames sent" if "frames_sent" in facts else ""
            return f"phone stopped filming{_why(facts)}{sent}"
        case "frame.first":
            late = facts.get("latency_s")
            glass = "" if late is None else f", {with_unit(late)} after it was filmed"
            if (lost_s := facts.get("lost_s")) is not None:
                return f"picture is back after {with_unit(record.t_s - lost_s)}{glass}"
            return f"first frame of the {facts.get('camera', '?')} camera seen{glass}"
        case "frame.stray":
            whose = f"of {facts['seen_call']}" if facts.get("seen_call") else "of nobody known"
            return f"STRAY FRAME: a picture {whose} was not meant for this viewer ({facts.get('why', '?')})"
        case "camera.failed":
            return f"the phone gives no picture ({facts.get('detail', '?')})"
        case "camera.requested":
            return f"operator asks for the {facts.get('camera', '?')} camera"
        case "scene.changed":
            return f"the scene changes: {facts.get('parameter', '?')} = {facts.get('value', '?')}"
        case "camera.switched":
            return f"phone films with the {facts.get('camera', '?')} camera"
        case "viewer.invited" if facts.get("role") == "operator":
            return f"{facts.get('centre', 'a centre')} takes a place to look from"
        case "viewer.refused":
            return "tried to look and was refused: the stream does not name this centre"
        case "viewer.invited" if facts.get("centre"):
            return f"{facts['centre']} invites the {facts.get('role', 'resource person')}"
        case "viewer.invited":
            return f"operator invites the {facts.get('role', 'resource person')}"
        case "viewer.watching":
            return "connected, waits for the first frame"
        case "viewer.left":
            received = f"; {facts['received']} frames received" if "received" in facts else ""
            return f"stopped looking{received}"
    return None


def _of_lab(record: Record) -> str | None:
    facts = record.facts
    match record.event:
        case "person.waited":
            purpose = str(facts.get("purpose", "?"))
            if purpose not in PURPOSES:
                return f"waited {_drawn(facts)} ({purpose})"
            return PURPOSES[purpose][1].format(_drawn(facts))
        case "port.failed":
            return f"could not go on: {facts.get('detail', '?')}"
        case "fault.begun":
            return f"fault told: {_fault(facts)}"
        case "fault.ended":
            return f"fault over: {_fault(facts)}"
        case "load.accounted":
            return f"load: {facts.get('told', '?')} of {facts.get('calls', '?')} arrivals told"
        case "load.enough":
            return f"no more calls are placed: {facts.get('why', '?')}"
        case "part.measured":
            return f"cost {with_unit(facts.get('cpu_s'))} of CPU time"
        case "part.died":
            return f"a part died: {facts.get('detail', '?')}"
    return None


def _fault(facts: dict[str, Any]) -> str:
    of = f" of {facts['carrier']}" if facts.get("carrier") else ""
    return f"{facts.get('kind', '?')}{of}"


def _drawn(facts: dict[str, Any]) -> str:
    waited, drawn = with_unit(facts.get("waited_s")), with_unit(facts.get("drawn_s"))
    return waited if waited == drawn else f"{waited} (drawn {drawn})"


def _why(facts: dict[str, Any]) -> str:
    return f" (because: {facts['because']})" if facts.get("because") else ""
