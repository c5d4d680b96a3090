"""The training of a student in the background."""

from __future__ import annotations

from collections.abc import Iterator

from torch import Tensor

from diffviz.protocols import Array
from diffviz.runs.lifecycle import Observe, Run
from diffviz.student import Method, StudentState
from diffviz.training.loop import Progress, TrainState


class StudentRun(Run):
    """The run of one student; `observe` is given the student as it is, and the method's own progress."""

    def __init__(
        self,
        settings: Method,
        teacher: TrainState,
        points: Array | Tensor,
        seed: int,
        observe: Observe | None = None,
    ) -> None:
        super().__init__(points, seed, observe)
        self.settings, self.teacher = settings, teacher

    def _learner(self) -> StudentState:
        return self.settings.state(self.teacher, self.seed)

    def _loop(self) -> Iterator[Progress]:
        return self.settings.learn(self.teacher, self.points, self.seed)
