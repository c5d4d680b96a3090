"""A lane of a comparison: which sampler runs on which grid, in how many steps, and which score it asks."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated

from diffviz.config import Choice, Config, Range
from diffviz.experiments.problem import LearnedSource, ScoreSource
from diffviz.grids import Grid, UniformLogSNR
from diffviz.samplers import DDIM, Sampler


@dataclass(frozen=True)
class Lane(Config):
    """One sampler of a race, or of a table of digits."""

    sampler: Sampler = field(default_factory=DDIM)
    grid: Grid = field(default_factory=UniformLogSNR)
    steps: Annotated[int, Range(1, 4000, label="Steps", log=True, help="Steps from noise to data.")] = 10
    source: ScoreSource = field(default_factory=LearnedSource)

    @property
    def title(self) -> str:
        """The sampler's title, with those of its parameters that are not at their defaults."""
        title = self.sampler.title
        for p in self.sampler.parameters():
            value = getattr(self.sampler, p.name)
            if value != p.default:
                option = p.domain.options[value] if isinstance(p.domain, Choice) else p.label
                title += f", {p.label} = {value:g}" if isinstance(p.domain, Range) else f", {option}"
        return title
