"""A live phone on a radio that becomes narrow and wide again: its rate follows, its picture comes back."""

import asyncio
from pathlib import Path
from statistics import median
from typing import Any

import pytest

from sim.live.bindings import Bindings
from sim.live.lab import lab
from sim.resolve import resolve
from sim.scenario import load_scenario
from sim.stories import told_all

NARROW_S, WIDE_S, HOLDS_S = 10, 24, 42  # after the link was opened; of the picture
RADIO = f"""
[[steps]]
up = {{ delay_s = 0.02, rate_bit_per_s = 5e6, queue_s = 0.4 }}
[[steps]]
t_s = {NARROW_S}
up = {{ delay_s = 0.02, rate_bit_per_s = 150e3, queue_s = 0.8 }}
[[steps]]
t_s = {WIDE_S}
up = {{ delay_s = 0.02, rate_bit_per_s = 5e6, queue_s = 0.4 }}
"""
SCENARIO = f"""
title = "narrow and wide again"
pace = "condensed"
[condensed]
wait_s_median = 0.3
sms_s_median = 0.3
[[calls]]
kind = "single"
at_s = 0
line = "113"
centre = "AMK Bergen"
caller = {{ scene = "cpr", radio = "radio.toml", opens_link_after_s = 0, consents_after_s = 0 }}
operator = {{ holds_video_s = {HOLDS_S} }}
"""


@pytest.mark.long
def test_the_bit_rate_follows_the_radio_down_and_up_again(tmp_path: Path) -> None:
    (tmp_path / "radio.toml").write_text(RADIO)
    (tmp_path / "scenario.toml").write_text(SCENARIO)
    sent, seen = asyncio.run(asyncio.wait_for(told(tmp_path), 120))
    wide, narrow, last = (
        median(kbit for at_s, kbit in sent if begin <= at_s < end)
        for begin, end in ((4, NARROW_S), (NARROW_S + 6, WIDE_S), (HOLDS_S - 4, HOLDS_S))
    )
    pictures = median(n for at_s, n in seen if NARROW_S + 8 <= at_s < WIDE_S)
    print(
        f"{wide:.0f}, narrow {narrow:.0f}, at last {last:.0f} kbit/s; {pictures} pictures a second meanwhile"
    )
    assert narrow < 0.4 * wide
    assert pictures > 10
    assert last > 1.3 * narrow


async def told(folder: Path) -> tuple[list[tuple[float, float]], list[tuple[float, int]]]:
    """By second from the link's opening on: kbit/s that the phone sent, stamps that the operator read."""
    resolved = resolve(*load_scenario(folder / "scenario.toml"))
    sent: list[tuple[float, float]] = []
    async with lab(resolved, folder, Bindings()) as ready:
        telling = asyncio.create_task(
            ready.env.run_live(ready.env.process(told_all(ready.stage, resolved.calls, ())))
        )
        octets = 0
        while not telling.done():
            totals: dict[str, Any] = await ready.farm.ask("farm.totals")
            sent.append((ready.env.wall(), (totals["octets_sent"] - octets) * 8 / 1000))
            octets = totals["octets_sent"]
            await asyncio.wait({telling}, timeout=1)
        await telling
        records = ready.stage.journal.records
    begun_s = next(r.t_s for r in records if r.event == "link.opened")
    seen = [(r.t_s - begun_s, r.facts["read"]) for r in records if r.event == "viewer.measured"]
    return [(at_s - begun_s, kbit) for at_s, kbit in sent], seen
