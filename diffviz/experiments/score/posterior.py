"""What a noisy observation may have come from: a Gaussian mixture given one, which is a mixture again."""

from __future__ import annotations

import numpy as np
import torch

from diffviz.data import GaussianMixture
from diffviz.protocols import Array

LEAST = 1e-12


def posterior(mixture: GaussianMixture, alpha: float, sigma: float, x: Array) -> GaussianMixture:
    """The law of y ~ `mixture` given x = alpha y + sigma eps, x (D,): each component by the rule for Gaussians.

    Components of less than LEAST of the weight are left out (Bishop 2006, equations 2.116 and 9.13).
    """
    means, covariances = mixture.means, mixture.covariances
    noisy = alpha**2 * covariances + sigma**2 * np.eye(means.shape[1])  # (K, D, D)
    gain = alpha * np.linalg.solve(noisy, covariances).swapaxes(1, 2)  # alpha S C^-1, both symmetric
    away = x - alpha * means
    whole = np.einsum("ki,kij,kj->k", away, np.linalg.inv(noisy), away)
    log_weights = np.log(mixture.weights) - (whole + np.linalg.slogdet(noisy)[1]) / 2
    weights = np.exp(log_weights - log_weights.max())
    kept = weights > LEAST * weights.sum()
    inner = covariances - alpha * gain @ covariances
    centres = means + np.einsum("kij,kj->ki", gain, away)
    return GaussianMixture(weights[kept], centres[kept], (inner + inner.swapaxes(1, 2))[kept] / 2)


def moments(mixture: GaussianMixture) -> tuple[Array, Array]:
    """Mean (D,) and covariance (D, D) of a mixture."""
    mean = mixture.weights @ mixture.means
    away = mixture.means - mean
    spread = np.einsum("k,kij->ij", mixture.weights, mixture.covariances)
    return mean, np.asarray(spread + np.einsum("k,ki,kj->ij", mixture.weights, away, away))


def log_density(mixture: GaussianMixture, places: Array, blur: float = 0.0) -> Array:
    """log density at places (n, D), of the mixture with noise of deviation `blur` added, as cells blur it."""
    values: Array = mixture.at(1.0, blur).log_density(torch.from_numpy(places)).numpy()
    return values
