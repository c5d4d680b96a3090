"""Learned steps while they are learned: where they stand, and how far the sampler ends from the flow with them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated

import numpy as np
from torch import Tensor

from diffviz.config import Config, ConfigError, Range
from diffviz.data import Dataset, SwissRoll
from diffviz.experiments.problem import Problem
from diffviz.grids import Grid, HandPlaced, Karras, QuadraticTime, UniformLogSNR, UniformTime
from diffviz.metrics import sliced_w2
from diffviz.noise import WhiteNoise
from diffviz.pretrained.shapes import shipped_state
from diffviz.properties import cached_property
from diffviz.protocols import Array
from diffviz.samplers import DPMSolverPP3M, LinearSampler, prior, sample
from diffviz.scores.learned import LearnedScore
from diffviz.timesteps import LD3, LD3Student, frozen_copy
from diffviz.timesteps.both_losses import BothLosses, BothProgress
from diffviz.training.loop import Progress, TrainState

SHOWN_CALLS = 5  # whose ends are drawn, and for which a visitor places the inner steps
STARTS, FLOW_CALLS = 1_000, 200
DEFAULT = BothLosses(LD3(fewest=4, most=10, steps=300))
FIXED: Mapping[str, Grid] = {
    "uniform t": UniformTime(),
    "quadratic t": QuadraticTime(),
    "log-SNR": UniformLogSNR(),
    "Karras": Karras(),
}
_HELD_OUT, _FRESH = 1_000_003, 2_000_003  # seeds apart from those learned from
_THIN = 1.1  # ratio of the steps at which errors are kept
Run = Callable[[int], Tensor]  # calls -> ends (STARTS, 2)


@dataclass(frozen=True, eq=False)
class Errors:
    """Of one way to place B numbers of steps, (B,) each.

    rmse, median: of the distance from the flow's ends, start by start. distance: sliced W2 of the ends from fresh data.
    """

    rmse: Array
    median: Array
    distance: Array


@dataclass(frozen=True, eq=False)
class StepsSetting:
    """What stands still while steps are learned.

    budgets: B numbers of calls. shown: which of them is drawn. lam: the noisiest and the cleanest level. first: the
    grid from which learning starts, (N + 1,) a number of calls. fixed: errors of standard grids. flow: the flow's ends
    (STARTS, 2); floor: their sliced W2 from fresh data, which is the network's own. reach: half the picture's side.
    """

    title: str
    budgets: tuple[int, ...]
    shown: int
    lam: tuple[float, float]
    first: tuple[Array, ...]
    fixed: Mapping[str, Errors]
    flow: Array
    floor: float
    reach: float


@dataclass(frozen=True)
class StepsJudge(Config):
    """Judges steps of a sampler on held-out starts of a network that ships, against its own probability flow."""

    dataset: Dataset = field(default_factory=SwissRoll)
    settings: BothLosses = field(default_factory=lambda: DEFAULT)
    seed: Annotated[
        int, Range(0, 99, label="Seed", help="Of the starts that are learned from, and of those that are held out.")
    ] = 0

    @cached_property
    def teacher(self) -> TrainState:
        """The network as it was trained; `ConfigError` for data without one."""
        state = shipped_state(self.dataset)
        if state is None:
            raise ConfigError("Steps can be learned for data whose network comes with the lab.")
        return state

    @cached_property
    def setting(self) -> StepsSetting:
        """All that stands still."""
        schedule, learning = self._model.schedule, self.settings.learning
        untrained = learning.state(self.teacher, self.seed)
        student = untrained.load(untrained.initial)
        lam = schedule.lam(np.array([schedule.t_max, schedule.t_min]))
        flow, fresh = self._ends.double().numpy(), self._fresh
        return StepsSetting(
            type(self.dataset).title,
            learning.budgets,
            learning.budgets.index(SHOWN_CALLS),
            (float(lam[0]), float(lam[1])),
            tuple(student.steps(calls).levels(schedule) for calls in learning.budgets),
            {name: self.errors(self.on_grid(grid)) for name, grid in FIXED.items()},
            flow,
            sliced_w2(flow, fresh),
            float(max(2.6, 1.15 * np.quantile(np.abs(fresh), 0.995))),
        )

    def on_grid(self, grid: Grid) -> Run:
        """The sampler on a fixed grid, with the network told the truth."""
        sampler, schedule = self._sampler, self._model.schedule
        return lambda calls: sample(sampler, self._model, self._starts, grid.times(schedule, calls), self._noise).final

    def learned(self, student: LD3Student) -> Run:
        """The sampler on learned steps."""
        return lambda calls: student.run(self._starts, calls, self._noise).final

    def errors(self, run: Run) -> Errors:
        """How far it ends from the flow, and from the data, in every number of calls."""
        rows = []
        for calls in self.settings.learning.budgets:
            ends = run(calls)
            away = (ends - self._ends).square().sum(1).double()
            rows.append((float(away.mean().sqrt()), float(away.median().sqrt()), sliced_w2(ends, self._fresh)))
        return Errors(*np.array(rows).T)

    @property
    def _sampler(self) -> LinearSampler:
        return self.settings.learning.solver

    @cached_property
    def _model(self) -> LearnedScore:
        return frozen_copy(self.teacher)

    @cached_property
    def _noise(self) -> WhiteNoise:
        return WhiteNoise(self.seed + _HELD_OUT, (STARTS, 2))

    @cached_property
    def _starts(self) -> Tensor:
        return prior(self._model.schedule, self._noise)

    @cached_property
    def _ends(self) -> Tensor:
        grid = UniformLogSNR().times(self._model.schedule, FLOW_CALLS)
        return sample(DPMSolverPP3M(), self._model, self._starts, grid, self._noise).final

    @cached_property
    def _fresh(self) -> Array:
        return Problem(self.dataset).draw(4 * STARTS, self.seed + _FRESH)


@dataclass(frozen=True, eq=False)
class LossLook:
    """One loss at a look, for B numbers of calls.

    lam: where the sampler steps, (N + 1,) each. told: what the network is told, (N,) each. ends: (STARTS, 2) in
    SHOWN_CALLS. moved: of each, the mean |x_T' - x_T| / (r sigma_T), or None.
    """

    lam: tuple[Array, ...]
    told: tuple[Array, ...]
    errors: Errors
    ends: Array
    moved: tuple[float, ...] | None


@dataclass(frozen=True, eq=False)
class StepsLook:
    """One look at both losses. steps: (n,) of the looks that are kept. curves: (n, 2) error in SHOWN_CALLS at each."""

    lanes: tuple[LossLook, ...]
    steps: Array
    curves: Array


@dataclass(eq=False)
class StepsObserver:
    """Looks at the students in the worker, always on the same held-out starts."""

    judge: StepsJudge
    _kept: list[tuple[int, list[float]]] = field(default_factory=list)

    def __call__(self, students: Sequence[LD3Student], progress: Progress) -> StepsLook:
        """Where the steps of both are now, and what they reach."""
        assert isinstance(progress, BothProgress)
        moved = [lane.moved for lane in progress.lanes]
        looks = tuple(look_at(self.judge, student, by) for student, by in zip(students, moved, strict=True))
        shown = self.judge.settings.learning.budgets.index(SHOWN_CALLS)
        known = [kept for kept in self._kept if kept[0] < progress.step]
        if not known or progress.step == progress.steps or progress.step >= _THIN * known[-1][0]:
            known.append((progress.step, [float(look.errors.rmse[shown]) for look in looks]))
        self._kept = known
        steps, curves = zip(*known, strict=True)
        return StepsLook(looks, np.array(steps), np.array(curves))


def look_at(judge: StepsJudge, student: LD3Student, moved: tuple[float, ...] | None = None) -> LossLook:
    """What a student steps on, and what it reaches."""
    learned = [student.steps(calls) for calls in judge.settings.learning.budgets]
    run = judge.learned(student)
    return LossLook(
        tuple(steps.levels(student.schedule) for steps in learned),
        tuple(steps.told(student.schedule) for steps in learned),
        judge.errors(run),
        run(SHOWN_CALLS).double().numpy(),
        moved,
    )


def preview_steps(judge: StepsJudge) -> StepsLook:
    """Before the first step both stand on the first grid."""
    state = judge.settings.state(judge.teacher, judge.seed)
    looks = tuple(look_at(judge, student) for student in state.load(state.initial))
    return StepsLook(looks, np.zeros(0), np.zeros((0, len(looks))))


def own_errors(judge: StepsJudge, shares: tuple[float, ...]) -> Errors:
    """Of a grid placed by hand; in other numbers of calls than its own it lies on the broken line through it."""
    return judge.errors(judge.on_grid(HandPlaced(shares=shares)))
