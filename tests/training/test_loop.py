"""The loop: it learns, it is deterministic, and its optimiser is AdamW."""

from dataclasses import replace
from itertools import islice

import numpy as np
import pytest
import torch

from diffviz.config import ConfigError
from diffviz.networks import MLP
from diffviz.objectives import TARGETS, Denoising
from diffviz.protocols import Schedule
from diffviz.schedules import SCHEDULES, Cosine
from diffviz.training.adamw import AdamW, FlatParameters
from diffviz.training.ema import PowerEMA
from diffviz.training.loop import BINS, TrainingConfig, TrainState, training_steps

SMALL = TrainingConfig(batch=256, steps=200, network=MLP(width=32, depth=2, x_features=8))
POINTS = np.random.default_rng(0).standard_normal((500, 2)) * [1.0, 0.2]


def drain(settings, points=POINTS, seed=0):
    return list(training_steps(settings, points, seed))


def test_same_seed_same_training_other_seed_other_training():
    short = replace(SMALL, steps=20)
    first, again, other = drain(short, seed=1), drain(short, seed=1), drain(short, seed=2)
    assert [p.loss for p in first] == [p.loss for p in again]
    assert torch.equal(first[-1].weights, again[-1].weights)
    assert [p.loss for p in first] != [p.loss for p in other]


def test_the_global_random_state_is_left_alone():
    before = torch.random.get_rng_state()
    drain(replace(SMALL, steps=3))
    assert torch.equal(before, torch.random.get_rng_state())


@pytest.mark.parametrize(
    ("target", "schedule"),
    [(target, Cosine()) for target in TARGETS] + [("v", kind()) for kind in SCHEDULES.values() if kind is not Cosine],
    ids=lambda value: value if isinstance(value, str) else type(value).__name__,
)
def test_a_gaussian_is_learned_to_its_exact_score(target: str, schedule: Schedule):
    """Data N(0, s²): E[x0 | x] = alpha s² / (alpha² s² + sigma²) x."""
    points = 0.7 * np.random.default_rng(1).standard_normal((4000, 1))
    settings = replace(SMALL, steps=400, objective=Denoising(target=target), schedule=schedule)
    train_state = TrainState(settings, (1,), 0)
    model = train_state.load(drain(settings, points)[-1].weights)
    for lam in (1.5, 0.0, -1.0):
        t = float(schedule.time_of(lam))
        x = (schedule.alpha(t) ** 2 * 0.49 + schedule.sigma(t) ** 2) ** 0.5 * torch.linspace(-2, 2, 25)[:, None]
        alpha, sigma = schedule.alpha(t), schedule.sigma(t)
        exact = alpha * 0.49 / (alpha**2 * 0.49 + sigma**2) * x
        assert (model.predict(x, t).x0 - exact).square().mean().sqrt() < 0.1


def test_progress_is_not_changed_by_later_steps():
    loop = training_steps(SMALL, POINTS, 0)
    first = next(loop)
    weights, bins = first.weights.clone(), first.lam_loss.copy()
    list(islice(loop, 10))
    assert torch.equal(first.weights, weights)
    assert np.array_equal(first.lam_loss, bins)


def test_loss_per_lambda_averages_to_the_plain_loss():
    first = next(training_steps(SMALL, POINTS, 0))
    assert first.lam.shape == first.lam_loss.shape == (BINS,)
    assert np.all(np.diff(first.lam) < 0)
    assert first.lam_loss.mean() == pytest.approx(first.loss, rel=1e-5)


def test_a_batch_that_is_no_multiple_of_the_bins_still_averages():
    first = next(training_steps(replace(SMALL, batch=37), POINTS, 0))
    widths = np.diff(np.linspace(0, 37, BINS + 1).astype(int))
    assert np.average(first.lam_loss, weights=widths) == pytest.approx(first.loss, rel=1e-5)


def test_images_train_too():
    assert drain(replace(SMALL, steps=2), np.zeros((9, 1, 4, 4)))[-1].finite


def test_no_points_is_refused():
    with pytest.raises(ConfigError, match="points"):
        next(training_steps(SMALL, np.zeros((0, 2)), 0))


def test_the_rate_warms_up_and_decays():
    root = replace(SMALL, warmup=9, hold=100, rate=0.01)
    assert root.rate_at(1) == pytest.approx(0.001)
    assert root.rate_at(50) == pytest.approx(0.01)
    assert root.rate_at(400) == pytest.approx(0.005)
    cosine = replace(root, decay="cosine", steps=1000)
    assert cosine.rate_at(500) == pytest.approx(0.005, rel=1e-2)
    assert 0 < cosine.rate_at(1000) < 1e-5
    assert replace(root, decay="none").rate_at(1000) == 0.01


def test_flat_adamw_equals_torch_adamw():
    mine, theirs = (MLP(width=8, depth=2, x_features=2).build((2,), 0) for _ in range(2))
    flat = FlatParameters(mine)
    optimiser = AdamW(flat, (0.9, 0.99), 0.1)
    reference = torch.optim.AdamW(theirs.parameters(), lr=0.01, betas=(0.9, 0.99), weight_decay=0.1)
    x = torch.randn(30, 2, generator=torch.Generator().manual_seed(0))
    for _ in range(30):
        for network in (mine, theirs):
            (network(x, 0.5) - x.sin()).square().mean().backward()
        optimiser.step(0.01)
        reference.step()
        reference.zero_grad()
    expected = torch.nn.utils.parameters_to_vector(theirs.parameters())
    torch.testing.assert_close(flat.values, expected.detach(), rtol=1e-6, atol=1e-6)


def test_the_average_weighs_step_k_by_its_power():
    """Beta_k = (1 - 1/k)^(p+1) gives step k of n the weight (k/n)^(p+1) - ((k-1)/n)^(p+1)."""
    average, power, n = PowerEMA(torch.full((1,), 1e6, dtype=torch.float64), 2.0), 2.0, 50
    values = torch.linspace(-1, 1, n, dtype=torch.float64) ** 3
    for k in range(1, n + 1):
        average.update(values[k - 1 : k], k)
    edges = (torch.arange(n + 1, dtype=torch.float64) / n) ** (power + 1)
    assert average.weights.item() == pytest.approx((values * edges.diff()).sum().item(), abs=1e-12)


def test_a_hopeless_rate_is_reported_as_not_finite():
    explode = replace(SMALL, rate=0.1, steps=3)
    points = np.full((10, 2), 1e30)
    assert not drain(explode, points)[-1].finite
