"""A scenario: the one schema of the TOML files. Behaviour is code; choice and numbers are data."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from sim.call import Camera
from sim.checks.metrics import DURATIONS, is_metric, known_metrics
from sim.nation import Line, Nation, Wait, load_nation, shipped
from sim.reading import BadFile, at, nearest, read_toml, validated

Seconds = Annotated[float, Field(ge=0, strict=True)]
Outcome = Literal[
    "abandoned", "voice", "refused_aloud", "refused_on_page", "seen", "not_seen", "no_link", "withdrawn"
]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class NationChoice(_Strict):
    centres: str = "norway"  # a shipped nation or a file
    full_rollout: bool = True  # every centre on video, or the base case of the data


class CallerSpec(_Strict):
    """What is chosen of a caller; what is left out is drawn from the nation's people."""

    carrier: str | None = None
    scene: str = "chest-pain"
    phone: Literal["live", "chromium"] = "live"
    says_yes: bool = True
    approves: bool = True
    patience_s: Seconds | None = None
    replies_after_s: Seconds | None = None
    opens_link_after_s: Seconds | None = None
    consents_after_s: Seconds | None = None


class InvitationSpec(_Strict):
    role: str
    at_s: Seconds = 2.0
    joins_after_s: Seconds | None = None


# who else is on the call: an invited person's role names him in the journal, and must name nobody else
_ACTORS = frozenset(["", "operator", "caller", "iccs", "carrier", "lab"])


class OperatorSpec(_Strict):
    """What is chosen of an operator's script; what is left out is drawn."""

    asks_video: bool = True
    picks_up_after_s: Seconds | None = None
    asks_video_after_s: Seconds | None = None
    sends_link_after_s: Seconds | None = None
    gives_up_after_s: Seconds = 90.0
    switches_camera_at_s: tuple[Seconds, ...] = ()
    invites: tuple[InvitationSpec, ...] = ()
    holds_video_s: Seconds | None = None
    talks_s: Seconds | None = None
    talks_on_s: Seconds | None = None

    @field_validator("invites", mode="before")
    @classmethod
    def _a_role_alone_will_do(cls, value: object) -> object:
        if isinstance(value, list | tuple):
            return [{"role": item} if isinstance(item, str) else item for item in value]
        return value

    @field_validator("invites")
    @classmethod
    def _a_role_names_one_person(cls, invites: tuple[InvitationSpec, ...]) -> tuple[InvitationSpec, ...]:
        roles = [invited.role for invited in invites]
        twice = next((role for role in roles if roles.count(role) > 1), None)
        if twice is not None:
            raise ValueError(
                f"{twice!r} is invited twice; number them, such as {twice + '-1'!r}, {twice + '-2'!r}"
            )
        taken = next((role for role in roles if role in _ACTORS), None)
        if taken is not None:
            raise ValueError(f"{taken!r} is not a resource person's role; name one, such as 'doctor'")
        return invites

    @field_validator("switches_camera_at_s")
    @classmethod
    def _in_order(cls, times: tuple[float, ...]) -> tuple[float, ...]:
        if list(times) != sorted(set(times)):
            raise ValueError(f"the times must rise, got {list(times)}")
        return times


class CallSpec(_Strict):
    kind: Literal["single"]
    title: str = ""
    at_s: Seconds
    line: Line
    centre: str
    caller: CallerSpec = CallerSpec()
    operator: OperatorSpec = OperatorSpec()
    outcome: Outcome | None = None  # how the call must end; checked when given


class SmsLost(_Strict):
    """The first messages of a carrier are lost."""

    kind: Literal["sms.lost"]
    carrier: str
    first: int = Field(1, ge=1)


class CameraFails(_Strict):
    """The camera of a call's phone never comes on. `call` counts from 1; left out: all."""

    kind: Literal["camera.fails"]
    call: int | None = Field(None, ge=1)


class StampCovered(_Strict):
    """A thumb over the stamp: no frame can be read. `call` counts from 1; left out: all."""

    kind: Literal["camera.stamp_covered"]
    call: int | None = Field(None, ge=1)


class SessionsMixed(_Strict):
    """Test only: our own relay sends one session's picture to another session's viewers."""

    kind: Literal["service.sessions_mixed"]
    at_s: Seconds = 0.0


class PartKilled(_Strict):
    """A part is killed while the story is told."""

    kind: Literal["part.killed"]
    part: Literal["fake_carriers", "video_service", "fake_iccs", "fake_phones"]
    at_s: Seconds


Fault = Annotated[
    SmsLost | CameraFails | StampCovered | SessionsMixed | PartKilled, Field(discriminator="kind")
]


class CheckSpec(_Strict):
    metric: str
    quantile: float | None = Field(None, gt=0, le=1)
    at_most: float | None = None
    at_least: float | None = None
    equals: float | None = None
    n_at_least: int = Field(1, ge=1)  # samples of a duration


class Limits(_Strict):
    """Beyond these the lab was too slow and the run proves nothing (invalid); then the lab's own patience."""

    clock_lag_s: Seconds = 1.0
    pacing_lateness_s_p99: Seconds = 0.5
    call_s: Seconds | None = None  # 3600 at real pace, 300 when condensed
    part_s: Seconds = 20.0
    linger_s: Annotated[Seconds, Field(ge=1.0)] = 1.0  # the viewers forgive half a second
    frames_dropped_ratio: float = Field(0.1, ge=0, le=1)  # of a phone's frames
    farm_lag_s: Seconds = 1.0  # of the loop that drives phones and viewers
    suspicious_ratio: float = Field(0.02, ge=0, le=1)  # beyond it a picture is not judged, but unknown


