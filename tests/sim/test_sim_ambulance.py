"""An ambulance's stream: its table in a scenario, its draws, its story on the models, its checks."""

import json
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest
from sim_rig import AMK, LV, Instead, call, record, resolved, tell

from sim.checks.ambulances import judge_ambulances
from sim.checks.judge import Judged, judge
from sim.checks.metrics import metrics
from sim.clock import PortError, Process
from sim.journal import Record, journal_hash
from sim.plan import tell_plan
from sim.ports import Picture, Ports
from sim.reading import BadFile
from sim.request import Request
from sim.resolve import Resolved, resolve
from sim.run import run
from sim.scenario import Scenario, load_scenario
from sim.sessions import CallRow, call_table

UNIT = "Ambulanse 3-1"
LOOK = [{"centre": AMK, "after_s": 2}, {"centre": LV, "after_s": 4}]
DOCTOR = {"role": "doctor", "by": LV, "at_s": 1, "joins_after_s": 2}
SCENARIO = Path(__file__).parents[2] / "scenarios" / "ci" / "ambulance.toml"


def unit(**chosen: Any) -> dict[str, Any]:
    """An ambulance's table. Without more: films from 1 to 21 s, seen by its AMK from 3 s on."""
    return {"unit": UNIT, "amk": AMK, "at_s": 0, "films_s": 20, "watchers": LOOK[:1], **chosen}


def made(*units: dict[str, Any], calls: tuple[Any, ...] = (), **scenario: Any) -> Resolved:
    """A request takes the machines 1 s, a camera switch and a viewer's join 1 s too."""
    return resolved(*calls, ambulances=list(units), **scenario)


def happened(records: list[Record], *prefixes: str) -> list[tuple[float, str, str | None]]:
    return [
        (round(r.t_s, 3), r.event, r.actor)
        for r in records
        if r.call == UNIT and r.event.startswith(prefixes)
    ]


# ---- the story


def test_a_crew_films_and_its_amk_looks() -> None:
    records = tell_plan(made(unit()))
    assert happened(records, "ambulance.", "media.", "viewer.", "frame.") == [
        (0, "ambulance.started", "iccs"),
        (1, "media.connected", "crew"),
        (2, "viewer.invited", "iccs"),
        (2, "viewer.watching", "operator"),
        (3, "frame.first", "operator"),
        (21, "ambulance.ended", "iccs"),
        (21, "media.stopped", "crew"),
        (22, "viewer.left", "operator"),
    ]
    [row] = call_table(records)
    assert (row.name, row.centre, row.outcome, row.ends, row.is_ambulance) == (UNIT, AMK, "seen", 1, True)
    assert row.failures == []


def test_another_centre_looks_invites_its_doctor_and_leaves_and_the_amk_ends() -> None:
    leaves = [LOOK[0], {**LOOK[1], "leaves_after_s": 6}]
    told = unit(
        centres=[LV], watchers=leaves, invites=[DOCTOR], switches_camera_at_s=[4, 8], ends="amk", films_s=20
    )
    records = tell_plan(made(told))
    waited = [
        (r.actor, r.facts["purpose"], r.facts["drawn_s"]) for r in records if r.event == "person.waited"
    ]
    assert waited == [
        ("operator", "joins", 2),
        (LV, "joins", 4),
        (LV, "invites", 1),
        ("operator", "switches", 4),
        ("doctor", "joins", 2),
        (LV, "leaves", 6),
        ("operator", "switches", 8),
        ("operator", "holds_video", 20),
    ]
    assert happened(records, "viewer.left", "ambulance.ended") == [
        (10, "viewer.left", LV),
        (21, "ambulance.ended", "iccs"),
        (22, "viewer.left", "operator"),
        (22, "viewer.left", "doctor"),
    ]
    [row] = call_table(records)
    assert row.session is not None
    assert row.session.camera_switches_s == [1, 1]
    assert set(row.session.viewers) == {"operator", LV, "doctor"}
    found = metrics([row])
    assert (found["viewer_join_s_n"], found["viewer_join_s_max"]) == (3, 1)
    assert [found[name] for name in ("calls", "ambulances", "sessions", "sessions_completed")] == [0, 1, 1, 1]
    assert [found[f"{name}_n"] for name in ("time_to_video_s", "machine_s", "setup_s", "sms_s")] == [0] * 4


def test_an_ambulance_beside_calls_leaves_them_as_they_are() -> None:
    alone, beside = tell_plan(resolved(call())), tell_plan(made(unit(), calls=(call(),)))
    assert [r for r in beside if r.call == "call-1"] == [r for r in alone if r.call == "call-1"]
    found = metrics(call_table(beside))
    assert (found["calls"], found["ambulances"], found["outcome_seen"]) == (1, 1, 2)


