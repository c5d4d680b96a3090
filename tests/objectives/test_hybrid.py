"""The learned variance: what it is learned from, and that it is the best one."""

import math

import numpy as np
import pytest
import torch

from diffviz.config import ConfigError
from diffviz.networks import MLP, VarianceMLP
from diffviz.noise import WhiteNoise
from diffviz.objectives import Denoising, Hybrid
from diffviz.samplers import DDPM, prior, sample
from diffviz.schedules import Cosine, time_at
from diffviz.scores.mixture import MixtureScore
from diffviz.training.loop import TrainingConfig, TrainState, training_steps
from tests.objectives.reference_ring import RING

torch.set_num_threads(1)
SCHEDULE, T = Cosine(), 50
MIXTURE = RING.affine(RING.normalisation)
# At the paper's share, 0.001, a thousand steps leave the last step's variance, of the largest divergence, unlearned.
SETTINGS = TrainingConfig(
    batch=512,
    steps=1_000,
    decay="cosine",
    network=VarianceMLP(),
    objective=Hybrid(share=0.1, steps=T),
    schedule=SCHEDULE,
)


@pytest.fixture(scope="module")
def model():
    *_, last = training_steps(SETTINGS, MIXTURE.draw(20_000, 0), 0)
    return TrainState(SETTINGS, (2,), 0).load(last.weights)


def batch_of(objective, count=64):
    generator = torch.Generator().manual_seed(0)
    x0 = torch.tensor(MIXTURE.draw(count, 1), dtype=torch.float32)
    t = torch.linspace(0.05, 0.95, count)
    return objective.make_batch(SCHEDULE, x0, t, torch.randn(count, 2, generator=generator))


def test_the_mean_learns_nothing_from_the_bound_and_the_variance_nothing_from_the_simple_loss():
    network = VarianceMLP(width=16, depth=2).build((2,), 0)
    last = network.weights[-1]
    with torch.no_grad():
        last.normal_(0, 0.1, generator=torch.Generator().manual_seed(1))
    gradients = []
    for share in (0.0, 1.0):
        last.grad = None
        objective = Hybrid(share=share)
        objective.loss(network, SCHEDULE, batch_of(objective), ()).value.backward()
        gradients.append(last.grad.clone())
    simple, both = gradients
    assert torch.equal(simple[:2], both[:2]) and simple[:2].abs().sum() > 0
    assert not simple[2:].any() and both[2:].abs().sum() > 0


def test_the_divergence_is_that_of_two_gaussians():
    """KL(N(m, beta-tilde) | N(m', beta^v beta-tilde^(1 - v))) by torch.distributions."""
    objective = Hybrid("eps", steps=20)
    batch = batch_of(objective)
    generator = torch.Generator().manual_seed(2)
    output, share = torch.randn(64, 2, generator=generator), torch.rand(64, 2, generator=generator)
    mine = objective.divergence(SCHEDULE, batch, output, share)
    t, s = batch.t, (batch.t - (SCHEDULE.t_max - SCHEDULE.t_min) / 20).clamp(min=SCHEDULE.t_min)
    alpha, sigma, alpha_s, sigma_s = (v[:, None] for at in (t, s) for v in (SCHEDULE.alpha(at), SCHEDULE.sigma(at)))
    ratio = alpha / alpha_s
    beta = sigma**2 - ratio**2 * sigma_s**2
    beta_tilde = beta * sigma_s**2 / sigma**2

    def mean(eps):
        return ratio * sigma_s**2 / sigma**2 * batch.x + alpha_s * beta / sigma**2 * (batch.x - sigma * eps) / alpha

    right = torch.distributions.Normal(mean(batch.target), beta_tilde.sqrt())
    learned = torch.distributions.Normal(mean(output), (beta**share * beta_tilde ** (1 - share)).sqrt())
    expected = torch.distributions.kl_divergence(right, learned).mean(1)
    whole = t >= SCHEDULE.t_min + (SCHEDULE.t_max - SCHEDULE.t_min) / 20
    torch.testing.assert_close(mine[whole], expected[whole], rtol=2e-3, atol=1e-4)
    assert not mine[~whole].any()