class Condensed(_Strict):
    """With pace = "condensed": drawn waits keep their spread but get these medians, and end at thrice it."""

    wait_s_median: float = Field(1.0, gt=0)
    hold_s_median: float = Field(8.0, gt=0)
    sms_s_median: float = Field(1.0, gt=0)


class Scenario(_Strict):
    title: str
    purpose: str = ""
    seed: int = Field(113, ge=0, lt=2**63)
    pace: Literal["real", "condensed"] = "real"
    condensed: Condensed = Condensed()
    expect: Literal["passed", "failed"] = "passed"
    nation: NationChoice = NationChoice()
    people: dict[str, Wait] = {}  # overrides of the nation's people, on every line
    calls: tuple[CallSpec, ...] = Field(min_length=1)
    faults: tuple[Fault, ...] = ()
    checks: tuple[CheckSpec, ...] = ()
    limits: Limits = Limits()


def load_scenario(path: Path) -> tuple[Scenario, Nation]:
    """Read and check a scenario and the nation it names. Raises BadFile with file, line, key and remedy."""
    scenario = validated(Scenario, read_toml(path), path)
    centres = scenario.nation.centres
    if centres not in shipped() and not (path.parent / centres).is_file():
        where = at(path, ("nation", "centres"))
        raise BadFile(
            f"{where}: no file {centres!r} beside it, nor a shipped nation; {nearest(centres, shipped())}"
        )
    nation = load_nation(centres, beside=path.parent)
    _check_names(scenario, nation, path)
    return scenario, nation


def _check_names(scenario: Scenario, nation: Nation, path: Path) -> None:
    scenes = read_toml(Path(__file__).parent.parent / "scenarios" / "data" / "scenes.toml")
    lines = {centre.name: centre.line for centre in nation.centres}
    carriers = [carrier.name for carrier in nation.carriers]
    people = list(type(next(iter(nation.people.values()))).model_fields) if nation.people else []
    for i, call in enumerate(scenario.calls):
        _known(call.centre, list(lines), path, ("calls", i, "centre"), "centre")
        if lines[call.centre] != call.line:
            where, answers = at(path, ("calls", i, "line")), lines[call.centre]
            raise BadFile(f"{where}: {call.centre} answers {answers}, not {call.line}")
        _known(call.caller.scene, list(scenes), path, ("calls", i, "caller", "scene"), "scene")
        if call.caller.carrier is not None:
            _known(call.caller.carrier, carriers, path, ("calls", i, "caller", "carrier"), "carrier")
    for name in scenario.people:
        _known(name, people, path, ("people", name), "wait")
    for i, fault in enumerate(scenario.faults):
        if isinstance(fault, SmsLost):
            _known(fault.carrier, carriers, path, ("faults", i, "carrier"), "carrier")
            if any(isinstance(f, SmsLost) and f.carrier == fault.carrier for f in scenario.faults[:i]):
                where = at(path, ("faults", i, "carrier"))
                raise BadFile(f"{where}: {fault.carrier} has an sms.lost fault already; make `first` larger")
        elif (
            isinstance(fault, CameraFails | StampCovered) and fault.call and fault.call > len(scenario.calls)
        ):
            raise BadFile(f"{at(path, ('faults', i, 'call'))}: there are only {len(scenario.calls)} calls")
    for i, check in enumerate(scenario.checks):
        _check_check(check, path, i)


def _check_check(check: CheckSpec, path: Path, i: int) -> None:
    if check.quantile is None and check.metric in DURATIONS:
        raise BadFile(
            f"{at(path, ('checks', i, 'metric'))}: {check.metric} has many samples; "
            "add a quantile, such as quantile = 0.95 (1 is the longest)"
        )
    if check.quantile is None and check.n_at_least > 1:
        where = at(path, ("checks", i, "n_at_least"))
        raise BadFile(f"{where}: goes with a quantile; for a count check it by at_least")
    if check.quantile is not None and is_metric(check.metric):
        raise BadFile(
            f"{at(path, ('checks', i, 'quantile'))}: {check.metric} is one number; leave the quantile out"
        )
    name = check.metric if check.quantile is None else f"{check.metric}_p50"
    if not is_metric(name):
        hint = nearest(check.metric, known_metrics(durations=check.quantile is not None))
        raise BadFile(f"{at(path, ('checks', i, 'metric'))}: unknown metric {check.metric!r}; {hint}")
    if sum(limit is not None for limit in (check.at_most, check.at_least, check.equals)) != 1:
        raise BadFile(f"{at(path, ('checks', i))}: give exactly one of at_most, at_least, equals")


def _known(name: str, valid: list[str], path: Path, keys: tuple[str | int, ...], what: str) -> None:
    if name not in valid:
        raise BadFile(f"{at(path, keys)}: unknown {what} {name!r}; {nearest(name, valid)}")


__all__ = ["BadFile", "Camera", "Scenario", "load_scenario"]
