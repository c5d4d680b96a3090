"""Log-densities by the flow: against stored ones, on images, by random probes, and for any type of number."""

from pathlib import Path

import numpy as np
import pytest
import torch

from diffviz.config import ConfigError
from diffviz.data import GaussianMixture, Ring
from diffviz.likelihood.divergence import ExactDivergence, HutchinsonDivergence
from diffviz.likelihood.flow_ode import bits_per_dimension, flow_log_likelihood, normal_log_density
from diffviz.prediction import Prediction
from diffviz.samplers import DOP853, RK45
from diffviz.schedules import SCHEDULES, LinearVP
from diffviz.scores.mixture import MixtureScore

STORED = np.load(Path(__file__).parents[1] / "data" / "ring_log_density.npz")
MIXTURE = Ring(count=5, skew=0.5).mixture
MODEL = MixtureScore(LinearVP(), MIXTURE)
POINTS = torch.from_numpy(STORED["x"])  # 192 data points, then 64 far away


def exact_end(x: torch.Tensor) -> torch.Tensor:
    schedule = MODEL.schedule
    return MIXTURE.at(float(schedule.alpha(1.0)), float(schedule.sigma(1.0))).log_density(x)


@pytest.mark.parametrize("solver, worst", [(RK45(tolerance=1e-5), 5e-4), (DOP853(tolerance=1e-8), 1e-5)])
def test_the_log_density_of_data_is_the_stored_one(solver, worst):
    """All 256 points take the same steps, as they did for the reference."""
    found = flow_log_likelihood(MODEL, POINTS, solver, prior_log_density=exact_end)
    errors = np.abs(found.mean.numpy() - STORED["t_1e3"])
    assert errors[:192].max() < worst
    assert found.values.shape == (1, 256) and float(found.probe_error.nan_to_num().abs().max()) == 0


@pytest.mark.parametrize("law", ["rademacher", "gaussian"])
def test_probes_are_unbiased_and_say_their_error(law):
    x = POINTS[:192]
    exact = flow_log_likelihood(MODEL, x, RK45(tolerance=1e-4)).mean
    found = flow_log_likelihood(MODEL, x, RK45(tolerance=1e-4), HutchinsonDivergence(8, law, seed=1))
    off = (found.mean - exact) / found.probe_error.clamp(min=1e-3)
    assert abs(float((found.mean - exact).mean())) < 4 * float(found.probe_error.square().mean().sqrt()) / 192**0.5
    assert 0.7 < float(off.abs().median()) / 0.71 < 1.4  # of Student's t with 7 degrees of freedom


def test_exact_divergence_is_the_trace_of_the_jacobian_and_probes_of_a_diagonal_one_are_exact():
    matrix = torch.randn(6, 6, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    x = torch.randn(5, 1, 2, 3, generator=torch.Generator().manual_seed(1), dtype=torch.float64)

    def linear(weights: torch.Tensor):
        return lambda x: (x.flatten(1) @ weights.T).reshape(x.shape)

    moved, exact = ExactDivergence()(linear(matrix), x)
    torch.testing.assert_close(exact, matrix.trace().expand(1, 5))
    torch.testing.assert_close(moved, linear(matrix)(x))
    _, probed = HutchinsonDivergence(3)(linear(torch.diag(matrix.diagonal())), x)
    torch.testing.assert_close(probed, matrix.trace().expand(3, 5))
    _, gaussian = HutchinsonDivergence(3, "gaussian")(linear(torch.diag(matrix.diagonal())), x)
    assert float((gaussian - matrix.trace()).abs().max()) > 0.1


@pytest.mark.parametrize("slug", ["cosine", "ve", "sub-vp", "flow"])
def test_on_every_schedule_the_flow_keeps_the_density(slug):
    schedule = SCHEDULES[slug]()
    x = torch.from_numpy(MIXTURE.draw(40, 0))
    ends = [MIXTURE.at(float(schedule.alpha(t)), float(schedule.sigma(t))) for t in (schedule.t_min, schedule.t_max)]
    solver = DOP853(tolerance=1e-8)
    found = flow_log_likelihood(MixtureScore(schedule, MIXTURE), x, solver, prior_log_density=ends[1].log_density)
    torch.testing.assert_close(found.mean, ends[0].log_density(x), rtol=0, atol=1e-4)


class Image:
    """A Gaussian of 1×2×3 numbers, in single precision, as a network would answer."""

    schedule = LinearVP()
    mixture = GaussianMixture(np.ones(1), np.full((1, 6), 0.2), 0.3 * np.eye(6)[None])

    def predict(self, x: torch.Tensor, t: float) -> Prediction:
        assert x.dtype == torch.float32
        flat = MixtureScore(self.schedule, self.mixture).predict(x.flatten(1), t)
        return Prediction.of_eps(x, flat.alpha, flat.sigma, flat.eps.reshape(x.shape))


@pytest.mark.parametrize("divergence", [ExactDivergence(), HutchinsonDivergence(2)])
def test_images_in_single_precision_work_as_points_do(divergence):
    x = torch.from_numpy(Image.mixture.draw(8, 0)).reshape(8, 1, 2, 3).float()
    found = flow_log_likelihood(Image(), x, RK45(tolerance=1e-4), divergence)
    wanted = Image.mixture.at(float(LinearVP().alpha(1e-3)), float(LinearVP().sigma(1e-3)))
    torch.testing.assert_close(found.mean, wanted.log_density(x.flatten(1).double()), rtol=0, atol=0.02)
    assert found.path.latent.shape == x.shape


def test_bits_count_the_bins_of_pixels():
    """Even over 256 bins of a range of 2, a pixel has 8 bits."""
    density = torch.full((10,), -784 * np.log(2.0), dtype=torch.float64)
    assert bits_per_dimension(density, 784, 2 / 256) == pytest.approx((8.0, 0.0))


def test_the_end_is_the_normal_that_samplers_start_from():
    x = torch.tensor([[0.3, -1.0]], dtype=torch.float64)
    wanted = torch.distributions.Normal(0.0, 2.0).log_prob(x).sum(1)
    torch.testing.assert_close(normal_log_density(x, 2.0), wanted)


def test_an_answer_that_is_not_finite_is_said_so():
    class Broken:
        schedule = LinearVP()

        def predict(self, x, t):
            return Prediction.of_eps(x, 1.0, 1.0, x * torch.nan)

    with pytest.raises(ConfigError, match="not finite"):
        flow_log_likelihood(Broken(), torch.zeros(2, 2, dtype=torch.float64))
