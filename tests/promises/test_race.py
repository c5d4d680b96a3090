"""What the words of the race and of its step grids promise, with the page's defaults on three seeds."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import ClassVar

import numpy as np
import pytest

from diffviz.data import Dataset, Ring, SwissRoll
from diffviz.experiments.lane import Lane
from diffviz.experiments.problem import ExactSource, LearnedSource, Problem, ScoreSource
from diffviz.experiments.race import LaneResult, RaceConfig, RaceResult, assemble_race, run_lane, significantly_worse
from diffviz.grids import Grid, Trailing, UniformLogSNR
from diffviz.metrics import Floor, SlicedWasserstein
from diffviz.player import Points
from diffviz.protocols import ScoreModel
from diffviz.samplers import (
    DDIM,
    DDPM,
    RK45,
    SAMPLERS,
    AnnealedLangevin,
    DPMSolverPP2M,
    DPMSolverPP2S,
    EulerMaruyama,
    Langevin,
    Sampler,
)
from diffviz.scenes.race import MARKS, compose
from diffviz.scores.recorded import RecordedScore
from diffviz.ui.race import race

SEEDS = (0, 1, 2)
METRIC = SlicedWasserstein()
PANES = [SAMPLERS[slug]() for slug in race.DEFAULTS[:3]]
GRID, ROLL, LEARNED = UniformLogSNR(), SwissRoll(), LearnedSource()

on_seeds = pytest.mark.parametrize("seed", SEEDS)


@cache
def problem(seed: int, dataset: Dataset = ROLL, source: ScoreSource = LEARNED) -> Problem:
    return Problem(dataset, source, seed=seed)


@cache
def floor(seed: int, dataset: Dataset = ROLL) -> Floor:
    return problem(seed, dataset).floor(METRIC)


def raced(seed: int) -> RaceResult:
    """The race as it opens."""
    lanes = [lane(sampler, 10, seed) for sampler in PANES]
    config = RaceConfig(problem(seed), tuple(one.lane for one in lanes), METRIC)
    return assemble_race(config, lanes, floor(seed))


def lane(sampler: Sampler, calls: int, seed: int, grid: Grid = GRID, data: Dataset = ROLL) -> LaneResult:
    """A pane at a budget of calls; the ring is asked for its exact score."""
    source = LEARNED if data == ROLL else ExactSource()
    return _run(problem(seed, data, source), Lane(sampler, grid, sampler.steps_for(calls), source))


@cache
def _run(of: Problem, chosen: Lane) -> LaneResult:
    return run_lane(of, chosen, METRIC)


def apart(one: LaneResult, other: LaneResult) -> float:
    """Root mean square over particles of how far the same particle ends from itself."""
    return float(np.sqrt(np.mean(np.sum((one.final - other.final) ** 2, axis=1))))


def width(x: np.ndarray) -> float:
    """Standard deviation over particles, which the data have near 1."""
    return float(x.std(axis=0).mean())


@on_seeds
@pytest.mark.promise("race-marked-particles")
def test_marked_particles_start_alike_and_leave_a_dot_a_node(seed: int) -> None:
    def same_starts(*panes: LaneResult) -> bool:
        return all(np.array_equal(a.x[0, MARKS, :], b.x[0, MARKS, :]) for a, b in pairwise(panes))

    lanes = [lane(sampler, 10, seed) for sampler in PANES]
    assert same_starts(*lanes)
    assert not same_starts(lanes[0], lane(PANES[0], 10, seed + 1))
    config = RaceConfig(problem(seed), tuple(one.lane for one in lanes), METRIC)
    for drawn, one in zip(compose(assemble_race(config, lanes, floor(seed))).panes, lanes, strict=True):
        dots = [layer.xy[-1] for layer in drawn.layers if isinstance(layer, Points) and not layer.follow][1:]
        assert [np.isfinite(xy).all(1).sum() for xy in dots] == [len(one.t)] * len(MARKS)


@dataclass(frozen=True)
class WatchedSource(LearnedSource):
    """The learned network, every call of which is written down."""

    models: ClassVar[list[RecordedScore]] = []

    def build(self, problem: Problem) -> ScoreModel:
        self.models.append(RecordedScore(super().build(problem)))
        return self.models[-1]


@on_seeds
@pytest.mark.promise("race-calls-are-counted")
def test_calls_are_those_that_were_made_not_those_that_were_planned(seed: int) -> None:
    adaptive = Lane(RK45(), GRID, RK45().steps_for(10), WatchedSource())
    counted = run_lane(problem(seed), adaptive, METRIC).nfe
    made = len(WatchedSource.models[-1].calls)
    assert counted == made
    assert adaptive.sampler.calls(adaptive.steps) != made


@on_seeds
@pytest.mark.promise("race-floor")
def test_no_sampler_is_visibly_nearer_than_real_data(seed: int) -> None:
    def as_far_as_real(distances: np.ndarray) -> bool:
        return not significantly_worse(np.full(len(distances), floor(seed).mean), distances)

    for sampler in (*PANES, EulerMaruyama()):
        for calls in (10, 100):
            assert as_far_as_real(lane(sampler, calls, seed).distances)
    real = problem(seed).real
    assert not as_far_as_real(np.array([METRIC(x, x + 1e-6) for x in real]))  # who hands back the very same points
    assert floor(seed).mean > 0.03  # about half of what was measured


@on_seeds
@pytest.mark.promise("race-one-brownian-path")
def test_stochastic_samplers_follow_one_path(seed: int) -> None:
    """The same particle ends 0.2 apart, strangers 1.9."""
    ddpm = lane(DDPM(), 100, seed)
    assert apart(ddpm, lane(EulerMaruyama(), 100, seed)) < 0.6
    assert apart(ddpm, lane(DDPM(), 100, seed + 1)) > 1.5


@on_seeds
@pytest.mark.promise("race-ranking-fades")
def test_at_100_calls_the_panes_are_about_as_near_as_real_data(seed: int) -> None:
    """At most 1.25 times as far at 100 calls, 4 times at 10."""

    def faded(calls: int) -> bool:
        return max(lane(sampler, calls, seed).distance for sampler in PANES) < 1.5 * floor(seed).mean

    assert faded(100) and not faded(10)


@on_seeds
@pytest.mark.promise("race-langevin-stays-behind")
def test_only_the_langevin_samplers_are_still_behind(seed: int) -> None:
    """By 0.027 and more over the nearest; the others by 0.013 at most."""
    nearest = min(lane(sampler, 100, seed).distance for sampler in PANES)

    def behind(sampler: Sampler) -> bool:
        return lane(sampler, 100, seed).distance > nearest + 0.02

    assert behind(Langevin()) and behind(AnnealedLangevin())
    assert not any(behind(sampler) for sampler in (*PANES, EulerMaruyama()))


@on_seeds
@pytest.mark.promise("race-2s-asks-twice")
def test_2s_at_5_calls_makes_2_steps_and_ends_twice_as_far(seed: int) -> None:
    """2.1 times as far, and nearer if it may make as many steps."""
    multi, single = lane(DPMSolverPP2M(), 5, seed), lane(DPMSolverPP2S(), 5, seed)
    assert (single.lane.steps, multi.lane.steps) == (2, 5) and single.nfe <= multi.nfe == 5

    def farther(one: LaneResult) -> bool:
        return one.distance > 1.6 * multi.distance

    assert farther(single) and not farther(lane(DPMSolverPP2S(), 10, seed))


@on_seeds
@pytest.mark.promise("race-grid-matters")
def test_trailing_halves_the_distance_of_ddim_at_5_calls(seed: int) -> None:
    def halves(calls: int) -> bool:
        return lane(DDIM(), calls, seed, Trailing()).distance < 0.6 * lane(DDIM(), calls, seed).distance

    assert halves(5) and not halves(100)


@on_seeds
@pytest.mark.promise("race-euler-maruyama")
def test_euler_maruyama_is_nearer_at_10_calls_and_gone_at_5(seed: int) -> None:
    def nearer(calls: int) -> bool:
        others = min(lane(sampler, calls, seed).distance for sampler in (DDPM(), DDIM()))
        return lane(EulerMaruyama(), calls, seed).distance < 0.7 * others

    def flies_out(calls: int) -> bool:
        """More than half of the samples end outside the pane."""
        return bool(np.median(np.abs(lane(EulerMaruyama(), calls, seed).final).max(axis=1)) > 2.7)

    assert nearer(10) and not nearer(5)
    assert flies_out(5) and not flies_out(10)


@on_seeds
@pytest.mark.promise("race-euler-maruyama-why")
def test_its_first_step_widens_and_the_others_shrink(seed: int) -> None:
    def widened(sampler: Sampler, calls: int) -> float:
        x = lane(sampler, calls, seed).x
        return width(x[1]) / width(x[0])

    assert widened(EulerMaruyama(), 10) == pytest.approx(2, rel=0.1)
    assert widened(EulerMaruyama(), 5) == pytest.approx(6, rel=0.1)
    assert widened(DDPM(), 5) == pytest.approx(1, rel=0.1)

    def shrunk(sampler: Sampler) -> bool:
        """By 14 to 19 % the others, by 2 % Euler–Maruyama."""
        return width(lane(sampler, 10, seed).final) < 0.92 * width(np.concatenate(problem(seed).real))

    assert shrunk(DDPM()) and shrunk(DDIM()) and not shrunk(EulerMaruyama())


@on_seeds
@pytest.mark.promise("race-ddim-with-noise")
def test_ddim_with_noise_is_ddpm(seed: int) -> None:
    def same(eta: float) -> bool:
        return float(np.abs(lane(DDIM(eta=eta), 10, seed).final - lane(DDPM(), 10, seed).final).max()) < 1e-3

    assert same(1.0) and not same(0.5)


@on_seeds
@pytest.mark.promise("race-exact-score")
def test_with_the_exact_score_only_steps_are_left(seed: int) -> None:
    """1.6 to 1.7 times the floor at 5 calls, within 1.1 of it at 100."""

    def as_near_as_real(calls: int) -> bool:
        return lane(DDIM(), calls, seed, data=Ring()).distance < 1.3 * floor(seed, Ring()).mean

    assert as_near_as_real(100) and not as_near_as_real(5)


@pytest.mark.promise("race-distances-at-the-end")
def test_a_distance_stands_under_a_pane_only_at_the_end_of_the_clock() -> None:
    scene = compose(raced(0), distances="end")
    assert all("±" in pane.outcome and "±" not in pane.note for pane in scene.panes)


@pytest.mark.promise("race-waits-for-play")
def test_a_race_for_a_class_waits_for_play() -> None:
    assert compose(raced(0), distances="end").autoplay
    waiting = compose(raced(0), distances="wait")
    assert not waiting.autoplay and waiting.question is not None
