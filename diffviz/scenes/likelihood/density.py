"""One density three ways, on one clock: the grid's, the SDE's and the flow's, each held against the closed form."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from diffviz.player import Contours, Curve, Heat, Pane, Points, Scene, Trails
from diffviz.protocols import Array
from diffviz.scenes.regions import region_lines

if TYPE_CHECKING:
    from diffviz.experiments.likelihood.density import DensityResult, GridDensity

FOLLOWED = 60  # every so many particles have a trail
MARKS = (4, 11)
SHOWN = 3.2  # half the side of the panes: nearly all of what is there


def compose(result: DensityResult) -> Scene:
    """Four panes: Fokker-Planck, particles of the SDE and of the flow, and how far each is from the closed form."""
    grid, forward = result.grid, result.config.direction == "forward"
    tau = result.config.tau
    name = "Forward SDE" if forward else "Reverse SDE, ς = 0" if tau == 0 else f"Reverse SDE, ς = {tau:g} g"
    shade, lines = _heat(grid, grid.exact), _lines(grid, grid.exact)
    extent = (-SHOWN, SHOWN, -SHOWN, SHOWN)
    return Scene(
        [
            Pane([_heat(grid, grid.density), _lines(grid, grid.density)], "Fokker–Planck, cell by cell", extent=extent,
                 notes=[f"total variation {d:.4f} · outside {lost:.5f}"
                        for d, lost in zip(grid.distance, grid.leaked, strict=True)]),
            Pane([shade, *_particles(result.sde, "model"), lines], name, "particles over the closed form", extent),
            Pane([shade, *_particles(result.ode, "data"), lines], "Probability flow",
                 "same start; lines: 50, 80, 95 %", extent),
            _distances(result),
        ],
        columns=4,
        clock_values=grid.lam,
        clock_label="λ",
        seconds=7.0,
        marks=MARKS,
        description="One density, moved by Fokker-Planck on a grid, by particles of an SDE, and by those of the flow.",
    )  # fmt: skip


def _square(grid: GridDensity) -> tuple[float, float, float, float]:
    return -grid.reach, grid.reach, -grid.reach, grid.reach


def _halved(density: Array) -> Array:
    """Means of two by two cells: half as fine, a quarter as much to send."""
    frames, side, _ = density.shape
    return np.asarray(density.reshape(frames, side // 2, 2, side // 2, 2).mean(axis=(2, 4)))


def _heat(grid: GridDensity, density: Array) -> Heat:
    """Square roots over the closed form's own peak at each time, so that faint parts show."""
    peak = grid.exact.max(axis=(1, 2), keepdims=True)
    return Heat(np.sqrt(_halved(density / peak)), _square(grid), limits=(0.0, 1.0), color="exact")


def _lines(grid: GridDensity, density: Array) -> Contours:
    return region_lines(_halved(density), _square(grid))


def _particles(xy: Array, color: str) -> list[Trails | Points]:
    followed = range(0, xy.shape[1], FOLLOWED)
    return [Trails(xy, length=10, color=color, ids=followed, opacity=0.35), Points(xy, color=color, size=1.1)]


def _distances(result: DensityResult) -> Pane:
    lam = result.grid.lam
    lines = {
        "grid": result.grid.distance,
        "SDE": result.sde_distance,
        "flow": result.ode_distance,
        "independent draws": result.floor,
    }
    colors = {"grid": "exact", "SDE": "model", "flow": "data", "independent draws": "text"}
    curve = Curve(lam, lines, lam, log_y=True, x_label="λ", y_label="total variation", colors=colors,
                  y_limits=(1e-4, 0.5))  # fmt: skip
    return Pane([curve], "Distance from the closed form", "particles are counted in bins, and so are draws", aspect=1.6)
