"""What training minimises."""

from diffviz.networks.targets import TARGETS, Target
from diffviz.objectives.denoising import Denoising, TrainingBatch
from diffviz.objectives.time_samplers import TIME_SAMPLERS, TimeSampler, UniformTimes
from diffviz.objectives.weightings import WEIGHTINGS, UniformWeighting, Weighting

OBJECTIVES = {"denoising": Denoising}

__all__ = [
    "OBJECTIVES",
    "TARGETS",
    "TIME_SAMPLERS",
    "WEIGHTINGS",
    "Denoising",
    "Target",
    "TimeSampler",
    "TrainingBatch",
    "UniformTimes",
    "UniformWeighting",
    "Weighting",
]
