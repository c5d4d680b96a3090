"""A wrapper that counts the calls of a model."""

from __future__ import annotations

from torch import Tensor

from diffviz.cancellation import raise_if_cancelled
from diffviz.prediction import Prediction
from diffviz.protocols import Coefficient, Schedule, ScoreModel


class CountedScore:
    """The model inside, with the number of calls made to it so far in `nfe`.

    planned: how many are to be made, where the share that is done is to be told.
    """

    def __init__(self, model: ScoreModel, planned: int | None = None) -> None:
        self.model, self.planned = model, planned
        self.schedule: Schedule = model.schedule
        self.nfe = 0

    def predict(self, x: Tensor, t: Coefficient) -> Prediction:
        """Count, and pass on x (B, *D) and t; a run that is cancelled ends here."""
        raise_if_cancelled(min(1.0, self.nfe / self.planned) if self.planned else None)
        self.nfe += 1
        return self.model.predict(x, t)
