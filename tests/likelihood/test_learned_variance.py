"""A learned variance lies between the two fixed ones, and stands beside any mean."""

import numpy as np
import torch

from diffviz.data import Ring
from diffviz.likelihood.reverse_variance import LearnedVariance, PosteriorVariance, forward_variance
from diffviz.pretrained.shapes import shipped_with_variance
from diffviz.samplers.base import nodes_at
from diffviz.schedules import Cosine, DiscreteDDPM
from diffviz.scores.mixture import MixtureScore
from diffviz.scores.variance_beside import VarianceBeside

SCHEDULE, DATA = DiscreteDDPM(), Ring()
X = torch.tensor([[0.3, -0.2], [1.5, 0.1], [-4.0, 2.0]])


def model() -> VarianceBeside:
    network, mixture = shipped_with_variance(DATA, SCHEDULE), DATA.mixture.affine(DATA.normalisation)
    assert network is not None
    return VarianceBeside(MixtureScore(SCHEDULE, mixture), network)


def test_its_share_goes_from_beta_tilde_to_beta() -> None:
    s, t = nodes_at(SCHEDULE, np.array([0.4, 0.38]))
    prediction = model().predict(X, 0.4)
    ends = []
    for share in (0.0, 1.0):
        prediction.variance = torch.full_like(X, share)
        ends.append(LearnedVariance(PosteriorVariance(SCHEDULE))(s, t, prediction))
    low, high = PosteriorVariance(SCHEDULE)(s, t, None), forward_variance(s, t, None)
    torch.testing.assert_close(ends[0], torch.full_like(X, low, dtype=torch.float64))
    torch.testing.assert_close(ends[1], torch.full_like(X, high, dtype=torch.float64))


def test_the_mean_is_the_models_own_and_the_variance_the_networks() -> None:
    both = model()
    answer = both.predict(X, 0.4)
    torch.testing.assert_close(answer.x0, both.model.predict(X, 0.4).x0)
    expected = both.variance.predict(X, 0.4).variance
    assert answer.variance is not None and expected is not None
    torch.testing.assert_close(answer.variance, expected)


def test_a_network_ships_for_one_problem_alone() -> None:
    assert shipped_with_variance(DATA, Cosine()) is None
    assert shipped_with_variance(Ring(count=5), SCHEDULE) is None
