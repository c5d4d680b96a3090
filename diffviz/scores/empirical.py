"""The exact score of a finite data set: the model that a network approaches when it learns the data by heart."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from diffviz.prediction import Prediction, expand
from diffviz.protocols import Coefficient, Schedule

_CHUNK = 4 * 1024 * 1024  # bytes of one (queries, points) block; three of them live at a time


@dataclass(frozen=True, eq=False)
class EmpiricalScore:
    """E[x_0 | x_t] is the mean of the data weighted by a softmax of -|x - alpha y|² / (2 sigma²) over its points y.

    points: (N, *D), in the units of x. Queries are taken in chunks, so memory beyond the result stays below 50 MB plus
    a few numbers a point. Karras et al. 2022, equation 57.
    """

    schedule: Schedule
    points: Tensor

    def predict(self, x: Tensor, t: Coefficient) -> Prediction:
        """The prediction at x (B, *D) and time t, a float or (B,)."""
        alpha: Coefficient
        sigma: Coefficient
        if isinstance(t, Tensor):
            alpha, sigma = self.schedule.alpha(t).to(x), self.schedule.sigma(t).to(x)
        else:
            alpha, sigma = float(self.schedule.alpha(t)), float(self.schedule.sigma(t))
        a, s = expand(alpha, x), expand(sigma, x)
        # With x / alpha the points stay as they are, whatever the time of each query.
        x0 = self._mean((x / a).flatten(1), (alpha / sigma) ** 2 / 2)
        return Prediction.of_x0(x, a, s, x0.reshape(x.shape))

    def _mean(self, x: Tensor, sharpness: Coefficient) -> Tensor:
        """Mean of the points under weights exp(-sharpness |x - y|²); x (B, D), sharpness a number or (B,)."""
        points = self.points.to(x).flatten(1)  # (N, D)
        rows = max(1, _CHUNK // (len(points) * x.element_size()))
        sharp = torch.as_tensor(sharpness, dtype=x.dtype, device=x.device).expand(len(x)).unsqueeze(1)  # (B, 1)
        # Filled in place: small results kept between large freed blocks would break the heap into useless holes.
        means = torch.empty_like(x)
        for i in range(0, len(x), rows):
            part = slice(i, i + rows)
            means[part] = torch.softmax(-sharp[part] * _distance(x[part], points).square(), 1) @ points
        return means


def _distance(x: Tensor, y: Tensor) -> Tensor:
    """Distances (B, N) from differences: |x|² + |y|² - 2 x·y would drown small ones in rounding."""
    return torch.cdist(x, y, compute_mode="donot_use_mm_for_euclid_dist")
