"""One density three ways: Fokker-Planck on a grid, particles of an SDE, and particles of the flow."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import partial
from typing import Annotated

import numpy as np
import torch
from scipy.special import gammaln, xlog1py, xlogy
from torch import Tensor

from diffviz.config import Choice, Config, ConfigError, Range
from diffviz.data import Dataset, GaussianMixture, Ring, prepare
from diffviz.experiments.problem import brownian_path
from diffviz.likelihood.fokker_planck import (
    ScaledGrid,
    clock_of,
    forward_density,
    reverse_density,
    time_of_clock,
    total_variation,
)
from diffviz.noise import BrownianPath, WhiteNoise
from diffviz.parallel import in_parallel
from diffviz.protocols import Array
from diffviz.samplers import SDEFamily, sample
from diffviz.samplers.probability_flow import encode
from diffviz.schedules import Cosine, GaussianSchedule
from diffviz.scores.mixture import MixtureScore
from diffviz.sde import diffuse, exact_jumps

FRAMES, SUBSTEPS = 37, 4  # shown times, and steps of the particles between two of them
SIDE = 8  # cells along the side of a bin, in which particles are counted
DIRECTIONS = Choice(
    {"reverse": "noise to data", "forward": "data to noise"},
    label="Direction",
    help="Backwards, the noise is free: every amount of it has the same marginals.",
)


@dataclass(frozen=True)
class DensityConfig(Config):
    """A mixture, a schedule, a direction, and how noisy the reverse SDE is."""

    dataset: Dataset = field(default_factory=Ring)
    schedule: GaussianSchedule = field(default_factory=Cosine)
    direction: Annotated[str, DIRECTIONS] = "reverse"
    tau: Annotated[
        float, Range(0.0, 1.5, step=0.1, label="ς / g", help="The free noise: 0 is the flow, 1 the reverse SDE.")
    ] = 0.5
    particles: Annotated[int, Range(500, 6000, step=500, label="Particles", help="Of the SDE, and of the flow.")] = 2000
    seed: Annotated[int, Range(0, 99, label="Seed", help="Of the data and the noise.")] = 0


@dataclass(frozen=True, eq=False)
class GridDensity:
    """In y = x / sqrt(alpha² + sigma²), at FRAMES shown times in the order of the direction.

    t, lam: (F,), even in lam. density, exact: (F, n, n) mean density of each cell, by Fokker-Planck and the closed
    form, the second coordinate first. distance: (F,) their total variation. leaked: (F,) the mass that is not on the
    grid. lowest: the least mass of all cells at all times. seconds: that Fokker-Planck took of a processor. bins:
    (F, b, b) the closed form's masses in squares of SIDE cells, over [-reach, reach]².
    """

    t: Array
    lam: Array
    density: Array
    exact: Array
    distance: Array
    leaked: Array
    lowest: float
    seconds: float
    bins: Array
    reach: float


@dataclass(frozen=True, eq=False)
class DensityResult:
    """The density on the grid, and particles in the same coordinates.

    sde, ode: (F, P, 2). sde_distance, ode_distance: (F,) total variation from the closed form in the grid's bins;
    floor: (F,) that of as many independent draws, expected.
    """

    config: DensityConfig
    grid: GridDensity
    sde: Array
    ode: Array
    sde_distance: Array
    ode_distance: Array
    floor: Array


def run_density(config: DensityConfig) -> DensityResult:
    """The density on a grid, both ensembles, and how far they are apart."""
    grid = solve_density(config.dataset, config.schedule, config.direction, config.tau)
    return compare_density(config, grid, *move_particles(config))


def solve_density(dataset: Dataset, schedule: GaussianSchedule, direction: str, tau: float) -> GridDensity:
    """Fokker-Planck from the closed form at one end, over all times at which the grid resolves the data."""
    mixture = _mixture(dataset)
    grid, forward = ScaledGrid(), direction == "forward"
    clocks, times = _stops(schedule, mixture, forward)
    start = grid.masses(mixture, float(clocks[0]))
    if forward:
        steps = forward_density(grid, start, clocks)
    else:
        steps = reverse_density(grid, MixtureScore(schedule, mixture), start, clocks, tau)
    (path, seconds), (exact, _) = in_parallel(
        partial(_timed, steps), partial(_timed, (grid.masses(mixture, u) for u in clocks.tolist()))
    )
    return GridDensity(
        times,
        np.asarray(schedule.lam(times)),
        np.stack(path) / grid.width**2,
        np.stack(exact) / grid.width**2,
        np.array([total_variation(a, b) for a, b in zip(path, exact, strict=True)]),
        np.array([max(round(1 - float(masses.sum()), 12), 0.0) for masses in path]),  # less is rounding
        min(float(masses.min()) for masses in path),
        seconds,
        np.stack([_binned(masses) for masses in exact]),
        grid.reach,
    )


def move_particles(config: DensityConfig) -> tuple[Array, Array]:
    """Both ensembles (F, P, 2) at the grid's times, in its coordinates: the SDE's and the flow's."""
    mixture, forward = _mixture(config.dataset), config.direction == "forward"
    model, (_, times) = MixtureScore(config.schedule, mixture), _stops(config.schedule, mixture, forward)
    sde, ode = (_forward_particles if forward else _reverse_particles)(config, model, times)
    radius = np.hypot(config.schedule.alpha(times), config.schedule.sigma(times))[:, None, None]
    return sde / radius, ode / radius


