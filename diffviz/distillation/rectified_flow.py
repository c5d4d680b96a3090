"""Rectified flow: paths from noise to data made straight, so that a few Euler steps follow them.

The flow of any Gaussian path is that of the straight path x_t = (1 - t) x_0 + t eps, at other times and on another
scale. So the first rectified flow needs no training: `first_flow` reads any score model as one. What its paths still
bend, a student unlearns by reflow: it is trained on straight lines between the ends of the teacher's own paths.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import Annotated, ClassVar

import numpy as np
import torch
from torch import Tensor

from diffviz.config import ConfigError, Range
from diffviz.grids import UniformLogSNR, UniformTime
from diffviz.networks.device import CPU, bfloat16_autocast
from diffviz.noise import Stream, WhiteNoise, stream
from diffviz.objectives import Denoising
from diffviz.prediction import expand
from diffviz.protocols import Noise, Schedule, ScoreModel
from diffviz.samplers import DDIM, DPMSolverPP2M, sample
from diffviz.schedules import Flow
from diffviz.schedules.base import time_at
from diffviz.scores.learned import LearnedScore
from diffviz.scores.schedule_transformed import ScheduleTransformedModel
from diffviz.student import Method
from diffviz.training.adamw import AdamW
from diffviz.training.ema import PowerEMA
from diffviz.training.loop import Progress, TrainingConfig, TrainState, cosine_rate
from diffviz.training.resume import ResumeState
from diffviz.trajectory import Trajectory

STRAIGHT = Flow()
WARMUP, BETAS = 20, (0.9, 0.99)


def first_flow(model: ScoreModel) -> ScoreModel:
    """The rectified flow of data and independent noise, u = E[eps - x_0 | x_t], out of any score model, untrained.

    The same score on the flow schedule (Karras et al. 2022, equation 4); its probability flow is that of Liu et al.
    2023, equation 1, and DDIM's step on it is Euler's, x_t = x_s - (s - t) u.
    """
    return ScheduleTransformedModel(model, STRAIGHT)


def flow_training(settings: TrainingConfig) -> TrainingConfig:
    """The same training, but of a rectified flow from data: the straight path, and u = eps - x_0 as the target."""
    return replace(settings, schedule=STRAIGHT, objective=Denoising("u"))


@dataclass(frozen=True)
class RectifiedStudent:
    """Euler steps of equal length along nearly straight paths; model: on the flow schedule.

    Its answers make a flow, not a score: a reflowed velocity is no mean over independent data and noise.
    """

    model: ScoreModel
    budgets: tuple[int, ...] = (1, 2, 4, 8)

    @property
    def schedule(self) -> Schedule:
        """The flow schedule."""
        return self.model.schedule

    def run(self, x: Tensor, calls: int, noise: Noise) -> Trajectory:
        """From x (B, *D) at t_max in any number of Euler steps, one call each."""
        return sample(DDIM(), self.model, x, UniformTime().times(self.schedule, calls), noise)


class RectifiedState:
    """The teacher's network, to go on from, read on the flow schedule."""

    def __init__(self, settings: RectifiedFlow, teacher: TrainState, seed: int) -> None:
        self.settings = settings
        self._network = copy_of(teacher, seed)
        self._student = RectifiedStudent(first_flow(self._network.model))

    @property
    def initial(self) -> Tensor:
        """The teacher's weights: before its first step the student is the first flow."""
        return self._network.initial

    def load(self, weights: Tensor) -> RectifiedStudent:
        """Put flat weights in place; the student is this one object each time."""
        self._network.load(weights)
        return self._student

    def tensors(self) -> dict[str, Tensor]:
        """The network's own."""
        return dict(self._network.network.state_dict())


