"""A wrapper that records the calls of a model: where a solver called it, and what it predicted."""

from __future__ import annotations

from typing import NamedTuple

from torch import Tensor

from diffviz.prediction import Prediction
from diffviz.protocols import Coefficient, Schedule, ScoreModel


class Call(NamedTuple):
    """One call and its result: x (B, *D) at time t, and the prediction there."""

    t: Coefficient
    x: Tensor
    prediction: Prediction


class RecordedScore:
    """The model inside, with every call made to it kept in `calls`, in order."""

    def __init__(self, model: ScoreModel) -> None:
        self.model = model
        self.schedule: Schedule = model.schedule
        self.calls: list[Call] = []

    def predict(self, x: Tensor, t: Coefficient) -> Prediction:
        """Pass on x (B, *D) and t and keep the call; the state is copied, as solvers may go on in place."""
        prediction = self.model.predict(x, t)
        self.calls.append(Call(t, x.clone(), prediction))
        return prediction
