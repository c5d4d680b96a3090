"""Guidance against closed forms: where classifier and scores are exact, every kind is the same known field."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from diffviz.data import GaussianMixture
from diffviz.grids import UniformTime
from diffviz.networks import Classifier
from diffviz.noise import WhiteNoise
from diffviz.protocols import ScoreModel
from diffviz.samplers import DDIM, DDPM, ClassifierGuidedDDPM, prior, sample
from diffviz.samplers.base import grid_nodes
from diffviz.schedules import SCHEDULES, Cosine, DiscreteDDPM, LinearVP
from diffviz.scores.counted import CountedScore
from diffviz.scores.guided import ClassifierFree, ClassifierGradient, ClassifierGuided, LabelledMixture
from diffviz.scores.mixture import MixtureScore
from diffviz.scores.schedule_transformed import ScheduleTransformedModel

MIXTURE = GaussianMixture(
    np.array([0.2, 0.3, 0.5]),
    np.array([[1.0, 0.0], [-1.0, 0.5], [0.2, -1.0]]),
    np.array([np.eye(2) * 0.1, [[0.2, 0.05], [0.05, 0.1]], np.eye(2) * 0.3]),
)
SCHEDULE = Cosine()
KNOWN = LabelledMixture(SCHEDULE, MIXTURE, (0, 1, 0))
X = torch.randn(50, 2, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
NOISE = WhiteNoise(0, (50, 2), torch.float64)
GRID = UniformTime().times(SCHEDULE, 12)
times = pytest.mark.parametrize("t", [0.02, 0.3, 0.7, 0.99])


@times
def test_the_exact_classifier_obeys_bayes(t: float):
    """The gradients of all classes, weighted by their probabilities, add up to nothing; and they are gradients."""
    x = X.clone().requires_grad_()
    marginal = MIXTURE.at(float(SCHEDULE.alpha(t)), float(SCHEDULE.sigma(t)))
    log_p = marginal.responsibilities(x)[:, [0, 2]].sum(1).log()
    (expected,) = torch.autograd.grad(log_p.sum(), x)
    torch.testing.assert_close(KNOWN.gradient(0)(X, t), expected, rtol=1e-6, atol=1e-7)
    probability = log_p.exp().detach()[:, None]
    both = probability * KNOWN.gradient(0)(X, t) + (1 - probability) * KNOWN.gradient(1)(X, t)
    torch.testing.assert_close(both, torch.zeros_like(both), rtol=0, atol=1e-6)


@times
@pytest.mark.parametrize("scale", [0.0, 1.0, 2.5])
def test_by_classifier_and_without_are_the_same_field(t: float, scale: float):
    guided = ClassifierGuided(KNOWN.plain(), KNOWN.gradient(1), scale).predict(X, t)
    free = ClassifierFree(KNOWN.of(1), KNOWN.plain(), scale).predict(X, t)
    torch.testing.assert_close(guided.eps, free.eps, rtol=1e-8, atol=1e-8)
    ends = {0.0: KNOWN.plain(), 1.0: KNOWN.of(1)}
    if scale in ends:
        torch.testing.assert_close(free.eps, ends[scale].predict(X, t).eps, rtol=1e-8, atol=1e-8)


def test_outside_its_interval_nothing_is_guided_and_little_is_asked():
    labelled, plain = CountedScore(KNOWN.of(0)), CountedScore(KNOWN.plain())
    model = ClassifierFree(labelled, plain, 3.0, (-1.0, 1.0))
    for t in GRID:
        inside = -1.0 <= float(SCHEDULE.lam(t)) <= 1.0
        asked = labelled.nfe, plain.nfe
        found = model.predict(X, t).eps
        assert (labelled.nfe - asked[0], plain.nfe - asked[1]) == (1, int(inside))
        assert torch.allclose(found, KNOWN.of(0).predict(X, t).eps) != inside


def test_a_network_classifier_has_the_gradient_of_its_own_logarithm():
    network = Classifier(8).build((1, 8, 8), 0).double()
    with torch.no_grad():
        network.out_layer.weight.normal_(generator=torch.Generator().manual_seed(1))
    x = torch.randn(2, 1, 8, 8, generator=torch.Generator().manual_seed(2), dtype=torch.float64)
    labels = torch.tensor([3, 7])
    gradient = ClassifierGradient(network, SCHEDULE, labels)(x, 0.4)
    assert not x.requires_grad and all(p.grad is None for p in network.parameters())
    for row, place in ((0, (0, 2, 3)), (1, (0, 5, 1))):
        step = torch.zeros_like(x)
        step[(row, *place)] = 1e-5
        up, down = (network(x + s * step, 0.4).log_softmax(1)[row, labels[row]].detach() for s in (1, -1))
        assert float((up - down) / 2e-5) == pytest.approx(float(gradient[(row, *place)]), rel=1e-4, abs=1e-9)


def test_algorithm_1_without_scale_is_ddpm():
    for variance in ("small", "large"):
        unguided = ClassifierGuidedDDPM(KNOWN.gradient(0), 0.0, variance)
        guided, plain = (
            sample(sampler, KNOWN.plain(), prior(SCHEDULE, NOISE), GRID, NOISE).final
            for sampler in (unguided, DDPM(variance))
        )
        torch.testing.assert_close(guided, plain, rtol=0, atol=1e-12)


def test_algorithm_1_shifts_the_mean_by_the_variance_times_the_gradient():
    grid = GRID[4:6]
    guided = sample(ClassifierGuidedDDPM(KNOWN.gradient(0), 1.7), KNOWN.plain(), X, grid, NOISE)
    plain = sample(DDPM(), KNOWN.plain(), X, grid, NOISE).final
    s, t = grid_nodes(SCHEDULE, grid)
    beta = s.sigma**2 - (s.alpha / t.alpha) ** 2 * t.sigma**2
    variance = beta * t.sigma**2 / s.sigma**2
    torch.testing.assert_close(guided.final - plain, 1.7 * variance * KNOWN.gradient(0)(X, s.t))


def test_both_algorithms_lead_to_the_class_at_scale_one():
    """At scale 1 the guided score is the class's own: its mean and spread come out, within the sampling error."""
    noise = WhiteNoise(1, (4_000, 2), torch.float64)
    start, grid = prior(SCHEDULE, noise), UniformTime().times(SCHEDULE, 300)
    by_mean = sample(ClassifierGuidedDDPM(KNOWN.gradient(1), 1.0), KNOWN.plain(), start, grid, noise).final
    by_eps = sample(DDIM(), ClassifierGuided(KNOWN.plain(), KNOWN.gradient(1), 1.0), start, grid, noise).final
    for samples in (by_mean, by_eps):
        np.testing.assert_allclose(samples.mean(0), MIXTURE.means[1], atol=0.03)
        np.testing.assert_allclose(np.cov(samples.T.numpy()), MIXTURE.covariances[1], atol=0.02)


