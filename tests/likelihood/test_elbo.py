"""The evidence lower bound: against stored reference values, against its own Monte Carlo, and pixel by pixel."""

import json
import math
from pathlib import Path

import numpy as np
import pytest
import torch

from diffviz.data import GaussianMixture, Ring
from diffviz.likelihood.elbo import (
    PIXEL_BIN,
    elbo_terms,
    entropy,
    expected_terms,
    mean_posterior_variance,
    pixel_log_probability,
)
from diffviz.likelihood.reverse_variance import AnalyticVariance, PosteriorVariance, forward_variance, posterior
from diffviz.samplers import DDPM
from diffviz.samplers.base import grid_nodes
from diffviz.schedules import SCHEDULES, DiscreteDDPM, LinearVP
from diffviz.scores.mixture import MixtureScore

DATA = Path(__file__).parents[1] / "data"
STORED = json.loads((DATA / "analytic_dpm_nelbo.json").read_text())
TABLES = np.load(DATA / "analytic_dpm.npz")
MIXTURE, DISCRETE = Ring(count=5, skew=0.5).mixture, DiscreteDDPM()


def ladder(steps: int) -> np.ndarray:
    """The reference's falling times; its first row ends at x_0 itself."""
    return TABLES[f"table_{steps}"][::-1, 1] / 1000


def stored_unknown(grid: np.ndarray) -> np.ndarray:
    """C at the grid's nodes, of the stored Gamma: sigma² / alpha² (1 - sigma² Gamma)."""
    gamma = TABLES["gamma"][np.rint(1000 * grid).astype(int)]
    sigma2 = DISCRETE.sigma(grid) ** 2
    return sigma2 / DISCRETE.alpha(grid) ** 2 * (1 - sigma2 * gamma)


def variances(grid: np.ndarray, unknown: np.ndarray) -> dict:
    lam = DISCRETE.lam(grid)
    return {
        "beta": forward_variance,
        "beta_tilde": PosteriorVariance(DISCRETE),
        "analytic": AnalyticVariance(lambda node: float(np.interp(node.lam, lam, unknown))),
    }


@pytest.mark.parametrize("steps", [10, 25, 50, 100, 200, 1000])
def test_every_bound_is_the_reference_to_three_digits(steps):
    grid = ladder(steps)
    unknown = stored_unknown(grid)
    for name, variance in variances(grid, unknown).items():
        terms = expected_terms(MIXTURE, DISCRETE, grid, variance, unknown)
        assert terms.total == pytest.approx(STORED["steps"][str(steps)]["nelbo"][name], rel=5e-4)
        assert terms.decoder == pytest.approx(STORED["steps"][str(steps)]["L_0"][name], rel=1e-6)
        assert terms.prior == pytest.approx(STORED["L_T"], rel=1e-3)


def test_the_quadrature_finds_what_the_reference_knows_of_the_data():
    grid = ladder(25)
    np.testing.assert_allclose(mean_posterior_variance(MIXTURE, DISCRETE, grid), stored_unknown(grid), rtol=1e-4)
    assert entropy(MIXTURE) == pytest.approx(STORED["entropy"], abs=1e-9)


def test_one_draw_of_every_term_has_the_expected_mean():
    """Within four standard errors, for numbers as variances and for a variance of each sample and coordinate."""
    grid = ladder(10)
    unknown = mean_posterior_variance(MIXTURE, DISCRETE, grid)
    model, x0 = MixtureScore(DISCRETE, MIXTURE), torch.from_numpy(MIXTURE.draw(4_000, 3))

    def learned(s, t, prediction):
        return torch.full_like(prediction.x, forward_variance(s, t, None))

    for variance in (forward_variance, learned):
        terms = elbo_terms(model, x0, grid, variance, seed=0)
        expected = expected_terms(MIXTURE, DISCRETE, grid, forward_variance, unknown)
        pairs = zip([terms.prior, *terms.steps, terms.decoder, terms.total],
                    [expected.prior, *expected.steps, expected.decoder, expected.total], strict=True)  # fmt: skip
        for drawn, wanted in pairs:
            mean, error = terms.estimate(drawn)
            assert abs(mean - wanted) < 4 * error


