"""Quality against cost: samplers over budgets of network calls, measured cell by cell."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from typing import NamedTuple

import numpy as np

from diffviz.config import Config, ConfigError
from diffviz.estimate import standard_error
from diffviz.experiments.lane import AnyLane, Entrant, lane_of
from diffviz.experiments.problem import GROUPS, SIZE, Problem
from diffviz.grids import Grid, UniformLogSNR
from diffviz.metrics import Floor, Metric, SlicedWasserstein
from diffviz.noise import WhiteNoise
from diffviz.properties import cached_property
from diffviz.protocols import Array
from diffviz.samplers import DDIM, DPMSolverPP2M

REPEATS = GROUPS  # of every cell, each with its own noise and its own fresh data


@dataclass(frozen=True)
class SweepConfig(Config):
    """Samplers on one problem and one grid, and students of its network, over budgets of network calls.

    soon: budgets measured first, all of them once before any again; later: larger ones, afterwards. tolerances: of
    adaptive samplers, which have no budget; they are measured with the first.
    """

    problem: Problem = field(default_factory=Problem)
    samplers: tuple[Entrant, ...] = (DDIM(), DPMSolverPP2M())
    grid: Grid = field(default_factory=UniformLogSNR)
    metric: Metric = field(default_factory=SlicedWasserstein)
    soon: tuple[int, ...] = (2, 3, 5, 7, 10, 15, 25, 50)
    later: tuple[int, ...] = (100, 200, 500, 1000)
    tolerances: tuple[float, ...] = (1e-1, 1e-2, 1e-3, 1e-4, 1e-5)

    @cached_property
    def plan(self) -> tuple[tuple[Cell, int], ...]:
        """Every cell and repeat that is measured, in order."""
        first = [*budget_cells(self.samplers, self.soon), *tolerance_cells(self.samplers, self.tolerances)]
        second = budget_cells(self.samplers, self.later)
        passes = [(cell, repeat) for repeat in range(REPEATS) for cell in first]
        return tuple(dict.fromkeys([*passes, *((cell, repeat) for cell in second for repeat in range(REPEATS))]))


class Cell(NamedTuple):
    """One sampler at one cost: `lane` is the sampler's place in the configuration, `sampler` and `steps` what runs."""

    lane: int
    sampler: Entrant
    steps: int


class MeasuredCell(NamedTuple):
    """One repeat of a cell: counted calls, and the distance to the data.

    The distance is infinite where the run diverged, NaN where it could not be run; `fault` is then a sentence that says
    why, and nfe the calls that were planned.
    """

    cell: Cell
    repeat: int
    nfe: int
    distance: float
    fault: str = ""


class MeasuredBudget(NamedTuple):
    """One sampler at one cost: counted calls, steps, and the distance to the data with its standard error."""

    sampler: Entrant
    nfe: int
    steps: int
    mean: float
    error: float


@dataclass(frozen=True, eq=False)
class Series:
    """One sampler's measured points, by rising cost.

    nfe: (n,) counted calls. steps: (n,). mean, error: (n,) distance and its standard error over repeats (NaN for one);
    infinite where the run diverged.
    """

    sampler: Entrant
    nfe: Array
    steps: Array
    mean: Array
    error: Array

    @property
    def budgets(self) -> list[MeasuredBudget]:
        """The points one by one."""
        return [
            MeasuredBudget(self.sampler, int(nfe), int(steps), float(mean), float(error))
            for nfe, steps, mean, error in zip(self.nfe, self.steps, self.mean, self.error, strict=True)
        ]

    def cheapest_within(self, distance: float) -> MeasuredBudget | None:
        """Where the sampler gets within a distance and stays there at every larger budget; None if it does not."""
        stays = np.logical_and.accumulate((self.mean <= distance)[::-1])[::-1]
        return self.budgets[int(stays.argmax())] if stays.any() else None


