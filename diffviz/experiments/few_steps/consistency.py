"""A consistency map that learns: where it sends the points of a few paths of the flow, and what it samples."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from diffviz.distillation.consistency import (
    RECIPES,
    Consistency,
    ConsistencyDistillation,
    ConsistencyProgress,
    ConsistencyTraining,
)
from diffviz.distillation.consistency_map import ConsistencyMap
from diffviz.distillation.consistency_student import ConsistencyStudent
from diffviz.experiments.problem import Problem
from diffviz.grids import UniformTime
from diffviz.metrics import Floor, sliced_w2
from diffviz.metrics import floor as floor_of
from diffviz.networks.targets import radius
from diffviz.noise import WhiteNoise
from diffviz.properties import cached_property
from diffviz.protocols import Array
from diffviz.samplers import DDIM, prior, sample
from diffviz.training.loop import Progress, TrainState

PATHS, PLACES = 6, 9  # paths that are drawn, and points on each from which the map is drawn
JUDGED = 200  # paths on which answers are compared
STEPS = 64  # calls of the teacher's DDIM: its samples, and the paths
SAMPLES = 2_000  # drawn and compared, of map and teacher alike, and of real data for the floor
SHOWN = 800  # data points drawn
PAIRS = 12
CALLS = (1, 2, 4)
_FRESH, _FLOOR = 1_000_003, 2_000_003  # seeds apart from those of the training points
_THIN = 1.08  # ratio of the steps at which distances are kept


@dataclass(frozen=True)
class Lesson:
    """A way to learn under the name that a page gives it; paper: where what sets it apart comes from."""

    title: str
    settings: Consistency
    paper: str

    @property
    def latex(self) -> str:
        """What is minimised."""
        return type(self.settings).latex


LESSONS = {
    "distillation": Lesson("From the teacher", ConsistencyDistillation(), ConsistencyDistillation.paper),
    "original": Lesson("Without a teacher", RECIPES["original"], ConsistencyTraining.paper),
    "improved": Lesson("Without, improved", RECIPES["improved"], "Song and Dhariwal 2023, section 3"),
}


@dataclass(frozen=True, eq=False)
class Flow:
    """A few paths of the teacher's flow and their ends, at unit scale x_t / sqrt(alpha² + sigma²).

    t: (F,) falling. paths: (F, PATHS, 2). places: (PLACES,) the frames from which the map is drawn.
    """

    t: Array
    paths: Array
    places: NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class ConsistencySetting:
    """What stands still while a map learns.

    title: of the data. data: (SHOWN, 2). teacher: (SAMPLES, 2) its samples, in STEPS calls, and its distance to fresh
    data. floor: of real data. reach: half the picture's side.
    """

    title: str
    data: Array
    flow: Flow
    teacher: Array
    teacher_distance: float
    floor: Floor
    reach: float


@dataclass(frozen=True, eq=False)
class ConsistencyJudge:
    """Looks at a map, always along the same paths, from the same noise and against the same fresh points.

    teacher: the network whose flow the paths follow; teacher_state and problem belong together.
    """

    problem: Problem
    teacher: TrainState

    @cached_property
    def paths(self) -> tuple[Array, Tensor]:
        """Times (STEPS + 1,) and the states (STEPS + 1, SAMPLES, 2) of the teacher's flow."""
        noise = self.noise
        schedule = self.teacher.settings.schedule
        run = sample(DDIM(), self.teacher.model, prior(schedule, noise), UniformTime().times(schedule, STEPS), noise)
        return run.t, run.x

    @property
    def noise(self) -> WhiteNoise:
        """From which teacher and map begin."""
        return WhiteNoise(self.problem.seed, (SAMPLES, 2))

    @cached_property
    def fresh(self) -> Array:
        """Points (SAMPLES, 2) that neither has seen."""
        return self.problem.draw(SAMPLES, self.problem.seed + _FRESH)

    @cached_property
    def setting(self) -> ConsistencySetting:
        """What stands still in every picture of the map."""
        problem, (t, x) = self.problem, self.paths
        schedule, data = self.teacher.settings.schedule, problem.data.points
        scale = np.array([radius(float(schedule.alpha(s)), float(schedule.sigma(s))) for s in t])
        flow = Flow(t, x[:, :PATHS].double().numpy() / scale[:, None, None], np.arange(0, STEPS, STEPS // (PLACES - 1)))
        samples = x[-1].double().numpy()
        floor = floor_of(sliced_w2, problem.draw, SAMPLES, PAIRS, problem.seed + _FLOOR)
        reach = float(max(2.6, 1.15 * np.quantile(np.abs(data), 0.995)))
        title = type(problem.dataset).title
        return ConsistencySetting(title, data[:SHOWN], flow, samples, sliced_w2(samples, self.fresh), floor, reach)

    def answers(self, model: ConsistencyMap) -> Array:
        """Where the map says the drawn paths end, asked at each of their points: (F, PATHS, 2)."""
        t, x = self.paths
        with torch.no_grad():
            ends = [model.end(x[k, :PATHS], float(s)) for k, s in enumerate(t)]
        return torch.stack(ends).double().numpy()

    def spread(self, model: ConsistencyMap) -> float:
        """How far the answers at the points of one path are apart: their root mean square distance from their mean.

        Over JUDGED paths and PLACES times; 0 for a map that is consistent.
        """
        t, x = self.paths
        with torch.no_grad():
            ends = torch.stack([model.end(x[k, :JUDGED], float(t[k])) for k in self.setting.flow.places])
        return float((ends - ends.mean(0)).square().sum(-1).mean().sqrt())

    def samples(self, student: ConsistencyStudent, calls: int) -> Array:
        """(SAMPLES, 2), in so many calls."""
        x = prior(student.schedule, self.noise)
        return student.run(x, calls, self.noise).final.double().numpy()


@dataclass(frozen=True, eq=False)
class ConsistencyLook:
    """One look at a map.

    answers: (F, PATHS, 2). samples: by number of calls, (SAMPLES, 2). levels: into how many pieces paths are cut now.
    steps: (n,) of the looks that are kept. distances: (n, 3) sliced W2 of the samples in 1, 2 and 4 calls from fresh
    data. spreads: (n,) of the answers along a path.
    """

    answers: Array
    samples: dict[int, Array]
    pieces: int
    steps: Array
    distances: Array
    spreads: Array


@dataclass(eq=False)
class ConsistencyObserver:
    """Looks at a map in the worker."""

    judge: ConsistencyJudge
    _kept: list[tuple[int, list[float], float]] = field(default_factory=list)

    def __call__(self, student: ConsistencyStudent, progress: Progress) -> ConsistencyLook:
        """The map along the paths, and its samples, as it is now."""
        assert isinstance(progress, ConsistencyProgress)
        samples = {calls: self.judge.samples(student, calls) for calls in CALLS}
        known = [kept for kept in self._kept if kept[0] < progress.step]
        if not known or progress.step == progress.steps or progress.step >= _THIN * known[-1][0]:
            distances = [sliced_w2(points, self.judge.fresh) for points in samples.values()]
            known.append((progress.step, distances, self.judge.spread(student.map)))
        self._kept = known
        steps, distances_kept, spreads = zip(*known, strict=True)
        return ConsistencyLook(
            self.judge.answers(student.map),
            samples,
            progress.levels,
            np.array(steps),
            np.array(distances_kept),
            np.array(spreads),
        )


def untrained(judge: ConsistencyJudge, settings: Consistency, seed: int) -> ConsistencyLook:
    """The look before the first step."""
    state = settings.state(judge.teacher, seed)
    student = state.load(state.initial)
    samples = {calls: judge.samples(student, calls) for calls in CALLS}
    distances = [sliced_w2(points, judge.fresh) for points in samples.values()]
    return ConsistencyLook(
        judge.answers(student.map),
        samples,
        settings.pieces(1),
        np.zeros(1),
        np.array([distances]),
        np.array([judge.spread(student.map)]),
    )
