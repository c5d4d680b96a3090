"""Half a digit as it was written, and five that it may have become."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from diffviz.player import Scene
from diffviz.scenes.digits.tiles import ink, kept, pane

if TYPE_CHECKING:
    from diffviz.experiments.digits.half_digit import HalfDigitResult
    from diffviz.experiments.digits.path import Pixels

ACROSS = 3


def compose(result: HalfDigitResult) -> Scene:
    """The states, each with what the classifier takes its outcome for, and the same denoised; the half goes first."""
    path = result.path
    nodes = kept(path)
    labels = ["", *(f"{n:.0f}: {p:.0%}" for n, p in zip(result.labels, result.confidences, strict=True))]
    clock = path.clock[nodes]

    def tiles(images: Pixels) -> Pixels:
        return ink(np.concatenate([np.broadcast_to(result.known, (len(images), *result.known.shape)), images], 1))

    note = f"{path.nfe} calls · known half off by {result.known_error:.1g} a pixel"
    panes = [
        pane(
            tiles(path.x[nodes]),
            "Kept of yours, and five samples",
            note=note,
            clock=clock,
            across=ACROSS,
            labels=labels,
        ),
        pane(
            tiles(path.x0[path.answered(nodes)]),
            "The same, denoised",
            note="what is expected",
            clock=clock,
            across=ACROSS,
            labels=labels,
        ),
    ]
    return Scene(panes, columns=2, seconds=5, loop=False, description="Half a written digit, completed five ways")
