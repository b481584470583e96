"""The control room as a program: its centres file, its ready line, its end."""

import json
import os
import subprocess
import sys
from pathlib import Path
from zoneinfo import ZoneInfoNotFoundError

import httpx
import pytest
from websockets.sync.client import connect

from fake_iccs import centres_file
from fake_iccs.__main__ import main
from fake_iccs.distribution import Centre
from fake_iccs.night import Night

PROGRAM = [sys.executable, "-m", "fake_iccs"]


def test_the_shipped_file_has_one_amk_and_one_lv() -> None:
    assert centres_file.read() == [
        Centre("AMK Eksempel", "AMK", "113", 2),
        Centre("LV Eksempel", "LV", "116117", 1),
    ]


NATION = """
[sources]
a = "b"

[[centres]]
name = "AMK Å"
kind = "AMK"
line = "113"
seats = 3
region = "vest"
catchment = 1
overflow = ["LV B"]
overflow_after_s = 5
video = "none"

[[centres]]
name = "LV B"
kind = "LV"
line = "116117"
seats = 0
"""


def test_other_keys_and_tables_are_ignored(tmp_path: Path) -> None:
    file = tmp_path / "nation.toml"
    file.write_text(NATION, encoding="utf-8")
    assert centres_file.read(file) == [
        Centre("AMK Å", "AMK", "113", 3, ("LV B",), 5.0, "none"),
        Centre("LV B", "LV", "116117", 0),
    ]


GOOD = '[[centres]]\nname = "A"\nkind = "AMK"\nline = "113"\nseats = 1\n'


def night(to: str, begins: str = "23:00", until: str = "08:00") -> str:
    return f'night = {{ to = "{to}", from = "{begins}", until = "{until}" }}\n'


def named_b(line: str = "113") -> str:
    return GOOD.replace('"A"', '"B"').replace('"113"', f'"{line}"')


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "no centres"),
        ("centres = 3", "no centres"),
        ("[[centres]", "Expected"),
        ('[[centres]]\nname = "A"\n', r"centre 1 \(A\): kind: .*line: .*seats: "),
        (GOOD.replace('"AMK"', '"110"'), r"centre 1 \(A\): kind: .*'AMK' or 'LV'"),
        (GOOD.replace("1\n", "-1\n"), "0 or more"),
        (GOOD + GOOD, "'A' is named twice"),
        (GOOD + 'overflow = ["B"]', "overflow 'B' is not in this file"),
        (GOOD + night("B"), r"'A': night.to 'B' is not in this file"),
        (GOOD + night("A"), "name another centre of line 113"),
        (GOOD + night("B") + named_b("116117"), "'A': night.to 'B': name another centre of line 113"),
        (GOOD + night("B") + named_b() + night("A", "07:59", "09:00"), "is closed at that time itself"),
        (GOOD + night("B", "23"), r"centre 1 \(A\): night: .*'23' is no time of day; write it as '23:00'"),
        (GOOD + night("B", until="23:00"), "never open"),
        (GOOD + 'night = { to = "B" }', r"night.from: Field required; night.until"),
        ("centres = [1]", r"centre 1 \(\?\)"),
    ],
)
def test_a_bad_file_is_named_with_what_is_wrong(tmp_path: Path, text: str, why: str) -> None:
    file = tmp_path / "bad.toml"
    file.write_text(text)
    with pytest.raises(centres_file.BadCentres, match=f"bad.toml: .*{why}"):
        centres_file.read(file)


def test_a_night_is_read_and_may_be_followed_by_anothers(tmp_path: Path) -> None:
    file = tmp_path / "night.toml"
    file.write_text(GOOD + night("B") + named_b() + night("A", "08:00", "09:00"))
    here, there = centres_file.read(file)
    assert here.night == Night("B", "23:00", "08:00")
    assert there.night == Night("A", "08:00", "09:00")


def test_a_machine_without_time_zones_is_named_when_a_centre_has_a_night(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def unknown() -> None:
        raise ZoneInfoNotFoundError("Europe/Oslo")

    file = tmp_path / "night.toml"
    file.write_text(GOOD + night("B") + named_b())
    monkeypatch.setattr(sys, "argv", ["fake_iccs", "--centres", str(file)])
    monkeypatch.setattr("fake_iccs.__main__.norwegian_time", unknown)
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 2
    assert "no time zones; apt-get install tzdata" in capsys.readouterr().err


def test_it_serves_until_its_standard_input_closes() -> None:
    env = os.environ | {"LAB113_VIDEO_KEY": "k"}
    with subprocess.Popen(
        PROGRAM, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=env
    ) as program:
        assert program.stdin
        assert program.stdout
        ready = json.loads(program.stdout.readline())
        assert ready["part"] == "fake_iccs"
        centres = httpx.get(ready["url"] + "/centres", trust_env=False, timeout=10).json()
        assert [centre["name"] for centre in centres] == ["AMK Eksempel", "LV Eksempel"]
        taken = ready["url"].rpartition(":")[2]
        second = subprocess.run(
            [*PROGRAM, "--port", taken], capture_output=True, text=True, timeout=20, check=False
        )
        assert second.returncode == 4
        assert f"cannot listen on 127.0.0.1:{taken}" in second.stderr
        with connect(ready["url"].replace("http", "ws") + "/events", proxy=None):  # somebody still follows
            _, said = program.communicate("", timeout=20)
        assert (program.returncode, said) == (0, "")


@pytest.mark.parametrize(
    ("arguments", "why"),
    [(["--centres", "/nowhere.toml"], "/nowhere.toml"), (["--video-url", "localhost:1"], "begins with http")],
)
def test_a_wrong_argument_ends_with_code_2(
    arguments: list[str], why: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["fake_iccs", *arguments])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 2
    assert why in capsys.readouterr().err
