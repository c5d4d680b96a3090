"""Consistency models: one call leads from any point of a path of the flow to its end (Song et al. 2023).

What a network learns is that two points of one path have one end. In distillation the second point is where a
solver comes from the first by the teacher's answers; in training without a teacher both are one data point under one
noise.
"""

from __future__ import annotations

import math
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass
from itertools import islice, pairwise
from typing import Annotated, ClassVar

import numpy as np
import torch
from torch import Tensor

from diffviz.config import Choice, ConfigError, Range
from diffviz.distillation.consistency_pairs import SPACINGS, Levels, draw_pairs
from diffviz.distillation.consistency_student import ConsistencyState
from diffviz.distillation.distances import DISTANCES, Between, Features, feature_distance
from diffviz.networks.device import CPU
from diffviz.protocols import Array, Schedule, ScoreModel
from diffviz.schedules import time_at
from diffviz.scores.learned import LearnedScore
from diffviz.student import Method
from diffviz.training.adamw import AdamW
from diffviz.training.ema import PowerEMA
from diffviz.training.loop import Progress, TrainState, cosine_rate
from diffviz.training.resume import ResumeState

_WARMUP = 100


@dataclass(frozen=True)
class ConsistencyProgress(Progress):
    """levels: into how many steps the paths are cut now, N(k)."""

    levels: int = 0


