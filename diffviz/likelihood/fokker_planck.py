"""Fokker-Planck on a grid: how a density moves under the forward SDE, the reverse SDE, the flow and all between.

In the coordinates y = x / sqrt(alpha² + sigma²) the forward process of every schedule is one and the same
Ornstein-Uhlenbeck process, dy = -y du + sqrt(2) dw, on the clock u = ½ log(1 + e^{-2 lambda}); it leaves N(0, I) alone.
The family that runs backwards on that clock is dy = [y + (1 + tau²) ∇log q] du + tau sqrt(2) dw.

Everything here moves the masses of cells: none is made, none falls below zero, and none passes the walls of the grid.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.linalg import toeplitz
from scipy.special import ive

from diffviz.cancellation import raise_if_cancelled
from diffviz.config import Config, Range
from diffviz.data import GaussianMixture
from diffviz.properties import cached_property
from diffviz.protocols import Array, Schedule, ScoreModel

RESOLVED = 2.2  # cells to the standard deviation of the narrowest shape that a grid can hold
STRIDE = 0.16  # of a reverse step, in log(u + what the grid resolves): half of it brings little more
EMPTY = 1e-14  # a cell's mass that does not count
_TAYLOR = 12  # terms of e^A for |A| <= 1, whose first one left out is 1e-10


@dataclass(frozen=True)
class ScaledGrid(Config):
    """Square cells over [-reach, reach]² in the coordinates y; arrays over cells have the second coordinate first."""

    cells: Annotated[int, Range(16, 512, label="Cells", help="Along a side of the grid.")] = 176
    reach: Annotated[float, Range(3.0, 12.0, label="reach", help="Half the side of the grid.")] = 4.2

    @property
    def width(self) -> float:
        """Of a cell."""
        return 2 * self.reach / self.cells

    @cached_property
    def faces(self) -> Array:
        """Where cells meet along a side, (cells + 1,)."""
        return np.linspace(-self.reach, self.reach, self.cells + 1)

    @cached_property
    def centres(self) -> Array:
        """Of the cells along a side, (cells,)."""
        return (self.faces[1:] + self.faces[:-1]) / 2

    @cached_property
    def places(self) -> torch.Tensor:
        """The centres of all cells, (cells², 2)."""
        return torch.from_numpy(self.coordinates.reshape(-1, 2))

    @cached_property
    def coordinates(self) -> Array:
        """The same as an array, (cells, cells, 2)."""
        return np.stack(np.meshgrid(self.centres, self.centres), -1)

    def masses(self, mixture: GaussianMixture, u: float) -> Array:
        """What the closed form has in each cell at clock u, (cells, cells).

        The mean of a density over a cell is, to fourth order, that density with the cell's variance added.
        """
        alpha, sigma = scaled_levels(u)
        marginal = mixture.at(alpha, float(np.hypot(sigma, self.width / np.sqrt(12))))
        density: Array = marginal.density(self.places).numpy()
        return self.width**2 * density.reshape(self.cells, self.cells)

    def first_clock(self, mixture: GaussianMixture) -> float:
        """The clock from which on every component is wide enough for the grid: 0 where all are from the start."""
        narrowest = float(np.linalg.eigvalsh(mixture.covariances).min())
        missing = (RESOLVED * self.width) ** 2 - narrowest
        return 0.0 if missing <= 0 else float(-0.5 * np.log1p(-missing / (1 - narrowest)))


def clock_of(schedule: Schedule, t: Array) -> Array:
    """u = ½ log(1 + e^{-2 lambda}) at times t: 0 where there is no noise, and growing with it."""
    return np.asarray(0.5 * np.logaddexp(0.0, -2 * schedule.lam(t)))


def time_of_clock(schedule: Schedule, u: Array) -> Array:
    """The inverse of `clock_of`."""
    return np.asarray(schedule.time_of(-0.5 * np.log(np.expm1(2 * u))))


def scaled_levels(u: float) -> tuple[float, float]:
    """alpha and sigma of y: e^{-u} and sqrt(1 - e^{-2u})."""
    return float(np.exp(-u)), float(np.sqrt(-np.expm1(-2 * u)))


def total_variation(masses: Array, exact: Array) -> float:
    """Half the sum of all differences, with what either has outside the grid as one more cell, in [0, 1]."""
    outside = abs(float(masses.sum() - exact.sum()))
    return float(np.abs(masses - exact).sum() + outside) / 2


def forward_density(grid: ScaledGrid, masses: Array, clocks: Array) -> Iterator[Array]:
    """The masses (cells, cells) at each of the rising `clocks`, from those at clocks[0].

    Fluxes after Scharfetter and Gummel 1969 (Chang and Cooper 1970), whose equilibrium is exact; axis by axis, since
    neither knows of the other, and exactly in time, so that the width of a cell is the only error.
    """
    generator = _ornstein_uhlenbeck(grid)
    yield masses
    for before, after in zip(clocks[:-1].tolist(), clocks[1:].tolist(), strict=True):
        raise_if_cancelled()
        transition = _exponential(generator, after - before)
        masses = transition @ masses @ transition.T
        yield masses


def reverse_density(
    grid: ScaledGrid, model: ScoreModel, masses: Array, clocks: Array, tau: float, stride: float = STRIDE
) -> Iterator[Array]:
    """The masses (cells, cells) at each of the falling `clocks` under the member tau of the reverse family.

    tau is the free noise over the forward one: 0 is the flow, 1 the reverse SDE. The drift moves mass along each row
    and each column, exactly what lies between the places that two faces come from; noise spreads it by the lattice's
    own heat kernel. All three alternate symmetrically (Strang 1968).
    """
    yield masses
    floor = (RESOLVED * grid.width) ** 2 / 2
    for before, after in zip(clocks[:-1].tolist(), clocks[1:].tolist(), strict=True):
        first, last = float(np.log(before + floor)), float(np.log(after + floor))
        steps = int(np.ceil((1 + tau**2) * (first - last) / stride))
        stops = np.exp(np.linspace(first, last, steps + 1)) - floor
        for k, (start, end) in enumerate(zip(stops[:-1].tolist(), stops[1:].tolist(), strict=True)):
            raise_if_cancelled()
            masses = _reverse_step(grid, model, masses, start, end, tau, rows_first=k % 2 == 0)
        yield masses


def _reverse_step(
    grid: ScaledGrid, model: ScoreModel, masses: Array, before: float, after: float, tau: float, rows_first: bool
) -> Array:
    span = before - after
    spread = _heat_kernel(grid.cells, tau**2 * span / 2 / grid.width**2) if tau else None
    if spread is not None:
        masses = spread @ masses @ spread
    somewhere = (masses > EMPTY).ravel()  # elsewhere nothing is moved, and no score is needed
    score = np.zeros((grid.cells**2, 2))
    score[somewhere] = _scaled_score(model, grid.places[torch.from_numpy(somewhere)], (before + after) / 2)
    drift = (grid.coordinates + (1 + tau**2) * score.reshape(grid.coordinates.shape)) / grid.width  # in cells
    for rows in (rows_first, not rows_first):
        if rows:
            masses = _carried(masses, _at_faces(drift[..., 0]), span)
        else:
            masses = _carried(masses.T, _at_faces(drift[..., 1].T), span).T
    return masses if spread is None else spread @ masses @ spread


def _scaled_score(model: ScoreModel, y: torch.Tensor, u: float) -> Array:
    """The score of y at clock u, (n, 2): that of x times sqrt(alpha² + sigma²)."""
    t = float(time_of_clock(model.schedule, np.array(u)))
    radius = float(np.hypot(model.schedule.alpha(t), model.schedule.sigma(t)))
    score: Array = model.predict((radius * y).float(), t).score.double().numpy()
    return radius * score


def _ornstein_uhlenbeck(grid: ScaledGrid) -> Array:
    """The rates (cells, cells) of dy = -y du + sqrt(2) dw between cells; columns sum to 0: nothing is lost."""
    peclet = grid.width * grid.faces[1:-1]
    half = peclet / 2
    with np.errstate(invalid="ignore"):
        bernoulli = np.where(np.abs(half) < 1e-6, 1.0, half / np.sinh(half))  # e^{∓half} times it are the two rates
    up, down = (bernoulli * np.exp(sign * half) / grid.width**2 for sign in (-1, 1))
    rates = np.diag(up, -1) + np.diag(down, 1)
    return rates - np.diag(rates.sum(axis=0))


def _exponential(rates: Array, span: float) -> Array:
    """e^{rates · span} by sums and products of numbers that are not negative (uniformisation), then squared."""
    leaving = float(-rates.diagonal().min())
    halvings = max(0, int(np.ceil(np.log2(max(leaving * span, 1.0)))))
    part = (rates + leaving * np.eye(len(rates))) * (span / 2**halvings)
    power = np.eye(len(rates))
    total = power.copy()
    for n in range(1, _TAYLOR + 1):
        power = power @ part / n
        total += power
    for _ in range(halvings):
        total /= total.sum(axis=0)  # what rounding and the series leave out of a column
        total = total @ total
    return total / total.sum(axis=0)


def _heat_kernel(cells: int, spread: float) -> Array:
    """Where mass is after `spread` of time of u' = u'' on cells of width 1 with walls, (cells, cells): e^-2s I_n(2s).

    What would pass a wall comes back from it, as from a mirror.
    """
    kernel = ive(np.arange(2 * cells), 2 * spread)
    mirrored = np.abs(np.arange(cells)[:, None] + np.arange(cells) + 1)
    full = toeplitz(kernel[:cells]) + kernel[mirrored] + kernel[mirrored][::-1, ::-1]
    return np.asarray(full / full.sum(axis=0))


def _at_faces(values: Array) -> Array:
    """Values at centres (m, n) in the mean of neighbours, (m, n + 1); nothing moves through the walls."""
    return np.pad((values[:, 1:] + values[:, :-1]) / 2, ((0, 0), (1, 1)))


def _carried(masses: Array, velocity: Array, span: float) -> Array:
    """Masses (m, n) moved along their rows by velocities (m, n + 1) at faces, in cells per time.

    A cell receives what lay between the places that its two faces come from (the midpoint rule). The mass up to a place
    is a cubic in each cell that never falls (Fritsch and Carlson 1980), so that no mass is negative and none is lost,
    however long the step.
    """
    faces = np.arange(velocity.shape[1])
    wide = np.arange(len(masses))[:, None] * len(faces)  # where a row of one number a face begins
    cell, share = _cell_and_share(faces - span / 2 * velocity, masses.shape[1])
    before, after = _at_and_next(velocity, wide + cell)
    middle = before + share * (after - before)
    came_from = np.maximum.accumulate(faces - span * middle, axis=1)  # paths do not cross, whatever the rule says
    cell, share = _cell_and_share(came_from, masses.shape[1])
    below = np.zeros_like(velocity)
    np.cumsum(masses, axis=1, out=below[:, 1:])
    padded = np.pad(masses, ((0, 0), (2, 2)))
    left, right = padded[:, 1:-2], padded[:, 2:-1]
    slope = (7 * (left + right) - padded[:, :-3] - padded[:, 3:]) / 12
    slope = np.clip(slope, 0, 3 * np.minimum(left, right))
    inside = masses.take(wide + cell - np.arange(len(masses))[:, None])
    first, last = _at_and_next(slope, wide + cell)
    cubic = first + share * (3 * inside - 2 * first - last + share * (first + last - 2 * inside))
    return np.diff(below.take(wide + cell) + share * cubic, axis=1)


def _at_and_next(values: Array, place: NDArray[np.intp]) -> tuple[Array, Array]:
    """The values at places of the flat array, and those beside them."""
    return values.take(place), values.take(place + 1)


def _cell_and_share(places: Array, cells: int) -> tuple[NDArray[np.intp], Array]:
    """The cell that each place lies in, and how far along it, in [0, 1]; beyond the walls, the wall."""
    places = np.clip(places, 0, cells)
    cell = np.minimum(places.astype(np.intp), cells - 1)
    return cell, places - cell
