"""How far two sets of points are apart."""

from diffviz.metrics.base import Floor, Metric, floor
from diffviz.metrics.energy import EnergyDistance, energy_distance
from diffviz.metrics.sliced import SlicedWasserstein, sliced_w2

METRICS: dict[str, type[Metric]] = {
    "sliced-w2": SlicedWasserstein,
    "energy": EnergyDistance,
}

__all__ = [
    "METRICS",
    "EnergyDistance",
    "Floor",
    "Metric",
    "SlicedWasserstein",
    "energy_distance",
    "floor",
    "sliced_w2",
]
