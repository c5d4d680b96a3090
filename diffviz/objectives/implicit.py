"""Score matching without a target: integration by parts trades the unknown score for the network's own divergence.

E |s_theta - s|² = E (|s_theta|² + 2 div s_theta) + E |s|², and the last term does not depend on the network. With
sigma² before it, the losses are those of the noise; a plain weight counts that error alike at every level.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, ClassVar

import torch
from torch import Generator, Tensor, nn

from diffviz.config import ConfigError, Range
from diffviz.networks.targets import TARGETS, radius
from diffviz.objectives.base import Loss, Objective, TrainingBatch, level, noised, wide
from diffviz.protocols import Schedule, ScoreModel

Answer = Callable[[Tensor], Tensor]

LARGEST_TRACE = 16  # coordinates, each a pass backward


@dataclass(frozen=True)
class ImplicitObjective(Objective):
    """w sigma² (|s_theta|² + 2 div s_theta) / d; a subclass says how the divergence is had."""

    def make_batch(
        self,
        schedule: Schedule,
        x0: Tensor,
        t: Tensor,
        eps: Tensor,
        probes: Generator | None = None,
        known: ScoreModel | None = None,
    ) -> TrainingBatch:
        """The noisy points, which are all that is needed, and a direction for each."""
        at = level(schedule, t)
        x, _, _ = noised(x0, eps, at)
        return TrainingBatch(x, t, self.directions(x, probes), self.weighting.on_output(TARGETS["score"], at))

    def directions(self, x: Tensor, probes: Generator | None) -> Tensor:
        """Random signs, (B, *D): of all directions with E v vᵀ = I they give the divergence with the least noise."""
        return torch.randint(0, 2, x.shape, generator=probes).to(x.dtype).mul_(2).sub_(1)

    def loss(self, network: nn.Module, schedule: Schedule, batch: TrainingBatch, label: tuple[Tensor, ...]) -> Loss:
        """sigma² (|s_theta|² + 2 div s_theta), a mean over coordinates: a squared error but for a constant."""
        x, t, v, weight = batch
        alpha, sigma = wide(schedule.alpha(t), x), wide(schedule.sigma(t), x)
        scale, read = radius(alpha, sigma), TARGETS[self.target].read

        def answer(scaled: Tensor) -> Tensor:
            """sigma times the score, of x at unit scale."""
            return -read(scaled * scale, alpha, sigma, network.forward(scaled, t, *label)).eps

        square, divergence = self.terms(answer, x, v, sigma / scale)
        error = (square + 2 * divergence) / x[0].numel()
        return Loss(torch.dot(error, weight) / len(error), error)

    @abstractmethod
    def terms(self, answer: Answer, x: Tensor, v: Tensor, rate: Tensor) -> tuple[Tensor, Tensor]:
        """sigma² |s|² and sigma² div s, (B,) each.

        answer: x at unit scale -> sigma s, (B, *D). v: directions (B, *D). rate: sigma / radius, by which a slope over
        x at unit scale becomes sigma times the one over x itself.
        """


@dataclass(frozen=True)
class Hyvarinen(ImplicitObjective):
    """Implicit score matching with the exact divergence, one pass backward a coordinate: for the plane."""

    title: ClassVar[str] = "Implicit (Hyvärinen)"
    paper: ClassVar[str] = "Hyvärinen 2005, theorem 1"
    latex: ClassVar[str] = r"\mathbb E_{t,x_t}\,w(t)\big(\lVert s_\theta\rVert^2+2\,\nabla\!\cdot s_\theta\big)"

    def directions(self, x: Tensor, probes: Generator | None) -> Tensor:
        """None are needed: a view of a single zero."""
        return x.new_zeros(()).expand(x.shape)

    def terms(self, answer: Answer, x: Tensor, v: Tensor, rate: Tensor) -> tuple[Tensor, Tensor]:
        """The divergence as the sum of d s_i / d x_i; `ConfigError` for points of more than 16 numbers."""
        if x[0].numel() > LARGEST_TRACE:
            raise ConfigError(f"The exact divergence is for points of at most {LARGEST_TRACE} numbers; choose sliced.")
        x = x.detach().requires_grad_()
        score = answer(x)
        flat = score.flatten(1)
        slopes = [
            torch.autograd.grad(flat[:, i].sum(), x, create_graph=True)[0].flatten(1)[:, i]
            for i in range(flat.shape[1])
        ]
        return flat.square().sum(1), torch.stack(slopes).sum(0) * rate.flatten()


@dataclass(frozen=True)
class Sliced(ImplicitObjective):
    """The divergence estimated along one random direction, E vᵀ (ds/dx) v: one more pass in any dimension.

    The variance-reduced form: |s|² is known and is not projected.
    """

    title: ClassVar[str] = "Sliced"
    paper: ClassVar[str] = "Song et al. 2019 (sliced score matching), section 3"
    latex: ClassVar[str] = (
        r"\mathbb E_{t,x_t,v}\,w(t)\big(\lVert s_\theta\rVert^2+2\,v^\top\nabla_x(v^\top s_\theta)\big)"
    )

    def terms(self, answer: Answer, x: Tensor, v: Tensor, rate: Tensor) -> tuple[Tensor, Tensor]:
        """vᵀ grad (vᵀ s), by one pass backward that can itself be gone through backward."""
        x = x.detach().requires_grad_()
        score = answer(x)
        (slope,) = torch.autograd.grad((score * v).sum(), x, create_graph=True)
        return score.flatten(1).square().sum(1), (slope * v).flatten(1).sum(1) * rate.flatten()


@dataclass(frozen=True)
class FiniteDifferenceSliced(ImplicitObjective):
    """Sliced with the slope along v as a difference of two answers: no second derivative, and an error of order step².

    |s|² is taken at the middle of the two answers, so that they are all the calls there are.
    """

    title: ClassVar[str] = "Sliced by differences"
    paper: ClassVar[str] = "Pang et al. 2020 (finite-difference score matching), section 3"
    latex: ClassVar[str] = (
        r"\mathbb E\,w\Big(\big\lVert\tfrac{s_++s_-}2\big\rVert^2+\tfrac1\delta\,v^\top(s_+-s_-)\Big),"
        r"\quad s_\pm=s_\theta(x_t\pm\delta v)"
    )

    step: Annotated[float, Range(0.01, 1.0, log=True, label="δ / σ", help="Half the way between the two answers.")] = (
        0.1
    )

    def terms(self, answer: Answer, x: Tensor, v: Tensor, rate: Tensor) -> tuple[Tensor, Tensor]:
        """vᵀ (s(x + delta v) - s(x - delta v)) / (2 delta), with delta in units of sigma."""
        away = self.step * rate * v
        ahead, behind = answer(x + away), answer(x - away)
        middle = (ahead + behind) / 2
        slope = ((ahead - behind) * v).flatten(1).sum(1) / (2 * self.step)
        return middle.flatten(1).square().sum(1), slope
