"""Several networks that learn at once from the same data and seed, a step of each in turn."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from diffviz.config import Config, ConfigError
from diffviz.protocols import Array, ScoreModel
from diffviz.schedules import GaussianSchedule
from diffviz.scores.learned import LearnedScore
from diffviz.training.loop import Progress, TrainingConfig, TrainState, training_steps

MOST = 4


@dataclass(frozen=True)
class SideBySideConfig(Config):
    """Two to four trainings of the same length on the same schedule; what else differs is what is compared."""

    lanes: tuple[TrainingConfig, ...]

    def __post_init__(self) -> None:
        super().__post_init__()
        if not 2 <= len(self.lanes) <= MOST:
            raise ConfigError(f"Between 2 and {MOST} trainings can be compared, got {len(self.lanes)}.")
        if len({(lane.steps, lane.schedule) for lane in self.lanes}) > 1:
            raise ConfigError("Trainings that are compared must have the same steps and schedule.")

    @property
    def steps(self) -> int:
        """Of every lane."""
        return self.lanes[0].steps

    @property
    def schedule(self) -> GaussianSchedule:
        """Of every lane."""
        return self.lanes[0].schedule


@dataclass(frozen=True)
class SideBySideProgress(Progress):
    """Where all stand after the same step: `weights` are those of every lane, end to end, and `loss` is their sum."""

    lanes: tuple[Progress, ...] = ()


class SideBySideState:
    """The networks of every lane, with the same first weights where they are of one kind."""

    def __init__(self, settings: SideBySideConfig, shape: tuple[int, ...], seed: int) -> None:
        self.states = tuple(TrainState(lane, shape, seed) for lane in settings.lanes)

    @property
    def initial(self) -> Tensor:
        """A copy of all flat weights as they are, end to end."""
        return torch.cat([state.initial for state in self.states])

    def load(self, weights: Tensor) -> tuple[LearnedScore, ...]:
        """Put flat weights in place; the models are these very objects each time."""
        parts = torch.split(weights, [state.parameters.values.numel() for state in self.states])
        return tuple(state.load(part) for state, part in zip(self.states, parts, strict=True))


def side_by_side_steps(
    settings: SideBySideConfig, points: Array | Tensor, seed: int, known: ScoreModel | None = None
) -> Iterator[SideBySideProgress]:
    """Train all lanes on points (N, *D) and yield after a step of each; raises `ConfigError` like `training_steps`.

    All draw the same points, times and noise where their settings ask for the same.
    """
    loops = [training_steps(lane, points, seed, known=known) for lane in settings.lanes]
    for lanes in zip(*loops, strict=True):
        first = lanes[0]
        yield SideBySideProgress(
            step=first.step,
            steps=first.steps,
            loss=sum(lane.loss for lane in lanes),
            smooth_loss=sum(lane.smooth_loss for lane in lanes),
            lam=first.lam,
            lam_loss=first.lam_loss,
            rate=1 / sum(1 / lane.rate for lane in lanes),
            weights=torch.cat([lane.weights for lane in lanes]),
            lanes=lanes,
        )