def test_no_number_beats_the_analytic_variance():
    grid = ladder(10)
    unknown = stored_unknown(grid)
    best = variances(grid, unknown)["analytic"]
    least = expected_terms(MIXTURE, DISCRETE, grid, best, unknown).steps
    for factor in (0.9, 1.1):
        other = expected_terms(MIXTURE, DISCRETE, grid, lambda s, t, p, f=factor: f * best(s, t, p), unknown)
        assert (other.steps > least).all()


@pytest.mark.parametrize("slug", SCHEDULES)
def test_steps_are_those_of_ancestral_sampling(slug):
    schedule = SCHEDULES[slug]()
    nodes = grid_nodes(schedule, np.linspace(schedule.t_max, schedule.t_min, 6))
    for variance, moves in (("small", DDPM("small").moves(nodes)), ("large", DDPM("large").moves(nodes))):
        for s, t, move in zip(nodes[:-1], nodes[1:], moves, strict=True):
            step = posterior(s, t)
            wanted = step.variance if variance == "small" else step.beta
            np.testing.assert_allclose(
                [step.of_x, step.of_x0, wanted], [move.state, move.prediction, move.noise**2], rtol=1e-12
            )
    assert PosteriorVariance(schedule)(nodes[-1], nodes[-1]._replace(sigma=0.0, lam=math.inf, alpha=1.0), None) > 0


def test_pixels_of_all_values_have_probability_one():
    values = (torch.arange(256, dtype=torch.float64) / 127.5 - 1)[:, None]
    means = torch.tensor([-1.2, -0.999, 0.0, 0.4321, 1.0], dtype=torch.float64)[None]
    for deviation in (1e-3, 0.02, 0.5):
        spread = torch.tensor(deviation, dtype=torch.float64)
        logs = pixel_log_probability(values + 0 * means, means + 0 * values, spread, PIXEL_BIN)
        torch.testing.assert_close(logs.exp().sum(0), torch.ones(5, dtype=torch.float64))
        assert logs.isfinite().all()


def test_pixels_cost_no_more_than_their_density_says_where_that_is_smooth():
    """The bin's probability is density times width, up to the curvature over the bin."""
    x0, mean = torch.tensor([0.2], dtype=torch.float64), torch.tensor([0.1], dtype=torch.float64)
    spread = torch.tensor(0.3, dtype=torch.float64)
    density = torch.distributions.Normal(mean, spread).log_prob(x0) + math.log(PIXEL_BIN)
    torch.testing.assert_close(pixel_log_probability(x0, mean, spread, PIXEL_BIN), density, rtol=1e-4, atol=0)


def test_images_work_as_points_do():
    mixture = GaussianMixture(np.ones(1), np.zeros((1, 16)), 0.25 * np.eye(16)[None])

    class Model:
        schedule = LinearVP()

        def predict(self, x, t):
            from diffviz.prediction import Prediction

            flat = MixtureScore(self.schedule, mixture).predict(x.flatten(1), t)
            return Prediction.of_x0(x, flat.alpha, flat.sigma, flat.x0.reshape(x.shape))

    pixels = (127.5 * torch.from_numpy(mixture.draw(64, 0)).clamp(-1, 1)).round().div(127.5).reshape(-1, 1, 4, 4)
    grid = np.linspace(1.0, 1e-3, 21)
    terms = elbo_terms(Model(), pixels, grid, forward_variance, seed=0, pixel_bin=PIXEL_BIN)
    assert terms.steps.shape == (20, 64) and terms.total.isfinite().all()
    bits, error = terms.bits_per_dimension()
    exact = 0.5 * math.log2(2 * math.pi * math.e * 0.25) - math.log2(PIXEL_BIN)
    assert exact - 4 * error - 0.05 < bits < exact + 0.6  # a bound, and not a loose one
