"""All that a training holds between two steps, so that one that was interrupted goes on as if it had not been."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from diffviz.training.adamw import AdamW
from diffviz.training.ema import PowerEMA


@dataclass(frozen=True, eq=False)
class ResumeState:
    """After `step` steps: flat weights, Adam's two moments and the average (P,) each, and the running means.

    smooth_loss: of the loss. lam_loss: (BINS,) float64 of the error at each noise level, empty for a classifier.
    time_losses: (bins, 10) float64, where times are drawn by the losses. beside: (K,) float32, what the training of a
    student holds beside its weights, such as an average that is its target. Else the batches to come follow from the
    seed and the step alone.
    """

    step: int
    weights: Tensor
    mean: Tensor
    square: Tensor
    average: Tensor
    smooth_loss: float
    lam_loss: Tensor
    time_losses: Tensor | None = None
    beside: Tensor | None = None

    @classmethod
    def capture(
        cls,
        optimiser: AdamW,
        average: PowerEMA,
        smooth_loss: float,
        lam_loss: Tensor | None = None,
        time_losses: Tensor | None = None,
        beside: Tensor | None = None,
    ) -> ResumeState:
        """Copies of what optimiser and average hold now, on the processor."""
        flat = (optimiser.parameters.values, optimiser.mean, optimiser.square, average.weights)
        weights, mean, square, averaged = (tensor.detach().to("cpu", copy=True) for tensor in flat)
        lam_loss = torch.zeros(0, dtype=torch.float64) if lam_loss is None else lam_loss.clone()
        time_losses = None if time_losses is None else time_losses.clone()
        beside = None if beside is None else beside.detach().to("cpu", copy=True)
        return cls(optimiser.steps, weights, mean, square, averaged, smooth_loss, lam_loss, time_losses, beside)

    def restore(self, optimiser: AdamW, average: PowerEMA) -> None:
        """Put weights, moments, average and step back in place."""
        optimiser.steps = self.step
        for place, kept in (
            (optimiser.parameters.values, self.weights),
            (optimiser.mean, self.mean),
            (optimiser.square, self.square),
            (average.weights, self.average),
        ):
            place.copy_(kept)
