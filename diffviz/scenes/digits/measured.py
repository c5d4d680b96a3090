"""Digits of what was measured."""

from __future__ import annotations

from diffviz.player import Scene
from diffviz.protocols import Array
from diffviz.scenes.digits.tiles import pane


def cell(tiles: Array, title: str, note: str) -> Scene:
    """Digits (n, 28, 28) of one cell of a table, 0 as paper and 1 as ink."""
    return Scene([pane(tiles[None], title, note=note)], columns=1, autoplay=False, description="Digits of a cell")