def test_the_same_seed_gives_the_same_hash_and_draws_of_its_own() -> None:
    bare = {"unit": UNIT, "amk": AMK, "at_s": 0, "centres": [LV], "watchers": [{"centre": LV}]}
    one, same, other = (made(bare, seed=seed) for seed in (113, 113, 114))
    assert one.ambulances == same.ambulances
    assert one.ambulances[0].films_s != other.ambulances[0].films_s
    assert [w.centre for w in one.ambulances[0].watchers] == [AMK, LV]  # the AMK always looks
    assert one.ambulances[0].watchers[0].after_s != one.ambulances[0].watchers[1].after_s
    assert journal_hash(tell_plan(one)) == journal_hash(tell_plan(same)) != journal_hash(tell_plan(other))
    condensed = made(bare, pace="condensed").ambulances[0]
    assert condensed.films_s <= 24
    json.dumps(one.as_tables()["ambulances"])
    assert one.as_tables()["ambulances"][0]["name"] == UNIT


def test_a_radio_is_in_the_way_of_the_picture() -> None:
    clear, weak = (tell_plan(made(unit(radio=radio))) for radio in (None, "4g-rural"))
    first = [happened(records, "frame.first")[0][0] for records in (clear, weak)]
    assert first[1] > first[0]
    assert call_table(weak)[0].outcome == "seen"


# ---- ports that fail, and a service that does not keep to its word


def broken(port: str, method: str) -> Callable[[Ports], Ports]:
    def fails(*arguments: Any) -> Process[Any]:
        raise PortError(f"{method}: 500 out of order")
        yield

    return lambda ports: replace(ports, **{port: Instead(getattr(ports, port), **{method: fails})})


BROKEN = [
    # port, method, outcome, what is noted first
    ("ambulance_phone", "enrol", "unfinished", "lab: enrol: 500"),
    ("ambulance_phone", "start", "unfinished", "lab: start: 500"),
    ("ambulance_phone", "end", "unfinished", "lab: end: 500"),
    ("ambulance_phone", "wait_end", "seen", "lab: wait_end: 500"),
    ("ambulance_phone", "switch_off", "seen", "lab: switch_off: 500"),
    ("ambulance_desk", "watch", "not_seen", "operator: watch: 500"),
    ("ambulance_desk", "switch_camera", "seen", "lab: switch_camera: 500"),
    ("ambulance_desk", "invite", "seen", "operator: invite: 500"),
    ("ambulance_desk", "intrude", "seen", "LV Eksempel: intrude: 500"),
    ("viewer", "watch", "not_seen", "operator: watch: 500"),
    ("viewer", "leave", "seen", "operator: leave: 500"),
]


@pytest.mark.parametrize(("port", "method", "outcome", "noted"), BROKEN)
def test_a_port_that_fails_harms_no_other_story(port: str, method: str, outcome: str, noted: str) -> None:
    guest = {"role": "doctor", "joins_after_s": 1}
    whole = unit(invites=[guest], switches_camera_at_s=[5], intruders=[LV])
    records = tell(made(whole, calls=(call(),), limits={"call_s": 60}), broken(port, method))
    rows = {row.name: row for row in call_table(records)}
    if port != "viewer":
        assert (rows["call-1"].outcome, rows["call-1"].failures) == ("seen", [])
    assert rows[UNIT].outcome == outcome
    assert rows[UNIT].failures[0].startswith(noted)


def test_a_stream_that_its_amk_could_not_end_the_crew_ends() -> None:
    records = tell(made(unit(ends="amk")), broken("ambulance_desk", "end"))
    assert [r.facts["because"] for r in records if r.event == "ambulance.ended"] == ["crew"]
    assert call_table(records)[0].failures == ["lab: end: 500 out of order"]


def lets_in(ports: Ports) -> Ports:
    def intrude(unit: object, centre: str) -> Process[Picture | None]:
        return Picture("model:", centre)
        yield

    return replace(ports, ambulance_desk=Instead(ports.ambulance_desk, intrude=intrude))


def privacy(made: Resolved, records: list[Record]) -> Judged:
    [_, found] = judge_ambulances(made, call_table(records))
    return found


def test_an_intruder_is_refused_and_one_who_gets_in_fails_the_run() -> None:
    tried = made(unit(intruders=[LV]))
    records = tell_plan(tried)
    assert happened(records, "viewer.refused") == [(1, "viewer.refused", LV)]
    assert (privacy(tried, records).outcome, privacy(tried, records).measured) == ("passed", 0)

    seen = privacy(tried, tell(tried, lets_in))
    assert (seen.outcome, seen.measured, seen.detail) == ("failed", 1, f"{LV} saw {UNIT}")
    unanswered = privacy(tried, tell(tried, broken("ambulance_desk", "intrude")))
    assert (unanswered.outcome, unanswered.measured) == ("unknown", None)
    assert "did not come to try" in unanswered.detail
    assert privacy(tried, []).outcome == "unknown"