@pytest.mark.parametrize("slug", SCHEDULES)
def test_a_model_read_on_another_schedule_is_exact_there(slug: str):
    other = SCHEDULES[slug]()
    model = ScheduleTransformedModel(MixtureScore(LinearVP(), MIXTURE), other)
    assert isinstance(model, ScoreModel)
    low, high = (float(LinearVP().lam(t)) for t in (LinearVP().t_max, LinearVP().t_min))
    for t in np.linspace(other.t_min, other.t_max, 9):
        if not low < float(other.lam(t)) < high:
            continue
        exact = MixtureScore(other, MIXTURE).predict(X, float(t))
        torch.testing.assert_close(model.predict(X, float(t)).x0, exact.x0, rtol=1e-6, atol=1e-6)
        each = model.predict(X, torch.full((50,), float(t), dtype=torch.float64)).x0
        torch.testing.assert_close(each, exact.x0, rtol=1e-6, atol=1e-6)


def test_noise_beyond_what_a_model_has_seen_is_taken_for_the_most_it_has():
    model = ScheduleTransformedModel(MixtureScore(Cosine(), MIXTURE), DiscreteDDPM())
    t = DiscreteDDPM().t_max
    assert float(DiscreteDDPM().lam(t)) < float(Cosine().lam(Cosine().t_max))
    assert torch.isfinite(model.predict(X, t).x0).all()
