"""Another triage card: other shares of acute and urgent calls, so longer talks, and more handed on to AMK."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from sim.nation import Centre, Line, Nation
from sim.planning.country import Stream, Video
from sim.planning.question import Planning, WrongKey
from sim.planning.tables import HOURS, Floats
from sim.reading import nearest
from sim.triage_cards import Triage, TriageCard

USUAL = "usual"
LV_LINE: Line = "116117"
FORWARDED = "forwarded"


def card_of(line: Line, nation: Nation, planning: Planning) -> TriageCard:
    """Raises NoAnswer: no such card."""
    name, cards = planning.triage.get(line, USUAL), nation.triage[line].cards
    if name not in cards:
        raise WrongKey(("triage", line), f"no card {name!r}; {nearest(name, cards)}")
    return cards[name]


def talk_factor(line: Line, nation: Nation, planning: Planning) -> float:
    """What the card makes of the mean talk."""
    triage = nation.triage[line]
    return _talk(triage, card_of(line, nation, planning)) / _talk(triage, triage.cards[USUAL])


def _talk(triage: Triage, card: TriageCard) -> float:
    talk = triage.talk
    parts = (card.acute, talk.acute), (card.urgent, talk.urgent), (card.ordinary, talk.ordinary)
    return sum(share * number.value for share, number in parts)


def forwarded(streams: Sequence[Stream], nation: Nation, planning: Planning) -> list[Stream]:
    """At each AMK, calls from the LV of its health region: what the card adds to those of the usual one,
    which are in an AMK's load already. They come as the LV's calls do, go with 113, and take as long.
    """
    triage = nation.triage[LV_LINE]
    more = card_of(LV_LINE, nation, planning).acute - triage.cards[USUAL].acute
    if more <= 0.0 or triage.to_amk is None:
        return []
    at = {centre.name: centre for centre in nation.centres} | _merged(nation, planning)
    from_lv: dict[str, Floats] = {}
    for stream in streams:
        if stream.line == LV_LINE:
            region = at[stream.desk].region
            from_lv[region] = from_lv.get(region, np.zeros(HOURS)) + stream.calls_per_s
    amk = [stream for stream in streams if stream.line == "113"]
    found = []
    for own in amk:
        region = at[own.desk].region
        there = sum(float(each.calls_per_s.sum()) for each in amk if at[each.desk].region == region)
        if region in from_lv and there:
            part = float(own.calls_per_s.sum()) / there
            rate = from_lv[region] * (more * triage.to_amk.value * part)
            name = f"{own.desk}/{FORWARDED}"
            found.append(replace(own, name=name, line=FORWARDED, calls_per_s=rate, video=Video()))
    return found


def _merged(nation: Nation, planning: Planning) -> dict[str, Centre]:
    """A merged centre lies where its first one did."""
    by_name = {centre.name: centre for centre in nation.centres}
    return {merge.name: by_name[merge.centres[0]] for merge in planning.merges}
