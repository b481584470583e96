"""What a plan ran on, for who wants to repeat it."""

import os
import platform
from collections.abc import Sequence
from importlib.metadata import version
from typing import Any


def software(packages: Sequence[str]) -> dict[str, Any]:
    """The versions of Python and these packages, and the machine."""
    return {
        "packages": {"Python": platform.python_version(), **{name: version(name) for name in packages}},
        "machine": platform.machine(),
        "system": platform.system(),
        "cores": len(os.sched_getaffinity(0)),
    }
