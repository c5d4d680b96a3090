"""Training one gradient step at a time: the batch of each, what it asked for, and what the network answered."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Annotated, NamedTuple

import torch
from torch import Tensor

from diffviz.cancellation import raise_if_cancelled
from diffviz.config import Config, Range
from diffviz.data import Dataset, SwissRoll
from diffviz.experiments.evaluator import learning_problem
from diffviz.networks.targets import TARGETS
from diffviz.objectives import Denoising
from diffviz.objectives.base import TargetSlug, level
from diffviz.prediction import Prediction
from diffviz.protocols import Array
from diffviz.schedules import Cosine
from diffviz.scores.empirical import EmpiricalScore
from diffviz.training.loop import TrainingConfig, TrainState, training_steps

MOST = 200  # steps
BATCH = 32
LOOKED_AT = 10  # the place in the batch, which is ordered by time, of the point whose other targets are shown
POSSIBLE = 64  # targets shown of those that its x_t leaves open
# The arrow from x that an output y stands for, so that it points from noise to data whatever the target.
ARROWS: dict[str, Callable[[Tensor, Tensor], Tensor]] = {
    "v": lambda x, y: -y,
    "u": lambda x, y: -y,
    "eps": lambda x, y: -y,
    "x0": lambda x, y: y - x,
    "score": lambda x, y: y,
}


@dataclass(frozen=True)
class GradientStepsConfig(Config):
    """What is trained, on the cosine schedule with `BATCH` points a step, and how many steps have been made."""

    dataset: Dataset = field(default_factory=SwissRoll)
    target: TargetSlug = "eps"
    rate: Annotated[float, Range(1e-4, 0.1, label="Learning rate", log=True, help="The highest it gets.")] = 1e-2
    seed: Annotated[int, Range(0, 99, label="Seed", help="Draws the points, the first weights and the batches.")] = 0
    step: Annotated[int, Range(0, MOST, label="Step", help="How many gradient steps have been made.")] = 0

    @property
    def training(self) -> TrainingConfig:
        """The training that is looked at, with its other settings at their defaults."""
        objective = Denoising(target=self.target)
        return TrainingConfig(batch=BATCH, steps=MOST, rate=self.rate, objective=objective, schedule=Cosine())


class GradientStep(NamedTuple):
    """One step: t (B,), x = x_t, x0 and eps (B, 2) as they were drawn, and arrows (B, 2) that start at x.

    asked: of the target; before, after: of the network's answer; mean: of the exact answer, the mean of all targets
    that x_t leaves open. possible: (POSSIBLE, 2), such targets of the point LOOKED_AT, each of equal probability. The
    output's error is the distance between two arrows' tips, and the losses are means of its square over coordinates.
    """

    t: Array
    x: Array
    x0: Array
    eps: Array
    asked: Array
    before: Array
    after: Array
    mean: Array
    possible: Array

    def loss(self, answer: Array) -> float:
        """What arrows (B, 2) cost on this batch."""
        return float(((answer - self.asked) ** 2).mean())

    @property
    def from_mean(self) -> float:
        """What is left of the loss before the step if every target is replaced by the mean."""
        return float(((self.before - self.mean) ** 2).mean())


@dataclass(frozen=True, eq=False)
class GradientStepsResult:
    """The step made last, and what all so far cost, (n,) each, from the first on.

    shown: where no step was made yet, the first with the answer as it is. losses: of each batch before its step. least:
    what the exact answer would have cost on it. from_mean: the squared distance of the answers from the exact ones.
    points: (n, 2), those trained on.
    """

    config: GradientStepsConfig
    shown: GradientStep
    losses: Array
    least: Array
    from_mean: Array
    points: Array


class Walk:
    """A training that is followed step by step: it remembers what each asked and answered, so that none is made twice.

    The step of the configuration does not matter. Many threads may ask at once.
    """

    def __init__(self, config: GradientStepsConfig) -> None:
        settings = config.training
        self.points = learning_problem(config.dataset, settings.schedule, config.seed).data.points
        self._data = torch.as_tensor(self.points, dtype=torch.float32)
        self._state = TrainState(settings, (2,), config.seed)
        self._steps = training_steps(settings, self.points, config.seed)
        self.weights = self._state.initial  # (P,), after the last step
        self._made: list[GradientStep] = []
        self._lock = threading.Lock()

    def to(self, step: int) -> list[GradientStep]:
        """Steps 1 to `step`."""
        with self._lock:
            while len(self._made) < step:
                raise_if_cancelled(len(self._made) / step)
                self._made.append(self._next())
            return self._made[:step]

    @torch.no_grad()
    def _next(self) -> GradientStep:
        with torch.enable_grad():
            progress = next(self._steps)
        assert progress.batch is not None and progress.capture is not None
        batch, schedule, slug = progress.batch, self._state.settings.schedule, self._state.settings.objective.target
        target, at, arrow = TARGETS[slug], level(schedule, batch.t), ARROWS[slug]
        alpha, sigma, x = at.alpha[:, None], at.sigma[:, None], batch.x
        drawn = target.read(x, alpha, sigma, batch.target)  # the right output for one draw gives the draw back
        exact = EmpiricalScore(schedule, self._data).predict(x, batch.t)
        before = self._answer(x, batch.t)
        self.weights = progress.capture().weights
        after = self._answer(x, batch.t)
        one = slice(LOOKED_AT, LOOKED_AT + 1)
        x0 = _possible(self._data, x[one], alpha[one], sigma[one])
        drawn_from = Prediction.of_x0(x[one], alpha[one], sigma[one], x0)
        possible = target.value(x0, drawn_from.eps, alpha[one], sigma[one])
        outputs = (batch.target, before, after, target.value(exact.x0, exact.eps, alpha, sigma))
        arrows = [*(arrow(x, y) for y in outputs), arrow(x[one], possible)]
        return GradientStep(*(part.double().numpy() for part in (batch.t, x, drawn.x0, drawn.eps, *arrows)))

    def _answer(self, x: Tensor, t: Tensor) -> Tensor:
        self._state.load(self.weights)
        return self._state.network.forward(x, t)


def _possible(data: Tensor, x: Tensor, alpha: Tensor, sigma: Tensor) -> Tensor:
    """Points (POSSIBLE, 2) that x (1, 2) may come from: at even shares of p(x_0 | x_t), in the data's order."""
    weights = torch.softmax(-((x - alpha * data) ** 2).sum(1).double() / (2 * sigma[0].double() ** 2), 0)
    shares = (torch.arange(POSSIBLE, dtype=torch.float64) + 0.5) / POSSIBLE
    return data[torch.searchsorted(weights.cumsum(0), shares).clamp(max=len(data) - 1)]


def follow_gradient_steps(config: GradientStepsConfig, walk: Walk | None = None) -> GradientStepsResult:
    """The training from its seed to a step. walk: of the same configuration, from which it goes on."""
    walk = walk or Walk(config)
    made = walk.to(max(config.step, 1))
    columns = [[s.loss(s.before) for s in made], [s.loss(s.mean) for s in made], [s.from_mean for s in made]]
    losses, least, from_mean = torch.tensor(columns, dtype=torch.float64).numpy()
    shown = made[-1] if config.step else made[-1]._replace(after=made[-1].before)
    return GradientStepsResult(config, shown, losses, least, from_mean, walk.points)