@dataclass(frozen=True)
class Consistency(Method, ABC):
    """A map from every point of a path to its end, learned from pairs of neighbouring points on one path."""

    batch: Annotated[int, Range(16, 4096, label="Batch", log=True, help="Pairs drawn for each step.")] = 256
    steps: Annotated[int, Range(1, 1_000_000, label="Steps", log=True, help="Length of training.")] = 3_000
    rate: Annotated[float, Range(1e-5, 0.1, label="Learning rate", log=True, help="The highest it gets.")] = 5e-3
    averaging: Annotated[
        float, Range(0.0, 100.0, label="Averaging", help="Power of the weight average that samples.")
    ] = 12.0
    first: Annotated[
        int, Range(2, 1280, label="Pieces at first", log=True, help="Into so many pieces each path is cut at first.")
    ] = 4
    last: Annotated[int, Range(2, 1280, label="Pieces at last", log=True, help="And into so many at the end.")] = 4
    growth: Annotated[
        str,
        Choice(
            {"root": "Like a root", "doubling": "Doubling"},
            label="Growth of N",
            help="How N rises: Song et al. 2023, appendix C, or Song and Dhariwal 2023, section 3.4.",
        ),
    ] = "doubling"
    spacing: Annotated[str, Choice.among(SPACINGS, label="Spacing", help="Of the pieces.")] = "uniform"
    levels: Annotated[
        str,
        Choice(
            {"even": "Every pair as often", "lognormal": "Log-normal in σ/α"},
            label="Pairs drawn",
            help="Which pairs are drawn: Song et al. 2023, algorithm 2, or Song and Dhariwal 2023, section 3.5.",
        ),
    ] = "even"
    distance: Annotated[str, Choice.among(DISTANCES, label="Distance", help="Between the two ends.")] = "huber"
    memory: Annotated[
        float,
        Range(
            0.0, 0.9999, label="Memory of the target", help="0: the target is the network itself, without a gradient."
        ),
    ] = 0.0
    restart: Annotated[
        float,
        Range(
            0.05, 0.99, step=0.01, label="Second call", help="Share of the schedule's time to which an end is noised."
        ),
    ] = 0.65

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.first > self.last:
            raise ConfigError(
                f"Paths are cut ever finer: {self.first} pieces at first are more than {self.last} at last."
            )

    @property
    def total_steps(self) -> int:
        """`steps`."""
        return self.steps

    def pieces(self, step: int) -> int:
        """N(k): into how many pieces a path is cut at step 1, 2, ..."""
        done = (step - 1) / self.steps
        if self.growth == "root":
            square = self.first**2 + done * ((self.last + 1) ** 2 - self.first**2)
            return min(math.isqrt(int(square)), self.last)
        stages = math.floor(math.log2(self.last / self.first)) + 1
        return min(self.first << math.floor(done * stages), self.last)

    def target_memory(self, step: int) -> float:
        """mu(k): the share of the target's weights that a step leaves as it was, the same over a path whatever N is."""
        return float(self.memory ** (self.first / self.pieces(step))) if self.memory else 0.0

    def times(self, schedule: Schedule, calls: int) -> Array:
        """When so many calls are made, (calls,) falling: at t_max, then evenly from the `restart` down."""
        shares = [1.0, *(self.restart * np.arange(calls - 1, 0, -1) / (calls - 1))]
        return np.array([time_at(schedule, share) for share in shares])

    def state(self, teacher: TrainState, seed: int) -> ConsistencyState:
        """A fresh student of this teacher, before its first step."""
        return ConsistencyState(self, teacher, seed)

    @property
    def needs_features(self) -> bool:
        """For the distance that compares them."""
        return DISTANCES[self.distance].between is None

    @property
    def visits(self) -> int:
        """Levels on the way from a point to its cleaner neighbour, both included."""
        return 2

    @property
    @abstractmethod
    def inherits(self) -> bool:
        """Whether the network begins with the teacher's weights."""

    @abstractmethod
    def cleaner(self, teacher: ScoreModel, x0: Tensor, eps: Tensor, path: Sequence[Levels]) -> Tensor:
        """The point (B, *D) at the last level of the path through alpha x0 + sigma eps at its first, noisiest one."""

    def learn(
        self,
        teacher: TrainState,
        points: Tensor,
        seed: int,
        *,
        device: torch.device = CPU,
        resume: ResumeState | None = None,
        features: Features | None = None,
    ) -> Iterator[ConsistencyProgress]:
        """Train on points (N, *D) and yield after each step; `Progress.weights` are averaged.

        features: of images, for the distance that needs them. Raises `ConfigError` for a teacher or points that it
        cannot learn from, and where features are needed and not given.
        """
        between, schedule = self._between(features), teacher.settings.schedule
        data = torch.as_tensor(points, dtype=torch.float32)
        state = ConsistencyState(self, teacher, seed, device)
        if tuple(data.shape[1:]) != state.network.shape or not len(data):
            raise ConfigError(f"The teacher knows points of shape {state.network.shape}, got {tuple(data.shape)}.")
        asked = LearnedScore(schedule, deepcopy(teacher.network).to(device), teacher.settings.objective.target)
        values = state.parameters.values
        optimiser, average = AdamW(state.parameters, (0.9, 0.99), 0.0), PowerEMA(values, self.averaging)
        target = ConsistencyState(self, teacher, seed, device) if self.memory else state
        smooth, first, spent, last = 0.0, 0, 0.0, time.perf_counter()
        if resume is not None:
            resume.restore(optimiser, average)
            smooth, first = resume.smooth_loss, resume.step
            if resume.beside is not None:
                target.parameters.values.copy_(resume.beside)

        def capture() -> ResumeState:
            beside = target.parameters.values if self.memory else None
            return ResumeState.capture(optimiser, average, smooth, beside=beside)

        batches = islice(draw_pairs(self, schedule, data, seed), first, None)
        for step, batch in enumerate(batches, first + 1):
            x0, eps, times = (part.to(device) for part in batch)
            path = [Levels.at(schedule, t, x0) for t in times]
            with torch.no_grad():
                wanted = target.map.end(self.cleaner(asked, x0, eps, path), times[-1])
            loss = between(state.map.end(path[0].alpha * x0 + path[0].sigma * eps, times[0]), wanted).mean()
            loss.backward()  # type: ignore[no-untyped-call]
            optimiser.step(cosine_rate(self.rate, step, self.steps, _WARMUP))
            average.update(values, step)
            if self.memory:
                target.parameters.values.lerp_(values, 1 - self.target_memory(step))
            value = loss.item()
            smooth += max(0.02, 1 / step) * (value - smooth)
            spent += time.perf_counter() - last
            yield ConsistencyProgress(
                step=step,
                steps=self.steps,
                loss=value,
                smooth_loss=smooth,
                lam=np.empty(0),
                lam_loss=np.empty(0),
                rate=(step - first) / spent,
                weights=average.weights.to(CPU, copy=True),
                capture=capture,
                levels=self.pieces(step),
            )
            last = time.perf_counter()

    def _between(self, features: Features | None) -> Between:
        between = DISTANCES[self.distance].between
        if between is not None:
            return between
        if features is None:
            raise ConfigError("The distance of features needs a classifier of images.")
        return feature_distance(features)


