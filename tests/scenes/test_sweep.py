"""Quality against cost: what is run, what comes of it, and what the sentence says."""

from __future__ import annotations

import math
import time

import numpy as np
import pytest

from diffviz.data import Ring, prepare
from diffviz.grids import Trailing, UniformLogSNR
from diffviz.metrics import Floor, sliced_w2
from diffviz.player import Curve
from diffviz.samplers import DDIM, DDPM, RK45, SAMPLERS, AnalyticDPM, DPMSolver3, DPMSolverPP2M
from diffviz.scenes import sweep
from diffviz.scenes.quality import answer, chart, enough
from diffviz.scenes.race import fresh
from diffviz.scenes.sweep import LATER, REPEATS, SOON, TOLERANCES, Series, Sweep, cells
from diffviz.schedules import Cosine
from diffviz.scores.mixture import MixtureScore

RING = Ring()
MODEL = MixtureScore(Cosine(), prepare(RING, 1, 0).mixture)  # type: ignore[arg-type]
REAL = fresh(RING, 0)
FLOOR = Floor(0.05, 0.001)


def _sweep(*samplers: object, grid: object = None) -> Sweep:
    def measure(x: np.ndarray, k: int) -> float:
        return sliced_w2(x, REAL[k])

    return Sweep(samplers, grid or UniformLogSNR(), MODEL, REAL[0], measure, 0)  # type: ignore[arg-type]


@pytest.fixture
def brief(monkeypatch: pytest.MonkeyPatch) -> None:
    """Small budgets only."""
    monkeypatch.setattr(sweep, "SOON", (2, 5, 10))
    monkeypatch.setattr(sweep, "LATER", (20,))


def test_no_cell_costs_more_than_its_budget_and_none_is_run_twice() -> None:
    samplers = [cls() for cls in SAMPLERS.values()]
    found = cells(samplers, SOON)
    assert len(set(found)) == len(found)
    for cell in found:
        if cell.sampler.gridded or cell.sampler.order is None:
            assert isinstance(cell.sampler, RK45 | SAMPLERS["dop853"]) or cell.sampler.calls(cell.steps) <= max(SOON)
    adaptive = [cell for cell in found if isinstance(cell.sampler, RK45)]
    assert [cell.sampler.tolerance for cell in adaptive] == list(TOLERANCES)  # type: ignore[attr-defined]
    assert cells([RK45()], LATER) == []
    assert {cell.steps for cell in cells([DPMSolver3()], (2, 3, 5, 7))} == {1, 2}  # two calls do not pay for a step


def test_the_first_budgets_are_all_measured_before_the_later_ones(brief: None) -> None:
    work = _sweep(DDIM(), DPMSolverPP2M())
    assert [series.nfe.size for series in work.series()] == [0, 0]
    work.start()
    work.join(60)
    assert work.done == work.total == REPEATS * 2 * 4 and not work.running
    ddim, solver = work.series()
    assert ddim.nfe.tolist() == solver.nfe.tolist() == [2, 5, 10, 20]
    assert (ddim.error > 0).all() and np.isfinite(ddim.error).all()
    assert solver.mean[-1] < solver.mean[0] and ddim.mean[-1] < ddim.mean[0]
    assert 0 < work.seconds < 60


def test_a_seed_gives_the_same_figures_and_a_fitted_sampler_is_fitted_once(brief: None) -> None:
    one, other = _sweep(DDPM(), AnalyticDPM()), _sweep(DDPM(), AnalyticDPM())
    for work in (one, other):
        work.start()
        work.join(60)
    for a, b in zip(one.series(), other.series(), strict=True):
        np.testing.assert_array_equal(a.mean, b.mean)
    ddpm, analytic = one.series()
    assert analytic.mean[1] < ddpm.mean[1]  # at few steps the best variance is worth something


def test_a_stopped_sweep_keeps_what_it_has_and_goes_on_when_asked(brief: None) -> None:
    work = _sweep(DDIM(), DPMSolver3())
    work.start()
    while work.done < 2:
        time.sleep(0.005)
    work.stop()
    work.join(60)
    had = work.done
    assert 2 <= had < work.total
    work.start()
    work.join(60)
    assert work.done == work.total
    assert not work.running


def test_nobody_looking_ends_it(brief: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sweep, "_PATIENCE", -1.0)
    work = _sweep(DDIM())
    work.start()
    work.join(60)
    assert work.done == 0 and not work.running


def test_budgets_without_room_on_a_grid_are_left_out(brief: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sweep, "LATER", (1000,))
    work = _sweep(DDIM(), grid=Trailing())
    work.start()
    work.join(60)
    (found,) = work.series()
    assert np.isnan(found.mean[-1]) and np.isfinite(found.mean[:-1]).all()
    assert enough("DDIM", found, 1e9) is None or enough("DDIM", found, 1e9).nfe == 2  # type: ignore[union-attr]


def _series(nfe: list[float], mean: list[float]) -> Series:
    return Series(np.array(nfe), np.array(nfe), np.array(mean), np.full(len(nfe), 0.001))


def test_the_sentence_names_the_cheapest_and_what_others_need() -> None:
    fast, slow = _series([2, 5, 10], [0.5, 0.09, 0.06]), _series([2, 5, 10], [0.9, 0.4, 0.09])
    never = _series([2, 5, 10], [0.9, 0.8, 0.7])
    said = answer(["Fast", "Slow", "Never"], [fast, slow, never], 0.1, FLOOR, set())
    assert "Fast at 5 steps (5 calls)" in said and "Slow needs 10" in said and "Never does not get there" in said
    assert "0.1 (2 times" in said


def test_a_lucky_small_budget_does_not_count_if_a_larger_one_fails() -> None:
    found = enough("Lucky", _series([2, 5, 10, 20], [0.05, 0.5, 0.05, 0.06]), 0.1)
    assert found is not None and found.nfe == 10


def test_equal_cost_is_a_tie_and_nothing_within_reach_is_said_so() -> None:
    one, other = _series([5], [0.09]), _series([5], [0.08])
    assert "Other and One at 5 steps" in answer(["One", "Other"], [one, other], 0.1, FLOOR, set())
    said = answer(["One"], [one], 0.01, FLOOR, set())
    assert said.startswith("**None of these") and "One at 5 calls with 0.09" in said
    assert answer(["One"], [_series([], [])], 0.1, FLOOR, set()) == "Measuring."
    assert "One at 5 calls" in answer(["One"], [one], 0.1, FLOOR, {"One"})


def test_the_chart_has_a_line_a_sampler_with_bars_and_rules() -> None:
    gone = _series([2, 5], [math.inf, 0.3])
    scene = chart(["One", "Gone"], [_series([2, 5], [0.5, 0.1]), gone], FLOOR, 0.1, "Sliced Wasserstein-2")
    (curve,) = scene.panes[0].layers
    assert isinstance(curve, Curve) and curve.dots and curve.log_x and curve.log_y
    assert curve.line("Gone")[0].tolist() == [5] and set(curve.rules.values()) == {0.05, 0.1}
    assert len(scene.payload()) < 20_000
    empty = chart(["One"], [_series([], [])], FLOOR, 0.1, "Sliced Wasserstein-2")
    assert empty.panes[0].layers and empty.payload()
