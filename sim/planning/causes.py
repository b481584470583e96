"""Why a request for video gives no picture: the steps of the nation's funnel, time, or the carrier."""

from typing import get_args

from sim.call import Step

STEPS: tuple[str, ...] = get_args(Step)
TOO_LATE, NO_LINK = len(STEPS), len(STEPS) + 1
CAUSES = (*STEPS, "too_late", "no_link")
"""By its place here each is counted: a step; the way took longer than the operator waits; it did so only
because the carrier was in trouble."""
SEEN = -1
NEVER_SENT = ("no_smartphone", "refused_aloud")
"""No SMS goes out where one of these shows."""
