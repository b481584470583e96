"""Another triage card: longer talks, and calls that go on to AMK."""

import pytest

pytest.importorskip("numba", reason="the planning extra")

from sim.nation import DATA, load_nation
from sim.planning.answer import answer_of
from sim.planning.demand import YEAR_S, country_of
from sim.planning.outcome import told
from sim.planning.question import NoAnswer, Planning
from sim.planning.triage import talk_factor
from sim.triage_cards import TriageCard

NORWAY = load_nation("norway", DATA)
ARENDAL = Planning(triage={"116117": "arendal"})


def per_year(planning: Planning, line: str) -> float:
    country = country_of(NORWAY, planning)
    return float(sum(s.calls_per_s.mean() for s in country.streams if s.line == line) * YEAR_S)


def test_the_usual_card_changes_nothing() -> None:
    usual = country_of(NORWAY, Planning(triage={"116117": "usual", "113": "usual"}))
    assert [s.talk for s in usual.streams] == [s.talk for s in country_of(NORWAY, Planning()).streams]
    assert {s.line for s in usual.streams} == {"113", "116117"}


def test_a_card_with_more_urgent_calls_takes_longer_and_sends_more_on() -> None:
    assert talk_factor("116117", NORWAY, ARENDAL) == pytest.approx(
        (0.09 * 1.2 + 0.40 * 1.2 + 0.51 * 0.93) / (0.24 * 1.2 + 0.76 * 0.93)
    )
    sent = per_year(ARENDAL, "forwarded")
    assert sent == pytest.approx(per_year(ARENDAL, "116117") * (0.09 - 0.04) * 0.5)
    assert per_year(Planning(triage={"116117": "tromso"}), "forwarded") > sent


def test_calls_go_on_within_their_health_region() -> None:
    at = {centre.name: centre.region for centre in NORWAY.centres}
    streams = country_of(NORWAY, ARENDAL).streams
    for region in set(at.values()):
        of = {
            line: sum(s.calls_per_s.sum() for s in streams if s.line == line and at[s.desk] == region)
            for line in ("116117", "forwarded")
        }
        assert of["forwarded"] == pytest.approx(of["116117"] * 0.05 * 0.5)


def test_the_answer_counts_calls_by_urgency() -> None:
    country = country_of(NORWAY, ARENDAL)
    answer = answer_of([told(country, 3, 0, 7.0, 0.0)], country, NORWAY, ARENDAL)
    assert answer.urgency["116117"]["acute"] == pytest.approx(0.09 * 3.2e6, rel=0.1)
    assert set(answer.urgency) == {"113", "116117"}
    assert "forwarded" in answer.weeks


def test_a_merged_centre_still_gets_them() -> None:
    merged = {"merges": [{"name": "AMK Vest", "centres": ["AMK Bergen", "AMK Fonna"]}]}
    streams = country_of(NORWAY, Planning.model_validate({**merged, "triage": {"116117": "arendal"}})).streams
    assert "AMK Vest/forwarded" in {s.name for s in streams}


def test_an_unknown_card_is_named_and_one_must_be_whole() -> None:
    with pytest.raises(NoAnswer, match="did you mean 'arendal'"):
        country_of(NORWAY, Planning(triage={"116117": "arendall"}))
    with pytest.raises(ValueError, match="1 together"):
        TriageCard(acute=0.5, urgent=0.6, ordinary=0.1, source="A")