def compare_density(config: DensityConfig, grid: GridDensity, sde: Array, ode: Array) -> DensityResult:
    """How far both ensembles, as `move_particles` gives them, are from the closed form."""
    away_sde, away_ode = (np.array([_apart(*pair) for pair in zip(xs, grid.bins, strict=True)]) for xs in (sde, ode))
    floor = np.array([expected_distance(bins, config.particles) for bins in grid.bins])
    return DensityResult(config, grid, sde, ode, away_sde, away_ode, floor)


def _timed(items: Iterable[Array]) -> tuple[list[Array], float]:
    """All items, and the seconds of a processor that they took."""
    began = time.thread_time()
    return list(items), time.thread_time() - began


def _mixture(dataset: Dataset) -> GaussianMixture:
    mixture = prepare(dataset, 1, 0).mixture
    if mixture is None:
        raise ConfigError(f"The density of {type(dataset).title} has no closed form to start from.")
    return mixture


def _stops(schedule: GaussianSchedule, mixture: GaussianMixture, forward: bool) -> tuple[Array, Array]:
    """The shown clocks, even in lambda, in the order of the direction, and their times."""
    start, end = clock_of(schedule, np.array([schedule.t_min, schedule.t_max])).tolist()
    start = max(start, ScaledGrid().first_clock(mixture))
    first, last = (-0.5 * float(np.log(np.expm1(2 * u))) for u in (start, end))
    clocks = 0.5 * np.logaddexp(0.0, -2 * np.linspace(first, last, FRAMES))
    times = time_of_clock(schedule, clocks)
    times[-1] = schedule.t_max
    return (clocks, times) if forward else (clocks[::-1].copy(), times[::-1].copy())


def _drawn(config: DensityConfig) -> Tensor:
    return torch.from_numpy(prepare(config.dataset, config.particles, config.seed).points).float()


def _forward_particles(config: DensityConfig, model: MixtureScore, times: Array) -> tuple[Array, Array]:
    """From one draw at times[0]: by exact jumps, and along the flow, (F, P, 2) each."""
    data, schedule = _drawn(config), model.schedule
    ends = schedule.lam(times[[-1, 0]]).tolist()
    sde = exact_jumps(schedule, data, times, BrownianPath(config.seed, tuple(data.shape), *ends, forward=True))
    ode = encode(SDEFamily(tau=0.0), model, sde[0], _finer(model, times)[::-1].copy()).x[::SUBSTEPS]
    return sde.double().numpy(), ode.double().numpy()


def _reverse_particles(config: DensityConfig, model: MixtureScore, times: Array) -> tuple[Array, Array]:
    """From one draw of q_T: with the free noise, and along the flow, (F, P, 2) each."""
    data, schedule = _drawn(config), model.schedule
    start = diffuse(schedule, data, float(times[0]), WhiteNoise(config.seed, tuple(data.shape)).initial())
    grid = _finer(model, times)

    def follow(tau: float) -> Array:
        noise = brownian_path(schedule, tuple(data.shape), config.seed)
        states: Array = sample(SDEFamily(tau=tau), model, start, grid, noise).x[::SUBSTEPS].double().numpy()
        return states

    sde, ode = in_parallel(partial(follow, config.tau), partial(follow, 0.0))
    return sde, ode


def _finer(model: MixtureScore, times: Array) -> Array:
    """The times with SUBSTEPS - 1 more between any two, even in lambda."""
    lam = model.schedule.lam(times)
    steps = SUBSTEPS * (len(times) - 1)
    fine = model.schedule.time_of(np.interp(np.arange(steps + 1) / SUBSTEPS, np.arange(len(times)), lam))
    fine[::SUBSTEPS] = times
    return np.asarray(fine)


def _binned(masses: Array) -> Array:
    """Summed over squares of SIDE cells."""
    bins = len(masses) // SIDE
    return np.asarray(masses.reshape(bins, SIDE, bins, SIDE).sum(axis=(1, 3)))


def _apart(x: Array, exact: Array) -> float:
    """Total variation of particles (P, 2) from masses (b, b) over the grid."""
    edges = ScaledGrid().faces[::SIDE]
    counts, *_ = np.histogram2d(x[:, 1], x[:, 0], (edges, edges))
    return total_variation(counts / len(x), exact)


def expected_distance(exact: Array, count: int) -> float:
    """The mean total variation of `count` independent draws from the masses they are drawn from.

    A bin of mass p holds a binomial number, whose mean deviation is 2 n p (1 - p) P(B(n - 1, p) = floor(n p)), as De
    Moivre found (Diaconis and Zabell 1991).
    """
    p = np.append(np.ravel(exact), max(0.0, 1 - float(exact.sum()))).clip(0, 1)
    m, n = np.floor(count * p), count - 1
    log_probability = gammaln(n + 1) - gammaln(m + 1) - gammaln(n - m + 1) + xlogy(m, p) + xlog1py(n - m, -p)
    return float((p * (1 - p) * np.exp(log_probability)).sum())
