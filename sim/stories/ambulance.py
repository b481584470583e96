"""An ambulance's stream: its crew films, the centres that it names look, and others try in vain."""

import simpy

from sim.ambulance import Ambulance, Guest, Watcher
from sim.call import Camera
from sim.clock import PortError, Process, pause, race, together, within
from sim.ports import Picture
from sim.stories.stage import Stage
from sim.stories.video import look, resource_person, see_camera

ENDED = "ambulance.ended"


def ambulance(stage: Stage, unit: Ambulance) -> Process[None]:
    """Tell one stream to its end: the crew's part and the centres', side by side."""
    phone = stage.ports.ambulance_phone
    yield from pause(stage.env, unit.at_s - stage.waits.early_s - stage.env.now)
    yield from stage.tidied(unit, phone.enrol(unit))
    yield from pause(stage.env, unit.at_s - stage.env.now)
    if not (yield from stage.told_to_its_end(unit, _Stream(stage, unit).told())):
        yield from stage.tidied(unit, phone.end(unit))
    yield from stage.tidied(unit, phone.switch_off(unit))


class _Stream:
    """One unit's stream. `looking` are those who see it, as the journal names them."""

    def __init__(self, stage: Stage, unit: Ambulance) -> None:
        self.stage, self.unit, self.env = stage, unit, stage.env
        self.filming = stage.env.event()
        self.looking: set[str] = set()

    def told(self) -> Process[None]:
        centres = [self._watches(watcher) for watcher in self.unit.watchers]
        intruders = [self._intrudes(centre) for centre in self.unit.intruders]
        yield from together(self.env, self._films(), *centres, *intruders)

    # ---- the crew

    def _films(self) -> Process[None]:
        """Film as long as was meant, unless the stream is over before."""
        stage, unit, phone = self.stage, self.unit, self.stage.ports.ambulance_phone
        yield from phone.start(unit)
        self.filming.succeed()
        by_crew = unit.ends == "crew"
        who, purpose = (unit.films, "films") if by_crew else (unit.seat(unit.amk), "holds_video")
        lasts = stage.drawn(unit, who, purpose, unit.films_s)
        if not (yield from self._unless_over(lasts)):
            by = "the crew" if by_crew else unit.amk
            yield from phone.end(unit) if by_crew else stage.ports.ambulance_desk.end(unit, unit.amk)
            for looks in sorted(self.looking):  # the end is when the request was answered
                yield from stage.ports.viewer.over(unit, looks, f"{by} ended the stream")
        if (yield from within(self.env, stage.waits.part_s, phone.wait_end(unit))) is None:
            stage.failed(unit, unit.films, f"still films {stage.waits.part_s:g} s after the end")

    # ---- the centres that it names

    def _watches(self, watcher: Watcher) -> Process[None]:
        """A seat hears of the stream, presses, looks, and does its part."""
        stage, unit = self.stage, self.unit
        who, seen = unit.seat(watcher.centre), self.env.event()
        try:
            yield from stage.ports.iccs.hear(unit, "ambulance.started")
            if (yield from self._unless_over(stage.drawn(unit, who, "joins", watcher.after_s))):
                return
            picture = yield from stage.ports.ambulance_desk.watch(unit, watcher.centre)
            looks = self._looks(watcher, picture, seen)
            yield from together(self.env, looks, self._acts(watcher.centre, seen))
        except PortError as error:
            stage.failed(unit, who, error)

    def _looks(self, watcher: Watcher, picture: Picture, seen: simpy.Event) -> Process[None]:
        """Until the stream is over, or the seat has seen enough and leaves."""
        stage, unit, who = self.stage, self.unit, self.unit.seat(watcher.centre)
        self.looking.add(who)
        looks = look(stage, unit, who, picture, lambda: _happens(seen))
        left, _ = yield from race(self.env, looks, self._has_seen_enough(watcher))
        if left:
            yield from stage.ports.viewer.leave(unit, who)
            yield from stage.ports.ambulance_desk.leave(unit, watcher.centre)

    def _has_seen_enough(self, watcher: Watcher) -> Process[None]:
        if watcher.leaves_after_s is None:
            yield self.env.event()
        else:
            who = self.unit.seat(watcher.centre)
            yield from self.stage.drawn(self.unit, who, "leaves", watcher.leaves_after_s)

    def _acts(self, centre: str, seen: simpy.Event) -> Process[None]:
        """What this centre does once it sees the picture: invitations, and as the AMK camera switches."""
        yield from self._unless_over(_until(seen))
        if not seen.triggered:
            return
        unit = self.unit
        switches = unit.switches_camera_at_s if centre == unit.amk else ()
        turns = [self._switches(n, at_s) for n, at_s in enumerate(switches)]
        yield from together(self.env, *turns, *(self._invites(g) for g in unit.invites if g.by == centre))

    def _switches(self, n: int, at_s: float) -> Process[None]:
        stage, unit, who = self.stage, self.unit, self.unit.seat(self.unit.amk)
        camera: Camera = "back" if n % 2 else "front"
        if (yield from self._unless_over(stage.drawn(unit, who, "switches", at_s))):
            return
        yield from stage.tidied(unit, stage.ports.ambulance_desk.switch_camera(unit, unit.amk, camera))
        yield from see_camera(stage, unit, who, camera)

    def _invites(self, guest: Guest) -> Process[None]:
        stage, unit = self.stage, self.unit
        who = unit.seat(guest.by)
        if (yield from self._unless_over(stage.drawn(unit, who, "invites", guest.at_s))):
            return
        try:
            picture = yield from stage.ports.ambulance_desk.invite(unit, guest.by, guest.role)
        except PortError as error:
            stage.failed(unit, who, error)
            return
        self.looking.add(guest.role)
        yield from resource_person(stage, unit, guest.role, guest.joins_after_s, picture)

    # ---- those that it does not name

    def _intrudes(self, centre: str) -> Process[None]:
        """A centre that was not named tries to look while the crew films; whatever it sees is stray."""
        stage, unit, viewer = self.stage, self.unit, self.stage.ports.viewer
        yield self.filming
        try:
            picture = yield from stage.ports.ambulance_desk.intrude(unit, centre)
            if picture is None:
                stage.turned_away(unit, centre)
                return
            yield from within(self.env, stage.waits.part_s, viewer.watch(unit, centre, picture))
            yield from viewer.over(unit, centre, "it was not meant for this centre")
            yield from pause(self.env, stage.waits.linger_s)
            yield from viewer.leave(unit, centre)
        except PortError as error:
            stage.failed(unit, centre, error)

    def _unless_over(self, work: Process[None]) -> Process[bool]:
        """Tell the work unless the stream ends; whether it ended first."""
        first, _ = yield from race(self.env, work, self.stage.ports.iccs.hear(self.unit, ENDED))
        return bool(first)


def _until(seen: simpy.Event) -> Process[None]:
    yield seen


def _happens(event: simpy.Event) -> None:
    event.succeed()
