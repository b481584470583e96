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
REFUSED_ON_PAGE = STEPS.index("refused_on_page")
"""The operator hears of it, and knows at once where no SMS is sent. Of all else he hears nothing, and gives
up.
"""

_STAGES = {
    "no_smartphone": 0,
    "refused_aloud": 0,
    "sms_lost": 1 + SENT,
    "refused_on_page": 1 + OPENED,
    "camera_failed": 1 + CONSENTED,
    "network": 1 + CONSENTED,
    "too_late": 1 + PICTURE,
    "no_link": 1 + PICTURE,
}
STAGES_OF = (*(_STAGES[cause] for cause in CAUSES), 1 + PICTURE)
"""By cause, and at last (SEEN, -1) for a picture: how many of `chain.STAGES` it lets a request come to, if
the operator waits so long.
"""
