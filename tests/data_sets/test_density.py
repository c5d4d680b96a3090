"""The densities of shapes: against autograd, far finer quadratures, integrals, draws and the score of many points."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from diffviz.data import DATASETS, Checkerboard, Circles, Letters, Pinwheel, SwissRoll, prepare
from diffviz.data.base import NoisyCurve
from diffviz.data.curves import NoisedCurves, NoisyCurves
from diffviz.data.density import Density
from diffviz.metrics import sliced_w2
from diffviz.schedules import Cosine
from diffviz.scores.empirical import EmpiricalScore
from diffviz.scores.mixture import MixtureScore

SCHEDULE = Cosine()
TIMES = (SCHEDULE.t_min, 0.1, 0.4, 0.8, SCHEDULE.t_max)
CURVED = [slug for slug, kind in DATASETS.items() if issubclass(kind, NoisyCurve)]
SHAPES = [*CURVED, "checkerboard"]


def noised(slug: str, t: float, count: int = 100) -> tuple[Density, float, float, torch.Tensor]:
    """A shape's density, the levels at t, and draws of q_t."""
    data = prepare(DATASETS[slug](), count, 0)
    assert data.density is not None
    alpha, sigma = float(SCHEDULE.alpha(t)), float(SCHEDULE.sigma(t))
    eps = np.random.default_rng(0).standard_normal((count, 2))
    return data.density, alpha, sigma, torch.from_numpy(alpha * data.points + sigma * eps)


@pytest.mark.parametrize("slug", DATASETS)
def test_every_kind_answers_a_density_or_says_it_has_none(slug: str) -> None:
    dataset = DATASETS[slug]()
    density = prepare(dataset, 100, 0).density
    if not hasattr(density, "at"):
        assert density is None and isinstance(dataset, Pinwheel)
        return
    assert torch.isfinite(density.at(0.8, 0.6).log_density(torch.randn(9, 2, dtype=torch.float64))).all()


@pytest.mark.parametrize("slug", CURVED)
def test_without_noise_a_curve_has_no_density(slug: str) -> None:
    assert DATASETS[slug](noise=0.0).density is None


@pytest.mark.parametrize("t", TIMES)
@pytest.mark.parametrize("slug", SHAPES)
def test_the_score_is_the_gradient_of_the_log_density_and_tweedie_holds(slug: str, t: float) -> None:
    density, alpha, sigma, x = noised(slug, t)
    law = density.at(alpha, sigma)
    (gradient,) = torch.autograd.grad(law.log_density(x.requires_grad_()).sum(), x)
    x = x.detach()
    torch.testing.assert_close(law.score(x), gradient, rtol=1e-7, atol=1e-7)
    torch.testing.assert_close(law.posterior_mean(x), (x + sigma**2 * law.score(x)) / alpha, rtol=1e-8, atol=1e-8)


@pytest.mark.parametrize("t", TIMES)
@pytest.mark.parametrize("slug", CURVED)
def test_the_quadrature_has_converged(slug: str, t: float) -> None:
    density, alpha, sigma, x = noised(slug, t)
    assert isinstance(density, NoisyCurves)
    score = density.at(alpha, sigma).score(x)

    def error(width: float) -> float:
        """Of the quadrature in use from one that resolves Gaussians of that width, relative to the size of scores."""
        nodes = density.nodes(width)
        points, weights = torch.from_numpy(nodes.points), torch.from_numpy(nodes.weights)
        finer = NoisedCurves(points, weights.log(), density.noise, alpha, sigma).score(x)
        return float((score - finer).norm(dim=1).max() / finer.square().sum(1).mean().sqrt())

    width = np.hypot(density.noise, sigma / alpha)
    assert error(min(width, 3.0) / 4) < 2e-6
    if width < 0.1:
        assert error(8 * width) > 1e-4  # too few nodes are seen


@pytest.mark.parametrize("slug", SHAPES)
@pytest.mark.parametrize("sigma", [0.15, 0.6])
def test_it_integrates_to_one(slug: str, sigma: float) -> None:
    density, *_ = noised(slug, 0.1)
    edges = np.linspace(-5, 5, 161)
    line = (edges[1:] + edges[:-1]) / 2
    square = torch.from_numpy(np.stack(np.meshgrid(line, line), -1).reshape(-1, 2))
    mass = density.at(0.8, sigma).log_density(square).exp().sum() * (edges[1] - edges[0]) ** 2
    assert float(mass) == pytest.approx(1, abs=1e-5)


@pytest.mark.parametrize("slug", CURVED)
def test_draws_of_the_nodes_are_as_near_to_the_data_as_other_data(slug: str) -> None:
    dataset, count = DATASETS[slug](), 4_000
    data = prepare(dataset, count, 0)
    assert isinstance(data.density, NoisyCurves)
    rng, nodes = np.random.default_rng(1), data.density.nodes(data.density.noise)
    which = rng.choice(len(nodes.points), count, p=nodes.weights)
    drawn = nodes.points[which] + data.density.noise * rng.standard_normal((count, 2))
    floor = [sliced_w2(data.points, prepare(dataset, count, seed).points) for seed in range(1, 5)]
    assert sliced_w2(data.points, drawn) < np.mean(floor) + 4 * np.std(floor, ddof=1)
    assert sliced_w2(data.points, 1.3 * drawn) > np.mean(floor) + 4 * np.std(floor, ddof=1)


@pytest.mark.parametrize("slug", SHAPES)
def test_at_much_noise_it_is_the_score_of_many_points(slug: str) -> None:
    data = prepare(DATASETS[slug](), 20_000, 0)
    assert data.density is not None
    x = torch.randn(50, 2, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    many = EmpiricalScore(SCHEDULE, torch.from_numpy(data.points)).predict(x, 0.8)
    own = MixtureScore(SCHEDULE, data.density).predict(x, 0.8)
    assert float((many.x0 - own.x0).norm(dim=1).max()) < 0.05  # of points that are 1.4 from the middle


def test_one_time_a_sample_is_each_time_alone() -> None:
    for dataset in (SwissRoll(), Letters(), Checkerboard()):
        data = prepare(dataset, 9, 0)
        assert data.density is not None
        model, x = MixtureScore(SCHEDULE, data.density), torch.from_numpy(data.points)
        t = torch.linspace(0.05, 0.9, 9, dtype=torch.float64)
        alone = torch.cat([model.predict(x[i : i + 1], float(t[i])).x0 for i in range(9)])
        torch.testing.assert_close(model.predict(x, t).x0, alone, rtol=1e-5, atol=1e-5)


def test_a_circle_has_its_bessel_function() -> None:
    """Of one circle of radius R with noise s: q(r) = exp(-(r² + R²) / 2s²) I_0(r R / s²) / (2 pi s²)."""
    density = Circles(rings=1, noise=0.2).density
    assert density is not None
    r = torch.linspace(0, 2, 41, dtype=torch.float64)
    truth = torch.special.i0e(r / 0.04) * torch.exp(-((r - 1) ** 2) / 0.08) / (2 * np.pi * 0.04)
    found = density.at().log_density(torch.stack([r, torch.zeros_like(r)], 1)).exp()
    torch.testing.assert_close(found, truth, rtol=1e-5, atol=1e-12)
