"""The one contract of every objective: a batch drawn ahead, and a loss of the network on it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import Annotated, ClassVar, NamedTuple

from torch import Generator, Tensor, nn

from diffviz.config import Choice, Entry
from diffviz.networks.targets import TARGETS, radius
from diffviz.objectives.time_samplers import TimeSampler, UniformTimes
from diffviz.objectives.weightings import Level, UniformWeighting, Weighting
from diffviz.protocols import Schedule, ScoreModel

TargetSlug = Annotated[
    str, Choice.among(TARGETS, label="Target", help="What the network puts out; the other views follow from it.")
]


class TrainingBatch(NamedTuple):
    """What a network learns from: noisy points at unit scale, their times, what its output meets, and the weights."""

    x: Tensor  # (B, *D), x_t / radius
    t: Tensor  # (B,)
    target: Tensor  # (B, *D), the right output; for sliced objectives the direction to project on
    weight: Tensor  # (B,)


class Loss(NamedTuple):
    """What a batch costs: the number whose gradient is followed, and what each point adds before its weight, (B,).

    For a denoising objective the latter is the squared error of the output; for one without targets it may be negative.
    """

    value: Tensor
    error: Tensor


@dataclass(frozen=True)
class Objective(Entry, ABC):
    """What training minimises, for a network whose output is read as `target`.

    learns_variance: whether the network must answer a variance too. needs_score: whether the score must be known.
    """

    learns_variance: ClassVar[bool] = False
    needs_score: ClassVar[bool] = False

    target: TargetSlug = "v"
    weighting: Weighting = field(default_factory=UniformWeighting)
    times: TimeSampler = field(default_factory=UniformTimes)

    @abstractmethod
    def make_batch(
        self,
        schedule: Schedule,
        x0: Tensor,
        t: Tensor,
        eps: Tensor,
        probes: Generator | None = None,
        known: ScoreModel | None = None,
    ) -> TrainingBatch:
        """Noise x0 (B, *D) to times t (B,) with eps (B, *D), and all that does not depend on the network.

        probes: where random directions are drawn from. known: the score of the data, for an objective that needs it.
        """

    @abstractmethod
    def loss(self, network: nn.Module, schedule: Schedule, batch: TrainingBatch, label: tuple[Tensor, ...]) -> Loss:
        """The loss of a network on a batch; label: the classes (B,) for a network that takes them, else nothing."""


def level(schedule: Schedule, t: Tensor) -> Level:
    """alpha, sigma and g² / sigma² at times t (B,)."""
    alpha, sigma = schedule.alpha(t), schedule.sigma(t)
    return Level(alpha, sigma, schedule.g2(t) / sigma**2)


def wide(value: Tensor, like: Tensor) -> Tensor:
    """A number a point (B,), shaped to multiply points (B, *D)."""
    return value.reshape(-1, *(1,) * (like.ndim - 1))


def noised(x0: Tensor, eps: Tensor, at: Level) -> tuple[Tensor, Tensor, Tensor]:
    """alpha x0 + sigma eps at unit scale, and alpha and sigma shaped to multiply it."""
    alpha, sigma = wide(at.alpha, x0), wide(at.sigma, x0)
    return (alpha * x0 + sigma * eps) / radius(alpha, sigma), alpha, sigma
