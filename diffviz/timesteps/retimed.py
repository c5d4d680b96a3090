"""A model that is told another time than the one at which a solver steps."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from diffviz.config import ConfigError
from diffviz.prediction import Prediction, levels
from diffviz.protocols import Array, Coefficient, Schedule, ScoreModel


class RetimedScore:
    """The model inside, asked at a noise level of its own for every level at which a solver steps; its eps is kept.

    At few steps the states are not quite as noisy as the grid says, so another time may suit them better (Tong et al.
    2024, decoupled time steps). lam: (N,) rising levels of the steps. asked: (N,) levels that the model is told there;
    between them the shift is in a straight line, beyond them that of the nearest. No level leaves the schedule's range.
    """

    def __init__(self, model: ScoreModel, lam: Array, asked: Array) -> None:
        if lam.shape != asked.shape or not len(lam) or not (np.diff(lam) > 0).all():
            raise ConfigError("A retimed model needs rising noise levels, and a level to be told for each of them.")
        self.model, self.lam, self.shift = model, lam, asked - lam
        self.schedule: Schedule = model.schedule
        self._range = self.schedule.lam(np.array([self.schedule.t_max, self.schedule.t_min]))

    def asked_time(self, t: Array) -> Array:
        """The times that the model is told in place of t, in the shape of t."""
        lam = self.schedule.lam(np.asarray(t, dtype=np.float64))
        return self.schedule.time_of(np.clip(lam + np.interp(lam, self.lam, self.shift), *self._range))

    def predict(self, x: Tensor, t: Coefficient) -> Prediction:
        """eps of the model at x (B, *D) and the time it is told for t, as the eps at t, a float or (B,)."""
        if isinstance(t, Tensor):
            told: Coefficient = torch.from_numpy(self.asked_time(t.double().numpy())).to(t)
        else:
            told = float(self.asked_time(np.array(t)))
        return Prediction.of_eps(x, *levels(self.schedule, t, x), self.model.predict(x, told).eps)
