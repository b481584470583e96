"""Why a request for video gives no picture: the steps of the nation's funnel, time, or the carrier."""

from typing import get_args

from sim.call import Step
from sim.planning.chain import CONSENTED, OPENED, PICTURE, SENT

STEPS: tuple[str, ...] = get_args(Step)
TOO_LATE, NO_LINK = len(STEPS), len(STEPS) + 1
CAUSES = (*STEPS, "too_late", "no_link")
"""By its place here each is counted: a step; the way took longer than the operator waits; it did so only
because the carrier was in trouble."""
SEEN = -1
NEVER_SENT = ("no_smartphone", "refused_aloud")
"""No SMS goes out where one of these shows; the operator knows at once."""
REFUSED_ON_PAGE = STEPS.index("refused_on_page")
"""The operator knows when the caller has refused; of every other cause he hears nothing, and gives up."""

_LAST = {
    "no_smartphone": -1,
    "refused_aloud": -1,
    "sms_lost": SENT,
    "refused_on_page": OPENED,
    "camera_failed": CONSENTED,
    "network": CONSENTED,
    "too_late": PICTURE,
    "no_link": PICTURE,
}
STAGES_OF = (*(1 + _LAST[cause] for cause in CAUSES), 1 + PICTURE)
"""By cause, and at last (SEEN, -1) for a picture: how many of `chain.STAGES` it lets a request come to, if
the operator waits so long.
"""
