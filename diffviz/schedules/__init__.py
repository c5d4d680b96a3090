"""Noise schedules: alpha(t), sigma(t) and what follows from them."""

from diffviz.schedules.base import GaussianSchedule, VariancePreserving, time_at
from diffviz.schedules.cosine import Cosine
from diffviz.schedules.discrete import Discrete, DiscreteCosine, DiscreteDDPM
from diffviz.schedules.flow import Flow
from diffviz.schedules.geometric_ve import GeometricVE
from diffviz.schedules.linear import LinearVP, SubVP

SCHEDULES: dict[str, type[GaussianSchedule]] = {
    "linear": LinearVP,
    "cosine": Cosine,
    "ddpm": DiscreteDDPM,
    "discrete-cosine": DiscreteCosine,
    "ve": GeometricVE,
    "sub-vp": SubVP,
    "flow": Flow,
}

__all__ = [
    "SCHEDULES",
    "Cosine",
    "Discrete",
    "DiscreteCosine",
    "DiscreteDDPM",
    "Flow",
    "GaussianSchedule",
    "GeometricVE",
    "LinearVP",
    "SubVP",
    "VariancePreserving",
    "time_at",
]
