"""Learning a consistency map: the closed form is reached, runs go on where they were interrupted, and settings hold."""

from __future__ import annotations

from dataclasses import replace
from itertools import islice

import numpy as np
import pytest
import torch

from diffviz.config import ConfigError
from diffviz.distillation.consistency import (
    RECIPES,
    Consistency,
    ConsistencyDistillation,
    ConsistencyProgress,
    ConsistencyTraining,
)
from diffviz.distillation.consistency_pairs import draw_pairs
from diffviz.networks import MLP, UNet
from diffviz.noise import WhiteNoise
from diffviz.objectives import Denoising
from diffviz.samplers import prior
from diffviz.schedules import Cosine
from diffviz.training.loop import TrainingConfig, TrainState, training_steps

POINTS = WhiteNoise(7, (2_000, 2)).initial() * 0.5 + torch.tensor([0.7, -0.4])
SMALL = TrainingConfig(batch=256, steps=400, decay="cosine", network=MLP(width=32, depth=2, x_features=8))
SHORT = {"batch": 64, "steps": 12}


@pytest.fixture(scope="module")
def teacher() -> TrainState:
    """A network that knows one Gaussian."""
    state = TrainState(SMALL, (2,), 0)
    *_, last = training_steps(SMALL, POINTS, 0)
    state.load(last.weights)
    return state


def error(settings: Consistency, teacher: TrainState) -> float:
    """Root mean square distance of one call from the end in closed form, over the spread of the data."""
    *_, last = settings.learn(teacher, POINTS, 0)
    noise, schedule = WhiteNoise(3, (2_000, 2)), Cosine()
    x = prior(schedule, noise)
    ends = settings.state(teacher, 0).load(last.weights).run(x, 1, noise).final
    alpha, sigma = float(schedule.alpha(schedule.t_max)), float(schedule.sigma(schedule.t_max))
    mean, spread = POINTS.mean(0), float(POINTS.std(0).mean())
    exact = mean + spread / np.hypot(alpha * spread, sigma) * (x - alpha * mean)
    return float((ends - exact).square().mean().sqrt()) / spread


@pytest.mark.parametrize(
    "settings",
    [
        ConsistencyDistillation(batch=64, steps=250, first=4, last=4, substeps=2),
        ConsistencyDistillation(batch=128, steps=200, first=4, last=8, solver="ddim", memory=0.5, distance="l2"),
        ConsistencyTraining(batch=128, steps=400, first=4, last=16),
    ],
    ids=["heun", "ddim-ema", "training"],
)
def test_one_call_comes_to_the_end_that_the_closed_form_of_a_gaussian_says(
    settings: Consistency, teacher: TrainState
) -> None:
    assert error(settings, teacher) < 0.35  # 0.1 to 0.25, the small teacher's own error among it
    assert error(replace(settings, steps=1), teacher) > 0.7


@pytest.mark.parametrize("memory", [0.0, 0.9])
@pytest.mark.parametrize("kind", [ConsistencyDistillation, ConsistencyTraining])
def test_a_training_that_was_interrupted_goes_on_as_if_it_had_not_been(
    kind: type[Consistency], memory: float, teacher: TrainState
) -> None:
    settings = kind(**SHORT, first=2, last=8, memory=memory)
    whole = list(settings.learn(teacher, POINTS, 1))
    assert [p.step for p in whole] == list(range(1, 13)) and whole[-1].steps == settings.total_steps == 12
    loop = settings.learn(teacher, POINTS, 1)
    *_, half = islice(loop, 6)
    assert half.capture is not None
    state = half.capture()
    assert (state.beside is not None) == bool(memory)
    resumed = list(settings.learn(teacher, POINTS, 1, resume=state))
    assert [p.step for p in resumed] == list(range(7, 13))
    assert torch.equal(resumed[-1].weights, whole[-1].weights) and resumed[-1].loss == whole[-1].loss
    *_, other = settings.learn(teacher, POINTS, 2)
    assert not torch.equal(other.weights, whole[-1].weights)


