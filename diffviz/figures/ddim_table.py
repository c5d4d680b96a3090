"""The DDIM paper's table on these digits: MNIST-Fréchet by η and number of steps."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from diffviz.experiments.digits.measured import ETAS, STEPS
from diffviz.figures.chart import Axis, Chart, Heat

if TYPE_CHECKING:
    from diffviz.experiments.digits.measured import Estimates


def compose(estimates: Estimates) -> Chart:
    """A cell for each η (rows) and number of steps (columns), with its 95 % interval; darker is further from digits."""
    intervals = np.stack([estimates.low, estimates.high], axis=-1)
    return Chart(
        "MNIST-Fréchet by η and number of steps S",
        Axis("S", categories=tuple(f"{steps:,}" for steps in STEPS)),
        Axis("η", categories=ETAS),
        heat=Heat("MNIST-Fréchet", estimates.value, intervals, log=True),
        caption="In brackets: 95 % intervals.",
    )
