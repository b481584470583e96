"""The folder of a new run or plan, named by the moment."""

from datetime import UTC, datetime
from pathlib import Path

from sim.reading import BadFile

_SAME_SECOND_MAX = 1000


def new_folder(into: Path, name: str) -> Path:
    """Make `into`/<now>-`name`, with a number behind it where that is taken. Raises BadFile."""
    named = f"{datetime.now(UTC):%Y%m%dT%H%M%S}-{name}"
    for n in range(1, _SAME_SECOND_MAX):
        folder = into / (named if n == 1 else f"{named}-{n}")
        try:
            folder.mkdir(parents=True)
        except FileExistsError:
            continue
        except OSError as error:
            raise BadFile(f"{folder}: not made ({error.strerror}); choose another --report DIR") from None
        return folder
    raise BadFile(f"{into / named}: no free name; choose another --report DIR")
