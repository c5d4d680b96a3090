"""What progressive distillation asks for round after round, and what it costs to miss it, by target."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from diffviz.figures.chart import Axis, Chart, Series

if TYPE_CHECKING:
    from diffviz.experiments.few_steps.distil import TargetsResult

_LABELS = {"v": "v", "x0": "x₀", "eps": "ε"}
_FOOT = 1e-6  # a logarithmic axis has no zero


def asked(result: TargetsResult) -> Chart:
    """How far the corrected and the printed target lie from what the student answers already."""
    lines = {"corrected": (result.asked, "model"), "as printed": (result.printed, "warning")}
    return Chart(
        "What the student is asked to change",
        _steps(result),
        Axis("RMS change of x̂₀", log=True, limits=(_FOOT / 2, 3.0), ticks=(1e-6, 1e-4, 1e-2, 1.0)),
        tuple(
            Series(name, result.steps, np.maximum(values, _FOOT), color=color)
            for name, (values, color) in lines.items()
        ),
        caption="A student that starts as its teacher, before its first training step. What is left of the printed "
        "target is rounding.",
    )


def costs(result: TargetsResult) -> Chart:
    """What an error of the network's output does to the end of its first step, by target."""
    greatest = float(result.costs["eps"].max())
    return Chart(
        "What an error of the output costs",
        _steps(result),
        Axis("times the error, after the first step", log=True),
        tuple(Series(_LABELS[slug], result.steps, values) for slug, values in result.costs.items()),
        caption=f"In closed form. In one step from pure noise x̂₀ = (x − σε̂)/α, and an error of ε̂ counts {greatest:.0f} "
        "times.",
    )


def _steps(result: TargetsResult) -> Axis:
    ticks = tuple(float(steps) for steps in result.steps[::-1])
    return Axis("steps of DDIM", log=True, limits=(0.9, 1.1 * ticks[-1]), ticks=ticks)
