"""A student that learns in milliseconds, and holds something of every kind that a real one may hold."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, ClassVar

import numpy as np
import pytest
import torch
from torch import Tensor

from diffviz.config import ConfigError, Flag, Range
from diffviz.grids import UniformLogSNR
from diffviz.networks import MLP
from diffviz.networks.device import CPU
from diffviz.noise import Stream, torch_generator
from diffviz.pretrained import students
from diffviz.pretrained.checkpoint import Card, load_checkpoint, save_checkpoint
from diffviz.pretrained.students import save_student
from diffviz.protocols import Noise, Schedule, ScoreModel
from diffviz.samplers import DDIM, sample
from diffviz.student import Method
from diffviz.training.adamw import AdamW
from diffviz.training.ema import PowerEMA
from diffviz.training.loop import Progress, TrainingConfig, TrainState
from diffviz.training.resume import ResumeState
from diffviz.trajectory import Trajectory

TEACHER = TrainingConfig(batch=16, steps=4, network=MLP(width=8, depth=1, x_features=4, t_features=1))


def teacher_at(path: Path) -> tuple[TrainState, Card]:
    """A network that knows nothing, and its card, written to `path`."""
    state = TrainState(TEACHER, (2,), 0)
    return state, save_checkpoint(path, state, 0, 4, "ring")


def ship(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the toy be listed, and its student of the shipped network of the ring come with the lab."""
    monkeypatch.setitem(students.STUDENTS, "toy", Toy)
    monkeypatch.setattr(students, "FOLDER", folder)
    students._load.cache_clear()
    teacher, card = load_checkpoint(students.teacher_path("ring"))
    save_student(folder / "ring-toy.safetensors", Toy().state(teacher, 0), card, 0, 9, "ring", seconds=12.3)


@dataclass(frozen=True, eq=False)
class ToyStudent:
    """DDIM on a network."""

    model: ScoreModel
    budgets: tuple[int, ...] = (1, 2, 4)

    @property
    def schedule(self) -> Schedule:
        return self.model.schedule

    def run(self, x: Tensor, calls: int, noise: Noise) -> Trajectory:
        if calls not in self.budgets:
            raise ConfigError("It has not learned that.")
        return sample(DDIM(), self.model, x, UniformLogSNR().times(self.schedule, calls), noise)


class ToyState:
    """A network like the teacher's, and a number in double precision."""

    def __init__(self, settings: Toy, teacher: TrainState, seed: int) -> None:
        self.settings = settings
        self.inner = TrainState(teacher.settings, teacher.network.shape, seed)
        self.inner.load(teacher.initial)
        self.number = torch.zeros(1, dtype=torch.float64)

    @property
    def initial(self) -> Tensor:
        return torch.cat([self.inner.initial, self.number.float()])

    def load(self, weights: Tensor) -> ToyStudent:
        self.number.copy_(weights[-1:])
        return ToyStudent(self.inner.load(weights[:-1]))

    def tensors(self) -> dict[str, Tensor]:
        return {**self.inner.network.state_dict(), "number": self.number}


@dataclass(frozen=True)
class Toy(Method):
    """Learns to answer nothing, from the teacher's weights; a walk beside them is its target."""

    title: ClassVar[str] = "Toy"
    paper: ClassVar[str] = "Nobody 2000, equation 0"
    latex: ClassVar[str] = r"x=0"

    steps: Annotated[int, Range(1, 100, label="Steps", help="Of its training.")] = 9
    rate: Annotated[float, Range(1e-4, 1e-1, label="Rate", help="Of its steps.")] = 1e-2
    fast: Annotated[bool, Flag(label="Fast", help="Twice the rate.")] = False

    @property
    def total_steps(self) -> int:
        return self.steps

    def state(self, teacher: TrainState, seed: int) -> ToyState:
        return ToyState(self, teacher, seed)

    def learn(
        self,
        teacher: TrainState,
        points: Tensor,
        seed: int,
        *,
        device: torch.device = CPU,
        resume: ResumeState | None = None,
    ) -> Iterator[Progress]:
        state = self.state(teacher, seed)
        parameters, walk = state.inner.parameters, torch.zeros(3)
        optimiser, average, first = AdamW(parameters, (0.9, 0.99), 0.0), PowerEMA(parameters.values, 1.0), 0
        if resume is not None:
            resume.restore(optimiser, average)
            first = resume.step
            assert resume.beside is not None
            walk.copy_(resume.beside)
        for step in range(first + 1, self.steps + 1):
            generator = torch_generator(seed + step, Stream.STUDENT_BATCHES)
            x = points[torch.randint(len(points), (8,), generator=generator)]
            walk += torch.randn(3, generator=generator)
            loss = (state.inner.network(x, torch.full((8,), 0.5)) - walk[:2]).square().mean()
            loss.backward()
            optimiser.step(self.rate * (1 + self.fast))
            average.update(parameters.values, step)

            def capture(value: float = loss.item(), beside: Tensor = walk) -> ResumeState:
                return ResumeState.capture(optimiser, average, value, beside=beside)

            weights = torch.cat([average.weights.clone(), torch.tensor([float(step)])])
            yield Progress(step, self.steps, loss.item(), loss.item(), np.empty(0), np.empty(0), 1.0, weights, capture)
