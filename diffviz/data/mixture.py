"""Gaussian mixtures: what the forward process makes of them is known exactly at every noise level."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps

import numpy as np
import torch
from torch import Tensor

from diffviz.config import ConfigError
from diffviz.data.normalise import Normalisation
from diffviz.noise import Stream, stream
from diffviz.properties import cached_property
from diffviz.protocols import Array, Coefficient

_TOGETHER = 1 << 16  # numbers of an array (D, K, B) that are worked on at a time: a few of them stay in a core's cache


@dataclass(frozen=True, eq=False)
class GaussianMixture:
    """q_0 = sum_k w_k N(m_k, S_k), in float64.

    weights: (K,) positive, scaled to sum to 1. means: (K, D). covariances: (K, D, D) symmetric positive definite.
    Anything else raises `ConfigError`.
    """

    weights: Array
    means: Array
    covariances: Array

    def __post_init__(self) -> None:
        w, m, s = (np.asarray(v, dtype=np.float64) for v in (self.weights, self.means, self.covariances))
        if w.ndim != 1 or not len(w) or m.ndim != 2 or len(m) != len(w) or s.shape != (*m.shape, m.shape[-1]):
            raise ConfigError("A mixture needs as many means and square covariances as weights, at least one.")
        if not (np.isfinite(w).all() and np.isfinite(m).all() and np.isfinite(s).all()):
            raise ConfigError("The weights, means and covariances of a mixture must be finite.")
        if not (w > 0).all():
            raise ConfigError(f"The weights of a mixture must be positive, got {w.min():g}.")
        if not np.allclose(s, s.swapaxes(1, 2)) or not (np.linalg.eigvalsh(s) > 0).all():
            raise ConfigError("The covariances of a mixture must be symmetric and positive definite.")
        for name, value in (("weights", w / w.sum()), ("means", m), ("covariances", s)):
            object.__setattr__(self, name, value)

    @cached_property
    def modes(self) -> tuple[Array, Array]:
        """Variances (K, D) along the principal axes, and these axes as columns (K, D, D).

        Noise adds to the variances and leaves the axes alone, so one decomposition serves every noise level.
        """
        values, axes = np.linalg.eigh(self.covariances)
        return values, axes

    def draw(self, count: int, seed: int) -> Array:
        """Fresh points (count, D), the same for the same seed; the first points do not depend on `count`."""
        u = stream(seed, 0, 0, Stream.DATA).random(count)
        z = stream(seed, 1, 0, Stream.DATA).standard_normal((count, self.means.shape[1]))
        k = np.searchsorted(np.cumsum(self.weights)[:-1], u, side="right")
        values, axes = self.modes
        roots = axes * np.sqrt(values)[:, None, :]  # (K, D, D)
        return np.asarray(self.means[k] + np.einsum("nij,nj->ni", roots[k], z))

    def diffused(self, alpha: float, sigma: float) -> GaussianMixture:
        """The marginal q_t = sum_k w_k N(alpha m_k, alpha² S_k + sigma² I) of x_t = alpha x_0 + sigma eps."""
        identity = np.eye(self.means.shape[1])
        return GaussianMixture(self.weights, alpha * self.means, alpha**2 * self.covariances + sigma**2 * identity)

    def affine(self, normalisation: Normalisation) -> GaussianMixture:
        """The mixture of the points that `normalisation` maps this one's to."""
        return GaussianMixture(self.weights, normalisation.apply(self.means), self.covariances / normalisation.scale**2)

    @property
    def normalisation(self) -> Normalisation:
        """The one that gives the mixture itself mean 0 and root mean square 1 per coordinate."""
        mean = self.weights @ self.means
        spread = np.square(self.means - mean).sum(1) + np.trace(self.covariances, axis1=1, axis2=2)
        return Normalisation(tuple(mean.tolist()), math.sqrt(self.weights @ spread / len(mean)))

    def at(
        self,
        alpha: Coefficient = 1.0,
        sigma: Coefficient = 0.0,
        dtype: torch.dtype = torch.float64,
        device: torch.device | None = None,
    ) -> Marginal:
        """Closed forms at one noise level (floats), or at one noise level a sample (tensors (B,))."""
        return Marginal(self, alpha, sigma, dtype, device)


def _in_pieces(method: Callable[[Marginal, Tensor], Tensor]) -> Callable[[Marginal, Tensor], Tensor]:
    """The method on points (B, D), a piece after another where its arrays (D, K, B) would leave the cache."""

    @wraps(method)
    def whole(marginal: Marginal, x: Tensor) -> Tensor:
        room = _TOGETHER // marginal._values.numel()
        if len(x) <= room or marginal._precision.shape[-1] > 1:
            return method(marginal, x)
        return torch.cat([method(marginal, piece) for piece in torch.split(x, max(1, room))])

    return whole