class Pairs:
    """Noise, and the data to which a flow takes it: what the straight lines join.

    They are made a batch at a time, so that training need not wait for the last. model: on its own schedule, which has
    the same ends as the flow schedule. eps, x0: (count, *D).
    """

    def __init__(self, settings: RectifiedFlow, model: LearnedScore, shape: tuple[int, ...], seed: int, turn: int):
        self._settings, self._model, self._seed, self._turn = settings, model, seed, turn
        self._eps, self._x0 = (torch.empty(settings.pairs, *shape) for _ in range(2))
        self.count = 0

    @property
    def eps(self) -> Tensor:
        """The noise of those that there are."""
        return self._eps[: self.count]

    @property
    def x0(self) -> Tensor:
        """Their data."""
        return self._x0[: self.count]

    def grow_to(self, count: int, device: torch.device = CPU) -> None:
        """Make more until there are so many, or all."""
        settings, schedule = self._settings, self._model.schedule
        while self.count < min(count, settings.pairs):
            last = min(self.count + settings.batch, settings.pairs)
            drawn = stream(self._seed, self._turn, self.count, Stream.STUDENT_STARTS)
            eps = torch.from_numpy(drawn.standard_normal((last - self.count, *self._eps.shape[1:]))).float()
            times = UniformLogSNR().times(schedule, settings.solver_steps)
            start, unused = (schedule.sigma(schedule.t_max) * eps).to(device), WhiteNoise(0, tuple(eps.shape))
            end = sample(DPMSolverPP2M(), self._model, start, times, unused).final / schedule.alpha(schedule.t_min)
            self._eps[self.count : last], self._x0[self.count : last] = eps, end.cpu()
            self.count = last


@dataclass(frozen=True)
class ReflowProgress(Progress):
    """left: seconds of computing that are left, by the last steps and the last batch of pairs that was made."""

    left: float = 0.0


