"""A score network in the plane before, while and after it learns, as its evaluator sees it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np
import torch

from diffviz.experiments.evaluator import Evaluator, Fields, Setting
from diffviz.metrics import sliced_w2
from diffviz.networks.targets import radius
from diffviz.objectives import TARGETS, Level
from diffviz.protocols import Array, ScoreModel
from diffviz.runs.history import SavedWeights
from diffviz.runs.snapshot import Snapshot
from diffviz.training.loop import Progress, TrainingConfig, TrainState


@dataclass(frozen=True, eq=False)
class Sampled:
    """Noise runs through a network, while the exact score shows where it should go.

    samples: (F, SAMPLES, 2) at unit scale at the times of `fields`, whose noise levels are lam (F,). error: (LEVELS,).
    curve_t, alpha, sigma, curve_lam, weight: (n,) the schedule, and the loss weight of the squared output error.
    """

    setting: Setting
    samples: Array
    fields: Fields
    lam: Array
    error: Array
    curve_t: Array
    alpha: Array
    sigma: Array
    curve_lam: Array
    weight: Array


def preview_learning(evaluator: Evaluator, config: TrainingConfig, seed: int) -> Sampled:
    """What there is to see before the first step: the sampling, the schedule and the weights of the loss."""
    return follow_sampling(evaluator, config, TrainState(config, (2,), seed).model)


def follow_sampling(evaluator: Evaluator, config: TrainingConfig, model: ScoreModel) -> Sampled:
    """The same of a network as it stands."""
    schedule, path = evaluator.problem.schedule, evaluator.run(model)
    times = [float(t) for t in path.t]
    curve_t = np.linspace(schedule.t_min, schedule.t_max, 100)
    alpha, sigma = schedule.alpha(curve_t), schedule.sigma(curve_t)
    at = Level(*map(torch.from_numpy, (alpha, sigma, schedule.g2(curve_t) / sigma**2)))
    weight = config.objective.weighting.on_output(TARGETS[config.objective.target], at)
    scale = np.array([radius(float(schedule.alpha(t)), float(schedule.sigma(t))) for t in times])
    return Sampled(
        evaluator.setting,
        np.asarray(path.x, dtype=np.float64) / scale[:, None, None],
        evaluator.fields(np.stack([evaluator.field(model, t) for t in times]), times),
        schedule.lam(np.array(times)),
        evaluator.error(model),
        curve_t,
        alpha,
        sigma,
        schedule.lam(curve_t),
        weight.numpy(),
    )


@dataclass(frozen=True)
class Evaluation:
    """One look at a network: samples (SAMPLES, 2), its field (SIDE², 2) at time t, its error (LEVELS,).

    error_range: the least and the greatest error of all looks so far. distances: (n, 2), step and sliced W2 of the
    samples from fresh data so far.
    """

    samples: Array
    t: float
    learned: Array
    error: Array
    error_range: tuple[float, float]
    distances: Array

    def at(self, evaluator: Evaluator, model: Callable[[], ScoreModel], share: float) -> Evaluation:
        """The same look with the field at another time: a run that rests does not look again by itself."""
        t = evaluator.time(share)
        return self if t == self.t else replace(self, t=t, learned=evaluator.field(model(), t))


@dataclass(eq=False)
class Observer:
    """Looks at a network in the worker. `share` says at which time the field is wanted and may change meanwhile."""

    evaluator: Evaluator
    share: float
    _distances: list[tuple[int, float]] = field(default_factory=list)
    _error_range: tuple[float, float] = (np.inf, 0.0)

    def __call__(self, model: ScoreModel, progress: Progress) -> Evaluation:
        """Samples, field and error of the network as it is now: a few tens of milliseconds."""
        evaluator, t = self.evaluator, self.evaluator.time(self.share)
        samples = np.asarray(evaluator.run(model).final, dtype=np.float64)
        known = [pair for pair in self._distances if pair[0] < progress.step]
        last = progress.step == progress.steps
        if not known or last or progress.step >= 1.08 * known[-1][0]:  # even in log step, so the list stays short
            known.append((progress.step, sliced_w2(samples, evaluator.fresh)))
        self._distances = known
        error, (low, high) = evaluator.error(model), self._error_range
        self._error_range = min(low, float(error.min())), max(high, float(error.max()))
        return Evaluation(samples, t, evaluator.field(model, t), error, self._error_range, np.array(known))


@dataclass(frozen=True, eq=False)
class Replay:
    """Learning, one frame a saved moment, the same noise in each.

    steps: (F,), of those planned. samples: (F, SAMPLES, 2). losses: (n, 2) step and loss. first_error, last_error:
    (LEVELS,). distances: (F, 2) step and sliced W2.
    """

    setting: Setting
    steps: Array
    planned: int
    samples: Array
    fields: Fields
    losses: Array
    first_error: Array
    last_error: Array
    distances: Array


def replay_learning(
    evaluator: Evaluator, config: TrainingConfig, seed: int, snapshot: Snapshot, share: float
) -> Replay:
    """Every saved moment of a run looked at again, with the fields at a share of the schedule's range."""
    train_state, t = TrainState(config, (2,), seed), evaluator.time(share)
    moments = snapshot.moments
    if moments[-1].step < snapshot.progress.step:
        moments = (*moments, SavedWeights(snapshot.progress.step, snapshot.progress.weights))
    samples, learned, errors = [], [], []
    for moment in moments:
        model = train_state.load(moment.weights)
        samples.append(np.asarray(evaluator.run(model).final, dtype=np.float64))
        learned.append(evaluator.field(model, t))
        errors.append(evaluator.error(model))
    return Replay(
        evaluator.setting,
        np.array([moment.step for moment in moments]),
        config.steps,
        np.stack(samples),
        evaluator.fields(np.stack(learned), [t] * len(moments)),
        snapshot.losses,
        errors[0],
        errors[-1],
        np.array([(m.step, sliced_w2(x, evaluator.fresh)) for m, x in zip(moments, samples, strict=True)]),
    )
