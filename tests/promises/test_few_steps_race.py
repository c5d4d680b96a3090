"""What the words on the race at N calls promise, with the page's defaults on three seeds."""

from __future__ import annotations

from functools import cache

import pytest

from diffviz.experiments.few_steps.race import FewStepsConfig, run_few_steps
from diffviz.experiments.few_steps.standings import Standings
from diffviz.experiments.problem import Problem
from diffviz.pretrained.students import STUDENTS
from diffviz.samplers import DDIM, DPMSolverPP2M

on_seeds = pytest.mark.parametrize("seed", (0, 1, 2))


@cache
def standings(seed: int) -> Standings:
    return run_few_steps(FewStepsConfig(Problem(seed=seed))).standings


def distances(seed: int, calls: int) -> dict[str, float]:
    return {one.title: one.distance for one in standings(seed).at(calls)}


@on_seeds
@pytest.mark.promise("few-race-one-call")
def test_with_one_call_solvers_end_in_a_heap_and_two_students_do_not(seed: int) -> None:
    """Solvers 17 times the floor, students less than twice; with 8 calls no solver is far."""
    floor = standings(seed).floor

    def in_a_heap(calls: int) -> bool:
        return all(distances(seed, calls)[kind.title] > 10 * floor for kind in (DDIM, DPMSolverPP2M))

    assert in_a_heap(1) and not in_a_heap(8)
    assert all(distances(seed, 1)[STUDENTS[slug].title] < 3 * floor for slug in ("progressive", "consistency"))


@on_seeds
@pytest.mark.promise("few-race-four-calls")
def test_with_four_calls_every_student_is_far_nearer_than_ddim(seed: int) -> None:
    """At most 0.4 times as far; with 8 calls they are 0.6 to 0.9 times as far as DPM-Solver++ 2M."""

    def far_nearer(calls: int, solver: str) -> bool:
        at = distances(seed, calls)
        taught = [at[kind.title] for kind in STUDENTS.values() if kind.title in at]
        return len(taught) >= 3 and all(distance < 0.6 * at[solver] for distance in taught)

    assert far_nearer(4, DDIM.title) and not far_nearer(8, DPMSolverPP2M.title)
