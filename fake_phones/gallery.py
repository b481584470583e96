"""Where the viewers of a process stand: what they share, and each made as it is asked for."""

from functools import partial

from fake_phones import commands
from fake_phones.leaks import Leaks
from fake_phones.measure import Measure
from fake_phones.stamp import Strip
from fake_phones.stamp.register import Register
from fake_phones.stills import Stills
from fake_phones.viewer import Viewer
from fake_phones.viewing.judging import Judging
from fake_phones.viewing.sight import Sight
from fake_phones.viewing.source import Source
from fake_phones.viewing.sparing_sight import FRAMES_PER_S, SharedSight, SparingSight
from fake_phones.viewing.whole_sight import WholeSight
from fake_phones.witness import Witness
from stand_alone import Feed


class Gallery:
    """Of one event loop; close it when the viewers have left."""

    def __init__(
        self, feed: Feed, known: Register, witness: Witness, decoded_per_s: float = FRAMES_PER_S
    ) -> None:
        self._feed, self._known, self._witness = feed, known, witness
        self._shared = SharedSight(decoded_per_s)

    def viewer(self, command: commands.ViewerWatch) -> Viewer:
        """A viewer that has not begun to watch."""
        mine, strip = int(command.stamp, 16), Strip.of(command.width, command.height)
        return Viewer(
            Measure(mine, self._known, timed=command.timed, stamped=command.stamped),
            self._sight(command),
            partial(self._feed.tell, viewer=command.viewer),
            Stills(command.stills_dir, command.viewer) if command.stills_dir and command.stamped else None,
            Leaks(mine, strip, self._known, self._witness) if command.stamped else None,
            _judging(command),
        )

    def late_s_max(self) -> float:
        """The longest that a frame had to wait to be decoded, where not all are."""
        return self._shared.darkroom.late_s_max

    async def close(self) -> None:
        await self._shared.close()

    def _sight(self, command: commands.ViewerWatch) -> Sight:
        size = command.width, command.height
        return WholeSight(*size) if command.decode == "all" else SparingSight(self._shared, *size)


def _judging(command: commands.ViewerWatch) -> Judging | None:
    if (filmed := command.source) is None:
        return None
    size = command.width, command.height
    loops = filmed.kind == "lean"
    return Judging(partial(Source, filmed.scene, filmed.scene_seed, *size, filmed.fps, loops=loops))
