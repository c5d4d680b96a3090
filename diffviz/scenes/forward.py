"""The forward process on one clock t: particles over their density, a marginal, and the schedule's curves."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from diffviz.player import Axes, Curve, Heat, Pane, Points, Scene, Trails
from diffviz.scenes.regions import region_lines

if TYPE_CHECKING:
    from diffviz.experiments.forward import Diffusion, ForwardResult
    from diffviz.protocols import Array

MARKS = (3, 17)


def compose(result: ForwardResult) -> Scene:
    """Six panes: exact and Euler-Maruyama particles, a marginal, and the schedule's curves."""
    exact, times, steps = result.exact, result.exact.times, result.config.steps
    reach, followed = exact.reach, range(0, result.config.particles, 40)
    extent = (-reach, reach, -reach, reach)
    stops = result.euler_times
    clock = (stops - stops[0]) / (stops[-1] - stops[0])
    return Scene(
        [
            Pane([_heat(exact), Trails(exact.particles, length=12, color="data", ids=followed, opacity=0.3),
                  Points(exact.particles, color="data", size=1.4), region_lines(exact.density)],
                 "Exact jumps", "lines enclose 50, 80, 95 % of the density", extent),
            Pane([Trails(result.euler, color="model", ids=followed, opacity=0.25),
                  Points(result.euler, color="model", size=1.4)],
                 f"Euler–Maruyama, {steps} {'step' if steps == 1 else 'steps'}", "", extent, clock,
                 [f"same Brownian path · RMS step error {error:.3f}" for error in result.step_error]),
            _marginal(result),
            _curves(times, "Signal and noise", "what x₀ and ε are multiplied by", "amplitude",
                    {"α": result.alpha, "σ": result.sigma}),
            _curves(times, "Half log-SNR", "λ = log α/σ; SNR = α²/σ²", "logarithm",
                    {"λ": result.lam, "log₁₀ SNR": 2 * result.lam / np.log(10)}),
            _curves(times, "Drift and diffusion rates", "drift −½β x; for VP g² = β", "rate",
                    {"β = −2f": -2 * result.f, "g²": result.g2}),
        ],
        columns=3,
        clock_values=times,
        seconds=8.0,
        marks=MARKS,
        description="Particles diffuse from data to noise, exactly and by Euler-Maruyama on the same Brownian path.",
    )  # fmt: skip


def compare(processes: Mapping[str, Diffusion]) -> Scene:
    """Several schedules side by side by title: the same data, the same noise, each in a frame of its own size."""
    panes = [
        Pane(
            [_heat(process), Points(process.particles, color="data", size=1.4), region_lines(process.density)],
            title,
            extent=(-process.reach, process.reach, -process.reach, process.reach),
            notes=[f"frame ±{process.reach:.1f} · spread {spread:.2f} per axis" for spread in process.spread],
        )
        for title, process in processes.items()
    ]
    return Scene(panes, 3, [0.0, 1.0], seconds=8.0, marks=MARKS, description="VP, VE and sub-VP on the same data.")


def _heat(process: Diffusion) -> Heat:
    reach, density = process.reach, process.density
    return Heat(density / density.max(axis=(1, 2), keepdims=True), (-reach, reach, -reach, reach), color="exact")


def _marginal(result: ForwardResult) -> Pane:
    """The histogram of the first coordinate against its closed form, both drawn as points that move."""
    reach, frames = result.exact.reach, len(result.exact.times)
    top = 1.1 * max(float(np.quantile(result.histogram, 0.999)), float(result.marginal.max()))
    scale = 2 * reach / top
    room = 0.12 * 2 * reach  # for the numbers beside the axes
    axes = Axes((-reach, reach, -reach, reach), "x₁", "density", y=(0.0, top))

    def as_points(along: Array, height: Array) -> Array:
        return np.stack([np.broadcast_to(along, (frames, len(along))), height * scale - reach], axis=-1)

    layers = [
        Points(as_points(result.line, result.marginal), color="exact", size=1.1, opacity=1.0, follow=False),
        Points(as_points(result.bin_middles, result.histogram), color="data", size=2.6, follow=False),
    ]
    note = f"histogram of {result.config.particles:,} (dots), closed form (line)"
    extent = (-reach - room, reach, -reach - room, reach)
    return Pane([axes, *layers], "Marginal of the first coordinate", note, extent, stretched=True, fixed=True)


def _curves(times: Array, title: str, note: str, name: str, lines: dict[str, Array]) -> Pane:
    """Functions of t with a cursor. name: of what they are values of."""
    colors = dict(zip(lines, ("data", "model"), strict=False))
    return Pane([Curve(times, lines, times, x_label="t", y_label=name, colors=colors)], title, note, aspect=1.6)
