"""What the words of Train live promise is to be seen: with the page's defaults, on three seeds, not when swapped."""

from __future__ import annotations

from functools import cache
from itertools import islice
from typing import NamedTuple

import numpy as np
import pytest
import torch

from diffviz.data import Dataset, Ring, SwissRoll
from diffviz.experiments.evaluator import Evaluator, learning_problem
from diffviz.experiments.lane import Lane, lane_of
from diffviz.experiments.own_network import OwnNetwork
from diffviz.experiments.problem import Problem
from diffviz.experiments.race import run_lane
from diffviz.grids import UniformLogSNR
from diffviz.metrics import SlicedWasserstein, sliced_w2
from diffviz.objectives import Denoising
from diffviz.protocols import Array
from diffviz.runs.run import TrainingRun
from diffviz.samplers import DDIM
from diffviz.training.loop import TrainingConfig, TrainState, training_steps
from diffviz.ui.own_network import checkpoint

SEEDS = pytest.mark.parametrize("seed", range(3))
WHILE, THOUSAND = 300, 800  # steps: some hundreds, and within a thousand


class Look(NamedTuple):
    """What the page draws of a network: the distance of its samples, its error per noise level, and of its arrows.

    floor: of the distance. field: share of time to the arrows' RMS error, relative to the exact ones.
    """

    distance: float
    floor: float
    error: Array
    field: dict[float, float]


@cache
def evaluator(dataset: Dataset, seed: int) -> Evaluator:
    return Evaluator(learning_problem(dataset, TrainingConfig().schedule, seed))


@cache
def look(dataset: Dataset, target: str, seed: int, steps: int) -> Look:
    config = TrainingConfig(objective=Denoising(target=target))
    judge, state = evaluator(dataset, seed), TrainState(config, (2,), seed)
    for progress in islice(training_steps(config, judge.problem.data.points, seed), steps):
        if progress.step == steps:
            state.load(progress.weights)
    model = state.model

    def field_error(share: float) -> float:
        learned, exact = (judge.field(score, judge.time(share)) for score in (model, judge.problem.exact))
        return float(np.linalg.norm(learned - exact) / np.linalg.norm(exact))

    samples = np.asarray(judge.run(model).final, dtype=np.float64)
    fields = {share: field_error(share) for share in (0.2, 0.95)}
    return Look(sliced_w2(samples, judge.fresh), judge.floor.mean, judge.error(model), fields)


@SEEDS
@pytest.mark.promise("train-falls-to-the-floor")
def test_the_distance_falls_to_the_floor_within_a_thousand_steps(seed: int) -> None:
    def as_near_as_data(steps: int) -> bool:
        seen = look(SwissRoll(), "v", seed, steps)
        return 0.5 * seen.floor < seen.distance < 1.5 * seen.floor  # 0.95 to 1.05 of it; untrained, 4 times

    assert as_near_as_data(THOUSAND)
    assert not as_near_as_data(0)


@SEEDS
@pytest.mark.promise("train-noise-end-is-free")
def test_near_noise_the_field_is_right_before_the_first_step(seed: int) -> None:
    def agree(target: str, share: float) -> bool:
        return look(SwissRoll(), target, seed, 0).field[share] < 0.05  # 0.001

    assert agree("v", 0.95)
    assert not agree("eps", 0.95) and not agree("v", 0.2)


@SEEDS
@pytest.mark.promise("train-data-end-is-learned")
def test_near_the_data_the_arrows_are_learned(seed: int) -> None:
    def nearly_agree(steps: int) -> bool:
        return look(SwissRoll(), "v", seed, steps).field[0.2] < 0.4  # 0.23; untrained, 0.77

    assert nearly_agree(THOUSAND)
    assert not nearly_agree(0)


@SEEDS
@pytest.mark.promise("train-x0-error-at-the-data")
def test_with_x0_the_error_is_large_at_the_data_and_the_samples_are_fine(seed: int) -> None:
    def hundredfold(level: int) -> bool:
        x0, eps = (look(Ring(), target, seed, WHILE).error[level] for target in ("x0", "eps"))
        return bool(x0 > 100 * eps)  # 500 times at the largest noise level λ, less than once in the middle

    def fine(target: str) -> bool:
        seen = look(Ring(), target, seed, WHILE)
        return seen.distance < 2 * seen.floor  # 1.1 to 1.4 of it

    assert hundredfold(-1) and fine("x0")
    assert not hundredfold(8) and not fine("eps")


@SEEDS
@pytest.mark.promise("train-eps-scatters")
def test_with_eps_the_samples_scatter_for_hundreds_of_steps(seed: int) -> None:
    def scatter(target: str) -> bool:
        seen = look(Ring(), target, seed, WHILE)
        return seen.distance > 2.5 * seen.floor  # 4 to 20 times it

    assert scatter("eps")
    assert not scatter("v") and not scatter("x0")


@cache
def own_network() -> tuple[TrainingRun, OwnNetwork]:
    """A run that was stopped after a few steps, and its network as the page hands it on."""
    run = TrainingRun(TrainingConfig(steps=40), evaluator(Ring(), 0).problem.data.points, 0)
    run.start()
    assert run.wait(lambda: run.status.ended, 60)
    return run, OwnNetwork.opened(checkpoint(run, "ring"), Ring.title)


@pytest.mark.promise("train-race-asks-it")
def test_every_sampler_of_the_race_asks_the_network_that_was_trained() -> None:
    run, network = own_network()
    problem = Problem(Ring(), network, network.schedule)
    x = torch.linspace(-1, 1, 8).reshape(4, 2)
    assert torch.equal(problem.model.predict(x, 0.4).eps, run.model().predict(x, 0.4).eps)
    lane = lane_of(DDIM(), UniformLogSNR(), 5, network)
    assert isinstance(lane, Lane) and lane.source is network
    result = run_lane(problem, lane, SlicedWasserstein())
    assert result.nfe == 5 and result.distance > 0


@pytest.mark.promise("train-save-and-open")
def test_a_saved_network_answers_alike_when_it_is_opened() -> None:
    run, network = own_network()
    again = OwnNetwork.opened(checkpoint(run, "ring"))
    x = torch.linspace(-1, 1, 8).reshape(4, 2)
    assert torch.equal(again.model.predict(x, 0.4).x0, run.model().predict(x, 0.4).x0)
    assert repr(again) == repr(network) and again.steps == 40