def test_whoever_looks_and_was_not_named_is_a_stranger() -> None:
    quiet = made(unit(centres=[LV]))
    records = [
        record(0, "ambulance.started", UNIT, amk=AMK),
        record(2, "viewer.watching", UNIT, LV),  # may look, and was not meant to by the script
        record(2, "viewer.watching", UNIT, "operator"),
        record(9, "ambulance.ended", UNIT, because="crew"),
    ]
    assert privacy(quiet, records).outcome == "passed"
    assert privacy(quiet, [*records, record(3, "viewer.watching", UNIT, "doctor")]).outcome == "failed"


def test_every_stream_ends_exactly_once() -> None:
    two = made(unit(), unit(unit="Ambulanse 3-2"))
    ended, _ = judge_ambulances(two, call_table(tell_plan(two)))
    assert (ended.outcome, ended.measured, ended.limit) == ("passed", 2, "= 2")
    again = [*tell_plan(two), record(30, "ambulance.ended", UNIT)]
    ended, _ = judge_ambulances(two, call_table(again))
    assert (ended.outcome, ended.detail) == ("failed", f"not so: {UNIT}")
    assert judge_ambulances(resolved(call()), []) == []


# ---- the table of calls and sessions, and what is judged by it


STREAM = [
    record(0, "ambulance.started", UNIT, "iccs", amk=AMK),
    record(0.1, "media.connected", UNIT, "crew"),
    record(1, "person.waited", UNIT, "operator", purpose="joins", drawn_s=1.0, waited_s=1.0),
    record(1.1, "viewer.watching", UNIT, "operator"),
    record(1.5, "frame.first", UNIT, "operator", camera="back"),
    record(2, "viewer.measured", UNIT, "operator", received=15, checked=15, read=15),
    record(9, "media.stopped", UNIT, "crew", frames_sent=99, frames_dropped=0),
    record(9, "ambulance.ended", UNIT, "iccs", because="crew"),
    record(10, "viewer.left", UNIT, "operator"),
]


def row(*records: Record) -> CallRow:
    [only] = call_table(records)
    return only


def test_a_frame_before_the_start_or_at_a_strangers_is_stray() -> None:
    assert metrics([row(*STREAM)])["stray_frames"] == 0
    early = [replace(r, t_s=0.5) if r.event == "ambulance.started" else r for r in STREAM]
    early = [replace(r, t_s=0.2) if r.event == "frame.first" else r for r in early]
    assert metrics([row(*early)])["stray_frames"] == 1
    stray = record(4, "viewer.measured", UNIT, LV, received=3, checked=3, read=3, stray=3)
    assert metrics([row(*STREAM, stray)])["stray_frames"] == 3


def test_viewers_of_ambulances_are_judged_like_others() -> None:
    tables = made(unit())

    def judged(*records: Record) -> dict[str, Judged]:
        rows = call_table(records)
        return {each.name: each for each in judge(tables, rows, metrics(rows), live=True)}

    good = judged(*STREAM)
    assert {each.outcome for each in good.values()} == {"passed"}
    assert good["every call ended exactly once"].measured == 0
    blind = judged(*(r for r in STREAM if r.actor != "operator"))
    assert (blind["stray_frames"].outcome, blind["stray_frames"].detail) == (
        "unknown",
        f"{UNIT}: the crew started and the operator saw no frame",
    )
    lost = judged(*STREAM, record(5, "media.lost", UNIT, "operator"))
    assert "lost the picture at 5.0 s" in lost["stray_frames"].detail
    never = judged(*STREAM, record(2, "person.waited", UNIT, LV, purpose="joins", drawn_s=1.0, waited_s=1.0))
    assert "came to look and saw no frame" in never["stray_frames"].detail
    assert metrics([row(*STREAM)])["viewer_join_s_max"] == 0.5


def test_a_phone_that_loses_its_picture_is_an_interruption() -> None:
    broken_off = [
        record(3, "media.lost", UNIT, "crew"),
        record(5, "media.recovered", UNIT, "crew"),
        record(5.5, "frame.first", UNIT, "operator", camera="back", lost_s=3.0),
    ]
    assert metrics([row(*STREAM, *broken_off)])["recovery_s_max"] == 2.5


# ---- the scenario's table


