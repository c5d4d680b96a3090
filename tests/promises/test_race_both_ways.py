"""What the words of Both ways promise is to be seen: with the page's defaults, on three seeds, not when swapped."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
import torch

from diffviz.data import SwissRoll
from diffviz.experiments.problem import Problem
from diffviz.experiments.round_trips import (
    LatentPaths,
    LatentPathsConfig,
    RoundTripsConfig,
    follow_latent_paths,
    measure_round_trips,
)
from diffviz.metrics import rmse
from diffviz.noise import WhiteNoise
from diffviz.protocols import Array
from diffviz.samplers import DDIM, Sampler, sample
from diffviz.sde import diffuse

SEEDS = pytest.mark.parametrize("seed", range(3))
DEFAULT = LatentPathsConfig().sampler
problem = cache(lambda seed: Problem(seed=seed))


@cache
def paths(seed: int, sampler: Sampler = DEFAULT, calls: int = 20, first: int = 0, second: int = 1) -> LatentPaths:
    return follow_latent_paths(LatentPathsConfig(problem(seed), sampler, calls=calls, first=first, second=second))


def noised(seed: int) -> torch.Tensor:
    """The same data noised without the flow: noise that has forgotten where it came from."""
    data = torch.from_numpy(problem(seed).real[0]).float()
    schedule = problem(seed).model.schedule
    return diffuse(schedule, data, schedule.t_max, WhiteNoise(seed + 100, tuple(data.shape)).initial())


def apart(first: Array, second: Array) -> Array:
    """All distances (n, m)."""
    return np.asarray(np.linalg.norm(first[:, None] - second, axis=-1))


@SEEDS
@pytest.mark.promise("both-ways-neighbours")
def test_neighbours_stay_neighbours_along_the_flow(seed: int) -> None:
    data = paths(seed).encoding[0]
    gaps = apart(data, data)
    np.fill_diagonal(gaps, np.inf)
    neighbour = gaps.argmin(axis=1)

    def stay_neighbours(latents: Array) -> bool:
        of_neighbours = np.median(np.linalg.norm(latents - latents[neighbour], axis=1))
        return bool(of_neighbours < 0.25 * np.median(apart(latents, latents)))  # 0.06 of it

    assert stay_neighbours(paths(seed).encoding[-1])
    assert not stay_neighbours(noised(seed).double().numpy())


@SEEDS
@pytest.mark.promise("both-ways-error-vanishes")
def test_what_a_round_trip_loses_vanishes_as_the_calls_grow(seed: int) -> None:
    config = RoundTripsConfig(problem(seed))

    def vanishes(errors: list[float]) -> bool:
        return bool((np.diff(errors) < 0).all() and errors[-1] < 0.05 * errors[0])  # below 0.01 of it

    assert vanishes([error.rms for error in measure_round_trips(config).errors])
    sampler, model, data = config.sampler, config.problem.model, config.problem.real[0]
    grids = [config.grid.times(model.schedule, sampler.steps_for(calls)) for calls in config.budgets]
    still = WhiteNoise(0, data.shape)
    decoded = [sample(sampler, model, noised(seed), times, still).final.numpy() for times in grids]
    assert not vanishes([rmse(back, data) for back in decoded])


@SEEDS
@pytest.mark.promise("both-ways-order-counts")
def test_a_first_order_solver_loses_ten_times_as_much(seed: int) -> None:
    def ten_times(calls: int) -> bool:
        return paths(seed, DDIM(), calls).rms_error > 10 * paths(seed, calls=calls).rms_error  # about 30 times

    assert ten_times(20)
    assert not ten_times(5)


def neighbouring_turns(seed: int, count: int) -> list[tuple[int, int]]:
    """Pairs of the points that a visitor may choose, in one direction from the centre and one turn apart."""
    raw = problem(seed).data.normalisation.invert(problem(seed).real[0][:100])
    turned, direction = np.hypot(*raw.T) / SwissRoll().scale, np.arctan2(*raw.T)  # the radius grows with the angle
    pairs = zip(*np.nonzero(np.triu(np.abs(direction[:, None] - direction) < 0.3)), strict=True)
    return [(int(a), int(b)) for a, b in pairs if abs(abs(turned[a] - turned[b]) - 2 * np.pi) < 0.7][:count]


@SEEDS
@pytest.mark.promise("both-ways-jump-the-gap")
def test_hardly_a_sample_between_two_latents_lies_in_the_gap(seed: int) -> None:
    data = np.concatenate(problem(seed).real)
    pairs = neighbouring_turns(seed, 4)
    assert len(pairs) == 4

    def in_the_gap(points: list[Array]) -> float:
        return float((apart(np.concatenate(points), data).min(axis=1) > 0.12).mean())

    followed = [paths(seed, first=a, second=b) for a, b in pairs]
    shares = np.linspace(0, 1, followed[0].straight.shape[1])[:, None]
    ends = [(path.real[a], path.real[b]) for path, (a, b) in zip(followed, pairs, strict=True)]

    def hardly(points: list[Array]) -> bool:
        return in_the_gap(points) < 0.15  # below 0.04; of the straight line between the data points themselves, half

    assert hardly([path.straight[-1] for path in followed]) and hardly([path.great_circle[-1] for path in followed])
    assert not hardly([a + shares * (b - a) for a, b in ends])
