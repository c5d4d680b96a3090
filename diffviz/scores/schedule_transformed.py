"""A model read on another schedule: the same noise levels, reached at other times."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from diffviz.prediction import Prediction, levels
from diffviz.protocols import Coefficient, Schedule, ScoreModel


@dataclass(frozen=True, eq=False)
class ScheduleTransformedModel:
    """The same score at the same lambda, with the state scaled from one schedule's to the other's.

    x_t depends on its schedule by a factor only, once lambda is given (Karras et al. 2022, equation 4). Noise beyond
    what the model has seen is taken for the most it has.
    """

    model: ScoreModel
    schedule: Schedule

    def predict(self, x: Tensor, t: Coefficient) -> Prediction:
        """The prediction at x (B, *D) and time t, a float or (B,), of the new schedule."""
        old = self.model.schedule
        low, high = float(old.lam(old.t_max)), float(old.lam(old.t_min))
        if isinstance(t, Tensor):
            old_t: Coefficient = old.time_of(self.schedule.lam(t).clamp(low, high))
        else:
            old_t = float(old.time_of(min(max(float(self.schedule.lam(t)), low), high)))
        alpha, sigma = levels(self.schedule, t, x)
        old_alpha, old_sigma = levels(old, old_t, x)
        scale = ((old_alpha * old_alpha + old_sigma * old_sigma) / (alpha * alpha + sigma * sigma)) ** 0.5
        return Prediction.of_x0(x, alpha, sigma, self.model.predict(x * scale, old_t).x0)
