"""LD3, learning to discretize: the few times at which a solver steps are learned from where many steps end."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass
from itertools import count, islice
from typing import Annotated, ClassVar

import numpy as np
import torch
from torch import Tensor

from diffviz.cancellation import raise_if_cancelled
from diffviz.config import Choice, ConfigError, Flag, Range
from diffviz.grids import GRIDS, UniformLogSNR
from diffviz.networks.device import CPU
from diffviz.noise import Stream, WhiteNoise, torch_generator
from diffviz.protocols import Noise, Schedule, ScoreModel
from diffviz.samplers import SAMPLERS, DPMSolverPP3M, LinearSampler, Sampler, sample
from diffviz.scores.learned import LearnedScore
from diffviz.student import Method
from diffviz.timesteps.starts import FreeStarts
from diffviz.timesteps.steps import LearnedSteps
from diffviz.timesteps.tables import StepTables
from diffviz.timesteps.unrolled import learnable, unrolled
from diffviz.training.adamw import AdamW, FlatParameters
from diffviz.training.ema import PowerEMA
from diffviz.training.loop import Progress, TrainState, cosine_rate
from diffviz.training.resume import ResumeState
from diffviz.trajectory import Trajectory

LEARNABLE: dict[str, type[Sampler]] = {
    slug: kind for slug, kind in SAMPLERS.items() if issubclass(kind, LinearSampler) and not kind().stochastic
}
FIRST_GRIDS = {slug: GRIDS[slug] for slug in ("uniform", "logsnr", "quadratic", "karras")}
_NO_NUMBERS = np.empty(0)
_WARMUP, _BETAS, _AVERAGING = 20, (0.9, 0.99), 12.0
_CHUNK = 256  # starts that the teacher brings to data at a time
Features = Callable[[Tensor], Tensor]


@dataclass(frozen=True)
class LD3(Method):
    """Two vectors of N numbers for N calls: a grid in lambda, and what the network is told at its times.

    A softmax of the first gives the lengths of the steps, so that they stay in order; the second shifts the levels that
    the network is told, if `decoupled`. Both follow the gradient of the distance between where the student ends and
    where the teacher does, from the same start noise. The teacher is the same network with many steps. All numbers of
    calls from `fewest` to `most` learn at once, each by itself. No data are needed but for their shape.

    radius: 0 is L_hard. Else L_soft: the student may start anywhere within radius · sigma_T of the teacher's start.
    """

    title: ClassVar[str] = "Learned steps (LD3)"
    paper: ClassVar[str] = "Tong et al. 2024 (LD3), section 3"
    latex: ClassVar[str] = (
        r"\min_\xi\ \mathbb E_{x_T}\min_{\lVert x_T'-x_T\rVert\le r\sigma_T}d\big(\Psi_\xi(x_T'),\Psi_*(x_T)\big)"
    )

    sampler: Annotated[str, Choice.among(LEARNABLE, "Sampler", "Of the student: linear, with one call a step.")] = (
        "dpmpp-2m"
    )
    fewest: Annotated[int, Range(1, 20, label="Fewest calls", help="The least number of calls that is learned.")] = 4
    most: Annotated[int, Range(1, 20, label="Most calls", help="The greatest; all between are learned too.")] = 10
    decoupled: Annotated[
        bool, Flag(label="network told its own times", help="Learn what the network is told beside where steps are.")
    ] = True
    radius: Annotated[
        float, Range(0.0, 10.0, label="r", help="The start may move by r σ at the noisiest time; 0 is L_hard.")
    ] = 0.0
    distance: Annotated[
        str,
        Choice({"l2": "L2", "features": "Features"}, "Distance", "Of ends: of the points, or of features of images."),
    ] = "l2"
    first: Annotated[str, Choice.among(FIRST_GRIDS, "First grid", "From which learning starts.")] = "quadratic"
    steps: Annotated[int, Range(1, 100_000, label="Steps", log=True, help="Length of training.")] = 500
    batch: Annotated[int, Range(1, 4096, label="Batch", log=True, help="Starts for each step.")] = 128
    rate: Annotated[float, Range(1e-4, 1.0, label="Learning rate", log=True, help="The highest it gets.")] = 0.05
    starts: Annotated[int, Range(1, 100_000, label="Starts", log=True, help="Start noises to learn from.")] = 1024
    teacher_calls: Annotated[
        int, Range(10, 1000, label="Teacher's calls", log=True, help="With which the teacher makes data.")
    ] = 100

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.fewest > self.most:
            raise ConfigError(f"Fewest calls must be at most {self.most}, the most calls, got {self.fewest}.")

    @property
    def budgets(self) -> tuple[int, ...]:
        """The numbers of calls that are learned."""
        return tuple(range(self.fewest, self.most + 1))

    @property
    def solver(self) -> LinearSampler:
        """The student's sampler."""
        return learnable(LEARNABLE[self.sampler]())

    @property
    def total_steps(self) -> int:
        """Steps of training; in each, all numbers of calls take one."""
        return self.steps

    @property
    def needs_features(self) -> bool:
        """For that distance."""
        return self.distance == "features"

    def state(self, teacher: TrainState, seed: int) -> LD3State:
        """The first grid for every number of calls, on which the network is told the truth; no seed changes that."""
        return LD3State(self, teacher)

    def learn(
        self,
        teacher: TrainState,
        points: Tensor,
        seed: int,
        *,
        device: torch.device = CPU,
        resume: ResumeState | None = None,
        features: Features | None = None,
    ) -> Iterator[LD3Progress]:
        """As `Method.learn`; of the points only their shape counts.

        features: (x (B, *D)) -> (B, F), which the distance "features" compares; it needs them, else `ConfigError`.
        """
        shape = tuple(points.shape[1:])
        if shape != teacher.network.shape:
            raise ConfigError(f"LD3 needs points like the teacher's, of shape {teacher.network.shape}, got {shape}.")
        if self.distance == "features" and features is None:
            raise ConfigError("The feature distance needs the features of a classifier.")
        apart = squared_distance if self.distance == "l2" or features is None else _between(features)
        state = self.state(teacher, seed)
        model = frozen_copy(teacher, device)
        starts, ends = teacher_ends(model, shape, self.starts, self.teacher_calls, seed, device)
        free = None
        if self.radius:
            free = FreeStarts(starts, self.radius * _noise_scale(model.schedule), len(self.budgets))
        optimiser = AdamW(state.parameters, _BETAS, 0.0)
        average = PowerEMA(state.parameters.values, _AVERAGING)
        smooth, first = torch.zeros(len(self.budgets), dtype=torch.float64), 0
        if resume is not None:
            resume.restore(optimiser, average)
            first, smooth = resume.step, resume.lam_loss.clone()
            if free is not None and resume.beside is not None:
                free.positions.copy_(resume.beside.reshape(free.positions.shape))

        def capture() -> ResumeState:
            beside = None if free is None else free.positions.flatten()
            return ResumeState.capture(optimiser, average, float(smooth.mean()), smooth, beside=beside)

        spent, last = 0.0, time.perf_counter()
        batches = islice(self._batches(seed), first, self.steps)
        for step, which in enumerate(batches, first + 1):
            losses = []
            for lane, steps in enumerate(self.budgets):
                raise_if_cancelled()
                begin = starts[which] if free is None else free.positions[lane, which]
                begin = begin.detach().requires_grad_()
                lam, told = state.tables.levels(steps, model.schedule)
                end = unrolled(self.solver, model, begin, lam, told, recompute=len(shape) > 1)
                distance = apart(end, ends[which])
                distance.sum().backward()  # type: ignore[no-untyped-call]
                losses.append(distance.detach().mean().double().cpu())
                if free is not None and begin.grad is not None:
                    free.descend(lane, which, distance.detach(), begin.grad)
            optimiser.step(cosine_rate(self.rate, step, self.steps, _WARMUP))
            average.update(state.parameters.values, step)
            values = torch.stack(losses)
            smooth = smooth + max(0.02, 1 / step) * (values - smooth)
            spent += time.perf_counter() - last
            yield LD3Progress(
                step=step,
                steps=self.steps,
                loss=float(values.mean()),
                smooth_loss=float(smooth.mean()),
                lam=_NO_NUMBERS,
                lam_loss=_NO_NUMBERS,
                rate=(step - first) / spent,
                weights=average.weights.to(CPU, copy=True),
                capture=capture,
                losses=tuple(smooth.tolist()),
                moved=None if free is None else tuple(free.moved.tolist()),
            )
            last = time.perf_counter()

    def _batches(self, seed: int) -> Iterator[Tensor]:
        """Which starts each step takes, (batch,): all in turn, shuffled anew each time."""
        generator, size = torch_generator(seed, Stream.STUDENT_BATCHES), min(self.batch, self.starts)
        for _ in count():
            order = torch.randperm(self.starts, generator=generator)
            yield from order[: self.starts // size * size].reshape(-1, size)


@dataclass(frozen=True)
class LD3Progress(Progress):
    """`loss` is the mean over the numbers of calls. losses: the running mean of each. moved: with L_soft, of each the
    mean of |x_T' - x_T| / (r sigma_T) over all starts."""

    losses: tuple[float, ...] = ()
    moved: tuple[float, ...] | None = None


class LD3State:
    """The vectors of every number of calls, and the student that steps by them with the teacher's network."""

    def __init__(self, settings: LD3, teacher: TrainState) -> None:
        self.settings = settings
        schedule = teacher.model.schedule
        self.tables = StepTables(settings.budgets, FIRST_GRIDS[settings.first](), schedule, settings.decoupled)
        self.parameters = FlatParameters(self.tables)
        self._student = LD3Student(teacher.model, settings.solver, self.tables)

    @property
    def initial(self) -> Tensor:
        """A copy of the flat weights as they are."""
        return self.parameters.values.clone()

    def load(self, weights: Tensor) -> LD3Student:
        """Put flat weights in place; the student is this one object each time. `ConfigError` if they are of another."""
        if weights.shape != self.parameters.values.shape:
            have, need = weights.numel(), self.parameters.values.numel()
            raise ConfigError(f"These are {have:,} weights, and the learned steps have {need:,}: they are others.")
        self.parameters.values.copy_(weights)
        return self._student

    def tensors(self) -> dict[str, Tensor]:
        """The vectors by name, such as `logits.5` and `shifts.5` for 5 calls."""
        return dict(self.tables.state_dict())


@dataclass(frozen=True, eq=False)
class LD3Student:
    """A sampler on learned steps, with the network told what was learned."""

    model: ScoreModel
    sampler: LinearSampler
    tables: StepTables

    @property
    def schedule(self) -> Schedule:
        """The network's."""
        return self.model.schedule

    @property
    def budgets(self) -> tuple[int, ...]:
        """The numbers of calls that it has learned to do with."""
        return self.tables.budgets

    def steps(self, calls: int) -> LearnedSteps:
        """What was learned for so many calls; `ConfigError` if nothing was."""
        if calls not in self.budgets:
            known = ", ".join(map(str, self.budgets))
            raise ConfigError(f"Steps were learned for {known} calls, not for {calls}.")
        return self.tables.learned(calls)

    def run(self, x: Tensor, calls: int, noise: Noise) -> Trajectory:
        """From x (B, *D) at t_max to data; as `Student.run`."""
        learned = self.steps(calls)
        times = learned.grid.times(self.schedule, learned.steps)
        return sample(self.sampler, learned.retimed(self.model), x, times, noise)


def squared_distance(x: Tensor, y: Tensor) -> Tensor:
    """|x - y|² of points (B, *D) or features, (B,)."""
    return (x - y).flatten(1).square().sum(1)


def _between(features: Features) -> Callable[[Tensor, Tensor], Tensor]:
    return lambda x, y: squared_distance(features(x), features(y))


def frozen_copy(teacher: TrainState, device: torch.device = CPU) -> LearnedScore:
    """The teacher's model on weights of its own that take no gradient."""
    network = deepcopy(teacher.network).requires_grad_(False).to(device)
    return LearnedScore(teacher.model.schedule, network, teacher.model.target)


def teacher_ends(
    model: ScoreModel, shape: tuple[int, ...], count: int, calls: int, seed: int, device: torch.device = CPU
) -> tuple[Tensor, Tensor]:
    """Start noise and where the probability flow brings it in so many calls, (count, *D) each, by DPM-Solver++ 3M."""
    generator = torch_generator(seed, Stream.STUDENT_STARTS)
    x = (_noise_scale(model.schedule) * torch.randn(count, *shape, generator=generator)).to(device)
    grid = UniformLogSNR().times(model.schedule, calls)
    with torch.no_grad():
        parts = [sample(DPMSolverPP3M(), model, part, grid, _unused(part)).final for part in torch.split(x, _CHUNK)]
    return x, torch.cat(parts)


def _unused(x: Tensor) -> WhiteNoise:
    """What a deterministic sampler is given and never draws from."""
    return WhiteNoise(0, tuple(x.shape), x.dtype)


def _noise_scale(schedule: Schedule) -> float:
    return float(schedule.sigma(schedule.t_max))


SHIPPED_2D = LD3(fewest=1, most=10, steps=800, batch=256, starts=2048)
SHIPPED_DIGITS = LD3(fewest=4, most=8, steps=250, batch=16, starts=512, teacher_calls=40, distance="features")
