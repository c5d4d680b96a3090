"""Learned steps as a grid, as what the network is told, and as a file."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from diffviz.config import ConfigError
from diffviz.data import GaussianMixture
from diffviz.noise import WhiteNoise
from diffviz.samplers import PROBABILITY_FLOW_SAMPLERS, sample
from diffviz.schedules import SCHEDULES, Cosine
from diffviz.scores.counted import CountedScore
from diffviz.scores.mixture import MixtureScore
from diffviz.timesteps import LearnedSteps, RetimedScore

STEPS = LearnedSteps((0.2, 0.5, 0.6), (0.4, -0.3, 0.0, 1.0))
TWO = GaussianMixture(np.array([0.4, 0.6]), np.array([[-1.0, 0.2], [0.8, -0.4]]), np.stack([0.2 * np.eye(2)] * 2))


@pytest.mark.parametrize("slug", SCHEDULES)
def test_learned_steps_are_a_grid_of_any_schedule_at_the_learned_shares_of_lambda(slug: str) -> None:
    schedule = SCHEDULES[slug]()
    lam = schedule.lam(STEPS.grid.times(schedule, STEPS.steps))
    assert np.allclose((lam - lam[0]) / (lam[-1] - lam[0]), [0, 0.2, 0.5, 0.6, 1], atol=1e-6)
    assert np.allclose(STEPS.levels(schedule), lam, atol=1e-6)
    told = STEPS.told(schedule)
    assert np.allclose(told, (lam[:-1] + STEPS.shifts).clip(lam[0], lam[-1]), atol=1e-6)


def test_the_network_is_told_the_learned_level_and_its_noise_is_kept() -> None:
    schedule, model = Cosine(), MixtureScore(Cosine(), TWO)
    retimed = STEPS.retimed(model)
    x = WhiteNoise(0, (5, 2), torch.float64).initial()
    for lam, told in zip(STEPS.levels(schedule)[:-1], STEPS.told(schedule), strict=True):
        at = float(schedule.time_of(lam))
        prediction = retimed.predict(x, at)
        assert torch.allclose(prediction.eps, model.predict(x, float(schedule.time_of(told))).eps, atol=1e-9)
        assert torch.allclose(float(schedule.alpha(at)) * prediction.x0 + float(schedule.sigma(at)) * prediction.eps, x)
        together = retimed.predict(x, torch.full((5,), at, dtype=torch.float64))
        assert torch.allclose(together.eps, prediction.eps, atol=1e-9)


def test_without_shifts_the_model_is_the_very_one() -> None:
    model = MixtureScore(Cosine(), TWO)
    assert LearnedSteps((0.5,), (0.0, 0.0)).retimed(model) is model


@pytest.mark.parametrize("slug", PROBABILITY_FLOW_SAMPLERS)
def test_every_sampler_of_the_flow_runs_on_learned_steps(slug: str) -> None:
    counted = CountedScore(MixtureScore(Cosine(), TWO))
    sampler, x = PROBABILITY_FLOW_SAMPLERS[slug](), WhiteNoise(1, (4, 2), torch.float64).initial()
    run = sample(sampler, STEPS.retimed(counted), x, STEPS.grid.times(Cosine(), 4), WhiteNoise(1, (4, 2)))
    assert run.final.isfinite().all() and counted.nfe == run.nfe


def test_a_file_gives_back_every_digit(tmp_path: Path) -> None:
    steps = LearnedSteps((1 / 3, 2 / 3), (0.1, -1e-17, np.pi))
    steps.save(tmp_path / "steps.json")
    assert LearnedSteps.load(tmp_path / "steps.json") == steps


@pytest.mark.parametrize("text", ["", "{}", "[1]", '{"shares": [0.5], "shifts": "ab"}', '{"shares": 1, "shifts": 2}'])
def test_a_file_of_something_else_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "steps.json"
    path.write_text(text)
    with pytest.raises(ConfigError, match=r"steps\.json holds no learned steps\."):
        LearnedSteps.load(path)


def test_steps_that_fall_back_or_are_too_few_are_refused() -> None:
    with pytest.raises(ConfigError, match="must rise"):
        LearnedSteps((0.6, 0.5), (0.0, 0.0, 0.0))
    with pytest.raises(ConfigError, match="one finite shift more"):
        LearnedSteps((0.5,), (0.0,))
    with pytest.raises(ConfigError, match="rising noise levels"):
        RetimedScore(MixtureScore(Cosine(), TWO), np.array([1.0, 0.0]), np.array([1.0, 0.0]))
