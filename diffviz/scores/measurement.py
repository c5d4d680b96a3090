"""The score of what fits a measurement: a gradient through the denoised point leads every prediction towards it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from diffviz.prediction import Prediction, levels
from diffviz.protocols import Coefficient, Schedule, ScoreModel


@dataclass(frozen=True, eq=False)
class MeasurementGuided:
    """score - grad_x |y - P x0(x_t)|² / (2 r²): the score given y = P x_0, as diffusion posterior sampling takes it.

    Given x_t, the clean point is taken to be normal around the denoised x0(x_t), with the variance r² = s² sigma² /
    (s² alpha² + sigma²) that it has for independent normal data of standard deviation s; for such data it is exact
    (Chung et al. 2023, equations 7 to 11; r as in Song et al. 2023, pseudoinverse-guided diffusion, section 3.2).

    model: must record gradients, as exact and learned scores do. known: P, an orthogonal projection. measured: y, the
    value of P on the clean point, shaped like x. spread: s, in data units.
    """

    model: ScoreModel
    known: Callable[[Tensor], Tensor]
    measured: Tensor
    spread: float

    @property
    def schedule(self) -> Schedule:
        """The schedule of the model inside."""
        return self.model.schedule

    def predict(self, x: Tensor, t: Coefficient) -> Prediction:
        """The guided prediction at x (B, *D) and time t, a float or (B,), by one call and its way back."""
        alpha, sigma = levels(self.schedule, t, x)
        signal = (self.spread * alpha) ** 2
        precision = (signal + sigma * sigma) / (self.spread * sigma) ** 2
        with torch.enable_grad():
            leaf = x.detach().requires_grad_()
            plain = self.model.predict(leaf, t)
            misfit = ((self.measured - self.known(plain.x0)).square() * precision).sum() / 2
            (gradient,) = torch.autograd.grad(misfit, leaf)
        return Prediction.of_eps(x, alpha, sigma, plain.eps.detach() + sigma * gradient)
