"""What training minimises."""

from diffviz.networks.targets import TARGETS, Target
from diffviz.objectives.denoising import Denoising, Question
from diffviz.objectives.densities import DENSITIES, Density, Even
from diffviz.objectives.weightings import WEIGHTINGS, Plain, Weighting

OBJECTIVES = {"denoising": Denoising}

__all__ = [
    "DENSITIES",
    "OBJECTIVES",
    "TARGETS",
    "WEIGHTINGS",
    "Denoising",
    "Density",
    "Even",
    "Plain",
    "Question",
    "Target",
    "Weighting",
]
