"""A scenario: the one schema of the TOML files. Behaviour is code; choice and numbers are data."""

from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

from pydantic import Field, ValidationInfo, field_validator

from sim.ambulance_table import AmbulanceSpec
from sim.calibrate import with_calibrated
from sim.call_table import AnyCalls, CallerSpec, TraceSpec
from sim.faults import Fault
from sim.moods import week_s
from sim.nation import Nation, Wait, load_nation, shipped
from sim.planning.ambulance.question import AmbulancePlanning
from sim.planning.question import Planning
from sim.reading import BadFile, at, nearest, read_toml, validated
from sim.references import check_references
from sim.table import Seconds, Table

W = TypeVar("W", CallerSpec, AmbulanceSpec)
_TELLS = ("ambulances", "planning", "ambulance_planning")  # what a scenario may have instead of calls


class NationChoice(Table):
    centres: str = "norway"  # a shipped nation or a file
    full_rollout: bool = True  # every centre on video, or the base case of the data
    seats_at_least: int = Field(1, ge=1, le=1000)  # of each centre, where seats are not the question
    calibrated: str | None = None  # a file of `lab113 calibrate`, beside the scenario


class SmsSpec(Table):
    """How the video service sends its SMS: by which way and, over SMPP, to whose SMSCs, in order."""

    way: Literal["smpp", "http"] = "smpp"
    routes: tuple[str, ...] = ()  # carriers; none: the first of the nation


class CheckSpec(Table):
    metric: str
    quantile: float | None = Field(None, gt=0, le=1)
    at_most: float | None = None
    at_least: float | None = None
    equals: float | None = None
    n_at_least: int = Field(1, ge=1)  # samples of a duration


class Limits(Table):
    """Beyond these the lab was too slow and the run proves nothing (invalid); then the lab's own patience."""

    clock_lag_s: Seconds = 1.0
    pacing_lateness_s_p99: Seconds = 0.5
    call_s: Seconds | None = None  # 3600 at real pace, 300 when condensed
    part_s: Seconds = 20.0
    linger_s: Annotated[Seconds, Field(ge=1.0)] = 1.0  # the viewers forgive half a second
    frames_dropped_ratio: float = Field(0.1, ge=0, le=1)  # of a phone's frames
    farm_lag_s: Seconds = 1.0  # of the loop that drives phones and viewers
    suspicious_ratio: float = Field(0.02, ge=0, le=1)  # beyond it a picture is not judged, but unknown
    arrival_lateness_s_p99: Seconds = 0.1  # this and what follows: under load
    arrivals_dropped: int = Field(0, ge=0)
    farm_cpu_share: float = Field(0.95, gt=0)  # of a core, for each process of a farm
    stamps_unread_ratio: float | None = Field(None, ge=0, le=1)  # 0.001 under load, else not limited
    hub_lag_s_p99: Seconds = 0.05  # of locust's own loop


class KneeSpec(Table):
    """Load stops placing calls when the latest sessions leave this limit; what it carried is the finding."""

    metric: Literal["setup_s", "machine_s"] = "setup_s"
    quantile: float = Field(0.95, gt=0, le=1)
    at_most: float = Field(gt=0)
    sessions: int = Field(40, ge=10)  # the latest ones that are looked at


class Condensed(Table):
    """With pace = "condensed": drawn waits keep their spread but get these medians, and end at thrice it."""

    wait_s_median: float = Field(1.0, gt=0)
    hold_s_median: float = Field(8.0, gt=0)
    sms_s_median: float = Field(1.0, gt=0)


class Scenario(Table):
    title: str
    purpose: str = ""
    seed: int = Field(113, ge=0, lt=2**63)
    pace: Literal["real", "condensed"] = "real"
    condensed: Condensed = Condensed()
    expect: Literal["passed", "failed"] = "passed"
    nation: NationChoice = NationChoice()
    people: dict[str, Wait] = Field(default_factory=dict)  # overrides of the nation's people, on every line
    starts: str = "mon 00:00"  # the day and time of the run's beginning: carriers have weekly troubles
    carriers: dict[str, dict[str, Any]] = Field(
        default_factory=dict
    )  # by name, fields of the nation's carriers that differ
    sms: SmsSpec = SmsSpec()
    decode: Literal["all", "budget"] = "all"  # "budget": viewers decode key frames, and others as they can
    ambulances: tuple[AmbulanceSpec, ...] = ()
    planning: Planning | None = None  # what `lab113 plan` asks; then no calls need be told
    ambulance_planning: AmbulancePlanning | None = None  # or of an ambulance area
    calls: tuple[Annotated[AnyCalls, Field(discriminator="kind")], ...] = Field((), validate_default=True)
    faults: tuple[Fault, ...] = ()
    checks: tuple[CheckSpec, ...] = ()
    limits: Limits = Limits()
    knees: tuple[KneeSpec, ...] = ()  # of a ramp

    @field_validator("starts")
    @classmethod
    def _is_a_moment(cls, starts: str) -> str:
        week_s(starts)
        return starts

    @field_validator("calls")
    @classmethod
    def _something_is_told(cls, calls: tuple[AnyCalls, ...], info: ValidationInfo) -> tuple[AnyCalls, ...]:
        # what is there but wrong is not in the data, and has been told
        others = [info.data.get(name, "wrong") for name in _TELLS]
        if not calls and not any(others):
            raise ValueError(
                "is missing; a scenario tells of [[calls]], of [[ambulances]], or asks for [planning] or "
                "[ambulance_planning]"
            )
        return calls


def load_scenario(path: Path) -> tuple[Scenario, Nation]:
    """Read and check a scenario and the nation it names. Raises BadFile with file, line, key and remedy."""
    scenario = _with_files(validated(Scenario, read_toml(path), path), path.parent)
    centres = scenario.nation.centres
    if centres not in shipped() and not (path.parent / centres).is_file():
        where = at(path, ("nation", "centres"))
        raise BadFile(
            f"{where}: no file {centres!r} beside it, nor a shipped nation; {nearest(centres, shipped())}"
        )
    nation = load_nation(centres, beside=path.parent)
    if scenario.nation.calibrated is not None:
        machines = with_calibrated(nation.models, path.parent / scenario.nation.calibrated)
        nation = nation.model_copy(update={"models": machines})
    check_references(scenario, nation, path)
    return scenario, nation


def _with_files(scenario: Scenario, beside: Path) -> Scenario:
    """The scenario with every radio that is a file, and every trace, named by its whole path."""

    def placed(who: W) -> W:
        if who.radio is None or Path(who.radio).suffix not in (".toml", ".csv"):
            return who
        return who.model_copy(update={"radio": str((beside / who.radio).resolve())})

    def of_calls(spec: AnyCalls) -> AnyCalls:
        file = {"file": str((beside / spec.file).resolve())} if isinstance(spec, TraceSpec) else {}
        return spec.model_copy(update={"caller": placed(spec.caller), **file})

    calls = tuple(of_calls(spec) for spec in scenario.calls)
    ambulances = tuple(placed(spec) for spec in scenario.ambulances)
    return scenario.model_copy(update={"calls": calls, "ambulances": ambulances})


__all__ = ["BadFile", "Scenario", "load_scenario"]
