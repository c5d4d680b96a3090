"""Several trainings as one run in the background, in one thread."""

from __future__ import annotations

from collections.abc import Iterator

from torch import Tensor

from diffviz.protocols import Array, ScoreModel
from diffviz.runs.lifecycle import Observe, Run
from diffviz.training.loop import Progress
from diffviz.training.side_by_side import SideBySideConfig, SideBySideState, side_by_side_steps


class SideBySideRun(Run):
    """The run of two to four networks; `observe` is given the models of all, and a `SideBySideProgress`.

    known: the score of the data, for an objective that regresses it.
    """

    def __init__(
        self,
        settings: SideBySideConfig,
        points: Array | Tensor,
        seed: int,
        observe: Observe | None = None,
        known: ScoreModel | None = None,
    ) -> None:
        super().__init__(points, seed, observe)
        self.settings, self.known = settings, known

    def _learner(self) -> SideBySideState:
        return SideBySideState(self.settings, tuple(self.points.shape[1:]), self.seed)

    def _loop(self) -> Iterator[Progress]:
        return side_by_side_steps(self.settings, self.points, self.seed, self.known)