def test_a_state_begins_alike_for_a_seed_and_gives_its_tensors(teacher: TrainState) -> None:
    inherits, fresh = ConsistencyDistillation().state(teacher, 0), ConsistencyTraining().state(teacher, 0)
    assert torch.equal(inherits.initial, teacher.initial) and not torch.equal(fresh.initial, teacher.initial)
    assert torch.equal(fresh.initial, ConsistencyTraining().state(teacher, 0).initial)
    assert not torch.equal(fresh.initial, ConsistencyTraining().state(teacher, 1).initial)
    inherits.load(torch.zeros_like(inherits.initial))
    assert all(not inherits.tensors()[name].any() for name, _ in inherits.network.named_parameters())


@pytest.mark.parametrize("growth", ["root", "doubling"])
def test_paths_are_cut_ever_finer_from_the_first_number_to_the_last(growth: str) -> None:
    settings = ConsistencyTraining(steps=1_000, first=5, last=40, growth=growth)
    pieces = [settings.pieces(step) for step in range(1, 1_001)]
    assert pieces[0] == 5 and pieces[-1] == 40 and pieces == sorted(pieces)
    assert set(pieces) == ({5, 10, 20, 40} if growth == "doubling" else set(range(5, 41)))
    even = replace(settings, last=5)
    assert {even.pieces(step) for step in range(1, 1_001)} == {5}


def test_the_target_remembers_longer_where_paths_are_cut_finer_and_not_at_all_in_the_improved_recipe() -> None:
    settings = ConsistencyTraining(steps=100, first=2, last=64, memory=0.9)
    assert settings.target_memory(1) == pytest.approx(0.9)
    assert settings.target_memory(100) == pytest.approx(0.9 ** (2 / 64))
    improved = RECIPES["improved"]
    assert improved.target_memory(1) == 0 and improved.distance == "huber" and improved.levels == "lognormal"
    assert improved.growth == "doubling" and RECIPES["original"].memory > 0


def test_pairs_lie_within_the_schedule_a_piece_apart_and_log_normally_where_asked() -> None:
    schedule, settings = Cosine(), ConsistencyTraining(batch=4_096, steps=1, first=10, last=10, levels="lognormal")
    ((_, _, times),) = draw_pairs(settings, schedule, POINTS, 0)
    noisier, cleaner = times
    piece = (schedule.t_max - schedule.t_min) / 10
    assert float(cleaner.min()) == schedule.t_min and bool((noisier <= schedule.t_max).all())
    assert torch.allclose(noisier - cleaner, torch.clamp(noisier - schedule.t_min, max=piece))
    log_sigma = -schedule.lam(noisier)
    assert float(log_sigma.median()) == pytest.approx(-0.4, abs=0.05)
    assert float((log_sigma < 1.6).double().mean()) == pytest.approx(0.84, abs=0.02)


def test_what_it_cannot_learn_from_is_refused_in_a_sentence(teacher: TrainState) -> None:
    with pytest.raises(ConfigError, match="answers v"):
        ConsistencyTraining().state(TrainState(replace(SMALL, objective=Denoising("eps")), (2,), 0), 0)
    with pytest.raises(ConfigError, match="knows points of shape"):
        next(ConsistencyTraining().learn(teacher, torch.zeros(8, 3), 0))
    with pytest.raises(ConfigError, match="classifier"):
        next(ConsistencyTraining(distance="features").learn(teacher, POINTS, 0))
    with pytest.raises(ConfigError, match="ever finer"):
        ConsistencyTraining(first=8, last=4)


def test_images_are_learned_alike_also_by_the_features_of_a_classifier() -> None:
    state = TrainState(TrainingConfig(network=UNet(width=8, blocks=1)), (1, 8, 8), 0)
    images = WhiteNoise(0, (32, 1, 8, 8)).initial()
    settings = ConsistencyDistillation(batch=16, steps=2, distance="features", substeps=2, first=4, last=4)
    *_, last = settings.learn(state, images, 0, features=lambda x: x.flatten(1))
    assert isinstance(last, ConsistencyProgress) and last.finite and last.levels == 4
    noise = WhiteNoise(1, (3, 1, 8, 8))
    run = settings.state(state, 0).load(last.weights).run(prior(Cosine(), noise), 2, noise)
    assert run.final.shape == (3, 1, 8, 8) and run.nfe == 2
