"""Denoising score matching: regress what was added to a data point, and the conditional mean is the score."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, ClassVar, NamedTuple

from torch import Tensor

from diffviz.config import Choice, Entry
from diffviz.networks.targets import TARGETS, radius
from diffviz.objectives.time_samplers import TimeSampler, UniformTimes
from diffviz.objectives.weightings import UniformWeighting, Weighting
from diffviz.prediction import expand
from diffviz.protocols import Schedule


class TrainingBatch(NamedTuple):
    """What a network learns from: noisy points at unit scale, their times, the targets and the weights."""

    x: Tensor  # (B, *D), x_t / radius
    t: Tensor  # (B,)
    target: Tensor  # (B, *D), what the network should put out
    weight: Tensor  # (B,)


@dataclass(frozen=True)
class Denoising(Entry):
    """E w |y(x0, eps) - y_theta(alpha x0 + sigma eps, t)|², whose minimum over y_theta is E[y | x_t].

    Equal to explicit score matching up to a constant (Vincent 2011).
    """

    title: ClassVar[str] = "Denoising score matching"
    paper: ClassVar[str] = "Vincent 2011, section 4; Song et al. 2021, equation 7"
    latex: ClassVar[str] = (
        r"\mathbb E_{t,x_0,\epsilon}\,w(t)\,\lVert y-\hat y_\theta(\alpha_t x_0+\sigma_t\epsilon,t)\rVert^2"
    )

    target: Annotated[
        str,
        Choice.among(TARGETS, label="Target", help="What the network puts out; the other views follow from it."),
    ] = "v"
    weighting: Weighting = field(default_factory=UniformWeighting)
    times: TimeSampler = field(default_factory=UniformTimes)

    def make_batch(self, schedule: Schedule, x0: Tensor, t: Tensor, eps: Tensor) -> TrainingBatch:
        """Noise x0 (B, *D) to times t (B,) with eps (B, *D), and the targets that the network should put out."""
        target = TARGETS[self.target]
        alpha, sigma = schedule.alpha(t), schedule.sigma(t)
        wide_alpha, wide_sigma = expand(alpha, x0), expand(sigma, x0)
        assert isinstance(wide_alpha, Tensor) and isinstance(wide_sigma, Tensor)
        weight = self.weighting.on_output(target, alpha, sigma, schedule.g2(t) / sigma**2)
        x = (wide_alpha * x0 + wide_sigma * eps) / radius(wide_alpha, wide_sigma)
        return TrainingBatch(x, t, target.value(x0, eps, wide_alpha, wide_sigma), weight)
