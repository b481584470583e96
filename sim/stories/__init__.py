"""The stories: what each actor of a call does, on either clock. They know ports and nothing else."""

from sim.stories.call import phone_call
from sim.stories.stage import Stage, Waits

__all__ = ["Stage", "Waits", "phone_call"]
