"""Every way to match a score costs the same but for a constant, and every one finds the score."""

import math

import numpy as np
import pytest
import torch

from diffviz.config import ConfigError
from diffviz.networks import MLP
from diffviz.objectives import (
    OBJECTIVES,
    TARGETS,
    Denoising,
    Explicit,
    FiniteDifferenceSliced,
    Hyvarinen,
    OneLevelDenoising,
    Sliced,
)
from diffviz.objectives.time_samplers import OneLevelTimes
from diffviz.protocols import Array
from diffviz.schedules import Cosine, GeometricVE
from diffviz.scores.mixture import MixtureScore
from diffviz.training.loop import TrainingConfig, TrainState, training_steps
from tests.objectives.reference_ring import RING

torch.set_num_threads(1)
SCHEDULE = Cosine()
KNOWN = MixtureScore(SCHEDULE, RING)


def network(seed: int, shape: tuple[int, ...] = (2,)) -> torch.nn.Module:
    """A network whose answers are far from zero, the farther the larger the seed."""
    made = MLP(width=16, depth=2, x_features=4).build(shape, seed)
    with torch.no_grad():
        for weight in made.parameters():
            weight += 0.15 * (1 + 2 * seed) * torch.randn(weight.shape, generator=torch.Generator().manual_seed(seed))
    return made.double()


def draws(count: int) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(3)
    t = 0.15 + 0.8 * torch.rand(count, generator=generator, dtype=torch.float64)
    eps = torch.randn(count, 2, generator=generator, dtype=torch.float64)
    return torch.from_numpy(RING.draw(count, 5)), t, eps


def costs(objective, made: torch.nn.Module, count: int) -> Array:
    """What each of the same draws adds to an objective, weighted, (count,)."""
    x0, t, eps = draws(count)
    batch = objective.make_batch(SCHEDULE, x0, t, eps, torch.Generator().manual_seed(1), KNOWN)
    error = objective.loss(made, SCHEDULE, batch, ()).error
    return (error * batch.weight).detach().numpy()


@pytest.mark.parametrize(
    "objective",
    [
        *(Denoising(slug) for slug in TARGETS),
        Hyvarinen("score"),
        Sliced("score"),
        FiniteDifferenceSliced("score", step=0.01),
    ],
    ids=lambda o: f"{type(o).__name__}-{o.target}",
)
def test_it_is_explicit_score_matching_plus_a_constant(objective):
    """Of two networks, denoising and implicit losses differ by as much as explicit ones do: within the standard error,
    on common draws, which is far below the difference itself."""
    explicit, count = Explicit(objective.target), 20_000
    one, other = network(0), network(1)
    explicitly = costs(explicit, one, count) - costs(explicit, other, count)
    so = costs(objective, one, count) - costs(objective, other, count)
    gap = so - explicitly
    error = gap.std() / count**0.5
    assert abs(gap.mean()) < 4 * error
    assert abs(explicitly.mean()) > 10 * error


@pytest.mark.parametrize("kind", [Hyvarinen, Sliced, FiniteDifferenceSliced])
def test_the_divergence_of_a_known_score(kind):
    """A network that answers sigma s = -sigma M x, M symmetric, has sigma² div s = -sigma² tr M."""

    class Linear(torch.nn.Module):
        matrix = torch.tensor([[0.7, 0.2], [0.2, -0.4]], dtype=torch.float64)

        def forward(self, x, t):
            return -SCHEDULE.sigma(t)[:, None] * (x @ self.matrix)  # the scale of a VP schedule is 1

    x0, t, eps = draws(4_000)
    objective = kind("score")
    batch = objective.make_batch(SCHEDULE, x0, t, eps, torch.Generator().manual_seed(1))
    error = objective.loss(Linear(), SCHEDULE, batch, ()).error
    sigma2 = SCHEDULE.sigma(t) ** 2
    expected = sigma2 * ((batch.x @ Linear.matrix).square().sum(1) - 2 * 0.3) / 2
    slack = 0.0 if kind is Hyvarinen else 0.05  # along random signs only the diagonal and its like remain
    assert float((error - expected).mean().detach()) == pytest.approx(0, abs=slack + 1e-9)


