"""A model that breaks ends no sampler late and none quietly: the call is counted, the end is plainly diverged."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
import pytest
import torch
from torch import Tensor

from diffviz.config import ConfigError
from diffviz.grids import UniformLogSNR
from diffviz.noise import WhiteNoise
from diffviz.prediction import Prediction
from diffviz.protocols import Schedule
from diffviz.samplers import SAMPLERS, prior, sample
from diffviz.samplers.adaptive import MOST_CALLS
from diffviz.schedules import Cosine
from diffviz.scores.empirical import EmpiricalScore

STEPS = 6
POINTS = torch.randn(5, 2, generator=torch.Generator().manual_seed(7))


@dataclass
class Broken:
    """An exact score whose noise is `answer` at the call `at`, or from there on."""

    answer: float
    at: int
    once: bool
    schedule: Schedule = field(default_factory=Cosine)
    calls: int = 0

    def predict(self, x: Tensor, t: float) -> Prediction:
        """Counted, so that a loop without end is an error of the test."""
        self.calls += 1
        assert self.calls <= MOST_CALLS
        whole = EmpiricalScore(self.schedule, POINTS).predict(x, t)
        if self.calls < self.at or (self.once and self.calls > self.at):
            return whole
        eps = torch.full_like(x, self.answer)
        return Prediction.of_eps(x, float(self.schedule.alpha(t)), float(self.schedule.sigma(t)), eps)


@pytest.mark.parametrize("once", [True, False], ids=["once", "always"])
@pytest.mark.parametrize("at", [1, 3])
@pytest.mark.parametrize("answer", [math.nan, math.inf, 1e30])
@pytest.mark.parametrize("slug", SAMPLERS)
def test_every_sampler_ends_and_what_it_ends_with_is_plainly_diverged(
    slug: str, answer: float, at: int, once: bool
) -> None:
    sampler, model, noise = SAMPLERS[slug](), Broken(answer, at, once), WhiteNoise(3, (4, 2))
    try:
        ended = sample(
            sampler, model, prior(model.schedule, noise), UniformLogSNR().times(model.schedule, STEPS), noise
        )
    except ConfigError as error:
        assert sampler.adaptive and str(error).startswith(sampler.title) and str(error).endswith(".")
        return
    assert sampler.adaptive or ended.nfe == model.calls == sampler.calls(STEPS)
    final = ended.final.double().numpy()
    assert not np.isfinite(final).all() or np.abs(final).max() > 1e6, final


@pytest.mark.filterwarnings("ignore:invalid value:RuntimeWarning")
@pytest.mark.parametrize("answer", [math.nan, math.inf, 1e30])
@pytest.mark.parametrize("slug", [slug for slug, kind in SAMPLERS.items() if kind.measures])
def test_a_sampler_fitted_to_a_broken_model_ends_too(slug: str, answer: float) -> None:
    model, noise = Broken(answer, 1, once=False), WhiteNoise(3, (4, 2))
    sampler = SAMPLERS[slug]().fitted(model, POINTS, seed=0)
    ended = sample(sampler, model, prior(model.schedule, noise), UniformLogSNR().times(model.schedule, STEPS), noise)
    assert not np.isfinite(ended.final.numpy()).all() or float(ended.final.abs().max()) > 1e6
