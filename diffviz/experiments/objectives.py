"""Networks that learn by different objectives from the same data and seed, looked at side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from diffviz.config import Kind
from diffviz.experiments.evaluator import Evaluator, Setting
from diffviz.metrics import sliced_w2
from diffviz.networks import MLP, VarianceMLP
from diffviz.objectives import (
    TARGETS,
    Denoising,
    Explicit,
    FiniteDifferenceSliced,
    Hybrid,
    Hyvarinen,
    LadderDenoising,
    Objective,
    OneLevelDenoising,
    Sliced,
)
from diffviz.objectives.weightings import LikelihoodWeighting, ScoreWeighting, SNRWeighting
from diffviz.protocols import Array, ScoreModel
from diffviz.schedules import GaussianSchedule
from diffviz.training.loop import Progress, TrainingConfig
from diffviz.training.side_by_side import SideBySideConfig, SideBySideProgress, SideBySideState

BATCH = 512
_THIN = 1.08  # ratio of the steps at which losses and distances are kept


@dataclass(frozen=True)
class Contestant:
    """An objective under the name that it has in the comparison; kind: what sets it apart from the others."""

    title: str
    objective: Objective
    kind: Kind

    @property
    def paper(self) -> str:
        """Where what sets it apart comes from."""
        return self.kind.paper

    @property
    def latex(self) -> str:
        """The formula of what sets it apart."""
        return self.kind.latex


CONTESTANTS: dict[str, Contestant] = {
    "v": Contestant("Velocity v", Denoising("v"), TARGETS["v"]),
    "eps": Contestant("Noise ε", Denoising("eps"), TARGETS["eps"]),
    "x0": Contestant("Data x₀", Denoising("x0"), TARGETS["x0"]),
    "score": Contestant("Score, σ²-weighted", Denoising("score"), TARGETS["score"]),
    "score-weight-1": Contestant("Score, weight 1", Denoising("v", ScoreWeighting()), ScoreWeighting),
    "noise-error": Contestant("v, noise error", Denoising("v", SNRWeighting()), SNRWeighting),
    "likelihood": Contestant("v, likelihood g²", Denoising("v", LikelihoodWeighting()), LikelihoodWeighting),
    "explicit": Contestant("Explicit", Explicit("v"), Explicit),
    "implicit": Contestant("Implicit (Hyvärinen)", Hyvarinen("v"), Hyvarinen),
    "sliced": Contestant("Sliced", Sliced("v"), Sliced),
    "sliced-differences": Contestant("Sliced by differences", FiniteDifferenceSliced("v"), FiniteDifferenceSliced),
    "one-level": Contestant("One noise level", OneLevelDenoising("v"), OneLevelDenoising),
    "ladder": Contestant("NCSN's ladder", LadderDenoising("v"), LadderDenoising),
    "hybrid": Contestant("Hybrid, variance learned", Hybrid("v"), Hybrid),
}


@dataclass(frozen=True)
class Preset:
    """A comparison that teaches; slugs: of its contestants."""

    title: str
    slugs: tuple[str, ...]

    @property
    def paper(self) -> str:
        """Of every contestant, each once."""
        return "; ".join(dict.fromkeys(CONTESTANTS[slug].paper for slug in self.slugs))

    @property
    def latex(self) -> str:
        """Of every contestant, in turn."""
        return r",\quad ".join(CONTESTANTS[slug].latex for slug in self.slugs)


PRESETS: dict[str, Preset] = {
    "targets": Preset("Targets: ε, x₀ and v", ("eps", "x0", "v")),
    "weights": Preset("Weights: plain and likelihood", ("v", "likelihood")),
    "implicit": Preset("No target: implicit score", ("v", "implicit")),
}


def comparison(
    slugs: Sequence[str], schedule: GaussianSchedule, steps: int, rate: float, network: MLP
) -> SideBySideConfig:
    """The trainings of two to four contestants, alike in all but the objective."""
    lanes = []
    for objective in (CONTESTANTS[slug].objective for slug in slugs):
        own = VarianceMLP(**vars(network)) if objective.learns_variance else network
        lanes.append(
            TrainingConfig(batch=BATCH, steps=steps, rate=rate, network=own, objective=objective, schedule=schedule)
        )
    return SideBySideConfig(tuple(lanes))


@dataclass(frozen=True, eq=False)
class SideBySideLook:
    """One look at all K networks.

    samples: (K, SAMPLES, 2). outside: (K,) how many of them lie outside the frame. farthest: (K,) the greatest distance
    from the centre. error: (K, LEVELS). steps: (n,) of the looks that are kept. losses: (n, K) running means.
    distances: (n, K) sliced W2 of the samples.
    """

    samples: Array
    outside: Array
    farthest: Array
    error: Array
    steps: Array
    losses: Array
    distances: Array


@dataclass(eq=False)
class SideBySideObserver:
    """Looks at all networks in the worker, always on the same noise and fresh points."""

    evaluator: Evaluator
    _kept: list[tuple[int, list[float], list[float]]] = field(default_factory=list)

    def __call__(self, models: Sequence[ScoreModel], progress: Progress) -> SideBySideLook:
        """Samples and errors of every network as it is now."""
        assert isinstance(progress, SideBySideProgress)
        samples = np.stack([np.asarray(self.evaluator.run(model).final, dtype=np.float64) for model in models])
        error = np.stack([self.evaluator.error(model) for model in models])
        known = [kept for kept in self._kept if kept[0] < progress.step]
        if not known or progress.step == progress.steps or progress.step >= _THIN * known[-1][0]:
            distances = [sliced_w2(points, self.evaluator.fresh) for points in samples]
            known.append((progress.step, [lane.smooth_loss for lane in progress.lanes], distances))
        self._kept = known
        steps, losses, distances_kept = zip(*known, strict=True)
        return SideBySideLook(
            samples,
            (np.abs(samples).max(-1) > self.evaluator.reach).sum(-1),
            np.linalg.norm(samples, axis=-1).max(-1),
            error,
            np.array(steps),
            np.array(losses),
            np.array(distances_kept),
        )


@dataclass(frozen=True, eq=False)
class UntrainedSideBySide:
    """Before training: noise runs through the K untrained networks.

    samples: (F, K, SAMPLES, 2) at unit scale, at times t (F,) whose noise levels are lam (F,). error: (K, LEVELS).
    """

    setting: Setting
    samples: Array
    t: Array
    lam: Array
    error: Array


def preview_side_by_side(evaluator: Evaluator, config: SideBySideConfig, seed: int) -> UntrainedSideBySide:
    """What there is to see before the first step."""
    state = SideBySideState(config, (2,), seed)
    models = state.load(state.initial)
    paths = [evaluator.run(model) for model in models]
    t = np.asarray(paths[0].t, dtype=np.float64)
    alpha, sigma = config.schedule.alpha(t), config.schedule.sigma(t)
    scale = np.sqrt(alpha**2 + sigma**2)[:, None, None]
    return UntrainedSideBySide(
        evaluator.setting,
        np.stack([np.asarray(path.x, dtype=np.float64) / scale for path in paths], axis=1),
        t,
        config.schedule.lam(t),
        np.stack([evaluator.error(model) for model in models]),
    )