@pytest.mark.parametrize("slug", [slug for slug in OBJECTIVES if slug != "hybrid"])
def test_every_objective_sends_a_gradient_to_every_weight(slug):
    """Through the double backward pass too, where there is one. The last biases add nothing to a divergence, but to
    |s|²."""
    made, objective = network(2), OBJECTIVES[slug]()
    x0, t, eps = draws(64)
    batch = objective.make_batch(SCHEDULE, x0, t, eps, torch.Generator().manual_seed(1), KNOWN)
    objective.loss(made, SCHEDULE, batch, ()).value.backward()
    for weight in made.parameters():
        assert weight.grad is not None and torch.isfinite(weight.grad).all() and weight.grad.abs().sum() > 0


def test_the_double_backward_pass_is_the_derivative_of_the_loss():
    made, objective = network(4), Hyvarinen("v")
    x0, t, eps = draws(32)
    batch = objective.make_batch(SCHEDULE, x0, t, eps)
    objective.loss(made, SCHEDULE, batch, ()).value.backward()
    weight = next(made.parameters())
    slope, step = float(weight.grad[0, 0]), 1e-5
    ends = []
    for sign in (1, -1):
        with torch.no_grad():
            weight[0, 0] += sign * step
        ends.append(objective.loss(made, SCHEDULE, batch, ()).value.item())
        with torch.no_grad():
            weight[0, 0] -= sign * step
    assert slope == pytest.approx((ends[0] - ends[1]) / (2 * step), rel=1e-5, abs=1e-9)


def test_an_exact_divergence_of_an_image_is_refused():
    x = torch.zeros(2, 1, 28, 28)
    batch = Hyvarinen().make_batch(SCHEDULE, x, torch.tensor([0.3, 0.6]), x)
    with pytest.raises(ConfigError, match="sliced"):
        Hyvarinen().loss(network(0, (1, 28, 28)).float(), SCHEDULE, batch, ())


def test_explicit_score_matching_needs_a_known_score():
    with pytest.raises(ConfigError, match="known"):
        next(training_steps(TrainingConfig(objective=Explicit()), np.zeros((4, 2)), 0))


@pytest.mark.slow
@pytest.mark.parametrize("sigma", [0.2, 0.5])
@pytest.mark.parametrize("kind", [OneLevelDenoising, Hyvarinen, Sliced, FiniteDifferenceSliced])
def test_the_score_of_the_ring_noised_to_one_level_is_recovered(kind, sigma):
    """sqrt(E|s_theta - s|² / E|s|²) < 0.1, the network seeing nothing but the points."""
    schedule = GeometricVE()
    lam = -math.log(sigma)
    settings = TrainingConfig(
        batch=512,
        steps=800,
        decay="cosine",
        schedule=schedule,
        objective=kind("score", times=OneLevelTimes(lam)),
    )
    *_, last = training_steps(settings, RING.draw(50_000, 0), 0)
    model = TrainState(settings, (2,), 0).load(last.weights)
    fresh = RING.draw(8_000, 7) + sigma * np.random.default_rng(1).standard_normal((8_000, 2))
    x, t = torch.tensor(fresh, dtype=torch.float32), float(schedule.time_of(lam))
    exact = MixtureScore(schedule, RING).predict(x, t).score
    off = (model.predict(x, t).score - exact).square().sum() / exact.square().sum()
    assert float(off.sqrt()) < 0.1


@pytest.mark.slow
def test_the_score_of_the_ring_is_learned_at_every_level():
    """sigma² E|s_theta - s|², a mean over lambda in [-4, 4], at most 0.003 with the defaults."""
    settings = TrainingConfig(steps=2_600, decay="cosine")
    *_, last = training_steps(settings, RING.draw(50_000, 0), 0)
    model, errors = TrainState(settings, (2,), 0).load(last.weights), []
    for k, lam in enumerate(np.linspace(-4, 4, 33)):
        t = float(SCHEDULE.time_of(lam))
        noise = np.random.default_rng(k).standard_normal((2_000, 2))
        noised = SCHEDULE.alpha(t) * RING.draw(2_000, 100 + k) + SCHEDULE.sigma(t) * noise
        x = torch.tensor(noised, dtype=torch.float32)
        off = SCHEDULE.sigma(t) * (model.predict(x, t).score - KNOWN.predict(x, t).score)
        errors.append(float(off.square().sum(1).mean()))
    assert np.mean(errors) < 0.003
