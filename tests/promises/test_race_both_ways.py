"""What the words on both ways of the flow promise, with the page's defaults on three seeds."""

from __future__ import annotations

from functools import cache
from itertools import combinations, islice

import numpy as np
import pytest
import torch
from scipy.spatial import cKDTree

from diffviz.experiments.problem import Problem
from diffviz.experiments.round_trips import (
    BETWEEN,
    LatentPaths,
    LatentPathsConfig,
    RoundTripsConfig,
    follow_latent_paths,
    measure_round_trips,
)
from diffviz.metrics import rmse
from diffviz.noise import WhiteNoise
from diffviz.samplers import DDIM, DPMSolverPP2M, Sampler, prior, sample

on_seeds = pytest.mark.parametrize("seed", (0, 1, 2))


@cache
def problem(seed: int) -> Problem:
    return Problem(seed=seed)


@cache
def paths(seed: int, first: int = 0, second: int = 1) -> LatentPaths:
    return follow_latent_paths(LatentPathsConfig(problem(seed), first=first, second=second))


@on_seeds
@pytest.mark.promise("both-ways-neighbours")
def test_neighbours_stay_neighbours(seed: int) -> None:
    """Among latents they are 0.065 times as far apart as any two points; among unrelated noise, 1.0 times."""
    data, latents = paths(seed).encoding[[0, -1]]
    neighbours = cKDTree(data).query(data, 2)[1][:, 1]

    def stay(noise: np.ndarray) -> bool:
        near = np.linalg.norm(noise - noise[neighbours], axis=1)
        return float(np.median(near)) < 0.2 * float(np.median(np.linalg.norm(noise - noise[::-1], axis=1)))

    assert stay(latents)
    assert not stay(np.random.default_rng(seed).permutation(latents))


@on_seeds
@pytest.mark.promise("both-ways-round-trip")
def test_what_is_lost_falls_with_the_calls(seed: int) -> None:
    """From 0.08 to 0.0006; noise of no relation to the data decodes to something else, however many calls."""
    config = RoundTripsConfig(problem(seed))
    x = torch.from_numpy(problem(seed).real[0]).float()
    model, noise = problem(seed).model, WhiteNoise(seed, tuple(x.shape))
    times = [config.grid.times(model.schedule, config.sampler.steps_for(budget)) for budget in config.budgets]
    unrelated = [rmse(sample(config.sampler, model, prior(model.schedule, noise), t, noise).final, x) for t in times]

    def falls(errors: list[float]) -> bool:
        return all(later < 0.5 * earlier for earlier, later in zip(errors[:-1], errors[1:], strict=True))

    assert falls([error.rms for error in measure_round_trips(config).errors]) and not falls(unrelated)


@on_seeds
@pytest.mark.promise("both-ways-ddim-loses-more")
def test_ddim_loses_some_thirty_times_as_much_at_20_calls(seed: int) -> None:
    """28 to 38 times; at 5 calls each way both lose nearly all."""

    def lost(sampler: Sampler, calls: int) -> float:
        return follow_latent_paths(LatentPathsConfig(problem(seed), sampler, calls=calls)).rms_error

    def far_more(calls: int) -> bool:
        return 15 < lost(DDIM(), calls) / lost(DPMSolverPP2M(), calls) < 60

    assert far_more(LatentPathsConfig.parameter("calls").default) and not far_more(5)


@on_seeds
@pytest.mark.promise("both-ways-gap")
def test_between_two_turns_of_the_roll_hardly_a_sample_lies_in_the_gap(seed: int) -> None:
    """One of 25 at most on either path; about half of the points of the straight line between the two data points."""
    x = problem(seed).real[0]
    data = cKDTree(np.concatenate(problem(seed).real))
    angle, radius = np.arctan2(x[:, 1], x[:, 0]), np.hypot(x[:, 0], x[:, 1])

    def on_two_turns(i: int, j: int) -> bool:
        turned = np.angle(np.exp(1j * (angle[i] - angle[j])))
        return abs(turned) < 0.15 and abs(radius[i] - radius[j]) > 0.6

    def hardly_in_the_gap(points: np.ndarray) -> bool:
        return int((data.query(points)[0] > 0.1).sum()) <= 3

    for i, j in islice((pair for pair in combinations(range(100), 2) if on_two_turns(*pair)), 3):
        between = paths(seed, i, j)
        assert hardly_in_the_gap(between.straight[-1]) and hardly_in_the_gap(between.great_circle[-1])
        assert not hardly_in_the_gap(np.linspace(x[i], x[j], BETWEEN))
