"""A mistake in a scenario gets one message: file, line, key path, what is wrong, the nearest valid name."""

from pathlib import Path

import pytest
from sim_rig import FIRST_CALL, ROOT

from sim.nation import load_nation
from sim.reading import BadFile, nearest, read_toml
from sim.scenario import load_scenario

GOOD = """\
title = "two calls"  # centre = "a comment"
[nation]
centres = "one-centre"  # the first line that has centre in it
[people]
talks_s = { median = 10, p95 = 20 }
[condensed]
sms_s_median = 1
[[calls]]
kind = "single"
at_s = 0
line = "113"
centre = "AMK Eksempel"
caller = { carrier = "telia", scene = "chest-pain" }
operator = { invites = [{ role = "doctor" }] }
[[calls]] # at_s = 3
kind = "single"
at_s = 1
line = "113"
centre = "AMK Eksempel"
caller = { carrier = "telia", scene = "chest-pain" }
operator = { invites = ["doctor", { role = "specialist", at_s = 5 }] }
[[faults]]
kind = "camera.fails"
call = 2
[[faults]]
kind = "sms.lost"
carrier = "telia"
[[checks]]
metric = "sessions"
equals = 2
[[checks]]
metric = "answer_s"
quantile = 0.5
at_most = 9
"""

# (line to change, what it becomes, line of the message, the message after file and line)
MISTAKES = {
    "unknown key at the top": (1, 'titel = "x"', 1, "titel: unknown key; did you mean 'title'? (and 1 more)"),
    "unknown key in a table": (
        7,
        "sms_median = 1",
        7,
        "condensed.sms_median: unknown key; did you mean 'sms_s_median'?",
    ),
    "unknown key in the second of two alike": (
        17,
        "at_s = 1\nat = 1",
        18,
        "calls[2].at: unknown key; did you mean 'at_s'?",
    ),
    "unknown key in an inline table": (
        20,
        'caller = { carier = "telia" }',
        20,
        "calls[2].caller.carier: unknown key; did you mean 'carrier'?",
    ),
    "unknown key in an inline table in a list": (
        21,
        'operator = { invites = ["doctor", { role = "b", when_s = 5 }] }',
        21,
        "calls[2].operator.invites[2].when_s: unknown key; valid: at_s, joins_after_s, role",
    ),
    "unknown key in a dictionary of tables": (
        5,
        "talks_s = { median = 10, p59 = 20 }",
        5,
        "people.talks_s.p59: unknown key; did you mean 'p95'? (and 1 more)",
    ),
    "unknown key in a fault": (
        27,
        'carrier = "telia"\nfrist = 2',
        28,
        "faults[2].frist: unknown key; did you mean 'first'?",
    ),
    "key of another kind of fault": (
        24,
        'carrier = "telia"',
        24,
        "faults[1].carrier: unknown key; valid: call, kind",
    ),
    "milliseconds": (
        21,
        "operator = { asks_video_after_ms = 1500 }",
        21,
        "calls[2].operator.asks_video_after_ms: unknown key; did you mean 'asks_video_after_s'? "
        "(durations are in seconds, and their keys end in _s)",
    ),
    "a value with its unit": (
        17,
        'at_s = "10 s"',
        17,
        "calls[2].at_s: input should be a valid number, got '10 s'; "
        "write a bare number, the unit is in the key's name",
    ),
    "negative": (17, "at_s = -1", 17, "calls[2].at_s: input should be greater than or equal to 0, got -1"),
    "infinite": (17, "at_s = inf", 17, "calls[2].at_s: input should be a finite number, got inf"),
    "missing key": (17, "", 15, "calls[2].at_s: is missing"),
    "missing centre": (19, "", 15, "calls[2].centre: is missing"),
    "mistyped key that is missing, too": (
        19,
        'center = "AMK Eksempel"',
        19,
        "calls[2].center: unknown key; did you mean 'centre'? (and 1 more)",
    ),
    "a centre that is not there": (
        19,
        'centre = "AMK Eksmpel"',
        19,
        "calls[2].centre: unknown centre 'AMK Eksmpel'; did you mean 'AMK Eksempel'?",
    ),
    "a centre of the other line": (
        19,
        'centre = "LV Eksempel"',
        18,
        "calls[2].line: LV Eksempel answers 116117, not 113",
    ),
    "a line that is not there": (
        18,
        'line = "112"',
        18,
        "calls[2].line: input should be '113' or '116117', got '112'",
    ),
    "scene": (
        20,
        'caller = { scene = "chestpain" }',
        20,
        "calls[2].caller.scene: unknown scene 'chestpain'; did you mean 'chest-pain'?",
    ),
    "carrier": (
        20,
        'caller = { carrier = "telnor" }',
        20,
        "calls[2].caller.carrier: unknown carrier 'telnor'; did you mean 'telenor'?",
    ),
    "carrier of a fault": (
        27,
        'carrier = "tela"',
        27,
        "faults[2].carrier: unknown carrier 'tela'; did you mean 'telia'?",
    ),
    "wait": (
        5,
        "talk_s = { median = 1, p95 = 2 }",
        5,
        "people.talk_s: unknown wait 'talk_s'; did you mean 'talks_s'?",
    ),
    "a wait that falls": (
        5,
        "talks_s = { median = 10, p95 = 2 }",
        5,
        "people.talks_s: p95 is 2, below the median of 10; it must be at least that",
    ),
    "kind of call": (
        16,
        'kind = "yearly"',
        16,
        "calls[2].kind: unknown kind 'yearly'; did you mean 'weekly'?",
    ),
    "kind of fault": (
        26,
        'kind = "sms.lots"',
        26,
        "faults[2].kind: unknown kind 'sms.lots'; did you mean 'sms.lost'?",
    ),
    "fault without a kind": (
        26,
        "",
        25,
        "faults[2].kind: is missing; valid: camera.fails, camera.stamp_covered, part.killed, "
        "service.leaked_area, service.leaked_blend, service.leaked_frames, "
        "service.sessions_mixed, sms.duplicates, sms.loss, sms.lost, sms.malformed, sms.outage, …",
    ),
    "fault without what its kind needs": (27, "", 25, "faults[2].carrier: is missing"),
    "value of a fault": (
        24,
        "call = 0",
        24,
        "faults[1].call: input should be greater than or equal to 1, got 0",
    ),
    "fault of a call that is not there": (24, "call = 3", 24, "faults[1].call: there are only 2 calls"),
    "metric": (
        29,
        'metric = "sesions"',
        29,
        "checks[1].metric: unknown metric 'sesions'; did you mean 'sessions'?",
    ),
    "metric with a quantile": (
        32,
        'metric = "sessions"',
        33,
        "checks[2].quantile: sessions is one number; leave the quantile out",
    ),
    "duration without a quantile": (
        33,
        "",
        32,
        "checks[2].metric: answer_s has many samples; "
        "add a quantile, such as quantile = 0.95 (1 is the longest)",
    ),
    "two limits in a check": (
        34,
        "at_most = 9\nat_least = 1",
        31,
        "checks[2]: give exactly one of at_most, at_least, equals",
    ),
    "no limit in a check": (34, "", 31, "checks[2]: give exactly one of at_most, at_least, equals"),
    "quantile": (
        33,
        "quantile = 95",
        33,
        "checks[2].quantile: input should be less than or equal to 1, got 95; 95 % is 0.95",
    ),
    "somebody invited twice": (
        21,
        'operator = { invites = ["doctor", { role = "doctor", at_s = 5 }] }',
        21,
        "calls[2].operator.invites: 'doctor' is invited twice; number them, such as 'doctor-1', 'doctor-2'",
    ),
    "the operator invited": (
        21,
        'operator = { invites = ["operator"] }',
        21,
        "calls[2].operator.invites: 'operator' is not a resource person's role; name one, such as 'doctor'",
    ),
    "camera switches out of order": (
        21,
        "operator = { switches_camera_at_s = [10, 4] }",
        21,
        "calls[2].operator.switches_camera_at_s: the times must rise, got [10.0, 4.0]",
    ),
    "a value where a table belongs": (
        20,
        "caller = 3",
        20,
        "calls[2].caller: should be a table: { … }, got 3",
    ),
    "a list where a table belongs": (
        2,
        "[[nation]]",
        2,
        "nation: should be a table: { … }, got [{'centres': 'one-centre'}]",
    ),
    "nation": (
        3,
        'centres = "norwai"',
        3,
        "nation.centres: no file 'norwai' beside it, nor a shipped nation; did you mean 'norway'?",
    ),
    "mood without its field": (26, 'kind = "sms.slow"', 25, "faults[2].response_s: is missing"),
    "field of another mood": (
        26,
        'kind = "sms.slow"\nresponse_s = 3\nshare = 1',
        28,
        "faults[2].share: unknown key; did you mean 'carrier'?",
    ),
    "mood that swallows aloud": (
        26,
        'kind = "sms.outage"\nhow = "drop"\nswallowed = "later"',
        25,
        "faults[2]: swallowed goes with a silent outage only: leave it out",
    ),
    "word of a mood": (
        26,
        'kind = "sms.outage"\nhow = "slow"',
        27,
        "faults[2].how: input should be 'refuse', 'drop' or 'silent', got 'slow'",
    ),
    "share of a mood": (
        26,
        'kind = "sms.loss"\nshare = 1.5',
        27,
        "faults[2].share: input should be less than or equal to 1, got 1.5",
    ),
    "mood that lasts for no time": (
        26,
        'kind = "sms.queue_full"\nfor_s = 0',
        27,
        "faults[2].for_s: input should be greater than 0, got 0",
    ),
    "way of the SMS": (
        2,
        '[sms]\nway = "fax"\n[nation]',
        3,
        "sms.way: input should be 'smpp' or 'http', got 'fax'",
    ),
    "route": (
        2,
        '[sms]\nroutes = ["telenor", "tela"]\n[nation]',
        3,
        "sms.routes[2]: unknown carrier 'tela'; did you mean 'telia'?",
    ),
    "route twice": (
        2,
        '[sms]\nroutes = ["ice", "ice"]\n[nation]',
        3,
        "sms.routes[2]: 'ice' is there twice; name each route once",
    ),
    "routes of a gateway": (
        2,
        '[sms]\nway = "http"\nroutes = ["ice"]\n[nation]',
        4,
        'sms.routes: go with way = "smpp"; the HTTP gateway finds the carrier by the number',
    ),
    "beginning": (
        1,
        'title = "x"\nstarts = "monday"',
        2,
        "starts: 'monday' is no day and time: write such as \"mon 07:30\"",
    ),
    "changed carrier": (
        2,
        "[carriers.tela]\nloss = 0\n[nation]",
        2,
        "carriers.tela: unknown carrier 'tela'; did you mean 'telia'?",
    ),
    "changed field": (
        2,
        "[carriers.telia]\nlos = 0\n[nation]",
        3,
        "carriers.telia.los: unknown key; did you mean 'loss'?",
    ),
    "changed value": (
        2,
        "[carriers.telia]\nloss = 2\n[nation]",
        3,
        "carriers.telia.loss: input should be less than or equal to 1, got 2; 2 % is 0.02",
    ),
    "changed prefixes": (
        2,
        '[carriers.telia]\nprefixes = ["+4713"]\n[nation]',
        3,
        "carriers.telia.prefixes: is the nation's and stays; leave it out, or name a nation of your own",
    ),
    "burst without a count": (16, 'kind = "burst"', 15, "calls[2].count: is missing"),
    "count of a single call": (
        16,
        'kind = "single"\ncount = 3',
        17,
        "calls[2].count: unknown key; did you mean 'centre'?",
    ),
    "spread of a burst": (
        16,
        'kind = "burst"\ncount = 3\nspread = "poisson"',
        18,
        "calls[2].spread: input should be 'even' or 'drawn', got 'poisson'",
    ),
    "not TOML": (12, "centre = AMK", 12, "not valid TOML: Invalid value (column 10)"),
    "a key twice": (11, "at_s = 1", 11, "not valid TOML: Cannot overwrite a value (column 9)"),
}


