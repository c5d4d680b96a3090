"""What the words of Step grid promise is to be seen: with the page's defaults, on three seeds, not when swapped."""

from __future__ import annotations

from functools import cache

import pytest

from diffviz.experiments.lane import Lane
from diffviz.experiments.problem import Problem
from diffviz.experiments.race import LaneResult, run_lane, significantly_worse
from diffviz.grids import Grid, HandPlaced, UniformLogSNR, UniformTime
from diffviz.metrics import SlicedWasserstein
from diffviz.samplers import DDIM, DPMSolverPP2M, Sampler
from diffviz.ui.race.steps import INNER
from diffviz.ui.step_editor import STANDARD

SEEDS = pytest.mark.parametrize("seed", range(3))
AT_DATA, AT_NOISE = (0.80, 0.84, 0.88, 0.92, 0.96), (0.04, 0.08, 0.12, 0.16, 0.20)
UNEVEN = (0.20, 0.35, 0.50, 0.65, 0.82)
problem = cache(lambda seed: Problem(seed=seed))


@cache
def lane(seed: int, sampler: Sampler, grid: Grid) -> LaneResult:
    return run_lane(problem(seed), Lane(sampler, grid, INNER + 1), SlicedWasserstein())


@SEEDS
@pytest.mark.promise("steps-crowded-hurt")
def test_steps_crowded_at_an_end_hurt_most_at_the_data(seed: int) -> None:
    even = lane(seed, DPMSolverPP2M(), UniformLogSNR())

    def by_hand(shares: tuple[float, ...]) -> LaneResult:
        return lane(seed, DPMSolverPP2M(), HandPlaced(shares=shares))

    def several_times(shares: tuple[float, ...]) -> bool:
        return by_hand(shares).distance > 4 * even.distance  # about 7 and 9 times

    assert several_times(AT_DATA) and several_times(AT_NOISE)
    assert not several_times(UNEVEN)
    data, noise = by_hand(AT_DATA).distances, by_hand(AT_NOISE).distances
    assert significantly_worse(data, noise) and data.mean() - noise.mean() > 0.1  # 0.19
    assert not significantly_worse(noise, data)


@SEEDS
@pytest.mark.promise("steps-best-depends-on-solver")
def test_the_worst_standard_grid_of_one_solver_is_the_best_of_another(seed: int) -> None:
    def ranked(sampler: Sampler) -> list[tuple[float, Grid]]:
        return sorted(((lane(seed, sampler, grid).distance, grid) for grid in STANDARD), key=lambda pair: pair[0])

    def best(sampler: Sampler) -> bool:
        (first, grid), (second, _), *_ = ranked(sampler)
        return grid == UniformTime() and second > 1.1 * first  # 1.25 times

    def worst(sampler: Sampler) -> bool:
        *_, (second, _), (last, grid) = ranked(sampler)
        return grid == UniformTime() and last > 1.15 * second  # 1.36 times

    assert worst(DPMSolverPP2M()) and best(DDIM())
    assert not worst(DDIM()) and not best(DPMSolverPP2M())
