"""Guidance: the score of a class, made stronger than it is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import torch
from torch import Tensor, nn
from torch.nn import functional

from diffviz.data.mixture import GaussianMixture
from diffviz.parallel import in_parallel
from diffviz.prediction import Prediction, levels
from diffviz.protocols import Coefficient, Schedule, ScoreModel
from diffviz.scores.mixture import MixtureScore

Gradient = Callable[[Tensor, Coefficient], Tensor]  # (x (B, *D), t) -> grad_x log p(y | x_t), (B, *D)


@dataclass(frozen=True, eq=False)
class ClassifierGradient:
    """grad_x log p(y | x_t) of a classifier that knows noised images. label: one for all, or (B,)."""

    network: nn.Module
    schedule: Schedule
    label: int | Tensor

    def __call__(self, x: Tensor, t: Coefficient) -> Tensor:
        """The gradient at x (B, C, H, W) and time t, (B, C, H, W), by one pass forward and one back."""
        alpha, sigma = levels(self.schedule, t, x)
        with torch.enable_grad():
            leaf = x.detach().requires_grad_()
            logits = self.network(leaf / (alpha * alpha + sigma * sigma) ** 0.5, t)
            label = torch.as_tensor(self.label, device=x.device).expand(len(x))
            log_probability = functional.log_softmax(logits, 1).gather(1, label[:, None]).sum()
            (gradient,) = torch.autograd.grad(log_probability, leaf)
        return gradient


class CountedGradient:
    """The gradient inside, with the number of times it was taken so far in `calls`."""

    def __init__(self, gradient: Gradient) -> None:
        self.gradient, self.calls = gradient, 0

    def __call__(self, x: Tensor, t: Coefficient) -> Tensor:
        """Count, and pass on x (B, *D) and t."""
        self.calls += 1
        return self.gradient(x, t)


@dataclass(frozen=True, eq=False)
class ClassifierGuided:
    """eps - scale sigma grad log p(y | x_t): the score of p(x_t) p(y | x_t)^scale.

    Any sampler that is given it follows algorithm 2 of Dhariwal and Nichol 2021 in place of the plain one; algorithm 1
    is a sampler of its own, `samplers.ClassifierGuidedDDPM`.
    """

    model: ScoreModel
    gradient: Gradient
    scale: float

    @property
    def schedule(self) -> Schedule:
        """The schedule of the model inside."""
        return self.model.schedule

    def predict(self, x: Tensor, t: Coefficient) -> Prediction:
        """The guided prediction at x (B, *D) and time t, a float or (B,)."""
        plain = self.model.predict(x, t)
        if not self.scale:
            return plain
        return Prediction.of_eps(
            x, plain.alpha, plain.sigma, plain.eps - self.scale * plain.sigma * self.gradient(x, t)
        )


@dataclass(frozen=True, eq=False)
class ClassifierFree:
    """eps_u + scale (eps_c - eps_u) inside an interval of lambda, and eps_c outside.

    scale 0 is without the label, 1 with it, above 1 guided: 1 + w of Ho and Salimans 2022, equation 6. interval: of
    lambda, both ends in (Kynkäänniemi et al. 2024, equation 6, there in sigma).
    """

    labelled: ScoreModel
    plain: ScoreModel
    scale: float
    interval: tuple[float, float] = (-torch.inf, torch.inf)

    @property
    def schedule(self) -> Schedule:
        """The schedule of both models."""
        return self.labelled.schedule

    def predict(self, x: Tensor, t: Coefficient) -> Prediction:
        """The guided prediction at x (B, *D) and time t, one for the whole batch."""
        level = float(self.schedule.lam(float(t)))
        scale = self.scale if self.interval[0] <= level <= self.interval[1] else 1.0
        if scale == 1.0:
            return self.labelled.predict(x, t)
        if scale == 0.0:
            return self.plain.predict(x, t)
        plain, labelled = in_parallel(*(partial(model.predict, x, t) for model in (self.plain, self.labelled)))
        return Prediction.of_eps(x, plain.alpha, plain.sigma, torch.lerp(plain.eps, labelled.eps, scale))


@dataclass(frozen=True, eq=False)
class LabelledMixture:
    """A mixture whose components carry labels: the exact score of each class, and the exact classifier.

    labels: for each component, its class from 0.
    """

    schedule: Schedule
    mixture: GaussianMixture
    labels: tuple[int, ...]

    def plain(self) -> MixtureScore:
        """The exact score of all classes together."""
        return MixtureScore(self.schedule, self.mixture)

    def of(self, label: int) -> MixtureScore:
        """The exact score of one class, from 0."""
        return MixtureScore(self.schedule, self.only(label))

    def only(self, label: int) -> GaussianMixture:
        """The mixture of one class's components, from 0."""
        keep = [k for k, known in enumerate(self.labels) if known == label]
        whole = self.mixture
        return GaussianMixture(whole.weights[keep], whole.means[keep], whole.covariances[keep])

    def gradient(self, label: int) -> Gradient:
        """grad_x log p(y | x_t) = grad log q_t(x | y) - grad log q_t(x), by Bayes' rule."""
        labelled, plain = self.of(label), self.plain()
        return lambda x, t: labelled.predict(x, t).score - plain.predict(x, t).score

    def posterior(self, label: int, x: Tensor) -> Tensor:
        """p(y | x) of clean points x (n, D) for one class, from 0: (n,) in [0, 1]."""
        responsibilities = self.mixture.at().responsibilities(x)
        return responsibilities[:, [k for k, known in enumerate(self.labels) if known == label]].sum(1).clamp(0, 1)
