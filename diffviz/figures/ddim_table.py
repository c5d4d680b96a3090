"""The DDIM paper's table on these digits: MNIST-Fréchet by η and number of steps."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from diffviz.experiments.digits.measured import ETAS, EXCESS, STEPS
from diffviz.figures.chart import Axis, Chart, Heat

if TYPE_CHECKING:
    from diffviz.experiments.digits.measured import Estimates


def compose(excess: Estimates) -> Chart:
    """A cell for each η (rows) and number of steps (columns), with its 95 % interval; darker is further from digits."""
    intervals = np.stack([excess.low, excess.high], axis=-1)
    return Chart(
        "How far from real digits, by η and number of steps S",
        Axis("S", categories=tuple(f"{steps:,}" for steps in STEPS)),
        Axis("η", categories=ETAS),
        heat=Heat(EXCESS, excess.value, intervals),
        caption="MNIST-Fréchet distance, less that of as many real digits. In brackets: 95 % intervals.",
    )
