"""What the words of Learned steps promise: with the view's defaults, on three seeds, not when swapped."""

from __future__ import annotations

from collections import deque
from dataclasses import replace
from functools import cache
from itertools import islice

import pytest
import torch

from diffviz.experiments.few_steps.learned import DEFAULT, SHOWN_CALLS, Errors, StepsJudge
from diffviz.timesteps import LD3
from diffviz.timesteps.both_losses import BothLosses

SEEDS = pytest.mark.parametrize("seed", range(3))
# Each number of calls learns by itself, so five alone become what they do beside the others.
FIVE = BothLosses(replace(DEFAULT.learning, fewest=SHOWN_CALLS, most=SHOWN_CALLS), DEFAULT.radius)
HARD, SOFT = FIVE.lanes
HALFWAY = DEFAULT.learning.steps // 2  # where all of it is to be seen already


@cache
def judge(seed: int) -> StepsJudge:
    return StepsJudge(settings=FIVE, seed=seed)


@cache
def reached(settings: LD3, seed: int) -> Errors:
    by = judge(seed)
    (last,) = deque(islice(settings.learn(by.teacher, torch.zeros(1, 2), seed), HALFWAY), maxlen=1)
    return by.errors(by.learned(settings.state(by.teacher, seed).load(last.weights)))


def best_fixed(seed: int) -> float:
    return min(float(errors.rmse[0]) for errors in judge(seed).setting.fixed.values())


@SEEDS
@pytest.mark.promise("learned-halves-the-best-grid")
def test_five_learned_calls_end_at_half_the_distance_of_the_best_standard_grid(seed: int) -> None:
    def halved(settings: LD3) -> bool:
        return float(reached(settings, seed).rmse[0]) < 0.5 * best_fixed(seed)  # 0.25 times

    assert halved(HARD)
    assert not halved(replace(HARD, steps=1))


@SEEDS
@pytest.mark.promise("learned-soft-is-farther")
def test_l_soft_ends_farther_from_the_flow(seed: int) -> None:
    def farther(settings: LD3) -> bool:
        return float(reached(settings, seed).rmse[0]) > 1.1 * float(reached(HARD, seed).rmse[0])

    assert farther(SOFT)
    assert not farther(replace(SOFT, radius=0.0))


@SEEDS
@pytest.mark.promise("learned-own-times-help")
def test_a_network_told_the_grid_s_times_ends_farther(seed: int) -> None:
    def farther(settings: LD3) -> bool:
        return float(reached(settings, seed).rmse[0]) > 1.3 * float(reached(HARD, seed).rmse[0])

    assert farther(replace(HARD, decoupled=False))
    assert not farther(replace(HARD, decoupled=True))
