"""What was measured of digits: some of a cell, and what guidance gains and costs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from diffviz.player import Curve, Pane, Scene
from diffviz.protocols import Array
from diffviz.scenes.digits.tiles import pane

if TYPE_CHECKING:
    from diffviz.experiments.digits.measured import Estimates, GuidanceTradeOff


def cell(tiles: Array, title: str, note: str) -> Scene:
    """Digits (n, 28, 28) of one cell of a table, 0 as paper and 1 as ink."""
    return Scene([pane(tiles[None], title, note=note)], columns=1, autoplay=False, description="Digits of a cell")


def trade(result: GuidanceTradeOff) -> Scene:
    """Fidelity and diversity against the scale of guidance."""
    asked, frechet = result.read_as_asked, result.frechet
    charts = (
        (
            "Asked digit",
            f"share read as asked, {result.samples:,} samples",
            Curve(
                result.scales, _lines(result, asked.value), x_label="scale", dots=True, whiskers=_bars(result, asked)
            ),
        ),
        (
            "MNIST-Fréchet",
            "lower is nearer to real digits",
            Curve(
                result.scales,
                _lines(result, frechet.value),
                x_label="scale",
                dots=True,
                log_y=True,
                whiskers=_bars(result, frechet),
                rules={"real": result.real_frechet.value},
            ),
        ),
        (
            "Recall",
            "share of real digits within reach of the drawn",
            Curve(
                result.scales,
                _lines(result, result.recall),
                x_label="scale",
                dots=True,
                rules={"real": result.real_recall},
            ),
        ),
    )
    panes = [Pane([curve], title, note, aspect=1.2) for title, note, curve in charts]
    return Scene(panes, columns=3, autoplay=False, description="Fidelity and diversity against the scale of guidance")


def _lines(result: GuidanceTradeOff, values: Array) -> dict[str, Array]:
    return dict(zip(result.kinds, values, strict=True))


def _bars(result: GuidanceTradeOff, estimates: Estimates) -> dict[str, Array]:
    return _lines(result, estimates.high - estimates.value)
