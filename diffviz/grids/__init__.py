"""Where a sampler looks: the times it visits."""

from diffviz.grids.base import Grid
from diffviz.grids.discrete import Leading, Linspace, Trailing
from diffviz.grids.hand import HandPlaced
from diffviz.grids.spacing import Karras, QuadraticTime, UniformLogSNR, UniformTime

GRIDS: dict[str, type[Grid]] = {
    "logsnr": UniformLogSNR,
    "uniform": UniformTime,
    "quadratic": QuadraticTime,
    "karras": Karras,
    "leading": Leading,
    "trailing": Trailing,
    "linspace": Linspace,
    "hand": HandPlaced,
}

__all__ = [
    "GRIDS",
    "Grid",
    "HandPlaced",
    "Karras",
    "Leading",
    "Linspace",
    "QuadraticTime",
    "Trailing",
    "UniformLogSNR",
    "UniformTime",
]
