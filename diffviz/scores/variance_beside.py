"""The prediction of one model with the variance that another answers."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from diffviz.prediction import Prediction
from diffviz.protocols import Coefficient, Schedule, ScoreModel


@dataclass(frozen=True, eq=False)
class VarianceBeside:
    """Lets a learned variance be compared with others about the very same mean."""

    model: ScoreModel
    variance: ScoreModel

    @property
    def schedule(self) -> Schedule:
        """The schedule of both."""
        return self.model.schedule

    def predict(self, x: Tensor, t: Coefficient) -> Prediction:
        """The model's prediction at x (B, *D) and t, with the other's variance."""
        prediction = self.model.predict(x, t)
        prediction.variance = self.variance.predict(x, t).variance
        return prediction
