"""What training minimises."""

from diffviz.networks.targets import TARGETS, Target
from diffviz.objectives.base import Loss, Objective, TrainingBatch
from diffviz.objectives.denoising import Denoising, Explicit, LadderDenoising, OneLevelDenoising
from diffviz.objectives.hybrid import Hybrid
from diffviz.objectives.implicit import FiniteDifferenceSliced, Hyvarinen, Sliced
from diffviz.objectives.loss_memory import LossMemory
from diffviz.objectives.time_samplers import TIME_SAMPLERS, TimeSampler, UniformTimes
from diffviz.objectives.weightings import WEIGHTINGS, Level, UniformWeighting, Weighting

OBJECTIVES: dict[str, type[Objective]] = {
    "denoising": Denoising,
    "one-level": OneLevelDenoising,
    "ladder": LadderDenoising,
    "explicit": Explicit,
    "implicit": Hyvarinen,
    "sliced": Sliced,
    "sliced-differences": FiniteDifferenceSliced,
    "hybrid": Hybrid,
}

__all__ = [
    "OBJECTIVES",
    "TARGETS",
    "TIME_SAMPLERS",
    "WEIGHTINGS",
    "Denoising",
    "Explicit",
    "FiniteDifferenceSliced",
    "Hybrid",
    "Hyvarinen",
    "LadderDenoising",
    "Level",
    "Loss",
    "LossMemory",
    "Objective",
    "OneLevelDenoising",
    "Sliced",
    "Target",
    "TimeSampler",
    "TrainingBatch",
    "UniformTimes",
    "UniformWeighting",
    "Weighting",
]
