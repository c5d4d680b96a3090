"""How far two sets of points are apart, how fast an error falls, and how straight paths are."""

from diffviz.metrics.base import Floor, Metric, floor
from diffviz.metrics.coverage import Coverage, mode_coverage
from diffviz.metrics.energy import EnergyDistance, energy_distance
from diffviz.metrics.frechet import ClassifierOutput, Interval, classify_images, frechet, frechet_interval, recall
from diffviz.metrics.mmd import MMD, mmd
from diffviz.metrics.order import Order, fitted_order, rmse
from diffviz.metrics.sliced import SlicedWasserstein, sliced_w2
from diffviz.metrics.straightness import length_over_chord, straightness
from diffviz.metrics.transport import ExactTransport, exact_w2

METRICS: dict[str, type[Metric]] = {
    "sliced-w2": SlicedWasserstein,
    "energy": EnergyDistance,
    "mmd": MMD,
    "exact-w2": ExactTransport,
}

__all__ = [
    "METRICS",
    "MMD",
    "ClassifierOutput",
    "Coverage",
    "EnergyDistance",
    "ExactTransport",
    "Floor",
    "Interval",
    "Metric",
    "Order",
    "SlicedWasserstein",
    "classify_images",
    "energy_distance",
    "exact_w2",
    "fitted_order",
    "floor",
    "frechet",
    "frechet_interval",
    "length_over_chord",
    "mmd",
    "mode_coverage",
    "recall",
    "rmse",
    "sliced_w2",
    "straightness",
]
