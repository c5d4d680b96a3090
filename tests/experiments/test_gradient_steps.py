"""Training step by step is training: the same batches, the same weights; and its arrows are the loss."""

from __future__ import annotations

from itertools import islice

import numpy as np
import pytest
import torch

from diffviz.experiments.gradient_steps import (
    ARROWS,
    BATCH,
    LOOKED_AT,
    POSSIBLE,
    GradientStepsConfig,
    Walk,
    follow_gradient_steps,
)
from diffviz.networks.targets import TARGETS
from diffviz.schedules import Cosine
from diffviz.training.loop import TrainState, training_steps

STEPS = 7


@pytest.mark.parametrize("target", TARGETS)
def test_as_many_presses_as_steps_give_the_weights_and_losses_of_an_ordinary_run(target: str) -> None:
    config = GradientStepsConfig(target=target, seed=3, step=STEPS)
    walk = Walk(config)
    for pressed in range(1, STEPS + 1):
        made = walk.to(pressed)
    ordinary = list(islice(training_steps(config.training, walk.points, config.seed), STEPS))
    *_, last = islice(training_steps(config.training, walk.points, config.seed), STEPS)
    assert last.capture is not None and torch.equal(walk.weights, last.capture().weights)
    assert not torch.equal(walk.weights, last.weights)  # those are averaged
    np.testing.assert_allclose([s.loss(s.before) for s in made], [p.loss for p in ordinary], rtol=2e-5)


def test_the_catalogue_of_targets_has_an_arrow_each() -> None:
    assert set(ARROWS) == set(TARGETS)


@pytest.mark.parametrize("target", TARGETS)
def test_a_batch_is_training_points_and_their_noise(target: str) -> None:
    config = GradientStepsConfig(target=target, step=2)
    result = follow_gradient_steps(config)
    step, schedule = result.shown, Cosine()
    alpha, sigma = schedule.alpha(step.t)[:, None], schedule.sigma(step.t)[:, None]
    np.testing.assert_allclose(alpha * step.x0 + sigma * step.eps, step.x, atol=1e-5)
    nearest = np.linalg.norm(step.x0[:, None] - result.points, axis=-1).min(1)
    seen = alpha[:, 0] > 0.05  # where the noise is all, it says x_0 no more to single precision
    assert seen.sum() > BATCH - 3 and nearest[seen].max() < 1e-4


@pytest.mark.parametrize("target", TARGETS)
def test_the_other_targets_of_a_point_have_the_exact_answer_as_their_mean(target: str) -> None:
    step = follow_gradient_steps(GradientStepsConfig(target=target, step=1)).shown
    spread = step.possible.std(0)
    assert step.possible.shape == (POSSIBLE, 2)
    assert (np.abs(step.possible.mean(0) - step.mean[LOOKED_AT]) < 4 * spread / POSSIBLE**0.5).all()
    assert (spread > 0.1).all()


def test_one_more_step_goes_on_and_back_makes_nothing_anew() -> None:
    config = GradientStepsConfig(step=4)
    walk = Walk(config)
    third, fourth = walk.to(3), walk.to(4)
    assert [id(s) for s in fourth[:3]] == [id(s) for s in third]
    weights = walk.weights
    again = follow_gradient_steps(config, walk)
    assert walk.weights is weights and again.shown is fourth[-1] and len(again.losses) == 4
    afresh = follow_gradient_steps(config)
    assert all(np.array_equal(a, b) for a, b in zip(afresh.shown, again.shown, strict=True))


def test_before_the_first_step_the_network_is_as_it_began() -> None:
    config = GradientStepsConfig()
    result, state = follow_gradient_steps(config), TrainState(config.training, (2,), config.seed)
    with torch.no_grad():
        output = state.network.forward(torch.tensor(result.shown.x).float(), torch.tensor(result.shown.t).float())
    np.testing.assert_allclose(result.shown.before, -output.numpy(), atol=1e-6)
    assert result.shown.after is result.shown.before and len(result.losses) == 1
