"""The exact score of data whose density is known at every time."""

from __future__ import annotations

from dataclasses import dataclass, field

import torch
from torch import Tensor

from diffviz.data.density import Density, NoisedDensity
from diffviz.prediction import Prediction
from diffviz.protocols import Coefficient, Schedule

_REMEMBERED = 1024  # noise levels; adaptive solvers ask for ever new ones


@dataclass(frozen=True, eq=False)
class MixtureScore:
    """Predicts by the density of noised data that are a mixture of Gaussians, few or all along a curve, or of squares.

    x is (B, D). The factors of a time given as a float are computed in float64 once and kept.
    """

    schedule: Schedule
    mixture: Density
    _levels: dict[tuple[float, torch.dtype, torch.device], tuple[float, float, NoisedDensity]] = field(
        default_factory=dict, init=False, repr=False
    )

    def predict(self, x: Tensor, t: Coefficient) -> Prediction:
        """E[x_0 | x_t = x] and the score at time t, a float or (B,)."""
        if isinstance(t, Tensor) and t.ndim:
            alphas, sigmas = self.schedule.alpha(t).to(x), self.schedule.sigma(t).to(x)
            marginal = self.mixture.at(alphas, sigmas, x.dtype, x.device)
            a, s = alphas.unsqueeze(-1), sigmas.unsqueeze(-1)
            return Prediction(x, a, s, x0=marginal.posterior_mean(x), eps=-s * marginal.score(x))
        alpha, sigma, marginal = self._level(float(t), x)
        # The other view, where it is needed, follows from the other by dividing by the larger coefficient.
        if alpha < sigma:
            return Prediction.of_x0(x, alpha, sigma, marginal.posterior_mean(x))
        return Prediction.of_score(x, alpha, sigma, marginal.score(x))

    def _level(self, t: float, x: Tensor) -> tuple[float, float, NoisedDensity]:
        key = (t, x.dtype, x.device)
        level = self._levels.get(key)
        if level is None:
            if len(self._levels) >= _REMEMBERED:
                self._levels.clear()
            alpha, sigma = float(self.schedule.alpha(t)), float(self.schedule.sigma(t))
            level = alpha, sigma, self.mixture.at(alpha, sigma, x.dtype, x.device)
            self._levels[key] = level
        return level