@dataclass(frozen=True, eq=False)
class SweepResult:
    """What is known so far: a series for each sampler, in the configuration's order, and the floor.

    done, total: repeats of cells that have been measured, and that there are. faults: why cells could not be run, each
    sentence once.
    """

    config: SweepConfig
    series: tuple[Series, ...]
    floor: Floor
    done: int
    total: int
    faults: tuple[str, ...] = ()

    @property
    def nearest(self) -> MeasuredBudget | None:
        """The point with the least distance of all; None before there is a finite one."""
        finite = [budget for series in self.series for budget in series.budgets if math.isfinite(budget.mean)]
        return min(finite, key=lambda budget: budget.mean, default=None)


def budget_cells(samplers: Sequence[Entrant], budgets: Sequence[int]) -> list[Cell]:
    """Samplers at budgets, cheapest first; one is left out of budgets too small for a step of it, or if adaptive."""
    cells = []
    for budget in budgets:
        for lane, sampler in enumerate(samplers):
            steps = sampler.steps_for(budget)
            if not sampler.adaptive and sampler.calls(steps) <= budget:
                cells.append(Cell(lane, sampler, steps))
    return list(dict.fromkeys(cells))


def tolerance_cells(samplers: Sequence[Entrant], tolerances: Sequence[float]) -> list[Cell]:
    """Adaptive samplers at tolerances; of the grid they only use the ends, so one step."""
    return [
        Cell(lane, replace(sampler, tolerance=tolerance), 1)  # type: ignore[call-arg]  # adaptive ones have this field
        for lane, sampler in enumerate(samplers)
        if sampler.adaptive
        for tolerance in tolerances
    ]


def sweep_cells(config: SweepConfig) -> Iterator[MeasuredCell]:
    """Measure the configuration's plan, one repeat of a cell at a time; one that cannot be run stops no other."""
    problem = config.problem

    @cache
    def fitted(sampler: Entrant) -> AnyLane:
        return lane_of(sampler, config.grid, 1, problem.source).fitted(problem)

    for cell, repeat in config.plan:
        try:
            measured = _measure(config, cell, repeat, replace(fitted(cell.sampler), steps=cell.steps))
        except (ArithmeticError, ValueError) as error:  # a ConfigError, too, is a ValueError
            what = f"{cell.sampler.title} in {cell.steps:,} steps cannot be computed"
            fault = str(error) if isinstance(error, ConfigError) else f"{what}: {error}."
            measured = MeasuredCell(cell, repeat, cell.sampler.calls(cell.steps), math.nan, fault)
        yield measured


def _measure(config: SweepConfig, cell: Cell, repeat: int, lane: AnyLane) -> MeasuredCell:
    problem = config.problem
    run = lane.runner(problem).run(WhiteNoise(1_000 * problem.seed + repeat, (SIZE, 2)))
    final = run.final.numpy()
    distance = config.metric(final, problem.real[repeat]) if np.isfinite(final).all() else math.inf
    return MeasuredCell(cell, repeat, run.nfe, distance)


def summarize_sweep(config: SweepConfig, measured: Sequence[MeasuredCell], floor: Floor) -> SweepResult:
    """What the cells measured so far say; floor: of the configuration's problem and metric."""
    series = tuple(
        _series(sampler, [m for m in measured if m.cell.lane == lane]) for lane, sampler in enumerate(config.samplers)
    )
    faults = tuple(dict.fromkeys(one.fault for one in measured if one.fault))
    return SweepResult(config, series, floor, len(measured), len(config.plan), faults)


def run_sweep(config: SweepConfig) -> SweepResult:
    """Measure everything, then the floor."""
    return summarize_sweep(config, list(sweep_cells(config)), config.problem.floor(config.metric))


def _series(sampler: Entrant, measured: Sequence[MeasuredCell]) -> Series:
    repeats: dict[Cell, list[MeasuredCell]] = {}
    for one in measured:
        repeats.setdefault(one.cell, []).append(one)
    rows = []
    for cell, runs in repeats.items():
        distances = np.array([run.distance for run in runs])
        spread = standard_error(distances) if len(runs) > 1 and np.isfinite(distances).all() else math.nan
        rows.append((runs[0].nfe, cell.steps, distances.mean(), spread))
    columns = np.array(sorted(rows), dtype=np.float64).reshape(-1, 4).T
    return Series(sampler, *columns)