def changed(line: int, becomes: str) -> str:
    lines = GOOD.splitlines()
    lines[line - 1] = becomes
    return "\n".join(lines) + "\n"


def said(path: Path) -> str:
    with pytest.raises(BadFile) as caught:
        load_scenario(path)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_the_good_file_is_good(tmp_path: Path) -> None:
    path = tmp_path / "good.toml"
    path.write_text(GOOD)
    scenario, nation = load_scenario(path)
    assert (len(scenario.calls), len(scenario.faults), len(nation.centres)) == (2, 2, 2)


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_named_with_its_line_and_its_remedy(tmp_path: Path, mistake: str) -> None:
    line, becomes, said_at, expected = MISTAKES[mistake]
    path = tmp_path / "bad.toml"
    path.write_text(changed(line, becomes))
    assert said(path) == f"{path}:{said_at}: {expected}"


def test_the_centres_of_a_burst_are_named_one_by_one(tmp_path: Path) -> None:
    path = tmp_path / "bad.toml"
    burst = 'kind = "burst"\ncount = 5'
    lines = GOOD.splitlines()
    lines[15], lines[18] = burst, 'centre = [\n"AMK Eksempel",\n"AMK Eksmpel"]'
    path.write_text("\n".join(lines))
    assert said(path) == (
        f"{path}:22: calls[2].centre[2]: unknown centre 'AMK Eksmpel'; did you mean 'AMK Eksempel'?"
    )
    lines[18] = 'centre = ["AMK Eksempel", "LV Eksempel"]'
    path.write_text("\n".join(lines))
    assert said(path) == f"{path}:19: calls[2].line: LV Eksempel answers 116117, not 113"
    lines[18] = 'centre = ["AMK Eksempel"]'
    path.write_text("\n".join(lines).replace("call = 2", "call = 7"))
    assert "there are only 6 calls" in said(path)


