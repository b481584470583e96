"""Resolve a scenario: every draw made, every number fixed, so that plan and live read the same."""

import json
from dataclasses import asdict, dataclass, replace
from typing import Any, cast

from draws import entity_number, uniform
from sim.ambulance import Ambulance, Guest, Watcher
from sim.ambulance_table import AmbulanceSpec, WatcherSpec
from sim.call import Call, Caller, Guidance, Invitation, Script
from sim.call_table import CallerSpec, OperatorSpec
from sim.faults import CameraFails, Fault, SmsLost, SmsMood, StampCovered
from sim.invitations import InvitationSpec
from sim.moods import week_s
from sim.nation import Carrier, Centre, Line, Nation, People, Wait
from sim.ordained import BEFORE_SMS, OUTCOMES
from sim.placing import Ground, Placed, number, placed
from sim.scenario import Condensed, NationChoice, Scenario
from sim.sessions import UNSEEN
from sim.stories.stage import Waits

_HOLDS = ("holds_video_s", "talks_s")
EARLY_S = 20.0  # drawing a scene takes seconds
_CALL_S = {"real": 3600.0, "condensed": 300.0}  # longer than any call that goes on by itself
CLIPS_OF_A_SCENE = 2
_LONGEST = 3.0  # a condensed wait is at most so many medians


@dataclass(frozen=True, slots=True)
class Resolved:
    """A scenario with nothing left open: what the stories are told from."""

    scenario: Scenario
    seed: int
    nation: Nation
    centres: tuple[Centre, ...]
    carriers: tuple[Carrier, ...]
    routes: tuple[str, ...]  # the carriers whose SMSCs the video service is given, in order; none: HTTP
    week_s: float  # seconds from Monday 00:00 to the run's beginning
    calls: tuple[Call, ...]
    ambulances: tuple[Ambulance, ...] = ()

    @property
    def waits(self) -> Waits:
        limits = self.scenario.limits
        call_s = _CALL_S[self.scenario.pace] if limits.call_s is None else limits.call_s
        return Waits(EARLY_S, call_s, limits.part_s, limits.linger_s)

    @property
    def unseen(self) -> frozenset[str]:
        """The calls whose seed ordains that a caller consents and yet nobody sees him."""
        return frozenset(call.name for call in self.calls if call.ordained in UNSEEN)

    @property
    def moods(self) -> tuple[SmsMood, ...]:
        """The moods of carriers among the faults."""
        return tuple(fault for fault in self.scenario.faults if isinstance(fault, SmsMood))

    def as_tables(self) -> dict[str, Any]:
        """Everything, defaults and draws included, for `resolved.toml`."""
        told = self.scenario.model_dump(mode="json", exclude_none=True, exclude={"calls", "ambulances"})
        calls = [_without_none(asdict(call)) for call in self.calls]
        sms = {"way": self.scenario.sms.way, "routes": list(self.routes), "week_s": self.week_s}
        carriers = [carrier.fields() for carrier in self.carriers]
        ambulances = [_without_none(asdict(unit)) for unit in self.ambulances]
        told |= {"seed": self.seed, "sms": sms, "calls": calls, "ambulances": ambulances}
        return {**told, "carriers": carriers}


def resolve(scenario: Scenario, nation: Nation, seed: int | None = None) -> Resolved:
    """Fix every choice and draw of the scenario for this seed (default: the scenario's own)."""
    seed = scenario.seed if seed is None else seed
    carriers = tuple(_changed(carrier, scenario) for carrier in nation.carriers)
    ground = Ground(nation, carriers, scenario.nation.full_rollout, seed)
    calls = [_resolved_call(scenario, ground, one) for one in placed(scenario.calls, ground)]
    return Resolved(
        scenario=scenario,
        seed=seed,
        nation=nation,
        centres=tuple(_furnished(centre, scenario.nation) for centre in nation.centres),
        carriers=carriers,
        routes=_routes(scenario, nation),
        week_s=week_s(scenario.starts),
        calls=tuple(_with_faults(call, n, scenario.faults) for n, call in enumerate(calls, 1)),
        ambulances=tuple(_resolved_ambulance(scenario, nation, seed, spec) for spec in scenario.ambulances),
    )


def _routes(scenario: Scenario, nation: Nation) -> tuple[str, ...]:
    if scenario.sms.way == "http":
        return ()
    return scenario.sms.routes or (nation.carriers[0].name,)


