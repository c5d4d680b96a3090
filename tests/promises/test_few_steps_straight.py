"""What the words of Straight paths promise: with the view's defaults, on three seeds, not when swapped."""

from __future__ import annotations

from collections import deque
from functools import cache
from itertools import islice

import numpy as np
import pytest
import torch

from diffviz.experiments.few_steps.straight import FlowLook, StraightConfig, StraightEvaluator, StraightObserver

SEEDS = pytest.mark.parametrize("seed", range(3))
HUNDREDS = 300  # steps of training: a few hundred


@cache
def evaluator(seed: int) -> StraightEvaluator:
    return StraightEvaluator(StraightConfig(seed=seed))


@cache
def reflowed(seed: int) -> FlowLook:
    judge = evaluator(seed)
    settings = judge.config.settings
    (last,) = deque(islice(settings.learn(judge.teacher, torch.zeros(1, 2), seed), HUNDREDS), maxlen=1)
    return StraightObserver(judge)(settings.state(judge.teacher, seed).load(last.weights), last)


@SEEDS
@pytest.mark.promise("straight-one-step-to-the-centre")
def test_in_one_step_the_first_flow_lands_near_the_centre_and_the_student_does_not(seed: int) -> None:
    def central(look: FlowLook) -> bool:
        return float(np.linalg.norm(look.ends[0], axis=1).mean()) < 0.3

    assert central(evaluator(seed).setting.first)
    assert not central(reflowed(seed))


@SEEDS
@pytest.mark.promise("straight-first-bends-more")
def test_on_the_straight_schedule_the_paths_bend_more_than_on_the_curved_one(seed: int) -> None:
    setting = evaluator(seed).setting

    def bends_more(look: FlowLook) -> bool:  # S 3.5 and length 2.1 times as much
        return look.straightness > 2 * setting.curved.straightness and look.length > 1.5 * setting.curved.length

    assert bends_more(setting.first)
    assert not bends_more(reflowed(seed))


@SEEDS
@pytest.mark.promise("straight-after-reflow")
def test_reflow_straightens_the_paths(seed: int) -> None:
    first = evaluator(seed).setting.first

    def straight(look: FlowLook) -> bool:
        return look.straightness < 0.1 * first.straightness and look.length < 1.1  # 0.02 of it, and 1.03

    assert straight(reflowed(seed))
    assert not straight(first) and not straight(evaluator(seed).setting.curved)


@SEEDS
@pytest.mark.promise("straight-two-steps-beat-four")
def test_two_steps_of_the_student_end_nearer_than_four_of_the_first_flow(seed: int) -> None:
    first = evaluator(seed).setting.first

    def nearer(look: FlowLook) -> bool:
        return float(look.distances[1]) < 0.8 * float(first.distances[3])

    assert nearer(reflowed(seed))
    assert not nearer(first)