class Marginal:
    """Closed forms of x_t = alpha x_0 + sigma eps at points x (B, D), in the dtype it was made for.

    All work is done along the principal axes of each component, where covariances are diagonal, and on arrays
    (D, K, B): with the batch last, sums over axes and components are several times faster.
    """

    def __init__(
        self,
        mixture: GaussianMixture,
        alpha: Coefficient,
        sigma: Coefficient,
        dtype: torch.dtype,
        device: torch.device | None = None,
    ) -> None:
        def tensor(value: Array) -> Tensor:
            return torch.as_tensor(value, dtype=dtype, device=device).unsqueeze(-1)

        values, axes = mixture.modes
        self._axes = tensor(axes.transpose(2, 0, 1)).squeeze(-1)  # (D, K, D), the axis first
        self._flat_axes = self._axes.flatten(0, 1)  # (D K, D)
        self._centres = tensor(np.einsum("kij,ki->jk", axes, mixture.means))  # (D, K, 1), along the axes
        self._values = tensor(values.T)
        # (D, K, 1), or (D, K, B) with a noise level a sample
        variance = alpha * alpha * self._values + sigma * sigma
        self._precision = 1 / variance
        self._shifted = alpha * self._centres
        self._gain = alpha * self._values * self._precision
        self._inner = sigma * sigma * self._values * self._precision  # variance of x_0 given x_t and k
        self._log_scale = tensor(np.log(mixture.weights)) - (torch.log(variance) + math.log(2 * math.pi)).sum(0) / 2

    @_in_pieces
    def log_density(self, x: Tensor) -> Tensor:
        """log q_t(x), (B,), per unit of volume."""
        return torch.logsumexp(self._log_joint(self._project(x)), 0)

    @_in_pieces
    def density(self, x: Tensor) -> Tensor:
        """q_t(x), (B,), per unit of volume."""
        return self._log_joint(self._project(x)).exp_().sum(0)

    def responsibilities(self, x: Tensor) -> Tensor:
        """P(component k | x_t = x), (B, K)."""
        return torch.softmax(self._log_joint(self._project(x)), 0).T

    @_in_pieces
    def score(self, x: Tensor) -> Tensor:
        """grad log q_t(x), (B, D), per unit of x."""
        z = self._project(x)
        return self._average(torch.softmax(self._log_joint(z), 0), -self._precision * z)

    @_in_pieces
    def posterior_mean(self, x: Tensor) -> Tensor:
        """E[x_0 | x_t = x], the denoised point, (B, D)."""
        z = self._project(x)
        return self._average(torch.softmax(self._log_joint(z), 0), self._centres + self._gain * z)

    def posterior_cov(self, x: Tensor) -> Tensor:
        """Cov[x_0 | x_t = x], (B, D, D): the components' own covariances and the spread of their means."""
        z = self._project(x)
        r = torch.softmax(self._log_joint(z), 0)
        means = torch.einsum("jki,jkb->ikb", self._axes, self._centres + self._gain * z)
        away = means - (r * means).sum(1, keepdim=True)
        within = torch.einsum("jkb,jki,jkl->bil", r * self._inner, self._axes, self._axes)
        return within + torch.einsum("kb,ikb,lkb->bil", r, away, away)

    @_in_pieces
    def posterior_trace_by_density(self, x: Tensor) -> Tensor:
        """q_t(x) tr Cov[x_0 | x_t = x], (B,), which is 0 where q_t is: what a mean over q_t integrates."""
        z = self._project(x)
        joint = self._log_joint(z).exp_()  # (K, B)
        density = joint.sum(0)
        means = torch.einsum("jki,jkb->ikb", self._axes, self._centres + self._gain * z)
        away = means.sub_(((joint * means).sum(1) / density.clamp(min=1e-300)).unsqueeze(1)).square_().sum(0)
        return (joint * away.add_(self._inner.sum(0))).sum(0)

    def _project(self, x: Tensor) -> Tensor:
        """x less each component's mean, along its axes: (D, K, B)."""
        return (self._flat_axes @ x.T).view(*self._values.shape[:2], -1) - self._shifted

    def _log_joint(self, z: Tensor) -> Tensor:
        """log w_k N(x; alpha m_k, alpha² S_k + sigma² I), (K, B)."""
        return torch.add(self._log_scale, (z * z).mul_(self._precision).sum(0), alpha=-0.5)

    def _average(self, r: Tensor, along: Tensor) -> Tensor:
        """Sum over components of r (K, B) times vectors (D, K, B) given along the axes: (B, D)."""
        return (r * along).flatten(0, 1).T @ self._flat_axes
