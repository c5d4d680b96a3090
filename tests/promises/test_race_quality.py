"""What the words on quality and cost promise, with the page's defaults on three seeds."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from diffviz.experiments.problem import SCORE_SOURCES, SIZE, Problem
from diffviz.experiments.sweep import SweepConfig, SweepResult, run_sweep
from diffviz.metrics import SlicedWasserstein
from diffviz.samplers import DDIM, DDPM, RK45, SAMPLERS, DPMSolverPP2M
from diffviz.ui.race import quality

METRIC = SlicedWasserstein()
FEW = SweepConfig().soon  # calls, the budgets that are measured first

on_seeds = pytest.mark.parametrize("seed", (0, 1, 2))


@cache
def swept(seed: int, score: str, samplers: tuple[str, ...], budgets: tuple[int, ...] = FEW) -> SweepResult:
    problem = Problem(source=SCORE_SOURCES[score](), seed=seed)
    return run_sweep(SweepConfig(problem, tuple(SAMPLERS[slug]() for slug in samplers), soon=budgets, later=()))


@on_seeds
@pytest.mark.promise("quality-band")
def test_the_band_holds_single_pairs(seed: int) -> None:
    """Two thirds of them, as a standard deviation does; a standard error would hold one in five."""
    problem = Problem(seed=seed)
    floor = problem.floor(METRIC)
    first = 9_000_000 + 100 * seed
    pairs = np.array(
        [METRIC(problem.draw(SIZE, first + 2 * k), problem.draw(SIZE, first + 2 * k + 1)) for k in range(40)]
    )

    def holds(half: float) -> bool:
        return 0.5 < float(np.mean(np.abs(pairs - floor.mean) < half)) < 0.95

    assert holds(floor.spread) and not holds(floor.error)


@on_seeds
@pytest.mark.promise("quality-calls-for-a-wish")
def test_2m_meets_a_wish_with_a_fraction_of_the_calls(seed: int) -> None:
    """At twice the floor 7 calls, 15 and 25; at ten times, 2 to 5 calls are enough for all of them."""
    result = swept(seed, "learned", quality.DEFAULTS)

    def far_cheaper(multiple: float) -> bool:
        within = {s.sampler: s.cheapest_within(multiple * result.floor.mean) for s in result.series}
        calls = {sampler: budget.nfe for sampler, budget in within.items() if budget is not None}
        few = calls[DPMSolverPP2M()]
        return calls[DDIM()] >= 1.8 * few and calls[DDPM()] >= 3 * few

    assert far_cheaper(quality.MULTIPLE) and not far_cheaper(10.0)


@on_seeds
@pytest.mark.promise("quality-model-error")
def test_a_brief_training_leaves_an_error_that_no_calls_mend(seed: int) -> None:
    """The last points lie 1.6 to 2.3 times as high."""

    def ends(score: str) -> np.ndarray:
        return np.array([s.mean[-2:] for s in swept(seed, score, ("ddim", "dpmpp-2m"), (50, 100)).series])

    def higher(score: str) -> bool:
        return bool((ends(score) > 1.4 * ends("learned")).all())

    brief = ends("brief")
    assert higher("brief") and not higher("learned")
    assert (brief[:, 1] > 0.9 * brief[:, 0]).all()  # twice the calls mend nothing


@on_seeds
@pytest.mark.promise("quality-tolerances")
def test_rk45_has_a_point_a_tolerance_and_takes_the_calls_it_needs(seed: int) -> None:
    series = swept(seed, "learned", ("rk45", "ddim"), (10, 50)).series

    def on_budget(sampler: object) -> bool:
        (nfe,) = (s.nfe.tolist() for s in series if s.sampler == sampler)
        return nfe == [10, 50]

    assert on_budget(DDIM()) and not on_budget(RK45())
    assert len(series[0].nfe) == len(SweepConfig().tolerances) and (np.diff(series[0].nfe) >= 0).all()
