"""What training minimises."""

from diffviz.networks.targets import TARGETS, Target
from diffviz.objectives.denoising import Denoising, Question
from diffviz.objectives.weightings import WEIGHTINGS, Plain, Weighting

OBJECTIVES = {"denoising": Denoising}

__all__ = ["OBJECTIVES", "TARGETS", "WEIGHTINGS", "Denoising", "Plain", "Question", "Target", "Weighting"]
