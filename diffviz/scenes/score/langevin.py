"""Langevin dynamics three ways, each with its weights of the modes; and the error of a score learned at one level."""

from __future__ import annotations

from typing import TYPE_CHECKING

from diffviz.player import Arrows, Bars, Heat, Pane, Points, Scene, Trails
from diffviz.scenes.arrows import saturated

if TYPE_CHECKING:
    from diffviz.experiments.score.langevin import LangevinResult, LangevinRun
    from diffviz.experiments.score.one_level import OneLevelResult

REACH = 2.7
EXTENT = (-REACH, REACH, -REACH, REACH)
TRAILS, MARKS = 30, (0,)
WORST = 3.0  # the error from which on the map has its strongest shade: three times the size of the noise in x_t / sigma


def compose(result: LangevinResult) -> Scene:
    """Particles above, weights of the modes below, a column a way."""
    runs = (result.plain, result.annealed, result.corrected)
    top = 1.1 * max(float(result.weights.max()), *(float(run.weights[-1].max()) for run in runs))
    return Scene(
        [*(_particles(result, run) for run in runs), *(_weights(result, run, top) for run in runs)],
        columns=3,
        clock_values=(0.0, float(result.config.calls)),
        clock_label="call",
        seconds=8,
        marks=MARKS,
        description="Langevin dynamics at one noise level, annealed, and as a corrector, with the weights of the modes",
    )


def _particles(result: LangevinResult, run: LangevinRun) -> Pane:
    notes = {
        "plain": f"σ/α = {result.config.level:g}, step {result.config.step:g} σ²",
        "annealed": "6 moves a level",
        "corrected": "a reverse step, then a move",
    }
    kind = next(name for name in notes if getattr(result, name) is run)
    return Pane(
        [
            Points(result.data[None], "data", size=1.1, opacity=0.25, follow=False, part="data"),
            Trails(run.x, length=6, color="model", ids=range(TRAILS), width=0.8, opacity=0.3),
            Points(run.x, "model", size=1.5),
        ],
        run.title,
        f"{run.nfe} calls · {notes[kind]}",
        EXTENT,
        run.clock,
    )


def _weights(result: LangevinResult, run: LangevinRun, top: float) -> Pane:
    labels = [f"{k + 1}" for k in range(len(result.weights))]
    return Pane(
        [Bars(run.weights, labels, "mode", "share of the particles", result.weights, top=top)],
        "Weights of the modes",
        notes=[f"off by {gap:.3f} (honest draws {result.floor.mean:.3f})" for gap in run.gap],
        clock=run.clock,
        aspect=2.0,
    )


def one_level(result: OneLevelResult) -> Scene:
    """The exact score, the learned one and its error at one level; it stands still."""
    density = Heat((result.density / result.density.max())[None])
    arrows = (
        Arrows(result.places, saturated(vectors[None], result.places), color)
        for vectors, color in ((result.exact, "exact"), (result.learned, "model"))
    )
    exact, learned = arrows
    return Scene(
        [
            Pane([density, exact], f"Exact score at σ/α = {result.config.level:g}", "σ·s, over the density", EXTENT),
            Pane([density, learned], "Learned at this level alone", "right where there are data", EXTENT),
            Pane(
                [Heat(result.error[None], palette="error", limits=(0.0, WORST)), learned],
                "Its error |σ·(ŝ − s)|",
                f"{result.where_data:.2f} at the data, {result.where_empty:.2f} in empty space",
                EXTENT,
            ),
        ],
        columns=3,
        description="The error of a score that was learned at one low noise level",
    )
