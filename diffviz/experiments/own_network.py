"""A network that a person has trained or opened, as what samplers ask."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import ClassVar, Self

from diffviz.config import ConfigError
from diffviz.experiments.problem import LearnedSource, Problem, ScoreSource
from diffviz.pretrained.checkpoint import load_checkpoint
from diffviz.schedules import GaussianSchedule
from diffviz.scores.learned import LearnedScore

FILE = "network.safetensors"  # what the page calls it, and a script reads
LARGEST = 16  # MB of a file


@dataclass(frozen=True, eq=False, repr=False)
class OwnNetwork(ScoreSource):
    """A score network for the plane, read from its checkpoint; it answers alike whatever the problem's data.

    file: the checkpoint; raises `ConfigError` in one sentence for any that is no network for the plane. learned: what
    it was trained on, in words. steps: for how many. Its `repr`, the identity in cache keys, holds the checkpoint's
    SHA-256.
    """

    title: ClassVar[str] = "Your network"
    paper: ClassVar[str] = LearnedSource.paper
    latex: ClassVar[str] = LearnedSource.latex

    file: str = FILE
    learned: str = field(init=False, default="the data of its file")
    model: LearnedScore = field(init=False)
    steps: int = field(init=False)
    sha256: str = field(init=False)
    _schedule: GaussianSchedule = field(init=False)

    def __post_init__(self) -> None:
        super().__post_init__()
        state, card = load_checkpoint(Path(self.file))
        if card.shape != (2,):
            size = " × ".join(map(str, card.shape))
            raise ConfigError(f"This network is for points of {size} numbers; here points have two.")
        self._set(model=state.model, steps=card.step, sha256=card.sha256, _schedule=state.settings.schedule)

    def __repr__(self) -> str:
        return f"{type(self).__name__}(sha256={self.sha256!r})"

    @classmethod
    def opened(cls, checkpoint: bytes, learned: str = "") -> Self:
        """From a checkpoint's bytes; learned: what it was trained on, if that is known."""
        with TemporaryDirectory() as folder:
            path = Path(folder) / FILE
            path.write_bytes(checkpoint)
            network = cls(str(path))
        network._set(file=FILE, **({"learned": learned} if learned else {}))
        return network

    @property
    def schedule(self) -> GaussianSchedule:
        """The one that it was trained on."""
        return self._schedule

    def build(self, problem: Problem) -> LearnedScore:
        """The network itself."""
        return self.model

    def describe(self, problem: Problem | None = None) -> str:
        """What it was trained on, and how long."""
        return f"Your network, {self.steps:,} steps on {self.learned}."

    def _set(self, **values: object) -> None:
        for name, value in values.items():
            object.__setattr__(self, name, value)
