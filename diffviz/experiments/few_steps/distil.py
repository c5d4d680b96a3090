"""Progressive distillation watched: a student's paths beside its teacher's, from the same noise, round after round."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, NamedTuple

import numpy as np
import torch
from torch import Tensor

from diffviz.cancellation import raise_if_cancelled
from diffviz.config import Config, Range
from diffviz.data import Dataset, SwissRoll, prepare
from diffviz.distillation.double_step import GRID, DoubleStep, ddim_step
from diffviz.distillation.progressive import (
    DISTILLATION_TARGETS,
    DistillationProgress,
    ProgressiveDistillation,
    ProgressiveStudent,
)
from diffviz.estimate import Estimate, standard_error
from diffviz.metrics import Floor, sliced_w2
from diffviz.noise import WhiteNoise
from diffviz.pretrained.shapes import POINTS, shipped_teacher
from diffviz.properties import cached_property
from diffviz.protocols import Array
from diffviz.samplers import DDIM, prior, sample
from diffviz.training.loop import Progress, TrainState
from diffviz.trajectory import Trajectory

SAMPLES, SHOWN = 1_000, 400  # particles that are measured, and those of them that are drawn
FRESH, PAIRS = 4_000, 25  # points that samples are compared with; draws whose distance is the floor
_FRESH, _FLOOR, _NOISED = 1_000_003, 2_000_003, 3_000_003  # seeds apart from those of training


@dataclass(frozen=True)
class DistilConfig(Config):
    """Data whose shipped network teaches, how it is distilled, and a seed of the batches and of the noise looked at."""

    dataset: Dataset = field(default_factory=SwissRoll)
    settings: ProgressiveDistillation = field(default_factory=ProgressiveDistillation)
    seed: Annotated[int, Range(0, 99, label="Seed", help="Of the batches, and of the noise that is looked at.")] = 0


class Measures(NamedTuple):
    """How paths of `calls` steps end, and how straight they are.

    w2: sliced W2 of their ends from fresh data. rmse: root mean square distance of their ends from the teacher's, start
    for start. bend: root mean square distance, over a path's steps, of the predicted x_0 from where the path ends: 0
    for a path that one step of DDIM can take.
    """

    calls: int
    w2: float
    rmse: Estimate
    bend: float


@dataclass(frozen=True, eq=False)
class Paths:
    """Paths of SHOWN particles in the plane, x (N + 1, SHOWN, 2) from noise to data, and what all are measured at."""

    x: Array
    measures: Measures


@dataclass(frozen=True, eq=False)
class DistilSetting:
    """What stands still: the teacher's own paths, and those of DDIM with the teacher in as few steps as the students'.

    title: of the data; data: (SHOWN, 2) of them. reach: half the picture's side. times: t_max and t_min.
    """

    title: str
    data: Array
    reach: float
    times: tuple[float, float]
    teacher: Paths
    ddim: dict[int, Paths]
    floor: Floor


@dataclass(frozen=True, eq=False)
class DistilLook:
    """One look: the paths of the student of the round, and the measures of every round so far, steps falling."""

    paths: Paths
    rounds: tuple[Measures, ...]


@dataclass(frozen=True, eq=False)
class DistilEvaluator:
    """Judges students of one teacher, always on the same noise and the same fresh points."""

    config: DistilConfig

    @cached_property
    def teacher(self) -> TrainState:
        """The shipped network; `ConfigError` for data without one."""
        return shipped_teacher(self.config.dataset)

    @cached_property
    def points(self) -> Array:
        """What the student learns on, (POINTS, 2)."""
        return prepare(self.config.dataset, POINTS, self.config.seed).points

    @cached_property
    def noise(self) -> WhiteNoise:
        """Of the particles that are looked at."""
        return WhiteNoise(self.config.seed, (SAMPLES, 2))

    @cached_property
    def starts(self) -> Tensor:
        """(SAMPLES, 2) at t_max."""
        return prior(self.teacher.model.schedule, self.noise)

    @cached_property
    def fresh(self) -> Array:
        """Points (FRESH, 2) that no network saw."""
        return self._draw(FRESH, self.config.seed + _FRESH)

    @cached_property
    def setting(self) -> DistilSetting:
        """The teacher at its own steps and at fewer, and the floor."""
        schedule = self.teacher.model.schedule
        seed, rounds = self.config.seed + _FLOOR, self.config.settings.rounds
        return DistilSetting(
            self.config.dataset.title,
            self.points[:SHOWN],
            float(max(2.6, 1.15 * np.quantile(np.abs(self.points), 0.995))),
            (schedule.t_max, schedule.t_min),
            self.paths(self._by_teacher(self.config.settings.start)),
            {calls: self.paths(self._by_teacher(calls)) for calls in rounds},
            Floor.of(sliced_w2(self._draw(SAMPLES, seed + 2 * k), self.fresh) for k in range(PAIRS)),
        )

    def student_paths(self, student: ProgressiveStudent, calls: int) -> Paths:
        """Of the student in so many steps."""
        return self.paths(student.run(self.starts, calls, self.noise))

    def paths(self, run: Trajectory) -> Paths:
        """What is drawn of a run, and what is measured."""
        squared = (run.final - self._teacher_end).square().sum(1).double().numpy()
        mean, rmse = squared.mean(), float(np.sqrt(squared.mean()))
        error = standard_error(squared) / (2 * rmse) if mean > 0 else 0.0  # of a root, to first order
        bend = (run.x0 - run.final).square().sum(2).mean().sqrt()
        measures = Measures(run.nfe, sliced_w2(run.final, self.fresh), Estimate(rmse, error), float(bend))
        return Paths(run.x[:, :SHOWN].double().numpy(), measures)

    @cached_property
    def _teacher_end(self) -> Tensor:
        return self._by_teacher(self.config.settings.start).final

    def _by_teacher(self, steps: int) -> Trajectory:
        model = self.teacher.model
        return sample(DDIM(), model, self.starts, GRID.times(model.schedule, steps), self.noise)

    def _draw(self, count: int, seed: int) -> Array:
        return self.config.dataset.normalisation.apply(self.config.dataset.draw(count, seed))


@dataclass(eq=False)
class DistilObserver:
    """Looks at a student in the worker: at the round under way, and once at each that has ended."""

    evaluator: DistilEvaluator
    _ended: dict[int, Measures] = field(default_factory=dict)

    def __call__(self, student: ProgressiveStudent, progress: Progress) -> DistilLook:
        """The student as it is now."""
        assert isinstance(progress, DistillationProgress)
        before = [calls for calls in self.evaluator.config.settings.rounds if calls > progress.calls]
        self._ended = {
            calls: self._ended.get(calls) or self.evaluator.student_paths(student, calls).measures for calls in before
        }
        paths = self.evaluator.student_paths(student, progress.calls)
        return DistilLook(paths, (*self._ended.values(), paths.measures))


@dataclass(frozen=True, eq=False)
class TargetsResult:
    """What the target asks for, and what it costs to miss it, at numbers of steps (n,), falling from the teacher's.

    asked: root mean square change of the teacher's prediction that the right target asks for; printed: the same for the
    printed target. costs: by target, how many times an error of the network's output is found in the end of the first
    step.
    """

    steps: Array
    asked: Array
    printed: Array
    costs: dict[str, Array]


def measure_targets(config: DistilConfig) -> TargetsResult:
    """Ask the teacher itself for the target of every round, on noised points; the costs are in closed form.

    A step from s to t moves by alpha_t - (sigma_t / sigma_s) alpha_s times the error of x_0, and its square is that of
    the output times `Target.x0_error_ratio` (Salimans and Ho 2022, section 4).
    """
    evaluator = DistilEvaluator(config)
    teacher, data = evaluator.teacher.model, torch.from_numpy(evaluator.points[:FRESH]).float()
    eps = WhiteNoise(config.seed + _NOISED, tuple(data.shape)).initial()
    asked, printed = [], []
    costs: dict[str, list[float]] = {slug: [] for slug in DISTILLATION_TARGETS}
    for calls in config.settings.rounds:
        raise_if_cancelled()
        every = DoubleStep.all(teacher.schedule, calls)
        step = every.at(torch.arange(len(data)) / len(data), data)
        z = step.start.alpha * data + step.start.sigma * eps
        own = teacher.predict(z, step.start.t).x0
        asked.append(_rms(step.target(z, step.teacher_end(teacher, z)) - own))
        printed.append(_rms(step.target(z, ddim_step(z, own, step.start, step.end)) - own))
        (alpha, sigma), end = (column[:1].double() for column in every.start[1:]), every.end
        moved = float(end.alpha[0]) - float(end.sigma[0] / sigma) * float(alpha)
        for slug, target in DISTILLATION_TARGETS.items():
            costs[slug].append(moved * float(target.x0_error_ratio(alpha, sigma)) ** 0.5)
    return TargetsResult(
        np.array(config.settings.rounds),
        np.array(asked),
        np.array(printed),
        {slug: np.array(values) for slug, values in costs.items()},
    )


def _rms(x: Tensor) -> float:
    return float(x.square().sum(1).mean().sqrt())
