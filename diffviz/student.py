"""Students: what makes data in a few calls, and how it learns that from a teacher."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor

from diffviz.config import Entry
from diffviz.networks.device import CPU
from diffviz.protocols import Noise, Schedule
from diffviz.training.loop import Progress, TrainState
from diffviz.training.resume import ResumeState
from diffviz.trajectory import Trajectory


class Student(Protocol):
    """Makes data from noise in a few calls. A score model with a sampler can be one, and so can a map to the data."""

    @property
    def schedule(self) -> Schedule:
        """Whose noise at t_max it starts from."""
        ...

    @property
    def budgets(self) -> tuple[int, ...]:
        """The numbers of calls that it has learned to do with, rising."""
        ...

    def run(self, x: Tensor, calls: int, noise: Noise) -> Trajectory:
        """From x (B, *D) at t_max to data in so many calls, counted around the network and not claimed.

        Raises `ConfigError` for a number of calls that it has not learned to do with.
        """
        ...


class StudentState(Protocol):
    """What a student is made of, as flat weights: it learns in the background and is kept in a file like a network."""

    @property
    def settings(self) -> Method:
        """How it learns."""
        ...

    @property
    def initial(self) -> Tensor:
        """A copy of the flat weights (P,) as they are."""
        ...

    def load(self, weights: Tensor) -> Student:
        """Put flat weights in place; the student is of these very tensors each time."""
        ...

    def tensors(self) -> dict[str, Tensor]:
        """The tensors of a file, by name, which share memory with what `load` fills."""
        ...


@dataclass(frozen=True)
class Method(Entry, ABC):
    """A way to need few calls; its fields are the settings of its training.

    The teacher is a score network as it was trained. Two states of the same settings, teacher and seed are alike.
    """

    @property
    @abstractmethod
    def total_steps(self) -> int:
        """The steps of all its training, as `Progress.steps` counts them."""

    @property
    def needs_features(self) -> bool:
        """Whether `learn` takes `features` too, what a classifier makes of images (B, *D), to compare them by."""
        return False

    @abstractmethod
    def state(self, teacher: TrainState, seed: int) -> StudentState:
        """A fresh student of this teacher, before its first step."""

    @abstractmethod
    def learn(
        self,
        teacher: TrainState,
        points: Tensor,
        seed: int,
        *,
        device: torch.device = CPU,
        resume: ResumeState | None = None,
    ) -> Iterator[Progress]:
        """Train on points (N, *D) and yield after each step; `Progress.weights` are what `StudentState.load` takes.

        Deterministic for a seed, on one torch thread; from `resume`, a captured state of the same training, it goes on
        as if it had not been interrupted. Raises `ConfigError` for a teacher or points that it cannot learn from.
        """
