"""What a score is: density, energy and the past of a point on one clock, and a line cut through them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from diffviz.player import Arrows, Axes, Handle, Heat, Lines, Pane, Points, Scene
from diffviz.player.layers import Layer
from diffviz.scenes.arrows import saturated
from diffviz.scenes.regions import region_lines

if TYPE_CHECKING:
    from diffviz.experiments.score.field import ScoreFieldResult
    from diffviz.protocols import Array

REACH = 2.7
EXTENT = (-REACH, REACH, -REACH, REACH)
DEPTH = 12.0  # of the energies that are told apart
TALL = 0.9  # of all values along the line, how many the axis holds


def compose(result: ScoreFieldResult) -> Scene:
    """Three pictures, and under them the line through the handle: density, energy and score."""
    config = result.config
    place = np.array([[config.x, config.y]])
    arrows = Arrows(result.places, saturated(result.vectors, result.places), "exact")
    known: list[Layer] = (
        [] if result.known is None else [Points(result.known[None], "data", size=2.2, follow=False, part="data")]
    )
    shift = np.log(config.factor)
    lowest = float(result.energy.min())
    where: list[Layer] = known or [Points(result.means[None], "muted", size=2.5, opacity=0.5, follow=False)]
    past = result.past / result.past.max(axis=(1, 2), keepdims=True)
    density = result.density / result.density.max(axis=(1, 2), keepdims=True)
    panes = [
        Pane(
            [
                Heat(density),
                *known,
                arrows,
                region_lines(density, color="data"),
                Handle(place, leads=result.leads, color="model"),
            ],
            "Density and score",
            "orange: from x, the ring, to x + σ²s",
            EXTENT,
        ),
        Pane(
            [Heat(result.energy - shift, limits=(lowest - 2, lowest + DEPTH), color="noise"), arrows],
            "Energy −log(c q)",
            f"c = {config.factor:g} shifts it by {_signed(-shift)}; its slope stays",
            EXTENT,
        ),
        Pane(
            [Heat(past, color="noise"), *where, Points(result.tweedie[:, None], "model", size=5.5, follow=False)],
            "Where x may have come from",
            notes=[_tweedie(t, mean) for t, mean in zip(result.tweedie, result.past_mean, strict=True)],
            extent=EXTENT,
        ),
        *_line(result),
    ]
    return Scene(
        panes,
        columns=3,
        clock_values=result.times,
        clock_label="t",
        seconds=9,
        description="Density, energy and score of one model at every noise level",
    )


def _signed(value: float) -> str:
    return f"{value:+.2f}".replace("-", "−")


def _tweedie(tweedie: Array, mean: Array) -> str:
    """(x + σ²s)/α, and the mean that it should be."""
    return f"(x + σ²s)/α = ({tweedie[0]:.2f}, {tweedie[1]:.2f}); mean ({mean[0]:.2f}, {mean[1]:.2f})"


def _line(result: ScoreFieldResult) -> list[Pane]:
    """Density, energy and score along the first coordinate, with the factor and without."""
    factor, density = result.config.factor, result.line_density
    energy = -np.log(np.maximum(density, 1e-300))
    high = 1.1 * max(factor, 1.0) * float(np.quantile(density, 0.995))
    lowest = float(energy.min()) - max(float(np.log(factor)), 0.0)
    steep = float(np.quantile(np.abs(result.line_score), TALL))
    at = f"along x₂ = {result.config.y:.2f}"
    return [
        _cut("c q(x)", f"{at}; grey: c = 1", result.line, density, factor * density, (0.0, high), "data"),
        _cut("−log(c q)", at, result.line, energy, energy - np.log(factor), (lowest - 1, lowest + DEPTH), "text"),
        _cut(
            "Score, first component",
            f"{at}; one line for every c",
            result.line,
            result.line_score,
            result.line_score,
            (-steep, steep),
            "exact",
        ),
    ]


def _cut(
    title: str, note: str, line: Array, plain: Array, scaled: Array, limits: tuple[float, float], color: str
) -> Pane:
    """A chart whose lines (F, n) move with the clock, over axes that stand."""
    low, high = limits
    inside = (-REACH, REACH, low, high)
    extent = (-REACH - 0.13 * 2 * REACH, REACH, low - 0.16 * (high - low), high)

    def as_points(values: Array) -> Array:
        shown = np.where((values >= low) & (values <= high), values, np.nan)
        return np.stack([np.broadcast_to(line, values.shape), shown], -1)

    layers: list[Layer] = [
        Axes(inside, "x₁", ""),
        Lines(as_points(plain), "muted", width=1.2, opacity=0.7),
        Lines(as_points(scaled), color, width=2.0),
    ]
    return Pane(layers, title, note, extent, aspect=1.7, stretched=True)
