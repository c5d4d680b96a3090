"""Races on the page: every lane is remembered by itself, so that a change of one pane does not run the others."""

from __future__ import annotations

from collections.abc import Sequence

from diffviz.data import Dataset
from diffviz.experiments.lane import AnyLane
from diffviz.experiments.problem import Problem
from diffviz.experiments.race import LaneResult, RaceConfig, RaceResult, assemble_race, run_lane
from diffviz.metrics import Floor, Metric
from diffviz.ui.cache import cached


def race(problem: Problem, lanes: Sequence[AnyLane], metric: Metric) -> RaceResult:
    """What `run_race` answers, from lanes of which most may have been run before."""
    results = [lane_result(problem, lane, metric) for lane in lanes]
    return assemble_race(RaceConfig(problem, tuple(lanes), metric), results, floor(problem, metric))


def floor(problem: Problem, metric: Metric) -> Floor:
    """What real data are apart among themselves, whichever score is asked."""
    return _floor(problem.dataset, problem.seed, metric)


@cached("Sampling", usual=0.5)
def lane_result(problem: Problem, lane: AnyLane, metric: Metric) -> LaneResult:
    """One lane."""
    return run_lane(problem, lane, metric)


@cached("Measuring how far real data are from real data", usual=0.5)
def _floor(dataset: Dataset, seed: int, metric: Metric) -> Floor:
    return Problem(dataset, seed=seed).floor(metric)
