"""What to use where only a few calls can be paid for: solvers of a network's flow beside its students, in the plane."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Annotated

from diffviz.config import Choice, Config
from diffviz.data import Dataset
from diffviz.experiments.few_steps.standings import Standing, Standings
from diffviz.experiments.lane import AnyLane, Lane, ShippedMethod, StudentLane, shipped_methods
from diffviz.experiments.problem import GROUPS, Problem
from diffviz.experiments.race import LaneResult, RaceConfig, RaceResult, assemble_race, run_lane, significantly_worse
from diffviz.grids import UniformLogSNR, UniformTime
from diffviz.metrics import Floor, SlicedWasserstein
from diffviz.samplers import DDIM, DPMSolverPP2M

CALLS = (1, 2, 4, 8)
METRIC = SlicedWasserstein()
# Each on that of four grids (even in t and in λ, quadratic, Karras) on which it comes nearest with so few steps.
SOLVERS = (Lane(DDIM(), UniformTime()), Lane(DPMSolverPP2M(), UniformLogSNR()))


@dataclass(frozen=True)
class FewStepsConfig(Config):
    """A problem with a shipped network, and the number of calls at which all are seen on one clock."""

    problem: Problem = field(default_factory=Problem)
    calls: Annotated[str, Choice({str(n): str(n) for n in CALLS}, "Network calls", help="That each may make.")] = "4"


@dataclass(frozen=True, eq=False)
class FewStepsResult:
    """The race at the configuration's number of calls, and where everybody stands at all of CALLS."""

    config: FewStepsConfig
    race: RaceResult
    standings: Standings


def run_few_steps(config: FewStepsConfig) -> FewStepsResult:
    """Run everybody at every number of calls, from the same noise."""
    lanes = [run_lane(config.problem, lane, METRIC) for lane in all_lanes(config.problem.dataset)]
    return assemble_few_steps(config, lanes, config.problem.floor(METRIC))


def all_lanes(dataset: Dataset) -> tuple[AnyLane, ...]:
    """A lane for everybody at every number of calls that they can make; students where they come with the lab."""
    students = tuple(shipped_methods(dataset).values())
    return tuple(lane for calls in CALLS for lane in lanes_at(calls, SOLVERS, students))


def lanes_at(calls: int, solvers: Sequence[Lane], students: Sequence[ShippedMethod]) -> tuple[AnyLane, ...]:
    """The solvers in so many steps, and those of the students that have learned to make so many calls."""
    taught = [StudentLane(student, calls) for student in students if calls in student.budgets]
    return *(replace(lane, steps=calls) for lane in solvers), *taught


def assemble_few_steps(config: FewStepsConfig, lanes: Sequence[LaneResult], floor: Floor) -> FewStepsResult:
    """From lanes that have been run, those of `all_lanes`, and the floor of METRIC."""
    at = [lane for lane in lanes if lane.nfe == int(config.calls)]
    race = assemble_race(RaceConfig(config.problem, tuple(lane.lane for lane in at), METRIC), at, floor)
    return FewStepsResult(config, race, plane_standings(lanes, floor))


def plane_standings(lanes: Sequence[LaneResult], floor: Floor) -> Standings:
    """From lanes that were run on one problem with METRIC, and its floor.

    A lane is visibly further than another by more than SIGNIFICANT standard errors of their difference and by more than
    the standard error that real data would have in as many groups: below that, both may be real data.
    """
    chance = floor.spread / math.sqrt(GROUPS)
    nearest: dict[int, LaneResult] = {}
    for lane in lanes:
        nearest[lane.nfe] = min(nearest.get(lane.nfe, lane), lane, key=lambda one: one.distance)
    everybody = tuple(
        Standing(
            lane.lane.title,
            lane.nfe,
            lane.distance,
            lane.error,
            lane.trained or 0.0,
            lane.distance - nearest[lane.nfe].distance < chance
            or not significantly_worse(lane.distances, nearest[lane.nfe].distances),
        )
        for lane in lanes
    )
    return Standings(METRIC.title, "the standard error over four groups", floor.mean, floor.spread, everybody)