def _furnished(centre: Centre, choice: NationChoice) -> Centre:
    """With the video and the seats that the scenario gives it."""
    video = centre.video_full_rollout if choice.full_rollout else centre.video
    return centre.model_copy(update={"video": video, "seats": max(centre.seats, choice.seats_at_least)})


def _changed(carrier: Carrier, scenario: Scenario) -> Carrier:
    """Condensed, then as the scenario changes it; what it says itself is not condensed."""
    changes: dict[str, Any] = {}
    if scenario.pace == "condensed":
        median = scenario.condensed.sms_s_median
        changes = {"delay_s_median": median, "delay_s_max": _LONGEST * median}
    changes |= scenario.carriers.get(carrier.name, {})
    lost = [f.first for f in scenario.faults if isinstance(f, SmsLost) and f.carrier == carrier.name]
    changes |= {"lost_first": lost[0]} if lost else {}
    return Carrier.model_validate({**carrier.model_dump(), **changes})


def _with_faults(call: Call, n: int, faults: tuple[Fault, ...]) -> Call:
    def hit(kind: type[CameraFails] | type[StampCovered]) -> bool:
        return any(isinstance(f, kind) and f.call in (None, n) for f in faults)

    fails = call.caller.camera_fails or hit(CameraFails)
    caller = replace(call.caller, camera_fails=fails, stamp_covered=hit(StampCovered))
    return replace(call, caller=caller)


class _Drawn:
    """The waits of one call: chosen when the scenario says so, else drawn, then cut when condensed."""

    def __init__(self, scenario: Scenario, people: People, seed: int, name: str) -> None:
        self._people = people.model_copy(update=scenario.people)
        self._cut: Condensed | None = scenario.condensed if scenario.pace == "condensed" else None
        self._seed, self._name = seed, name

    def wait(self, purpose: str, chosen: float | None, k: int = 0) -> float:
        if chosen is not None:
            return chosen
        wait: Wait = getattr(self._people, purpose)
        drawn = wait.at(uniform(self._seed, f"person/{purpose}", self._name, k))
        if self._cut is not None and purpose != "patience_s":
            median = self._cut.hold_s_median if purpose in _HOLDS else self._cut.wait_s_median
            drawn = min(drawn * median / wait.median, _LONGEST * median)
        return round(drawn, 3)


def _resolved_call(scenario: Scenario, ground: Ground, one: Placed) -> Call:
    people = ground.nation.people[cast(Line, one.line)]
    drawn = _Drawn(scenario, people, ground.seed, one.entity)
    caller = _caller(one, ground, drawn)
    return Call(
        name=one.name,
        at_s=one.at_s,
        line=one.line,
        centre=one.centre,
        caller=caller,
        operator=_script(one.spec.operator, drawn),
        title=one.spec.title,
        outcome=_outcome(one, scenario, ground, caller.carrier),
        ordained=one.ordained,
        priority=one.spec.priority,
    )


def _outcome(one: Placed, scenario: Scenario, ground: Ground, carrier: str) -> str | None:
    """Where a carrier on the way has troubles of its own the plan says how it ends, not the seed alone."""
    if one.ordained is None:
        return one.spec.outcome
    troubled = {f.carrier for f in scenario.faults if isinstance(f, SmsLost | SmsMood)}
    troubled |= {each.name for each in ground.carriers if each.troubles}
    on_the_way = {carrier, *_routes(scenario, ground.nation)}
    is_open = one.ordained not in BEFORE_SMS and troubled & on_the_way
    return None if is_open else OUTCOMES[one.ordained]


