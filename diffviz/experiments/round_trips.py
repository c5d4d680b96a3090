"""The flow both ways: data encoded to noise and decoded again, and paths between two latents."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, NamedTuple

import torch

from diffviz.config import Config, Range
from diffviz.experiments.clock import clock_positions
from diffviz.experiments.problem import SIZE, Problem
from diffviz.grids import Grid, UniformLogSNR
from diffviz.metrics import rmse
from diffviz.noise import WhiteNoise
from diffviz.protocols import Array
from diffviz.samplers import DPMSolverPP2M, Sampler, sample
from diffviz.samplers.probability_flow import encode, linear_interpolation, round_trip, spherical_interpolation

BETWEEN = 25  # latents on the way from one to the other


@dataclass(frozen=True)
class LatentPathsConfig(Config):
    """A deterministic sampler, its calls, and the two data points whose latents are joined."""

    problem: Problem = field(default_factory=Problem)
    sampler: Sampler = field(default_factory=DPMSolverPP2M)
    grid: Grid = field(default_factory=UniformLogSNR)
    calls: Annotated[
        int, Range(2, 100, label="Network calls each way", log=True, help="To encode, and as many to decode.")
    ] = 20
    first: Annotated[int, Range(0, SIZE - 1, label="From point", help="One of the data points shown.")] = 0
    second: Annotated[int, Range(0, SIZE - 1, label="To point", help="One of the data points shown.")] = 1


@dataclass(frozen=True, eq=False)
class LatentPaths:
    """One round trip of the first fresh data.

    clock: (N+1,) where the times from noise to data stand on a clock even in t, rising. real: (n, 2) the data.
    encoding: (N+1, n, 2) from data to noise; decoding: (N+1, n, 2) back. straight, great_circle: (N+1, BETWEEN, 2)
    decoded from the line and from the great circle between two latents. nfe: calls of the round trip.
    """

    config: LatentPathsConfig
    clock: Array
    real: Array
    encoding: Array
    decoding: Array
    straight: Array
    great_circle: Array
    nfe: int

    @property
    def rms_error(self) -> float:
        """Root mean square of what the round trip changed."""
        return rmse(self.decoding[-1], self.encoding[0])


@dataclass(frozen=True)
class RoundTripsConfig(Config):
    """A deterministic sampler and the calls each way at which its round trips are measured."""

    problem: Problem = field(default_factory=Problem)
    sampler: Sampler = field(default_factory=DPMSolverPP2M)
    grid: Grid = field(default_factory=UniformLogSNR)
    budgets: tuple[int, ...] = (10, 20, 50, 100)


class RoundTripError(NamedTuple):
    """Counted calls of both ways together, and the root mean square of what the round trip changed."""

    nfe: int
    rms: float


@dataclass(frozen=True, eq=False)
class RoundTripsResult:
    """The error at every budget, in the configuration's order."""

    config: RoundTripsConfig
    errors: tuple[RoundTripError, ...]


def follow_latent_paths(config: LatentPathsConfig) -> LatentPaths:
    """Encode the data, decode them, and decode two ways between the latents of two of them."""
    model, sampler, real = config.problem.model, config.sampler, config.problem.real[0]
    times = config.grid.times(model.schedule, sampler.steps_for(config.calls))
    x = torch.from_numpy(real).float()
    up = encode(sampler, model, x, times)
    still = WhiteNoise(0, tuple(x.shape))
    down = sample(sampler, model, up.final, times, still)
    weights = torch.linspace(0, 1, BETWEEN)
    a, b = up.final[config.first], up.final[config.second]
    between = (
        sample(sampler, model, path(a, b, weights), times, still).x
        for path in (linear_interpolation, spherical_interpolation)
    )
    straight, great_circle = (states.double().numpy() for states in between)
    return LatentPaths(
        config=config,
        clock=clock_positions(down.t, model.schedule),
        real=real,
        encoding=up.x.double().numpy(),
        decoding=down.x.double().numpy(),
        straight=straight,
        great_circle=great_circle,
        nfe=up.nfe + down.nfe,
    )


def measure_round_trips(config: RoundTripsConfig) -> RoundTripsResult:
    """A round trip of the first fresh data at every budget."""
    model, sampler = config.problem.model, config.sampler
    x = torch.from_numpy(config.problem.real[0]).float()
    errors = []
    for budget in config.budgets:
        trip = round_trip(sampler, model, x, config.grid.times(model.schedule, sampler.steps_for(budget)))
        errors.append(RoundTripError(trip.nfe, rmse(trip.decoded, x)))
    return RoundTripsResult(config, tuple(errors))
