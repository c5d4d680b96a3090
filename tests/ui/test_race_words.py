"""What the race page says in words: rankings, and which sampler at how many steps."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
import pytest

from diffviz.data import Ring
from diffviz.estimate import format_estimate
from diffviz.experiments.lane import Lane
from diffviz.experiments.problem import GROUPS, ExactSource, Problem
from diffviz.experiments.race import RaceConfig, RaceResult, run_race
from diffviz.experiments.step_errors import StepErrors, StepErrorsConfig, StepErrorsResult
from diffviz.experiments.sweep import Series, SweepConfig, SweepResult
from diffviz.metrics import Floor
from diffviz.protocols import Array, Noise, ScoreModel
from diffviz.samplers import DDIM, DDPM, DPMSolverPP2M, ProbabilityFlowEuler, Sampler
from diffviz.trajectory import Step
from diffviz.ui.race import anatomy
from diffviz.ui.race.quality import recommend
from diffviz.ui.race.tables import ranking

EXACT = ExactSource()
RING = Problem(Ring(), EXACT)
FLOOR = Floor(0.05, 0.001)


@pytest.fixture(scope="module")
def race() -> RaceResult:
    lanes = tuple(Lane(sampler, source=EXACT) for sampler in (DDPM(), DDIM(), DPMSolverPP2M()))
    return replace(run_race(RaceConfig(RING, lanes)), floor=Floor(0.0612, 0.0011))


def _rows(race: RaceResult) -> list[str]:
    return ranking(race).splitlines()[2:]


def test_the_table_is_ordered_and_ends_with_real_data(race: RaceResult) -> None:
    rows = _rows(race)
    assert [row.split(" | ")[0].strip("| ") for row in rows] == ["DPM-Solver++ 2M", "DDIM", "DDPM", "*real data*"]
    assert "nearest" in rows[0] and "0.061 ± 0.001" in rows[-1]


def test_a_run_that_left_the_plane_is_said_so_and_ranked_last(race: RaceResult) -> None:
    gone = replace(race.lanes[0], distances=np.full(GROUPS, np.inf))
    last = _rows(replace(race, lanes=(gone, *race.lanes[1:])))[-2]
    assert "left the plane" in last and "diverged" in last


def test_equal_runs_show_no_visible_difference(race: RaceResult) -> None:
    same = replace(race.lanes[1])
    assert "no visible difference" in ranking(replace(race, lanes=(race.lanes[1], same)))


def test_digits_follow_the_error() -> None:
    assert format_estimate(0.12345, 0.0021) == "0.123 ± 0.002" and format_estimate(2.71, 0.076) == "2.710 ± 0.076"
    assert format_estimate(2.0103, 0.0003) == "2.010 ± <0.001" and format_estimate(2.0103, 0.0) == "2.010 ± 0.000"
    assert format_estimate(27.12, 1.4) == "27.1 ± 1.4" and format_estimate(float("inf"), 0.0) == "diverged"


def test_a_linear_part_without_error_is_called_exact() -> None:
    size, none = np.array([0.3, 0.4]), np.array([1e-14, 0.0])
    errors = ((ProbabilityFlowEuler(), StepErrors(size, size, size)), (DDIM(), StepErrors(size, none, size)))
    rows = anatomy.table(StepErrorsResult(StepErrorsConfig(RING), errors)).splitlines()
    assert [row.split(" | ")[0].strip("| ") for row in rows[2:]] == ["Probability-flow Euler", "DDIM"]
    assert "0 (exact)" in rows[3] and rows[2].count("0.35") == 3  # the root mean square of 0.3 and 0.4


@dataclass(frozen=True)
class Named(Sampler):
    """A sampler that is only spoken of."""

    name: str = ""

    @property
    def title(self) -> str:  # type: ignore[override]
        return self.name

    def visit(self, model: ScoreModel, x: object, grid: Array, noise: Noise) -> Iterator[Step]:
        raise NotImplementedError


class Adaptive(Named):
    adaptive: ClassVar[bool] = True


def _series(name: str, nfe: list[float], mean: list[float], kind: type[Named] = Named) -> Series:
    return Series(kind(name), np.array(nfe), np.array(nfe), np.array(mean), np.full(len(nfe), 0.001))


def _recommend(*series: Series, distance: float = 0.1) -> str:
    return recommend(SweepResult(SweepConfig(), series, FLOOR, 0, 1), distance)


def test_the_sentence_names_the_cheapest_and_what_others_need() -> None:
    fast, slow = _series("Fast", [2, 5, 10], [0.5, 0.09, 0.06]), _series("Slow", [2, 5, 10], [0.9, 0.4, 0.09])
    said = _recommend(fast, slow, _series("Never", [2, 5, 10], [0.9, 0.8, 0.7]))
    assert "Fast at 5 steps (5 calls)" in said and "Slow needs 10" in said and "Never does not get there" in said
    assert "0.1 (2 times" in said


def test_equal_cost_is_a_tie_and_nothing_within_reach_is_said_so() -> None:
    one, other = _series("One", [5], [0.09]), _series("Other", [5], [0.08])
    assert "Other and One at 5 steps" in _recommend(one, other)
    said = _recommend(one, distance=0.01)
    assert said.startswith("**None of these") and "One at 5 calls with 0.09" in said
    assert _recommend(_series("One", [], [])) == "Measuring."
    assert "One at 5 calls" in _recommend(_series("One", [5], [0.09], Adaptive))
