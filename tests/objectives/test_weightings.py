"""Weightings against the formulas of their papers, and the factor of those that are given over log SNR."""

import numpy as np
import pytest
import torch

from diffviz.networks.targets import TARGETS
from diffviz.objectives.base import level
from diffviz.objectives.weightings import (
    WEIGHTINGS,
    LamWeighting,
    Level,
    LikelihoodWeighting,
    MinSNRWeighting,
    ScoreWeighting,
    SigmoidWeighting,
    SNRPlusOneWeighting,
    TruncatedSNRWeighting,
)
from diffviz.schedules import SCHEDULES, Cosine

LAM_WEIGHTINGS = [kind for kind in WEIGHTINGS.values() if issubclass(kind, LamWeighting)]


def test_weights_of_the_papers():
    snr, slope = torch.tensor([0.1, 1.0, 10.0]), torch.tensor([2.0, 3.0, 4.0])
    at = Level(snr.sqrt(), torch.ones(3), slope)
    for weighting, weights in (
        (TruncatedSNRWeighting(), [1.0, 1.0, 10.0]),
        (SNRPlusOneWeighting(), [1.1, 2.0, 11.0]),
        (MinSNRWeighting(cap=5.0), [0.1, 1.0, 5.0]),
        (LikelihoodWeighting(), [0.2, 3.0, 40.0]),
    ):
        torch.testing.assert_close(weighting.on_x0(at), torch.tensor(weights))


def test_on_the_score_the_three_weights_are_one_sigma_squared_and_g_squared():
    """|s - s_hat|² = |eps - eps_hat|² / sigma²: the weight on the noise error is that on the score's over sigma²."""
    schedule, t = Cosine(), torch.linspace(0.05, 0.95, 20, dtype=torch.float64)
    at = level(schedule, t)
    for slug, on_score in (("score", torch.ones_like(t)), ("snr", at.sigma**2), ("likelihood", schedule.g2(t))):
        on_noise = WEIGHTINGS[slug]().on_output(TARGETS["eps"], at)
        torch.testing.assert_close(on_noise, on_score / at.sigma**2)


@pytest.mark.parametrize("schedule", [kind() for kind in SCHEDULES.values()], ids=lambda s: type(s).__name__)
@pytest.mark.parametrize("kind", LAM_WEIGHTINGS)
def test_over_time_a_weight_on_log_snr_integrates_to_its_integral_over_log_snr(kind, schedule):
    """Without the factor -d log SNR / dt the two differ on every schedule, as `bare` does."""
    t = torch.linspace(schedule.t_min, schedule.t_max, 200_001, dtype=torch.float64)
    at, weighting = level(schedule, t), kind()
    log_snr = 2 * schedule.lam(t)
    grid = torch.linspace(float(log_snr[-1]), float(log_snr[0]), 200_001, dtype=torch.float64)
    wanted = float(torch.trapezoid(weighting.over(grid), grid))
    over_time = float(torch.trapezoid(weighting.on_output(TARGETS["eps"], at), t))
    bare = float(torch.trapezoid(weighting.over(log_snr), t))
    assert over_time == pytest.approx(wanted, rel=2e-3)
    assert bare != pytest.approx(wanted, rel=0.5)


def test_over_the_cosine_schedule_the_factor_varies_manyfold():
    """So leaving it out is another weighting, not another learning rate."""
    lam = np.linspace(-4, 4, 81)
    slope = level(Cosine(), torch.from_numpy(Cosine().time_of(lam))).slope
    assert float(slope.max() / slope.min()) > 5


def test_the_score_s_own_error_counts_most_where_there_is_least_noise():
    at = level(Cosine(), torch.linspace(0.01, 0.99, 50))
    assert (ScoreWeighting().on_output(TARGETS["eps"], at).diff() < 0).all()
    assert (SigmoidWeighting().on_x0(at) > 0).all()