def _caller(one: Placed, ground: Ground, drawn: _Drawn) -> Caller:
    who, end = one.spec.caller, one.ordained
    carrier, its_number = number(who.carrier, ground.carriers, ground.seed, one.entity, one.n)
    own_seed = entity_number(f"{ground.seed}/scene/{one.entity}") % 2**31
    has_smartphone = who.has_smartphone and end != "no_smartphone"
    return Caller(
        number=its_number,
        carrier=carrier,
        scene=who.filmed[int(uniform(ground.seed, "caller/scene", one.entity) * len(who.filmed))],
        scene_seed=_clip(ground.seed, one.entity) if who.phone == "lean" else own_seed,
        phone=who.phone,
        says_yes=who.says_yes and has_smartphone and end != "refused_aloud",
        approves=who.approves and end != "refused_on_page",
        camera_fails=who.denies_camera or end == "camera_failed",
        stamp_covered=False,
        radio=who.radio,
        patience_s=drawn.wait("patience_s", who.patience_s),
        replies_after_s=drawn.wait("replies_after_s", who.replies_after_s),
        opens_link_after_s=drawn.wait("opens_link_after_s", _real(who, who.opens_link_after_s)),
        consents_after_s=drawn.wait("consents_after_s", _real(who, who.consents_after_s)),
        device=who.device,
        webdriver=who.webdriver,
        capabilities=json.dumps(who.capabilities, sort_keys=True),
        mishaps=who.mishaps,
        parameters=tuple(who.parameters.items()),
        follows_after_s=drawn.wait("replies_after_s", who.follows_after_s, 1),
        has_smartphone=has_smartphone,
        radio_seed=own_seed,
        media_blocked=who.media_blocked or end == "network",
    )


def _clip(seed: int, entity: str) -> int:
    """A lean phone's film is drawn and coded beforehand, which takes seconds: there are few of each scene."""
    return 1 + int(uniform(seed, "caller/clip", entity) * CLIPS_OF_A_SCENE)


def _real(who: CallerSpec, chosen: float | None) -> float | None:
    """With an attached phone in somebody's hand nobody else's waits are drawn."""
    return 0.0 if chosen is None and who.phone == "attached" else chosen


def _script(script: OperatorSpec, drawn: _Drawn) -> Script:
    return Script(
        asks_video=script.asks_video,
        picks_up_after_s=drawn.wait("picks_up_after_s", script.picks_up_after_s),
        asks_video_after_s=drawn.wait("asks_video_after_s", script.asks_video_after_s),
        sends_link_after_s=drawn.wait("sends_link_after_s", script.sends_link_after_s),
        gives_up_after_s=script.gives_up_after_s,
        switches_camera_at_s=script.switches_camera_at_s,
        invites=tuple(_invitation(invited, drawn, k) for k, invited in enumerate(script.invites)),
        holds_video_s=drawn.wait("holds_video_s", script.holds_video_s),
        talks_s=drawn.wait("talks_s", script.talks_s),
        talks_on_s=drawn.wait("talks_on_s", script.talks_on_s),
        guides=tuple(Guidance(told.at_s, told.parameter, told.value) for told in script.guides),
    )


def _invitation(invited: InvitationSpec, drawn: _Drawn, k: int) -> Invitation:
    return Invitation(invited.role, invited.at_s, drawn.wait("joins_after_s", invited.joins_after_s, k))


def _resolved_ambulance(scenario: Scenario, nation: Nation, seed: int, spec: AmbulanceSpec) -> Ambulance:
    lines = {centre.name: centre.line for centre in nation.centres}

    def drawn(centre: str) -> _Drawn:
        return _Drawn(scenario, nation.people[lines[centre]], seed, spec.unit)

    chosen = {watcher.centre: watcher for watcher in spec.watchers}
    looking = [chosen.pop(spec.amk, WatcherSpec(centre=spec.amk)), *chosen.values()]
    guests = [(guest, guest.by or spec.amk) for guest in spec.invites]
    return Ambulance(
        name=spec.unit,
        at_s=spec.at_s,
        amk=spec.amk,
        centres=spec.centres,
        scene=spec.scene,
        scene_seed=entity_number(f"{seed}/scene/{spec.unit}") % 2**31,
        phone=spec.phone,
        radio=spec.radio,
        films_s=drawn(spec.amk).wait("holds_video_s", spec.films_s),
        ends=spec.ends,
        watchers=tuple(
            Watcher(w.centre, drawn(w.centre).wait("picks_up_after_s", w.after_s, k), w.leaves_after_s)
            for k, w in enumerate(looking)
        ),
        invites=tuple(
            Guest(g.role, by, g.at_s, drawn(by).wait("joins_after_s", g.joins_after_s, k))
            for k, (g, by) in enumerate(guests)
        ),
        switches_camera_at_s=spec.switches_camera_at_s,
        intruders=spec.intruders,
        title=spec.title,
        outcome=spec.outcome,
    )


def _without_none(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_none(inner) for key, inner in value.items() if inner is not None}
    if isinstance(value, list | tuple):
        return [_without_none(inner) for inner in value]
    return value
