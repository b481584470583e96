"""What a phone is asked to do: which kind can, what becomes of it on the plan's clock and in the journal."""

from pathlib import Path

import pytest
from sim_rig import call, resolved, trace

from sim.checks.blind import blind_spots
from sim.checks.metrics import metrics
from sim.journal import Journal
from sim.live.collector import Collector
from sim.plan import tell_plan
from sim.reading import BadFile
from sim.scenario import load_scenario
from sim.sessions import CallRow, Looked, Session, call_table

SCENARIO = """\
title = "a phone"
[nation]
centres = "one-centre"
[[calls]]
kind = "single"
at_s = 0
line = "113"
centre = "AMK Eksempel"
[calls.caller]
"""


@pytest.mark.parametrize(
    ("caller", "said"),
    [
        ('device = "Pixel 7"', 'not with phone = "live"; it goes with "chromium"'),
        ('phone = "chromium"\ndevice = "Pixle 7"', "unknown device 'Pixle 7'; did you mean 'Pixel 7'?"),
        ("locks_at_s = 3", 'locks_at_s: not with phone = "live"; it goes with "chromium"'),
        ('phone = "chromium"\nunlocks_after_s = 3', "unlocks_after_s: goes with locks_at_s"),
        ('phone = "attached"\nreloads_page_at_s = [1]', 'not with phone = "attached"'),
        ('phone = "attached"\ndenies_camera = true', 'not with phone = "attached"'),
        ('phone = "attached"\nwebdriver = "http://10.0.0.7:4723"', "10.0.0.7 is not a loopback address"),
        ('webdriver = "http://127.0.0.1:4723"', 'it goes with "attached"'),
        ("capabilities = { browserName = 'safari' }", 'it goes with "attached"'),
        ("closes_tab_at_s = 3\nreloads_page_at_s = [2, 4]", "what happens at 4 s must be before"),
        ('phone = "nokia"', "phone"),
    ],
)
def test_what_a_phone_cannot_do_is_a_mistake_in_the_scenario(tmp_path: Path, caller: str, said: str) -> None:
    path = tmp_path / "phone.toml"
    path.write_text(SCENARIO + caller)
    with pytest.raises(BadFile) as bad:
        load_scenario(path)
    assert said in str(bad.value)
    assert f"{path}:" in str(bad.value)


def test_what_it_can_do_is_none(tmp_path: Path) -> None:
    path = tmp_path / "phone.toml"
    for caller in (
        'phone = "chromium"\ndevice = "iPhone 15"\nlocks_at_s = 2\nunlocks_after_s = 3\ncloses_tab_at_s = 9',
        "reloads_page_at_s = [1, 2]\ncloses_tab_at_s = 5\ndenies_camera = true",
        'phone = "attached"\nwebdriver = "http://localhost:4723"\ncapabilities = { browserName = "safari" }',
    ):
        path.write_text(SCENARIO + caller)
        load_scenario(path)


def test_mishaps_are_told_in_the_order_of_their_time_after_the_camera_came_on() -> None:
    caller = {"phone": "chromium", "reloads_page_at_s": [2], "locks_at_s": 6, "unlocks_after_s": 1.5}
    records = tell_plan(resolved(call({**caller, "closes_tab_at_s": 9})))
    (on,) = [r.t_s for r in records if r.event == "media.connected"]
    told = [(t_s - on, event) for t_s, event in trace(records, "call-1", "media.")]
    assert told == [
        (0, "media.connected"),
        (2, "media.lost"),
        (5, "media.recovered"),  # a set-up takes 3 s here
        (6, "media.lost"),
        (7.5, "media.recovered"),
        (9, "media.stopped"),
    ]
    (row,) = call_table(records)
    assert row.outcome == "seen"
    assert row.failures == []
    assert metrics([row])["recovery_s_max"] == 3


def test_a_call_that_ends_first_ends_what_was_still_to_happen() -> None:
    records = tell_plan(resolved(call({"reloads_page_at_s": [2, 500]})))
    assert [event for _, event in trace(records, "call-1", "media.")].count("media.lost") == 1


def test_a_denied_camera_is_never_seen() -> None:
    made = resolved(call({"denies_camera": True}, {"gives_up_after_s": 20}))
    assert made.calls[0].caller.camera_fails
    assert [row.outcome for row in call_table(tell_plan(made))] == ["not_seen"]


def test_with_an_attached_phone_nobody_elses_waits_are_drawn() -> None:
    table = call({"phone": "attached"})
    del table["caller"]["opens_link_after_s"], table["caller"]["consents_after_s"]
    caller = resolved(table).calls[0].caller
    assert (caller.opens_link_after_s, caller.consents_after_s) == (0, 0)


def test_the_pictures_of_an_attached_phone_are_no_blind_spot_and_spoil_no_ratio() -> None:
    def row(name: str, **looked: bool) -> CallRow:
        seen = Looked(received=100, checked=100, watching_s=1, left=True, **looked)
        return CallRow(
            name, session=Session(0.0, consented_s=1.0, first_frame_s=2.0, viewers={"operator": seen})
        )

    attached, lab = row("attached", stamped=False), row("lab")
    assert lab.session is not None
    lab.session.viewers["operator"].read = 99
    assert blind_spots([attached, lab], {}, 0.02) == []
    assert metrics([attached, lab])["stamp_read_ratio"] == 0.99
    assert metrics([attached])["stamp_read_ratio"] is None


def test_of_an_attached_phone_the_service_is_believed_at_its_own_time() -> None:
    made = resolved(call({"phone": "attached"}), call())
    journal = Journal(lambda: 0.0, lambda: 0.0)
    collector = Collector(journal, made.calls, t0=lambda: 100.0)
    for name in ("call-1", "call-2"):
        for event, how in (("link.opened", None), ("consent.given", "page"), ("consent.given", "spoken")):
            told = {"n": 1, "event": event, "call": name, "monotonic_s": 103.0, "service_monotonic_s": 102.0}
            collector.from_iccs(told | ({"how": how} if how else {}))
    assert [(r.call, r.event, r.actor, r.t_s) for r in journal.records] == [
        ("call-1", "link.opened", "caller", 2.0),
        ("call-1", "consent.given", "caller", 2.0),
        ("call-1", "consent.given", "iccs", 3.0),
        ("call-2", "consent.given", "iccs", 3.0),
    ]