@dataclass(frozen=True)
class ConsistencyDistillation(Consistency):
    """The second point of a pair is a solver's step from the first, by the teacher's answers."""

    title: ClassVar[str] = "Consistency distillation"
    paper: ClassVar[str] = "Song et al. 2023, algorithm 2"
    latex: ClassVar[str] = (
        r"\mathbb E\big[d\big(f_\theta(x_{t_{n+1}},t_{n+1}),\ f_{\theta^-}(\hat x_{t_n},t_n)\big)\big]"
    )

    solver: Annotated[
        str,
        Choice(
            {"heun": "Heun in λ, two calls", "ddim": "DDIM, one call"},
            label="The teacher's step",
            help="How the teacher goes from one point of a pair to the other.",
        ),
    ] = "heun"
    substeps: Annotated[
        int, Range(1, 32, label="Steps a piece", help="Of the teacher, from one point of a pair to the other.")
    ] = 4

    @property
    def visits(self) -> int:
        """One more than the teacher's steps."""
        return self.substeps + 1

    @property
    def inherits(self) -> bool:
        """The network begins with the teacher's weights: each answer is the teacher's denoised point."""
        return True

    def cleaner(self, teacher: ScoreModel, x0: Tensor, eps: Tensor, path: Sequence[Levels]) -> Tensor:
        """DDIM's steps, or such with the mean denoised point of both their ends (DPM-Solver++ 2S with r = 1)."""
        x = path[0].alpha * x0 + path[0].sigma * eps
        for s, t in pairwise(path):
            keep = t.sigma / s.sigma
            gain = t.alpha - keep * s.alpha  # -alpha_t (e^{-h} - 1)
            denoised = teacher.predict(x, s.t).x0
            if self.solver == "heun":
                denoised = (denoised + teacher.predict(keep * x + gain * denoised, t.t).x0) / 2
            x = keep * x + gain * denoised
        return x


@dataclass(frozen=True)
class ConsistencyTraining(Consistency):
    """Without a teacher: both points of a pair are one data point under one noise, in the mean the flow's direction."""

    title: ClassVar[str] = "Consistency training"
    paper: ClassVar[str] = "Song et al. 2023, algorithm 3"
    latex: ClassVar[str] = (
        r"\mathbb E\big[d\big(f_\theta(\alpha_{n+1}x_0+\sigma_{n+1}\epsilon,t_{n+1}),"
        r"\ f_{\theta^-}(\alpha_n x_0+\sigma_n\epsilon,t_n)\big)\big]"
    )

    @property
    def inherits(self) -> bool:
        """Nothing is taken from the teacher but the kind of network and the schedule."""
        return False

    def cleaner(self, teacher: ScoreModel, x0: Tensor, eps: Tensor, path: Sequence[Levels]) -> Tensor:
        """alpha x0 + sigma eps at the last level."""
        return path[-1].alpha * x0 + path[-1].sigma * eps


# As the papers have them, with fewer pieces: theirs are for a hundred times as many steps.
RECIPES: dict[str, Consistency] = {
    "original": ConsistencyTraining(first=2, last=150, growth="root", spacing="karras", distance="l2", memory=0.9),
    "improved": ConsistencyTraining(
        first=10, last=160, growth="doubling", spacing="karras", levels="lognormal", distance="huber"
    ),
}
# What ships: a minute and a half of one core in the plane, seven minutes of one on digits.
SHIPPED_2D = ConsistencyDistillation(batch=512, steps=12_000)
SHIPPED_DIGITS = ConsistencyDistillation(batch=32, steps=1_500, rate=2e-3, substeps=2)
