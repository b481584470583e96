"""A centre with a Sámi name: its SMS needs UCS-2 and comes in parts, and the link in it still opens."""

import json
from pathlib import Path
from typing import Any

ONE_CENTRE = Path(__file__).resolve().parents[2] / "scenarios" / "data" / "one-centre.toml"
SAMI = "LV Kárášjohka"  # á and š are not in GSM 03.38
SCENARIO = f"""
title = "A link in two parts"
seed = 113
pace = "condensed"
[condensed]
wait_s_median = 0.5
hold_s_median = 3
sms_s_median = 0.5
[nation]
centres = "sami.toml"
[[calls]]
kind = "single"
at_s = 0
line = "116117"
centre = "{SAMI}"
outcome = "seen"
caller = {{ carrier = "telenor", scene = "test-card" }}
operator = {{ asks_video_after_s = 1, holds_video_s = 3 }}
[carriers.telenor]
loss = 0
[[checks]]
metric = "sms_delivered"
equals = 1
"""


def test_a_link_in_parts_arrives_whole(command_line: Any, tmp_path: Path) -> None:
    nation = ONE_CENTRE.read_text(encoding="utf-8").replace("LV Eksempel", SAMI)
    (tmp_path / "sami.toml").write_text(nation, encoding="utf-8")
    (tmp_path / "long.toml").write_text(SCENARIO, encoding="utf-8")
    code, said = command_line.lab113("run", str(tmp_path / "long.toml"), "--report", str(tmp_path / "runs"))
    assert code == 0, said
    (folder,) = (tmp_path / "runs").iterdir()
    journal = [json.loads(line) for line in (folder / "journal.jsonl").read_text().splitlines()]
    delivered = [record["facts"] for record in journal if record["event"] == "sms.delivered"]
    parts = delivered[0]["parts"]
    assert parts >= 2
    assert sorted(facts["part"] for facts in delivered) == list(range(1, parts + 1))
    assert not any(facts["broken"] for facts in delivered)
