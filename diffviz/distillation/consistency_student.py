"""What a consistency map is made of, and the student that samples with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor

from diffviz.config import ConfigError
from diffviz.distillation.consistency_map import LearnedMap, sample_consistency
from diffviz.networks.device import CPU
from diffviz.protocols import Noise
from diffviz.training.adamw import FlatParameters
from diffviz.training.loop import TrainState
from diffviz.trajectory import Trajectory

if TYPE_CHECKING:
    from diffviz.distillation.consistency import Consistency

BUDGETS = (1, 2, 4, 8)


class ConsistencyStudent:
    """Samples by a learned map in 1, 2, 4 or 8 calls."""

    budgets = BUDGETS

    def __init__(self, settings: Consistency, model: LearnedMap) -> None:
        self.settings, self.map, self.schedule = settings, model, model.schedule

    def run(self, x: Tensor, calls: int, noise: Noise) -> Trajectory:
        """From x (B, *D) at t_max to data, with fresh noise between two calls; `ConfigError` for another number."""
        if calls not in self.budgets:
            raise ConfigError(f"A consistency map samples in {', '.join(map(str, BUDGETS))} calls here, got {calls}.")
        return sample_consistency(self.map, x, self.settings.times(self.schedule, calls), noise)


class ConsistencyState:
    """The network of a consistency map, of the teacher's kind, and its flat weights.

    Raises `ConfigError` for a teacher that does not answer v.
    """

    def __init__(self, settings: Consistency, teacher: TrainState, seed: int, device: torch.device = CPU) -> None:
        if teacher.settings.objective.target != "v":
            raise ConfigError("A consistency map is read from a network that answers v: choose another teacher.")
        self.settings = settings
        self.network = teacher.settings.network.build(teacher.network.shape, seed)
        if settings.inherits:
            self.network.load_state_dict(teacher.network.state_dict())
        self.network.to(device)
        self.parameters = FlatParameters(self.network)
        self.map = LearnedMap(teacher.settings.schedule, self.network)

    @property
    def initial(self) -> Tensor:
        """A copy of the flat weights (P,) as they are."""
        return self.parameters.values.clone()

    def load(self, weights: Tensor) -> ConsistencyStudent:
        """Put flat weights in place; the student is of these very tensors each time."""
        self.parameters.values.copy_(weights)
        return ConsistencyStudent(self.settings, self.map)

    def tensors(self) -> dict[str, Tensor]:
        """The network's, which share memory with what `load` fills."""
        return dict(self.network.state_dict())