def steps():
    """Times and levels of every step of the chain, from noise to data."""
    times = time_at(SCHEDULE, np.linspace(1, 0, T + 1))
    return list(zip(times[:-1], times[1:], strict=True))


def variances(model, t, s, x):
    """beta-tilde, beta and the learned variance of a step, the last (B, D), and the weight of x_0 in its mean."""
    alpha_s, sigma_t, sigma_s = (float(v) for v in (SCHEDULE.alpha(s), SCHEDULE.sigma(t), SCHEDULE.sigma(s)))
    rate = -math.expm1(-2 * float(SCHEDULE.lam(s) - SCHEDULE.lam(t)))
    beta, beta_tilde = rate * sigma_t**2, rate * sigma_s**2
    share = model.predict(x, t).variance
    return beta_tilde, beta, beta_tilde * (beta / beta_tilde) ** share, alpha_s * rate


@pytest.mark.slow
def test_the_learned_variance_comes_near_the_optimum_and_beats_both_fixed_ones(model):
    """Within 10 % of beta-tilde + A² E tr Cov[x_0 | x_t] / d (Bao et al. 2022a, theorem 1); beta is 30 % above."""
    near, fixed, bound = [], [], dict.fromkeys(("learned", "small", "large"), 0.0)
    for k, (t, s) in enumerate(steps()):
        alpha, sigma = float(SCHEDULE.alpha(t)), float(SCHEDULE.sigma(t))
        eps = torch.from_numpy(np.random.default_rng(k).standard_normal((2_000, 2)))
        x0 = torch.from_numpy(MIXTURE.draw(2_000, 50 + k))
        x = (alpha * x0 + sigma * eps).float()
        small, large, learned, weight = variances(model, t, s, x)
        spread = MIXTURE.at(alpha, sigma).posterior_cov(x.double()).diagonal(dim1=1, dim2=2).sum(1).mean() / 2
        best = small + weight**2 * float(spread)
        if 0.05 < t < 0.8:
            near.append(float(learned.mean()) / best)
            fixed.append(large / best)
        missed = (weight * (x0 - model.predict(x, t).x0)).square()
        for name, value in (("learned", learned), ("small", torch.tensor(small)), ("large", torch.tensor(large))):
            bound[name] += float((0.5 * (torch.log(value / small) - 1 + (small + missed) / value)).sum(1).mean())
    assert np.abs(np.log(near)).max() < math.log(1.1), np.round(near, 3)
    assert max(fixed) > 1.25
    assert bound["learned"] < 0.98 * min(bound["small"], bound["large"]), bound


def test_ddpm_takes_the_learned_variance_where_there_is_one():
    state = TrainState(SETTINGS, (2,), 0)
    noise = WhiteNoise(0, (50, 2))
    start, grid = prior(SCHEDULE, noise), time_at(SCHEDULE, np.linspace(1, 0, 6))
    runs = {v: sample(DDPM(v), state.model, start, grid, noise) for v in ("small", "large", "learned")}
    assert runs["learned"].nfe == 5
    step = {name: run.x[1] for name, run in runs.items()}
    small, large, learned = (step[name] for name in ("small", "large", "learned"))
    assert not torch.equal(learned, small) and not torch.equal(learned, large)
    # Untrained, v is one half: the geometric mean of the two, drawn with the same noise around the same mean.
    z = noise.between(float(SCHEDULE.lam(grid[0])), float(SCHEDULE.lam(grid[1])))
    spread = (large - small) / z  # sqrt(beta) - sqrt(beta-tilde)
    ratio = float(SCHEDULE.sigma(grid[0]) / SCHEDULE.sigma(grid[1]))  # of the two roots
    root = spread / (ratio - 1)
    torch.testing.assert_close(learned - small, (ratio**0.5 - 1) * root * z, rtol=1e-3, atol=1e-5)
    exact = MixtureScore(SCHEDULE, MIXTURE)
    without = {v: sample(DDPM(v), exact, start, grid, noise).final for v in ("small", "learned")}
    torch.testing.assert_close(without["learned"], without["small"])


def test_the_hybrid_needs_a_network_that_answers_a_variance():
    with pytest.raises(ConfigError, match="variance"):
        TrainingConfig(objective=Hybrid(), network=MLP())
    assert TrainingConfig(objective=Denoising(), network=VarianceMLP()).network.width == 64
