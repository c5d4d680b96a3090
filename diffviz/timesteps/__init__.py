"""Learned time steps: where a solver of few steps looks, found by gradient descent through the solver itself."""

from diffviz.timesteps.ld3 import LD3, LD3Progress, LD3State, LD3Student, frozen_copy
from diffviz.timesteps.retimed import RetimedScore
from diffviz.timesteps.starts import FreeStarts
from diffviz.timesteps.steps import LearnedGrid, LearnedSteps
from diffviz.timesteps.unrolled import learnable, unrolled

__all__ = [
    "LD3",
    "FreeStarts",
    "LD3Progress",
    "LD3State",
    "LD3Student",
    "LearnedGrid",
    "LearnedSteps",
    "RetimedScore",
    "frozen_copy",
    "learnable",
    "unrolled",
]
