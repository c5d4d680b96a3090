"""The forward process: particles by exact jumps and by Euler-Maruyama on one path, and the closed-form marginals."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Annotated, TypeVar

import numpy as np
import torch
from numpy.typing import NDArray

from diffviz.cancellation import raise_if_cancelled
from diffviz.config import Config, Range
from diffviz.data import Dataset, GaussianMixture, SwissRoll, prepare
from diffviz.noise import BrownianPath
from diffviz.properties import cached_property
from diffviz.protocols import Array, Noise, Schedule
from diffviz.schedules import GaussianSchedule, GeometricVE, LinearVP, SubVP
from diffviz.sde import euler_maruyama, exact_jumps

F = TypeVar("F", np.float32, np.float64)

FRAMES, CELLS, BINS, LINE = 61, 56, 32, 160
COMPONENTS = 2_000  # points that stand for a shape in its marginal


@dataclass(frozen=True)
class ForwardConfig(Config):
    """One forward process of a data set, and how many steps Euler-Maruyama takes on it."""

    dataset: Dataset = field(default_factory=SwissRoll)
    schedule: GaussianSchedule = field(default_factory=LinearVP)
    steps: Annotated[
        int, Range(2, 400, label="Euler–Maruyama steps", log=True, help="Fewer steps, larger step error.")
    ] = 20
    particles: Annotated[int, Range(100, 2000, step=100, label="Particles", help="How many points diffuse.")] = 600
    seed: Annotated[
        int, Range(0, 9999, label="Seed", help="The same seed, the same particles and the same Brownian paths.")
    ] = 0


@dataclass(frozen=True, eq=False)
class Diffusion:
    """Particles that diffuse exactly, and the density they are drawn from; normalised units.

    times: (FRAMES,) rising, even in t. particles: (FRAMES, N, 2). reach: half the side of the square that shows nearly
    all particles at nearly all times. density: (FRAMES, CELLS, CELLS) over that square, blurred by half a cell, row 0
    at the lowest second coordinate; in closed form for a mixture, else of COMPONENTS points.
    """

    times: Array
    particles: Array
    reach: float
    density: Array

    @property
    def spread(self) -> Array:
        """Root mean square per coordinate at each time, (FRAMES,)."""
        return np.asarray(np.sqrt(np.square(self.particles).mean(axis=(1, 2))))


@dataclass(frozen=True, eq=False)
class ForwardResult:
    """One forward process in full.

    euler_times: (S+1,). euler: (S+1, N, 2), on the particles' own Brownian paths. step_error: (S+1,) their root mean
    square distance from the exact ones. histogram: (FRAMES, BINS) densities of the first coordinate of the particles at
    `bin_middles` (BINS,); marginal: (FRAMES, LINE) its closed form at `line` (LINE,), blurred like a bin. alpha, sigma,
    lam, f, g2: (FRAMES,) of the schedule.
    """

    config: ForwardConfig
    exact: Diffusion
    euler_times: Array
    euler: Array
    step_error: Array
    bin_middles: Array
    histogram: Array
    line: Array
    marginal: Array
    alpha: Array
    sigma: Array
    lam: Array
    f: Array
    g2: Array


def run_forward(config: ForwardConfig) -> ForwardResult:
    """Diffuse exactly and by Euler-Maruyama on the same Brownian paths (Song et al. 2021, equation 5)."""
    process = _Process(config.dataset, config.schedule, config.particles, config.seed)
    schedule, times, reach = config.schedule, process.times, process.reach
    euler_times, euler, step_error = process.euler(config.steps)
    edges = np.linspace(-reach, reach, BINS + 1)
    width = edges[1] - edges[0]
    line = np.linspace(-reach, reach, LINE)
    counts = np.stack([np.histogram(x[:, 0], edges)[0] for x in process.exact])
    return ForwardResult(
        config,
        process.result(),
        euler_times,
        euler,
        step_error,
        (edges[1:] + edges[:-1]) / 2,
        counts / (config.particles * width),
        line,
        np.stack([process.first_marginal(line, float(t), width / np.sqrt(12)) for t in times]),
        *(np.asarray(rate(times)) for rate in (schedule.alpha, schedule.sigma, schedule.lam, schedule.f, schedule.g2)),
    )


def compare_schedules(dataset: Dataset, particles: int, seed: int) -> dict[str, Diffusion]:
    """VP, VE and sub-VP on the same data and the same noise, by title; VE with the sigma_max that the data ask for."""
    points = prepare(dataset, particles, seed).points
    schedules = {"VP": LinearVP(), "VE": GeometricVE.for_data(points), "Sub-VP": SubVP()}
    return {title: _Process(dataset, schedule, particles, seed).result() for title, schedule in schedules.items()}


@dataclass(frozen=True, eq=False)
class _Process:
    """One forward process, computed as it is asked for."""

    dataset: Dataset
    schedule: GaussianSchedule
    particles: int
    seed: int

    def result(self) -> Diffusion:
        """Everything a picture of it needs."""
        cell = 2 * self.reach / CELLS
        places = np.asarray(-self.reach + cell * (np.arange(CELLS) + 0.5), dtype=np.float64)
        density = np.stack([self.density(places, float(t), cell / 2) for t in self.times])
        return Diffusion(self.times, self.exact, self.reach, density)

    @cached_property
    def times(self) -> Array:
        """(FRAMES,), even in t."""
        return np.linspace(self.schedule.t_min, self.schedule.t_max, FRAMES)

    @cached_property
    def exact(self) -> Array:
        """The particles by exact jumps, (FRAMES, N, 2)."""
        return self._run(exact_jumps, self.times)

    def euler(self, steps: int) -> tuple[Array, Array, Array]:
        """Euler-Maruyama: times (S+1,), particles (S+1, N, 2), and their RMS distance from the exact ones (S+1,)."""
        times = np.linspace(self.schedule.t_min, self.schedule.t_max, steps + 1)
        x = self._run(euler_maruyama, times)
        return times, x, np.sqrt(np.square(x - self._run(exact_jumps, times)).sum(axis=-1).mean(axis=-1))

    @cached_property
    def components(self) -> GaussianMixture | Array:
        """The data as a mixture in closed form, or as COMPONENTS points of weight 1/COMPONENTS each."""
        prepared = prepare(self.dataset, COMPONENTS, self.seed + 1)
        return prepared.mixture or prepared.points

    @property
    def _points(self) -> NDArray[np.float32]:
        """The points of a shape, (COMPONENTS, 2)."""
        assert not isinstance(self.components, GaussianMixture)
        return self.components.astype(np.float32)

    @cached_property
    def reach(self) -> float:
        """Half the side of the square that shows nearly all particles at nearly all times."""
        return float(1.12 * np.quantile(np.abs(self.exact), 0.998))

    def density(self, places: Array, t: float, blur: float) -> Array:
        """q_t on the square grid `places` × `places` (n, n), blurred by `blur`, the size of a picture's cell."""
        raise_if_cancelled()
        alpha, sigma = float(self.schedule.alpha(t)), float(np.hypot(self.schedule.sigma(t), blur))
        if isinstance(self.components, GaussianMixture):
            square = np.stack(np.meshgrid(places, places), -1).reshape(-1, 2)
            flat: Array = self.components.at(alpha, sigma).density(torch.from_numpy(square)).numpy()
            return flat.reshape(len(places), len(places))
        # In single precision: as a shade no more is seen, and an exponential takes a quarter of the time.
        points, cells = self._points, places.astype(np.float32)
        x, y = (_normal(cells[:, None] - alpha * points[None, :, k], sigma) for k in (0, 1))
        return np.asarray(y @ x.T / len(points), dtype=np.float64)

    def first_marginal(self, places: Array, t: float, blur: float) -> Array:
        """The density of the first coordinate at `places` (n,), blurred as a histogram of that bin width is."""
        alpha, sigma = float(self.schedule.alpha(t)), float(np.hypot(self.schedule.sigma(t), blur))
        if isinstance(self.components, GaussianMixture):
            mixture = self.components
            spread = np.sqrt(alpha**2 * np.asarray(mixture.covariances)[:, 0, 0] + sigma**2)
            bumps = _normal(places[:, None] - alpha * np.asarray(mixture.means)[None, :, 0], spread)
            return np.asarray(bumps @ np.asarray(mixture.weights))
        bumps = _normal(places.astype(np.float32)[:, None] - alpha * self._points[None, :, 0], sigma)
        return np.asarray(bumps.mean(axis=1, dtype=np.float64))

    def _run(self, method: Callable[[Schedule, torch.Tensor, Array, Noise], torch.Tensor], times: Array) -> Array:
        data = prepare(self.dataset, self.particles, self.seed).points
        lam = self.schedule.lam(self.times[[-1, 0]]).tolist()
        path = BrownianPath(self.seed, data.shape, *lam, forward=True, dtype=torch.float64)
        states: Array = method(self.schedule, torch.from_numpy(data), times, path).numpy()
        return states


def _normal(x: NDArray[F], sigma: Array | float) -> NDArray[F]:
    """The density of N(0, sigma²) at x, in the precision of x where sigma is a number."""
    exponent = np.square(x / sigma)
    exponent *= -0.5
    # Nothing below e^-40, and so no product of two below the smallest normal number, where arithmetic is slow.
    np.maximum(exponent, -40, out=exponent)
    density = np.exp(exponent, out=exponent)
    density /= np.sqrt(2 * np.pi) * sigma
    return density
