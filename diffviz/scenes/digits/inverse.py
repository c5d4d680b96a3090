"""Inverse problems on digits: a row for each real one, what is known of it, and what it may have been."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from diffviz.player import Scene
from diffviz.scenes.digits.tiles import Grey, ink, kept, pane

if TYPE_CHECKING:
    from diffviz.experiments.digits.inverse import InverseResult
    from diffviz.experiments.digits.path import Pixels


def compose(result: InverseResult) -> Scene:
    """The states, and the same denoised, each row behind its real digit and what is known of it."""
    path = result.path
    nodes = kept(path)
    clock = path.clock[nodes]
    across = 2 + path.x.shape[1] // len(result.real)
    note = (
        f"{path.nfe} calls · {result.read_as_real:.0%} read as the digit it was · "
        f"known part off by {result.known_error:.1g} a pixel"
    )
    states, denoised = _rows(result, path.x[nodes]), _rows(result, path.x0[path.answered(nodes)])
    panes = [
        pane(states, "Real, known, and five samples", note=note, clock=clock, across=across),
        pane(denoised, "The same, denoised", note="what is expected", clock=clock, across=across),
    ]
    return Scene(panes, columns=2, seconds=6, description="Digits completed from what is known of them")


def _rows(result: InverseResult, images: Pixels) -> Grey:
    """Frames (F, R K, 1, 28, 28) of K samples for each of R digits, with the real and the known one before them."""
    front = np.stack([result.real, result.known], 1)  # (R, 2, 1, 28, 28)
    rows = images.reshape(len(images), len(front), -1, *images.shape[2:])
    fronts = np.broadcast_to(front, (len(images), *front.shape))
    return ink(np.concatenate([fronts, rows], 2).reshape(len(images), -1, *images.shape[2:]))
