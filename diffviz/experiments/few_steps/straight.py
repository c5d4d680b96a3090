"""Flows beside each other: the teacher's curved one, the first rectified flow, and that of a student of reflow."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated

import numpy as np
import torch

from diffviz.config import Config, Range
from diffviz.data import Dataset, SwissRoll, prepare
from diffviz.distillation.rectified_flow import RectifiedFlow, RectifiedStudent, first_flow
from diffviz.grids import UniformTime
from diffviz.metrics import length_over_chord, sliced_w2, straightness
from diffviz.noise import WhiteNoise
from diffviz.pretrained.shapes import shipped_teacher
from diffviz.properties import cached_property
from diffviz.protocols import Array, Schedule
from diffviz.samplers import DDIM, prior, sample
from diffviz.student import Student
from diffviz.training.loop import Progress, TrainState
from diffviz.trajectory import Trajectory

SAMPLES, SHOWN, PATH_STEPS = 1_000, 400, 64  # particles measured, those drawn on their way, and the steps of that
FRESH = 4_000  # points that samples are compared with
FEW = tuple(range(1, 9))  # calls in which every flow is shown and measured
MORE = (16, 32, 64)  # and those that stand still beyond
NEAR = 1.15  # times the curved flow's distance in its most steps: as near as is asked for
_FRESH = 1_000_003  # seed apart from those of training


@dataclass(frozen=True)
class StraightConfig(Config):
    """Data whose shipped network is the teacher, how its flow is straightened, and a seed."""

    dataset: Dataset = field(default_factory=SwissRoll)
    settings: RectifiedFlow = field(default_factory=RectifiedFlow)
    seed: Annotated[int, Range(0, 99, label="Seed", help="Of the pairs, the batches, and the noise looked at.")] = 0


@dataclass(frozen=True, eq=False)
class FlowLook:
    """One flow. paths: (PATH_STEPS + 1, SHOWN, 2) from noise to data, on a clock even in its own t.

    straightness, length: S of these paths, and their length over their chord. ends: (SAMPLES, 2) after 1, 2, … calls of
    FEW. calls, distances: (n,) sliced W2 of the ends from fresh data.
    """

    paths: Array
    straightness: float
    length: float
    ends: tuple[Array, ...]
    calls: Array
    distances: Array

    def calls_within(self, distance: float) -> int | None:
        """The fewest calls measured that end within a distance of the data; None if none do."""
        near = self.calls[self.distances <= distance]
        return int(near.min()) if len(near) else None


@dataclass(frozen=True, eq=False)
class StraightSetting:
    """What stands still. title: of the data; data: (SHOWN, 2) of them. reach: half the picture's side.

    curved: the teacher's flow on its own schedule, by DDIM in equal steps of t. first: the first rectified flow, by
    Euler. near: the distance that is asked for.
    """

    title: str
    data: Array
    reach: float
    curved: FlowLook
    first: FlowLook
    near: float


@dataclass(frozen=True)
class CurvedFlow:
    """The teacher on its own schedule, by DDIM in equal steps of t."""

    teacher: TrainState

    @property
    def schedule(self) -> Schedule:
        """The teacher's own."""
        return self.teacher.model.schedule

    @property
    def budgets(self) -> tuple[int, ...]:
        """Nothing was learned for a number of calls."""
        return FEW

    def run(self, x: torch.Tensor, calls: int, noise: WhiteNoise) -> Trajectory:
        """From x (B, 2) at t_max."""
        return sample(DDIM(), self.teacher.model, x, UniformTime().times(self.schedule, calls), noise)


@dataclass(frozen=True, eq=False)
class StraightEvaluator:
    """Judges flows of one teacher, always on the same noise and the same fresh points."""

    config: StraightConfig

    @cached_property
    def teacher(self) -> TrainState:
        """The shipped network; `ConfigError` for data without one."""
        return shipped_teacher(self.config.dataset)

    @cached_property
    def fresh(self) -> Array:
        """Points (FRESH, 2) that no network saw."""
        dataset = self.config.dataset
        return dataset.normalisation.apply(dataset.draw(FRESH, self.config.seed + _FRESH))

    @cached_property
    def setting(self) -> StraightSetting:
        """Both flows of the teacher, which need no training."""
        data = prepare(self.config.dataset, FRESH, self.config.seed).points
        curved = self.look(CurvedFlow(self.teacher), FEW + MORE)
        first = self.look(RectifiedStudent(first_flow(self.teacher.model)), FEW + MORE)
        reach = float(max(2.6, 1.15 * np.quantile(np.abs(data), 0.995)))
        near = NEAR * float(curved.distances[-1])
        return StraightSetting(self.config.dataset.title, data[:SHOWN], reach, curved, first, near)

    def look(self, flow: Student | CurvedFlow, calls: tuple[int, ...]) -> FlowLook:
        """A flow in many steps, and its ends in few; calls: begins with FEW."""
        noise, shown = (WhiteNoise(self.config.seed, (count, 2)) for count in (SAMPLES, SHOWN))
        way = flow.run(prior(flow.schedule, shown), PATH_STEPS, shown)
        start = prior(flow.schedule, noise)
        ends = [flow.run(start, count, noise).final.double().numpy() for count in calls]
        return FlowLook(
            way.x.double().numpy(),
            straightness(way.t, way.x),
            length_over_chord(way.x),
            tuple(ends[: len(FEW)]),
            np.array(calls),
            np.array([sliced_w2(end, self.fresh) for end in ends]),
        )


@dataclass(frozen=True, eq=False)
class StraightObserver:
    """Looks at a student in the worker."""

    evaluator: StraightEvaluator

    def __call__(self, student: RectifiedStudent, progress: Progress) -> FlowLook:
        """The student's flow as it is now, in few calls."""
        return self.evaluator.look(student, FEW)
