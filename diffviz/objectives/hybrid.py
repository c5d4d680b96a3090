"""Learning the variance of a reverse step beside its mean."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar

import torch
from torch import Tensor, nn

from diffviz.config import Range
from diffviz.networks.mlp import VarianceMLPNetwork
from diffviz.networks.targets import TARGETS, radius
from diffviz.objectives.base import Loss, TrainingBatch, wide
from diffviz.objectives.denoising import Denoising, regression
from diffviz.protocols import Schedule


@dataclass(frozen=True)
class Hybrid(Denoising):
    """L_simple + 0.001 L_vlb: the mean learns from the first alone, the variance from the second alone.

    The variance of the step from t to t - 1/T (as shares of the schedule's range) is beta^v beta-tilde^(1 - v), and the
    network answers v, coordinate by coordinate. In L_vlb, of T Kullback-Leibler divergences in nats a coordinate, the
    mean is held fixed.
    """

    title: ClassVar[str] = "Hybrid, with learned variance"
    paper: ClassVar[str] = "Nichol and Dhariwal 2021, equations 15 and 16"
    latex: ClassVar[str] = (
        r"L_{\mathrm{simple}}+0.001\,L_{\mathrm{vlb}},\quad"
        r"\log\Sigma_\theta=v\log\beta_t+(1-v)\log\tilde\beta_t"
    )
    learns_variance: ClassVar[bool] = True

    share: Annotated[float, Range(0.0, 1.0, label="λ", help="What L_vlb counts beside L_simple.")] = 1e-3
    steps: Annotated[
        int, Range(2, 4_000, label="T", log=True, help="Steps of the chain whose variances are learned.")
    ] = 100

    def loss(self, network: nn.Module, schedule: Schedule, batch: TrainingBatch, label: tuple[Tensor, ...]) -> Loss:
        """The two parts together; the error of each point is that of the mean."""
        assert isinstance(network, VarianceMLPNetwork)  # the settings refuse any other
        output, share = network.answers(batch.x, batch.t)
        vlb = self.steps * self.divergence(schedule, batch, output.detach(), share).mean()
        simple = regression(output, batch)
        return Loss(simple.value + self.share * vlb, simple.error)

    def divergence(self, schedule: Schedule, batch: TrainingBatch, output: Tensor, share: Tensor) -> Tensor:
        """KL of q(x_s | x_t, x_0) from the learned step, nats a coordinate, (B,); 0 where no whole step is left."""
        t = batch.t
        width = (schedule.t_max - schedule.t_min) / self.steps
        whole = t >= schedule.t_min + width
        s = (t - width).clamp(min=schedule.t_min)
        gap = (schedule.lam(s) - schedule.lam(t)).clamp(min=1e-6)
        alpha, sigma, alpha_s, sigma_s, rate = (
            wide(level, output)
            for level in (
                schedule.alpha(t),
                schedule.sigma(t),
                schedule.alpha(s),
                schedule.sigma(s),
                -torch.expm1(-2 * gap),
            )
        )
        x, read = batch.x * radius(alpha, sigma), TARGETS[self.target].read
        missed = alpha_s * rate * (read(x, alpha, sigma, batch.target).x0 - read(x, alpha, sigma, output).x0)
        log_excess = share * 2 * torch.log(sigma / sigma_s)  # of the variance over beta-tilde = rate sigma_s²
        off = missed.square() / (rate * sigma_s**2)
        divergence = 0.5 * (log_excess - 1 + (1 + off) * torch.exp(-log_excess))
        return divergence.flatten(1).mean(1) * whole
