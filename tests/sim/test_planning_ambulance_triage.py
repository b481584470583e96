"""What video changes: raised, lowered, spared; and comparisons on common random numbers."""

import numpy as np
import pytest
from ambulance_area_rig import SEED, changed, midt, norway, replicated_figures, worked
from scipy.stats import ttest_rel

from draws import uniforms
from sim.planning.ambulance.comparison import AT_LEAST, Design, enough, figures, replicated
from sim.planning.ambulance.demand import Demand, calls_of
from sim.planning.ambulance.policies import HomeStation
from sim.planning.ambulance.question import AmbulancePlanning
from sim.planning.ambulance.telling import tell_area
from sim.planning.ambulance.triage import Codes, Draws, TriageTable, load_triage, misjudged
from sim.planning.ambulance.urgency import TOLD, Urgency
from sim.planning.intervals import LOOK_AHEAD, half_width

TRIAGE = load_triage()


def test_the_confusion_matrix_gives_linderoth_s_shares() -> None:
    assert TRIAGE.condition_share(more_critical=True) == pytest.approx(0.129, abs=0.001)
    assert TRIAGE.condition_share(more_critical=False) == pytest.approx(0.382, abs=0.001)
    both = TRIAGE.condition_share(more_critical=True) + TRIAGE.condition_share(more_critical=False)
    assert both * TRIAGE.response_follows.value == pytest.approx(0.275, abs=0.001)


def test_draws_follow_the_table() -> None:
    number = np.arange(60_000, dtype=np.uint64)
    told, need = TRIAGE.told_and_needed(uniforms(1, "told", number), uniforms(1, "need", number))
    after = TRIAGE.after_video(told, need, uniforms(1, "shown", number))
    assert (told == Urgency.ACUTE).mean() == pytest.approx(TRIAGE.told["acute"], abs=0.01)
    assert (need[told == Urgency.NONE] == Urgency.NONE).mean() == pytest.approx(
        TRIAGE.needed["none"]["none"], abs=0.015
    )
    other = after != told
    assert (after[other] == need[other]).all()
    assert other.mean() == pytest.approx(0.275 * TRIAGE.video_succeeds.value, abs=0.006)


def test_who_gets_video_at_4_percent_gets_it_at_10_and_nothing_else_changes() -> None:
    few, many = (
        calls_of(midt(), Demand.of(norway(), video_share=share), SEED, 0, 200) for share in (0.04, 0.1)
    )
    assert (many.video | ~few.video).all()
    assert few.video.sum() < many.video.sum()
    assert (few.urgency[few.video] == many.urgency[few.video]).all()
    assert (few.urgency[~many.video] == many.urgency[~many.video]).all()
    for column in ("at_s", "need", "scene_s", "drive_factor"):
        assert (getattr(few, column) == getattr(many, column)).all()


def test_more_video_spares_and_raises_missions_and_mends_what_was_misjudged() -> None:
    designs = [
        Design(f"{share}", midt(), Demand.of(norway(), video_share=share), HomeStation())
        for share in (0.04, 0.8)
    ]
    few, many = replicated_figures(*designs, replications=3, days=12)
    more = {name: many[name].less(few[name]) for name in few}
    assert more["spared"].mean > more["spared"].half
    assert more["raised"].mean > 0
    assert more["lowered"].mean > more["raised"].mean
    assert more["acute_s_mean"].half > 0
    for name in ("sent_too_little", "sent_too_much"):
        assert more[name].mean < -more[name].half


def test_the_confusion_matrix_counts_every_call_before_and_after_video() -> None:
    year = tell_area(midt(), Demand.of(norway(), video_share=1.0), HomeStation(), SEED, 0, 20)
    for counted in (year.told, year.sent):
        assert sum(sum(needs.values()) for needs in counted.values()) == year.calls
    for need in TOLD:  # video changes what is found, not what is needed
        assert sum(year.told[found][need] for found in TOLD) == sum(year.sent[found][need] for found in TOLD)
    assert all(year.sent[found][found] > year.told[found][found] for found in TOLD)
    assert misjudged(year.told, too_little=True) - misjudged(year.sent, too_little=True) == year.raised
    assert misjudged(year.told, too_little=False) - misjudged(year.sent, too_little=False) == (
        year.lowered + year.spared
    )