GOOD = f"""title = "one ambulance"
[nation]
centres = "one-centre"
[[ambulances]]
unit = "{UNIT}"
amk = "{AMK}"
at_s = 1
"""


def said(path: Path) -> str:
    with pytest.raises(BadFile) as caught:
        load_scenario(path)
    assert "\n" not in str(caught.value)
    return str(caught.value).removeprefix(f"{path}:")


MISTAKES = [
    # what is added, line, what is said
    ("film_s = 3", "8: ambulances[1].film_s: unknown key; did you mean 'films_s'?"),
    ('films_s = "3 s"', "8: ambulances[1].films_s: input should be a valid number, got '3 s'"),
    ('ends = "doctor"', "8: ambulances[1].ends: input should be 'crew' or 'amk', got 'doctor'"),
    (
        'scene = "chest-pian"',
        "8: ambulances[1].scene: unknown scene 'chest-pian'; did you mean 'chest-pain'?",
    ),
    ('phone = "chromium"', "8: ambulances[1].phone: input should be 'live', got 'chromium'"),
    ('radio = "4g-rurl"', "8: ambulances[1].radio: "),
    (f'centres = ["{AMK}"]', f"8: ambulances[1].centres[1]: {AMK!r} is named already; leave it out"),
    (f'centres = ["{LV}", "{LV}"]', f"8: ambulances[1].centres[2]: {LV!r} is named already"),
    ('centres = ["LV Eksmpel"]', "8: ambulances[1].centres[1]: unknown centre 'LV Eksmpel'; did you mean"),
    (
        f'watchers = [{{ centre = "{LV}" }}]',
        f"8: ambulances[1].watchers[1].centre: {LV!r} may not look; name it in centres, or let it try",
    ),
    (f'watchers = [{{ centr = "{AMK}" }}]', "8: ambulances[1].watchers[1].centr: unknown key; did you mean"),
    (f'intruders = ["{AMK}"]', f"8: ambulances[1].intruders[1]: {AMK!r} may look; an intruder is a centre"),
    (
        f'invites = [{{ role = "doctor", by = "{LV}" }}]',
        f"8: ambulances[1].invites[1].by: unknown watcher {LV!r}; did you mean {AMK!r}?",
    ),
    ('invites = ["doctor", "doctor"]', "8: ambulances[1].invites: 'doctor' is invited twice; number them"),
    ('invites = ["crew"]', "8: ambulances[1].invites: 'crew' is not a resource person's role"),
    ("switches_camera_at_s = [4, 2]", "8: ambulances[1].switches_camera_at_s: the times must rise"),
    ('outcome = "voice"', "8: ambulances[1].outcome: input should be 'seen' or 'not_seen', got 'voice'"),
]


@pytest.mark.parametrize(("added", "expected"), MISTAKES, ids=[added for added, _ in MISTAKES])
def test_a_mistake_is_named_with_its_place(added: str, expected: str, tmp_path: Path) -> None:
    path = tmp_path / "bad.toml"
    path.write_text(f"{GOOD}{added}\n")
    assert said(path).startswith(expected)


def test_mistakes_in_what_must_be_there(tmp_path: Path) -> None:
    path = tmp_path / "bad.toml"
    path.write_text(GOOD)
    load_scenario(path)
    path.write_text(GOOD.replace(f'amk = "{AMK}"', f'amk = "{LV}"'))
    assert said(path).startswith(f"6: ambulances[1].amk: unknown AMK {LV!r}; ")
    path.write_text(GOOD.replace(UNIT, "a/b"))
    assert said(path).startswith("5: ambulances[1].unit: ")
    path.write_text(GOOD + GOOD[GOOD.index("[[ambul") :])
    assert said(path).startswith(f"9: ambulances[2].unit: {UNIT!r} is there twice; a unit has one phone")


def test_a_target_has_another_administrator(tmp_path: Path) -> None:
    path = tmp_path / "good.toml"
    path.write_text(GOOD)
    request = Request(path, report_dir=tmp_path)
    bound = replace(request.bound, target="http://127.0.0.1:9")
    with pytest.raises(BadFile, match="leave out --target"):
        run(replace(request, bound=bound))


def test_the_shipped_scenario_on_the_virtual_clock() -> None:
    scenario, nation = load_scenario(SCENARIO)
    assert scenario.purpose
    shipped = resolve(scenario, nation)
    records = tell_plan(shipped)
    assert journal_hash(records) == journal_hash(tell_plan(shipped))
    assert max(r.t_s for r in records) < 30
    assert {each.outcome for each in judge_ambulances(shipped, call_table(records))} == {"passed"}
    assert asdict(shipped.ambulances[0])["intruders"] == ("LV Tromsø",)
    assert Scenario.model_json_schema()["properties"]["ambulances"]