def test_a_carrier_that_a_mood_is_of_must_be_there(tmp_path: Path) -> None:
    path = tmp_path / "bad.toml"
    path.write_text(
        changed(26, 'kind = "sms.queue_full"').replace('carrier = "telia"\n[[ch', 'carrier = "tela"\n[[ch')
    )
    assert said(path).endswith("faults[2].carrier: unknown carrier 'tela'; did you mean 'telia'?")


def test_a_table_where_a_list_belongs(tmp_path: Path) -> None:
    path = tmp_path / "bad.toml"
    path.write_text(GOOD[: GOOD.index("[[faults]]")] + '[faults]\nkind = "sms.lost"\n')
    assert said(path) == (
        f"{path}:22: faults: should be a list: [ … ], or [[…]] for tables, got {{'kind': 'sms.lost'}}"
    )


def test_a_long_value_is_cut(tmp_path: Path) -> None:
    path = tmp_path / "bad.toml"
    path.write_text(GOOD.replace('"two calls"', f"[{', '.join('0123456789')}, {'9' * 300}]"))
    assert len(said(path)) < len(str(path)) + 130
    assert said(path).endswith("…")


def test_no_calls_at_all(tmp_path: Path) -> None:
    path = tmp_path / "bad.toml"
    path.write_text('title = "none"\ncalls = []\n')
    assert said(path).startswith(f"{path}:2: calls: ")
    path.write_text('title = "none"\n')
    assert said(path).startswith(f"{path}: calls: is missing; a scenario tells of [[calls]]")


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "latin.toml").write_bytes('title = "Tromsø"\n'.encode("latin-1"))
    (tmp_path / "file").write_text("")
    assert said(tmp_path / "none.toml") == f"{tmp_path / 'none.toml'}: no such file"
    assert said(tmp_path) == f"{tmp_path}: is a folder; name a .toml file in it"
    assert said(tmp_path / "latin.toml") == f"{tmp_path / 'latin.toml'}: not UTF-8 text (invalid start byte)"
    assert said(tmp_path / "file" / "s.toml") == f"{tmp_path / 'file' / 's.toml'}: Not a directory"


