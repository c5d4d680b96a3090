"""What the words of Consistency promise: with the view's defaults, on three seeds, not when swapped."""

from __future__ import annotations

from collections import deque
from dataclasses import replace
from functools import cache
from itertools import islice

import numpy as np
import pytest
import torch

from diffviz.distillation.consistency import ConsistencyDistillation
from diffviz.experiments.evaluator import learning_problem
from diffviz.experiments.few_steps.consistency import (
    LESSONS,
    ConsistencyJudge,
    ConsistencyLook,
    ConsistencyObserver,
    untrained,
)
from diffviz.pretrained.shapes import SHIPPED, shipped_state

SEEDS = pytest.mark.parametrize("seed", range(3))
HUNDREDS = 250  # steps: a few hundred


@cache
def judge(seed: int) -> ConsistencyJudge:
    teacher = shipped_state(SHIPPED["swiss-roll"])
    assert teacher is not None
    return ConsistencyJudge(learning_problem(SHIPPED["swiss-roll"], teacher.settings.schedule, seed), teacher)


def settings(pieces: int = 4) -> ConsistencyDistillation:
    default = LESSONS["distillation"].settings
    assert isinstance(default, ConsistencyDistillation)
    return replace(default, first=pieces, last=pieces, substeps=max(1, 16 // pieces))


@cache
def look(seed: int, pieces: int = 4, steps: int = HUNDREDS) -> ConsistencyLook:
    how, judged = settings(pieces), judge(seed)
    (last,) = deque(islice(how.learn(judged.teacher, torch.tensor(judged.problem.data.points), seed), steps), maxlen=1)
    return ConsistencyObserver(judged)(how.state(judged.teacher, seed).load(last.weights), last)


@SEEDS
@pytest.mark.promise("consistency-untrained-arrows-spread")
def test_before_the_first_step_answers_spread_and_most_near_the_noise(seed: int) -> None:
    before = untrained(judge(seed), settings(), seed)
    frames = len(before.answers)

    def widest(first: int, last: int) -> bool:
        """Whether the answers between two frames lie farther from the path's end than those between the others."""
        away = np.linalg.norm(before.answers - judge(seed).setting.flow.paths[-1], axis=-1).mean(1)
        return bool(away[first:last].mean() > 2 * np.concatenate([away[:first], away[last:]]).mean())

    assert before.spreads[0] > 0.3
    assert widest(0, frames // 2) and not widest(frames // 2, frames)


@SEEDS
@pytest.mark.promise("consistency-draws-together")
def test_within_a_few_hundred_steps_the_answers_along_a_path_come_together(seed: int) -> None:
    before = untrained(judge(seed), settings(), seed).spreads[0]

    def together(steps: int) -> bool:
        return bool(look(seed, steps=steps).spreads[-1] < 0.5 * before)

    assert together(HUNDREDS)
    assert not together(5)


@SEEDS
@pytest.mark.promise("consistency-errors-add-up")
def test_cut_into_32_pieces_the_samples_are_farther_from_the_data_after_as_many_steps(seed: int) -> None:
    few, many = (look(seed, pieces).distances[-1, 0] for pieces in (4, 32))
    assert many > 1.5 * few
    assert not few > 1.5 * many
