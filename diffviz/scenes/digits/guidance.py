"""Digits on demand: a pane for each kind of guidance."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from diffviz.player import Scene
from diffviz.scenes.digits.tiles import path_pane

if TYPE_CHECKING:
    from diffviz.experiments.digits.guidance import GuidanceResult


def compose(results: Sequence[GuidanceResult], across: int) -> Scene:
    """A pane for each kind, one clock, `across` digits in a row."""
    panes = []
    for result in results:
        gradients = f" and {result.gradients} gradients" if result.gradients else ""
        note = f"{result.path.nfe} network calls{gradients} · {result.read_as_asked:.0%} read as asked"
        panes.append(path_pane(result.path, result.title, note, across))
    return Scene(panes, columns=1 if across > 6 else len(panes), seconds=5, description="Digits of asked labels")