def test_the_spared_need_no_ambulance_and_none_comes() -> None:
    calls, ledger = worked(midt(), 60, demand=Demand.of(norway(), video_share=1.0))
    spared = (calls.told != Urgency.NONE) & (calls.urgency == Urgency.NONE)
    assert spared.any()
    assert (calls.need[spared] == Urgency.NONE).all()
    assert (ledger.vehicle[spared] == -1).all()


def test_a_year_counts_each_change_once() -> None:
    demand = Demand.of(norway(), video_share=1.0)
    area = changed(midt(), warm_up_days=0)
    year, calls = tell_area(area, demand, HomeStation(), SEED, 0, 10), calls_of(area, demand, SEED, 0, 10)
    assert year.raised + year.lowered + year.spared == (calls.urgency != calls.told).sum()
    assert year.spared == ((calls.told != Urgency.NONE) & (calls.urgency == Urgency.NONE)).sum()
    assert year.videos == year.calls


class Stubborn:
    """A triage of one's own: voice finds all urgent, no video changes that."""

    def told_and_needed(self, u_told: Draws, u_need: Draws) -> tuple[Codes, Codes]:
        urgent = np.full(len(u_told), Urgency.URGENT, np.int8)
        return urgent, urgent

    def after_video(self, told: Codes, need: Codes, u: Draws) -> Codes:
        return told


def test_another_triage_plugs_in() -> None:
    year = tell_area(midt(), Demand.of(norway(), Stubborn()), HomeStation(), SEED, 0, 5)
    assert year.by_urgency["urgent"].missions > 0
    assert year.by_urgency["acute"].missions == year.spared == year.raised == 0


def test_a_row_that_does_not_sum_to_one_is_named() -> None:
    table = TRIAGE.model_dump()
    table["needed"]["urgent"]["none"] += 0.1
    with pytest.raises(ValueError, match=r"needed\.urgent sum to 1\.1"):
        TriageTable.model_validate(table)


def test_a_design_against_itself_differs_in_nothing() -> None:
    design = Design("same", midt(), Demand.of(norway()), HomeStation())
    one, two = replicated_figures(design, design, replications=2, days=2)
    assert one == two


def test_the_interval_is_the_paired_t_interval() -> None:
    demands = [Demand.of(norway(), growth=growth) for growth in (1.0, 1.2)]
    told = [[tell_area(midt(), d, HomeStation(), SEED, r, 3) for r in range(4)] for d in demands]
    fewer, more = figures(told)
    effect = more["urgent_s_mean"].less(fewer["urgent_s_mean"])
    a, b = ([year.by_urgency["urgent"].mean_s for year in years] for years in told)
    low, high = ttest_rel(b, a).confidence_interval(0.95)
    assert (effect.mean - effect.half, effect.mean + effect.half) == pytest.approx((low, high))


def test_replications_go_on_until_the_share_within_the_goal_is_known() -> None:
    design = Design("home", midt(), Demand.of(norway()), HomeStation())
    rough, fine = (
        replicated([design], SEED, AmbulancePlanning(days=14, precision=precision))
        for precision in (0.2, 0.015)
    )
    assert len(rough[0]) == AT_LEAST + LOOK_AHEAD < len(fine[0]) < 100
    assert fine[0][: len(rough[0])] == rough[0]
    assert half_width([year.within_goal() or 0.0 for year in fine[0]]) < 0.015
    alike = [rough[0][0]] * 8
    assert (enough([alike], 0.001), enough([alike, rough[0]], 0.001)) == (AT_LEAST, None)
