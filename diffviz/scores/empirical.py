"""The exact score of a finite data set: the model that a network approaches when it learns the data by heart."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from diffviz.data.softmax import softmax_mean
from diffviz.prediction import Prediction, expand
from diffviz.protocols import Coefficient, Schedule


@dataclass(frozen=True, eq=False)
class EmpiricalScore:
    """E[x_0 | x_t] is the mean of the data weighted by a softmax of -|x - alpha y|² / (2 sigma²) over its points y.

    points: (N, *D), in the units of x. Queries are taken in chunks, so memory beyond the result is 1 MB, or a few
    numbers a point if that is more; a gradient keeps the whole table. Karras et al. 2022, equation 57.
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
        x0 = softmax_mean((x / a).flatten(1), self.points.to(x).flatten(1), (alpha / sigma) ** 2 / 2)
        return Prediction.of_x0(x, a, s, x0.reshape(x.shape))
