"""Where a sampler looks: the times it visits."""

from diffviz.grids.base import Grid
from diffviz.grids.spacing import QuadraticTime, UniformLogSNR, UniformTime

GRIDS: dict[str, type[Grid]] = {
    "logsnr": UniformLogSNR,
    "uniform": UniformTime,
    "quadratic": QuadraticTime,
}

__all__ = ["GRIDS", "Grid", "QuadraticTime", "UniformLogSNR", "UniformTime"]
