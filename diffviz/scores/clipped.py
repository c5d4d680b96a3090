"""Wrappers that keep the denoised point where data can be: a fixed box, or a box that follows the sample."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from diffviz.config import ConfigError
from diffviz.prediction import Prediction
from diffviz.protocols import Coefficient, Schedule, ScoreModel


@dataclass(frozen=True, eq=False)
class ClippedScore:
    """x_0 clipped to [low, high] in every coordinate; noise and score follow from the clipped point.

    Ho et al. 2020 clip images to [-1, 1]. Right only where the data lie inside the box.
    """

    model: ScoreModel
    low: float = -1.0
    high: float = 1.0

    def __post_init__(self) -> None:
        if not self.low < self.high:
            raise ConfigError(f"A clip needs bounds that rise, got {self.low:g} and {self.high:g}.")

    @property
    def schedule(self) -> Schedule:
        """The schedule of the model inside."""
        return self.model.schedule

    def predict(self, x: Tensor, t: Coefficient) -> Prediction:
        """The model's prediction at x (B, *D) and t with its x_0 clipped."""
        plain = self.model.predict(x, t)
        return Prediction.of_x0(x, plain.alpha, plain.sigma, plain.x0.clamp(self.low, self.high))


@dataclass(frozen=True, eq=False)
class ThresholdedScore:
    """Dynamic thresholding: each sample's x_0 clipped to its own quantile of |x_0|, then scaled back into the bound.

    A sample whose quantile lies below `bound` is clipped to the bound and not scaled. Meant for images, whose many
    coordinates make a quantile; in the plane it acts on two numbers. Saharia et al. 2022 (Imagen), section 2.3.
    """

    model: ScoreModel
    quantile: float = 0.995
    bound: float = 1.0

    def __post_init__(self) -> None:
        if not (0 < self.quantile <= 1 and self.bound > 0):
            got = f"got {self.quantile:g} and {self.bound:g}"
            raise ConfigError(f"Thresholding needs a quantile in (0, 1] and a bound above 0, {got}.")

    @property
    def schedule(self) -> Schedule:
        """The schedule of the model inside."""
        return self.model.schedule

    def predict(self, x: Tensor, t: Coefficient) -> Prediction:
        """The model's prediction at x (B, *D) and t with its x_0 thresholded."""
        plain = self.model.predict(x, t)
        flat = plain.x0.flatten(1)
        limit = torch.quantile(flat.abs(), self.quantile, dim=1, keepdim=True).clamp(min=self.bound)  # (B, 1)
        thresholded = flat.clamp(-limit, limit) * (self.bound / limit)
        return Prediction.of_x0(x, plain.alpha, plain.sigma, thresholded.reshape(x.shape))