def test_a_mistake_in_a_nation_of_ones_own_names_that_file(tmp_path: Path) -> None:
    text = (ROOT / "scenarios" / "data" / "one-centre.toml").read_text(encoding="utf-8")
    line = next(n for n, row in enumerate(text.splitlines(), 1) if row.startswith("prefixes"))
    own, path = tmp_path / "own.toml", tmp_path / "scenario.toml"
    path.write_text(GOOD.replace('"one-centre"', '"own.toml"'))
    own.write_text(text.replace('prefixes = ["+4710"]', f'prefixes = ["+47{91}"]'))  # a real subscriber's
    told = said(path)
    assert told.startswith(f"{own}:{line}: carriers[1].prefixes[1]: string should match pattern")
    own.write_text(text.replace('kind = "LV"', 'kind = "LX"'))
    assert "centres[2].kind: input should be 'AMK' or 'LV', got 'LX'" in said(path)
    own.write_text(text.replace("[people.116117]", "[people.112]"))
    assert f"{own}:" in said(path)
    assert "people.112: input should be '113' or '116117', got '112'" in said(path)


def test_nearest_hints_at_one_name_or_lists_the_few() -> None:
    assert nearest("doktor", ["doctor", "nurse"]) == "did you mean 'doctor'?"
    assert nearest("zzz", ["doctor", "nurse"]) == "valid: doctor, nurse"
    assert nearest("zzz", [f"name-{n:02}" for n in range(13)]).endswith("name-11, …")


def test_what_is_shipped_is_good() -> None:
    for name in ("norway", "one-centre"):
        assert load_nation(name, Path()).centres
    scenarios = sorted((ROOT / "scenarios").glob("*/*.toml"))
    told = [path for path in scenarios if "calls" in read_toml(path)]
    assert FIRST_CALL in told
    for path in told:
        load_scenario(path)
