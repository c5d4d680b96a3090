"""Quality against cost: what is run, and what comes of it."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Self

import numpy as np
import pytest
from torch import Tensor

from diffviz.data import Ring
from diffviz.experiments.problem import ExactSource, Problem
from diffviz.experiments.sweep import (
    REPEATS,
    MeasuredCell,
    Series,
    SweepConfig,
    SweepResult,
    budget_cells,
    run_sweep,
    summarize_sweep,
    sweep_cells,
    tolerance_cells,
)
from diffviz.grids import Leading, Trailing, UniformLogSNR
from diffviz.metrics import Floor
from diffviz.protocols import ScoreModel
from diffviz.runs.background import Background
from diffviz.samplers import DDIM, DDPM, RK45, SAMPLERS, AnalyticDPM, DPMSolver3, DPMSolverPP2M, Move, Node, Sampler
from diffviz.schedules import DiscreteDDPM

RING = Problem(Ring(), ExactSource())
FLOOR = Floor(0.05, 0.001)


def _small(*samplers: Sampler) -> SweepConfig:
    """Small budgets only."""
    return SweepConfig(RING, samplers, soon=(2, 5, 10), later=(20,))


def _background(config: SweepConfig, patience: float = 20.0) -> Background[MeasuredCell]:
    return Background(lambda: sweep_cells(config), patience=patience)


def _so_far(config: SweepConfig, work: Background[MeasuredCell]) -> SweepResult:
    return summarize_sweep(config, work.items(), FLOOR)


def test_no_cell_costs_more_than_its_budget_and_none_is_run_twice() -> None:
    config = SweepConfig(RING, tuple(cls() for cls in SAMPLERS.values()))
    assert len(set(config.plan)) == len(config.plan)
    for cell, _ in config.plan:
        assert cell.sampler.adaptive or cell.sampler.calls(cell.steps) <= max(config.later)
    for cell in budget_cells(config.samplers, config.soon):
        assert cell.sampler.calls(cell.steps) <= max(config.soon)
    adaptive = tolerance_cells([DDIM(), RK45()], config.tolerances)
    assert [cell.sampler for cell in adaptive] == [RK45(tolerance=tolerance) for tolerance in config.tolerances]
    assert all(cell.lane == 1 for cell in adaptive)
    assert budget_cells([RK45()], config.later) == []
    assert {cell.steps for cell in budget_cells([DPMSolver3()], (2, 3, 5, 7))} == {1, 2}  # 2 calls do not pay for one


def test_the_first_budgets_are_all_measured_before_any_again_and_before_the_later_ones() -> None:
    plan = _small(DDIM(), RK45()).plan
    first = plan[: len(plan) // REPEATS - 1]  # one of the later budgets' cells is left out
    assert {cell.steps for cell, _ in plan[-REPEATS:]} == {20}
    assert all(repeat == 0 for _, repeat in first) and {cell.sampler.title for cell, _ in first} == {
        DDIM.title,
        RK45.title,
    }
    assert [repeat for _, repeat in plan[:-REPEATS]] == sorted(repeat for _, repeat in plan[:-REPEATS])


def test_a_sweep_in_the_background_measures_everything() -> None:
    config = _small(DDIM(), DPMSolverPP2M())
    work = _background(config)
    assert [series.nfe.size for series in _so_far(config, work).series] == [0, 0]
    work.start()
    work.join(60)
    result = _so_far(config, work)
    assert result.done == result.total == REPEATS * 2 * 4 and work.finished and not work.running
    ddim, solver = result.series
    assert ddim.nfe.tolist() == solver.nfe.tolist() == [2, 5, 10, 20]
    assert (ddim.error > 0).all() and np.isfinite(ddim.error).all()
    assert solver.mean[-1] < solver.mean[0] and ddim.mean[-1] < ddim.mean[0]


def test_a_seed_gives_the_same_figures_and_a_fitted_sampler_is_fitted_once(monkeypatch: pytest.MonkeyPatch) -> None:
    fit, fits = AnalyticDPM.fitted, []
    monkeypatch.setattr(AnalyticDPM, "fitted", lambda self, *a: (fits.append(self), fit(self, *a))[1])
    config = _small(DDPM(), AnalyticDPM())
    one = run_sweep(config)
    assert len(fits) == 1
    work = _background(config)
    work.start()
    work.join(60)
    for a, b in zip(one.series, _so_far(config, work).series, strict=True):
        np.testing.assert_array_equal(a.mean, b.mean)
    ddpm, analytic = one.series
    assert analytic.mean[1] < ddpm.mean[1]  # at few steps the best variance is worth something


def test_a_stopped_sweep_keeps_what_it_has_and_goes_on_when_asked() -> None:
    work = _background(config := _small(DDIM(), DPMSolver3()))
    work.start()
    while len(work.items()) < 2:
        time.sleep(0.005)
    work.stop()
    work.join(60)
    known = work.items()
    assert 2 <= len(known) < len(config.plan) and not work.finished
    work.start()
    work.join(60)
    assert work.items()[: len(known)] == known and not work.running
    assert [(cell.cell, cell.repeat) for cell in work.items()] == list(config.plan)


def test_nobody_looking_ends_it() -> None:
    work = _background(_small(DDIM()), patience=-1.0)
    work.start()
    work.join(60)
    assert work.items() == [] and not work.running


def test_budgets_without_room_on_a_grid_are_left_out() -> None:
    (series,) = run_sweep(SweepConfig(RING, (DDIM(),), Trailing(), soon=(2, 5, 10), later=(1000,))).series
    assert np.isnan(series.mean[-1]) and np.isfinite(series.mean[:-1]).all()
    assert series.cheapest_within(1e9) is None


@dataclass(frozen=True)
class Unlucky(DDIM):
    """Divides by zero at five steps, and cannot be fitted where so asked."""

    unfit: bool = False

    def fitted(self, model: ScoreModel, points: Tensor, seed: int) -> Self:
        return self if not self.unfit else replace(self, eta=math.log(0))

    def moves(self, nodes: Sequence[Node]) -> list[Move]:
        return super().moves(nodes) if len(nodes) != 6 else [Move(1 / 0, 0.0)]


def test_a_cell_that_cannot_be_computed_says_why_and_the_others_are_measured() -> None:
    work = _background(config := _small(Unlucky(), DDIM(), Unlucky(unfit=True)))
    work.start()
    work.join(60)
    assert work.finished and not work.error
    result = _so_far(config, work)
    unlucky, well, unfit = result.series
    assert np.isnan(unlucky.mean).tolist() == [False, True, False, False] and np.isnan(unfit.mean).all()
    np.testing.assert_array_equal(unlucky.mean[[0, 2, 3]], well.mean[[0, 2, 3]])
    assert result.faults[:2] == (
        "DDIM in 2 steps cannot be computed: math domain error.",
        "DDIM in 5 steps cannot be computed: division by zero.",
    )
    assert result.done == result.total and result.nearest is not None


def test_a_thousand_leading_steps_are_refused_to_every_sampler_in_one_sentence() -> None:
    samplers = tuple(kind() for kind in SAMPLERS.values() if not kind.adaptive and kind.cost == 1)
    problem = replace(RING, schedule=DiscreteDDPM())
    config = SweepConfig(problem, samplers, Leading(), soon=(), later=(1000,))
    result = run_sweep(config)
    assert result.done == result.total and result.faults == ("Leading has no room for 1,000 steps on this schedule.",)
    assert all(np.isnan(series.mean[series.steps == 1000]).all() for series in result.series)


def test_adaptive_samplers_are_measured_at_tolerances() -> None:
    config = SweepConfig(RING, (RK45(),), UniformLogSNR(), soon=(2,), later=(), tolerances=(1e-1, 1e-3))
    (series,) = run_sweep(config).series
    assert (np.diff(series.nfe) > 0).all() and series.mean[1] < series.mean[0]


def _series(nfe: list[float], mean: list[float]) -> Series:
    return Series(DDIM(), np.array(nfe), np.array(nfe), np.array(mean), np.full(len(nfe), 0.001))


def test_a_lucky_small_budget_does_not_count_if_a_larger_one_fails() -> None:
    cheapest = _series([2, 5, 10, 20], [0.05, 0.5, 0.05, 0.06]).cheapest_within(0.1)
    assert cheapest is not None and cheapest.nfe == 10
    assert _series([], []).cheapest_within(0.1) is None
    assert _series([2, 5], [0.05, 0.5]).cheapest_within(0.1) is None


def test_the_nearest_of_all_is_finite() -> None:
    config = _small(DDIM())
    series = (_series([2, 5], [np.inf, 0.3]), _series([2, 5], [np.nan, 0.2]))
    nearest = SweepResult(config, series, FLOOR, 0, 0).nearest
    assert nearest is not None and (nearest.nfe, nearest.mean) == (5, 0.2)
    assert SweepResult(config, (_series([2], [np.inf]),), FLOOR, 0, 0).nearest is None
