"""How a request for video ends, as its seed ordains it: the nation's funnel, drawn step by step."""

from collections.abc import Mapping

from draws import bernoulli, uniform
from sim.call import Ordained, Step
from sim.nation import Share

OUTCOMES: dict[Ordained, str] = {
    "seen": "seen",
    "no_smartphone": "no_smartphone",
    "refused_aloud": "refused_aloud",
    "sms_lost": "no_link",
    "refused_on_page": "refused_on_page",
    "camera_failed": "not_seen",
    "network": "not_seen",
}
"""The outcome of a call that ends so."""
BEFORE_SMS: tuple[Ordained, ...] = ("no_smartphone", "refused_aloud")


def ordained(seed: int, entity: str, funnel: Mapping[Step, Share], sms_arrives: bool) -> Ordained:
    """The funnel's shares are of all requests: at a step, of those that got so far (norway.toml, [funnel]).

    Whether the SMS is lost is not drawn here: its carrier does it.
    """
    left = 1.0
    for step, given in funnel.items():
        if step == "sms_lost":
            if not sms_arrives:
                return step
        elif bernoulli(uniform(seed, f"funnel/{step}", entity), given.share / left):
            return step
        left -= given.share
    return "seen" if sms_arrives else "sms_lost"
