"""The way from request to picture: its distribution is that of the drawn stages."""

import numpy as np
import pytest

pytest.importorskip("scipy", reason="the planning extra")

from draws import Lognormal, quarters_block, uniforms
from sim.nation import DATA, load_nation
from sim.planning.carriers import Subscribers, subscribers_of
from sim.planning.causes import CAUSES, SEEN, STAGES_OF
from sim.planning.chain import AT_ONCE, STAGES, Chain
from sim.planning.demand import chain_of
from sim.planning.way import way_of

NORWAY = load_nation("norway", DATA)


def test_the_sum_has_the_distribution_of_the_drawn_ways() -> None:
    chain, carriers = chain_of(NORWAY, "113"), subscribers_of(NORWAY)
    way, n = way_of(chain, carriers), 20_000
    ks = np.arange(n, dtype=np.uint64)
    draws, sms = quarters_block(3, "stages", "x", ks), uniforms(3, "sms", ks)
    whose = uniforms(3, "whose", ks)
    takes = np.array(
        [
            chain.moments_s(
                draws[:, k].tolist(), next(c for c in carriers if u < c.last).sms_s(float(sms[k]))
            )[-1]
            for k, u in enumerate(whose)
        ]
    )
    for limit_s in (15.0, 27.0, 60.0, 90.0, 300.0):
        share = way.share_within(limit_s)
        assert np.mean(takes <= limit_s) == pytest.approx(share, abs=3.3 * (share * (1 - share) / n) ** 0.5)
    assert way.quantile_s(0.5) == pytest.approx(np.median(takes), rel=0.02)


def test_moments_follow_each_other_and_no_time_is_no_time() -> None:
    before = (Lognormal(60.0, 0.7), Lognormal(3.0, 0.5), Lognormal(2.0, 0.5))
    after = (Lognormal(0.1, 0.5), Lognormal(12.0, 1.0), Lognormal(5.0, 0.5), Lognormal(2.8, 0.2))
    chain = Chain(*before, *after)
    assert chain.asked_s((0.5, 0.5, 0.5, 0.9)) == pytest.approx(65.0)
    moments = chain.moments_s((0.5, 0.5, 0.5, 0.5), 4.0)
    assert moments == pytest.approx((0.1, 4.1, 16.1, 21.1, 23.9))
    assert AT_ONCE.moments_s((0.1, 0.9, 0.5, 0.2), 0.0) == (0.0,) * len(STAGES)
    assert way_of(AT_ONCE, ()).share_within(0.0) == pytest.approx(1.0)


def test_a_late_sms_makes_the_way_late() -> None:
    late = (Subscribers("late", 0.0, 1.0, Lognormal(50.0, 0.0)),)
    way = way_of(AT_ONCE, late)
    assert (way.share_within(49.0), way.share_within(51.0)) == pytest.approx((0.0, 1.0))


def test_a_cause_lets_a_request_come_so_far() -> None:
    far = dict(zip(CAUSES, STAGES_OF, strict=False))
    assert far["refused_aloud"] == far["no_smartphone"] == 0
    assert STAGES[: far["sms_lost"]] == ("sent",)
    assert STAGES[: far["refused_on_page"]][-1] == "opened"
    assert STAGES[: far["network"]][-1] == "consented"
    assert STAGES_OF[SEEN] == len(STAGES)
