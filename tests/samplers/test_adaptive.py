"""An adaptive solver always ends: what it cannot do is one sentence."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import pytest
import torch
from torch import Tensor

from diffviz.config import ConfigError
from diffviz.grids import UniformLogSNR
from diffviz.noise import WhiteNoise
from diffviz.prediction import Prediction
from diffviz.protocols import Schedule, ScoreModel
from diffviz.samplers import DOP853, RK45, prior, sample
from diffviz.samplers.adaptive import MOST_CALLS, AdaptiveSampler
from diffviz.schedules import LinearVP
from diffviz.trajectory import Trajectory

SINGLE = torch.finfo(torch.float32).eps


def _run(sampler: AdaptiveSampler, model: ScoreModel, dtype: torch.dtype = torch.float32) -> Trajectory:
    noise = WhiteNoise(0, (8, 2), dtype)
    return sample(sampler, model, prior(model.schedule, noise), UniformLogSNR().times(model.schedule, 1), noise)


@dataclass
class Restless:
    """Answers that jump from call to call, so that no step is ever short enough; `last` stands in for one of them."""

    last: float = 1.0
    at: int = 0
    schedule: Schedule = field(default_factory=LinearVP)
    times: list[float] = field(default_factory=list)

    def predict(self, x: Tensor, t: float) -> Prediction:
        """1 and -1 by turns."""
        self.times.append(t)
        eps = torch.full_like(x, self.last if len(self.times) == self.at else (-1.0) ** len(self.times))
        return Prediction.of_eps(x, float(self.schedule.alpha(t)), float(self.schedule.sigma(t)), eps)


@pytest.mark.parametrize("sampler", [RK45(1e-6), DOP853(1e-6)], ids=lambda s: s.title)
def test_the_calls_are_capped(sampler: AdaptiveSampler) -> None:
    model = Restless()
    with pytest.raises(ConfigError, match=f"after {MOST_CALLS:,} network calls: it needs a larger tolerance") as caught:
        _run(sampler, model)
    assert len(model.times) == MOST_CALLS and str(caught.value).startswith(sampler.title)


@pytest.mark.parametrize("answer", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize("at", [1, 2, 3, 20])
@pytest.mark.parametrize("sampler", [RK45(), DOP853()], ids=lambda s: s.title)
def test_an_answer_that_is_not_finite_is_the_last(sampler: AdaptiveSampler, at: int, answer: float) -> None:
    model = Restless(answer, at)
    with pytest.raises(ConfigError) as caught:
        _run(sampler, model)
    assert len(model.times) == at
    assert str(caught.value) == (
        f"{sampler.title} gave up at t = {model.times[-1]:.3g}: the model's answer there is not finite."
    )


@pytest.mark.parametrize("kind", [RK45, DOP853])
def test_the_number_type_says_how_fine_a_tolerance_may_be(kind: type[AdaptiveSampler], reference: Any) -> None:
    """Single precision resolves 1.2e-7, double all that can be asked for; neither nears the cap where it may run."""
    model = reference.model
    for finer in (1e-12, 0.99 * SINGLE):
        unasked = Restless()
        with pytest.raises(ConfigError, match=r"must be at least 1\.2e-07 for numbers of this precision\.$"):
            _run(kind(finer), unasked)
        assert unasked.times == []
        assert _run(kind(finer), model, torch.float64).nfe < MOST_CALLS / 2
    assert _run(kind(1.01 * SINGLE), model).nfe < MOST_CALLS / 2
    with pytest.raises(ConfigError, match="tolerance must be between"):
        kind(0.9e-12)
