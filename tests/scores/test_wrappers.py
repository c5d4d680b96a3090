"""Wrappers around a model: counting, recording, clipping, thresholding."""

import pytest
import torch

from diffviz.config import ConfigError
from diffviz.grids import UniformLogSNR
from diffviz.noise import WhiteNoise
from diffviz.protocols import ScoreModel
from diffviz.samplers import DDIM, SAMPLERS, prior, sample
from diffviz.schedules import LinearVP
from diffviz.scores.clipped import ClippedScore, ThresholdedScore
from diffviz.scores.counted import CountedScore
from diffviz.scores.empirical import EmpiricalScore
from diffviz.scores.recorded import RecordedScore

SCHEDULE = LinearVP()
POINTS = torch.randn(40, 1, 4, 4, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
MODEL = EmpiricalScore(SCHEDULE, POINTS)
NOISE = WhiteNoise(0, (5, 1, 4, 4), torch.float64)


@pytest.mark.parametrize("slug", SAMPLERS)
def test_what_is_recorded_is_what_is_counted(slug):
    """For every sampler the recording holds one call for each evaluation, in the order they were made."""
    recorded = RecordedScore(MODEL)
    run = sample(SAMPLERS[slug](), recorded, prior(SCHEDULE, NOISE), UniformLogSNR().times(SCHEDULE, 5), NOISE)
    assert len(recorded.calls) == run.nfe
    for call in recorded.calls:
        again = MODEL.predict(call.x, call.t)
        torch.testing.assert_close(again.x0, call.prediction.x0, rtol=0, atol=1e-12)


@pytest.mark.parametrize("wrap", [ClippedScore, ThresholdedScore, RecordedScore, CountedScore])
def test_a_wrapper_is_a_score_model_whose_views_agree(wrap):
    model = wrap(MODEL)
    assert isinstance(model, ScoreModel) and model.schedule is SCHEDULE
    x, t = prior(SCHEDULE, NOISE), 0.4
    found = model.predict(x, t)
    torch.testing.assert_close(SCHEDULE.alpha(t) * found.x0 + SCHEDULE.sigma(t) * found.eps, x)


def test_clipped_samples_stay_in_the_box_and_a_wide_box_changes_nothing():
    grid = UniformLogSNR().times(SCHEDULE, 30)
    inside = sample(DDIM(), ClippedScore(MODEL, -0.5, 0.5), prior(SCHEDULE, NOISE), grid, NOISE)
    assert float(inside.x0.abs().max()) <= 0.5 and float(inside.final.abs().max()) < 0.55
    free, wide = (
        sample(DDIM(), m, prior(SCHEDULE, NOISE), grid, NOISE).final for m in (MODEL, ClippedScore(MODEL, -9, 9))
    )
    torch.testing.assert_close(free, wide, rtol=0, atol=1e-9)


def test_thresholding_scales_each_sample_by_its_own_quantile():
    x = torch.zeros(2, 1, 4, 4, dtype=torch.float64)

    class Fixed:
        schedule = SCHEDULE

        def predict(self, x, t):
            from diffviz.prediction import Prediction

            x0 = torch.stack([torch.linspace(-4, 4, 16), torch.linspace(-0.5, 0.5, 16)]).double().reshape(2, 1, 4, 4)
            return Prediction.of_x0(x, SCHEDULE.alpha(t), SCHEDULE.sigma(t), x0)

    found = ThresholdedScore(Fixed(), quantile=1.0).predict(x, 0.5).x0
    torch.testing.assert_close(found[0].flatten(), torch.linspace(-1, 1, 16).double(), rtol=0, atol=1e-6)
    torch.testing.assert_close(found[1].flatten(), torch.linspace(-0.5, 0.5, 16).double(), rtol=0, atol=1e-6)
    half = ThresholdedScore(Fixed(), quantile=0.5).predict(x, 0.5).x0
    assert float(half[0].abs().max()) == 1.0 and int((half[0].abs() == 1).sum()) >= 8


def test_bounds_that_make_no_sense_are_refused():
    with pytest.raises(ConfigError, match="rise"):
        ClippedScore(MODEL, 1.0, -1.0)
    with pytest.raises(ConfigError, match="quantile"):
        ThresholdedScore(MODEL, quantile=1.5)
