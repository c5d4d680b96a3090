"""The floor of a distance in a chart: what real data are apart among themselves, and how single pairs stray from it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from diffviz.figures.chart import Rule
from diffviz.figures.numerals import written

if TYPE_CHECKING:
    from diffviz.metrics import Floor


def floor_rule(floor: Floor) -> Rule:
    """The mean as a line, with the band of single pairs."""
    return Rule("real against real", floor.mean, floor.spread)


def band_caption(floor: Floor) -> str:
    """What the band is, and how to read it."""
    low, high = floor.band
    return (
        f"Grey band, {written(low, 2)} to {written(high, 2)}: within one standard deviation of single pairs of real "
        "sets; one set of samples inside it cannot be told from real data."
    )
