"""A lane of a comparison: a sampler on a grid that asks a score, or a student of a network, and in how many steps."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Annotated, ClassVar, NamedTuple, Self, TypeAlias

import torch

from diffviz.config import Choice, Config, ConfigError, Range, quoted
from diffviz.data import Dataset
from diffviz.experiments.problem import LearnedSource, Problem, ScoreSource
from diffviz.grids import Grid, UniformLogSNR
from diffviz.pretrained.shapes import shipped_slug
from diffviz.pretrained.students import STUDENTS, ShippedStudent, shipped_student, shipped_students
from diffviz.protocols import Noise, Schedule
from diffviz.samplers import DDIM, Sampler, prior, sample
from diffviz.trajectory import Trajectory


class Runner(NamedTuple):
    """What a lane runs: from noise at t_max of a schedule to data, with the calls counted.

    trained: the CPU seconds in which it learned from the network that a sampler would ask; None where nothing did.
    """

    schedule: Schedule
    run: Callable[[Noise], Trajectory]
    trained: float | None = None


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

    @property
    def where(self) -> str:
        """The title of the grid."""
        return self.grid.title

    def fitted(self, problem: Problem) -> Self:
        """The lane with its sampler fitted to the model, on a set of the problem's fresh data."""
        points = torch.from_numpy(problem.real[0]).float()
        return replace(self, sampler=self.sampler.fitted(self.source.build(problem), points, problem.seed))

    def runner(self, problem: Problem) -> Runner:
        """Of the lane as it is, whether fitted or not."""
        model = self.source.build(problem)
        times = self.grid.times(model.schedule, self.steps)

        def run(noise: Noise) -> Trajectory:
            return sample(self.sampler, model, prior(model.schedule, noise), times, noise)

        return Runner(model.schedule, run)


@dataclass(frozen=True)
class ShippedMethod(Config):
    """The student of a method that comes with the lab: it takes the place of a sampler, and a step is a call.

    data: what its network has learned, "mnist" or a shape by its slug. Raises `ConfigError` for an unknown method.
    """

    adaptive: ClassVar[bool] = False

    method: str
    data: str

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.method not in STUDENTS:
            raise ConfigError(f"method must be one of {', '.join(STUDENTS)}, got {quoted(self.method)}.")

    @property
    def title(self) -> str:
        """Of the method."""
        return STUDENTS[self.method].title

    @property
    def shipped(self) -> ShippedStudent:
        """The student and its card; raises `ConfigError` where none ships, or if its file is damaged."""
        return shipped_student(self.method, self.data)

    @property
    def budgets(self) -> tuple[int, ...]:
        """The numbers of calls that it has learned to do with, rising."""
        return self.shipped.student.budgets

    def calls(self, steps: int) -> int:
        """A call a step."""
        return steps

    def steps_for(self, nfe: int) -> int:
        """The most that it has learned to do with and that so many calls pay for, or the fewest."""
        return max([budget for budget in self.budgets if budget <= nfe], default=min(self.budgets))

    def runner(self, calls: int) -> Runner:
        """In so many calls."""
        student, card, _ = self.shipped

        def run(noise: Noise) -> Trajectory:
            return student.run(prior(student.schedule, noise), calls, noise)

        return Runner(student.schedule, run, card.seconds)


@dataclass(frozen=True)
class StudentLane(Config):
    """One student of a race; it brings its own schedule and its own times."""

    sampler: ShippedMethod
    steps: Annotated[int, Range(1, 4000, label="Calls", log=True, help="Network calls from noise to data.")] = 4

    where: ClassVar[str] = ""

    @property
    def title(self) -> str:
        """Of the method."""
        return self.sampler.title

    def fitted(self, problem: Problem) -> Self:
        """There is nothing to measure."""
        return self

    def runner(self, problem: Problem) -> Runner:
        """Raises `ConfigError` for other data than it has learned."""
        if shipped_slug(problem.dataset) != self.sampler.data:
            raise ConfigError(f"{self.title} learned other data than {type(problem.dataset).title}.")
        return self.sampler.runner(self.steps)


Entrant: TypeAlias = Sampler | ShippedMethod
AnyLane: TypeAlias = Lane | StudentLane


def lane_of(entrant: Entrant, grid: Grid, steps: int, source: ScoreSource) -> AnyLane:
    """A sampler on that grid, asking that source; a student has its own."""
    if isinstance(entrant, ShippedMethod):
        return StudentLane(entrant, steps)
    return Lane(entrant, grid, steps, source)


def shipped_methods(dataset: Dataset) -> dict[str, ShippedMethod]:
    """By the slugs of their methods, the students that come with the lab for exactly this data set."""
    data = shipped_slug(dataset)
    return {} if data is None else {slug: ShippedMethod(slug, data) for slug in shipped_students(data)}