@dataclass(frozen=True)
class RectifiedFlow(Method):
    """Reflow: regress eps - x_0 on the straight line between noise and the data to which the flow takes that noise.

    Lines that cross are what bends a flow; those of one flow's own ends cross less, and no transport cost grows
    (Liu et al. 2023, theorem 3.5). No data are needed, as the teacher's flow makes both ends. Each round after the
    first learns from the student of the one before.
    """

    title: ClassVar[str] = "Rectified flow"
    paper: ClassVar[str] = "Liu et al. 2023, equation 1 and algorithm 1"
    latex: ClassVar[str] = (
        r"\min_\theta\int_0^1\mathbb E\,\lVert(\epsilon-\hat x_0)-u_\theta(t\epsilon+(1-t)\hat x_0,\,t)\rVert^2"
        r"\,\mathrm dt,\quad \hat x_0=\Phi(\epsilon)"
    )

    rounds: Annotated[int, Range(1, 4, label="Reflow rounds", help="Each starts from the flow of the one before.")] = 1
    pairs: Annotated[
        int, Range(64, 200_000, label="Pairs", log=True, help="Of noise and the data it is taken to, each round.")
    ] = 32_768
    solver_steps: Annotated[
        int, Range(5, 200, label="Solver's steps", log=True, help="Of DPM-Solver++ 2M, to make a pair.")
    ] = 30
    steps: Annotated[int, Range(1, 100_000, label="Steps", log=True, help="Of training, each round.")] = 4_000
    batch: Annotated[int, Range(16, 4_096, label="Batch", log=True, help="Pairs seen in each step.")] = 1_024
    rate: Annotated[float, Range(1e-5, 0.1, label="Learning rate", log=True, help="The highest it gets.")] = 5e-3
    averaging: Annotated[
        float, Range(0.0, 100.0, label="Averaging", help="Power of the weight average: higher is shorter.")
    ] = 12.0

    @property
    def total_steps(self) -> int:
        """Of all rounds."""
        return self.rounds * self.steps

    def state(self, teacher: TrainState, seed: int) -> RectifiedState:
        """The teacher's first flow; raises `ConfigError` for a teacher with labels."""
        return RectifiedState(self, teacher, seed)

    def learn(
        self,
        teacher: TrainState,
        points: Tensor,
        seed: int,
        *,
        device: torch.device = CPU,
        resume: ResumeState | None = None,
    ) -> Iterator[ReflowProgress]:
        """Rounds of reflow; points (N, *D) are only looked at for their shape, which must be the teacher's.

        beside: the weights of the flow whose ends are learned, of which the pairs are made again.
        """
        shape = tuple(teacher.network.shape)
        if tuple(points.shape[1:]) != shape:
            raise ConfigError(f"The teacher knows points of shape {shape}, got {tuple(points.shape[1:])}.")
        learner, source = (copy_of(teacher, seed, device) for _ in range(2))
        student = first_flow(learner.model)
        optimiser = AdamW(learner.parameters, BETAS, 0.0)
        average = PowerEMA(learner.parameters.values, self.averaging)
        first, smooth, spent, last = 0, 0.0, 0.0, time.perf_counter()
        if resume is not None and resume.beside is not None:
            resume.restore(optimiser, average)
            source.load(resume.beside)
            first, smooth = resume.step, resume.smooth_loss
        pairs, making, pace = self._pairs(source, seed, first), 0.0, 0.0
        for step in range(first, self.total_steps):
            k = step % self.steps
            if step and not k:
                learner.load(average.weights)
                source.load(average.weights)
                pairs = self._pairs(source, seed, step)
            had, started = pairs.count, time.perf_counter()
            pairs.grow_to((k + 1) * self.batch, device)
            made = time.perf_counter() - started
            making = made if pairs.count > had else making
            with bfloat16_autocast(device, teacher.settings.half):
                loss = velocity_loss(student, *(part.to(device) for part in self._drawn(pairs, seed, step)))
            loss.backward()  # type: ignore[no-untyped-call]
            optimiser.step(cosine_rate(self.rate, k + 1, self.steps, WARMUP))
            average.update(learner.parameters.values, k + 1)
            value = loss.item()
            smooth += max(0.02, 1 / (step + 1)) * (value - smooth)
            took = time.perf_counter() - last
            spent += took
            pace += max(0.1, 1 / (step + 1 - first)) * (took - made - pace)
            capture = partial(ResumeState.capture, optimiser, average, smooth, beside=source.parameters.values)
            yield ReflowProgress(
                step=step + 1,
                steps=self.total_steps,
                loss=value,
                smooth_loss=smooth,
                lam=np.empty(0),
                lam_loss=np.empty(0),
                rate=(step + 1 - first) / spent,
                weights=average.weights.to(CPU, copy=True),
                capture=capture,
                left=pace * (self.total_steps - step - 1) + making * self._batches_to_make(step),
            )
            last = time.perf_counter()

    def _batches_to_make(self, step: int) -> int:
        """Of pairs, after a step, in this round and those to come."""
        turn, k = divmod(step, self.steps)
        each = min(self.steps, math.ceil(self.pairs / self.batch))
        return (self.rounds - turn) * each - min(k + 1, each)

    def _pairs(self, source: TrainState, seed: int, step: int) -> Pairs:
        return Pairs(self, source.model, tuple(source.network.shape), seed, step // self.steps)

    def _drawn(self, pairs: Pairs, seed: int, step: int) -> tuple[Tensor, Tensor, Tensor]:
        """x0 and eps (batch, *D) of pairs, and times (batch,), one in each of as many equal parts of the range."""
        drawn = stream(seed, step, 0, Stream.STUDENT_BATCHES)
        share = (np.arange(self.batch) + drawn.random(self.batch)) / self.batch
        which = torch.from_numpy(drawn.integers(pairs.count, size=self.batch))
        return pairs.x0[which], pairs.eps[which], torch.from_numpy(time_at(STRAIGHT, share)).float()


def velocity_loss(flow: ScoreModel, x0: Tensor, eps: Tensor, t: Tensor) -> Tensor:
    """Mean over points and coordinates of |(eps - x0) - u|² at (1 - t) x0 + t eps; x0, eps (B, *D), t (B,)."""
    at = expand(t, x0)
    x = (1 - at) * x0 + at * eps
    velocity = flow.predict(x.requires_grad_(), t).u  # a learned score records gradients where its input does
    return (velocity - (eps - x0)).square().mean()


def copy_of(teacher: TrainState, seed: int, device: torch.device = CPU) -> TrainState:
    """A network like the teacher's, frequencies and weights alike; raises `ConfigError` for one with labels."""
    if teacher.network.classes:
        raise ConfigError("A rectified flow learns from a network without labels.")
    copied = TrainState(teacher.settings, tuple(teacher.network.shape), seed, device)
    copied.inherit(teacher)
    return copied


SHIPPED_2D = RectifiedFlow(pairs=65_536, solver_steps=50, steps=12_000)
SHIPPED_DIGITS = RectifiedFlow(pairs=8_192, solver_steps=16, steps=2_500, batch=64, rate=2e-3)
