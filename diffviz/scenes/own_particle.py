"""The race with a particle of a person's own: a ring to drag it by, its path, and where it lands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from diffviz.player import Handle, Lines, Pane, Points, Scene
from diffviz.protocols import Array

COLOR = "mark-3"


def with_own(scene: Scene, start: tuple[float, float], paths: Sequence[Array], calls: Sequence[int]) -> Scene:
    """The race's scene with a path (N+1, 2) in each pane, from a ring at `start`, which the page follows in the hand.

    calls: that each pane makes.
    """
    panes = [_pane(pane, start, path, nfe) for pane, path, nfe in zip(scene.panes, paths, calls, strict=True)]
    return replace(scene, panes=panes, description=f"{scene.description} A ring marks the start of one more particle.")


def _pane(pane: Pane, start: tuple[float, float], path: Array, calls: int) -> Pane:
    x, y = path[-1]
    lands = f"lands at ({x:.2f}, {y:.2f})".replace("-", "\N{MINUS SIGN}") if np.isfinite(path).all() else "diverges"
    own = [
        Lines(path[None], COLOR, width=2),
        Points(path[None], COLOR, size=2, opacity=1, follow=False),
        Points(path[None, -1:], COLOR, size=5, opacity=1, follow=False),
        Points(path[:, None], COLOR, size=4, opacity=1, follow=False),
        Handle(np.array([start]), live=True),
    ]
    return replace(pane, layers=[*pane.layers, *own], note=f"{calls} call{'s' * (calls != 1)} · {lands}")
