"""What guidance gains and costs: whether the asked digit comes, how near to real digits, and how many kinds of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from diffviz.experiments.digits.measured import EXCESS
from diffviz.figures.chart import Axis, Chart, Rule, Series

if TYPE_CHECKING:
    from diffviz.experiments.digits.measured import Estimates, GuidanceTradeOff
    from diffviz.protocols import Array

BARS = "Bars: 95 % intervals."


def compose(trade_off: GuidanceTradeOff) -> tuple[Chart, Chart, Chart]:
    """Share read as asked, MNIST-Fréchet above real digits and recall, each over the scale of guidance."""
    scale = Axis("scale of guidance", ticks=tuple(s for s in trade_off.scales.tolist() if s == int(s)))
    asked, excess = trade_off.read_as_asked, trade_off.excess
    return (
        Chart(
            "Asked digit",
            scale,
            Axis("share read as asked", limits=(0.0, 1.05)),
            _lines(trade_off, asked.value, _half(asked)),
            caption=f"Of {trade_off.samples:,} samples each. {BARS}",
        ),
        Chart(
            EXCESS,
            scale,
            Axis(EXCESS),
            _lines(trade_off, excess.value, _half(excess)),
            (Rule("real", 0.0),),
            caption=f"MNIST-Fréchet distance, less that of as many real digits. {BARS}",
        ),
        Chart(
            "Recall",
            scale,
            Axis("recall", limits=(0.0, 1.05)),
            _lines(trade_off, trade_off.recall),
            (Rule("real", trade_off.real_recall),),
            caption="Share of real digits within reach of the drawn.",
        ),
    )


def _lines(trade_off: GuidanceTradeOff, values: Array, bars: Array | None = None) -> tuple[Series, ...]:
    """A line for each kind of guidance; values and bars: (K, S)."""
    return tuple(
        Series(kind, trade_off.scales, values[k], None if bars is None else bars[k])
        for k, kind in enumerate(trade_off.kinds)
    )


def _half(estimates: Estimates) -> Array:
    return estimates.high - estimates.value
