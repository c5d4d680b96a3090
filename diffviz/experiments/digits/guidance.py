"""Digits on demand: without a label, with one, and guided in three ways, from the same noise."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Annotated

import torch

from diffviz.config import Choice, Config, ConfigError, Range, quoted
from diffviz.experiments.digits.path import SamplePath
from diffviz.experiments.exact_guidance import SCALE
from diffviz.experiments.problem import brownian_path
from diffviz.grids import UniformTime
from diffviz.metrics import classify_images
from diffviz.networks import ClassifierNetwork
from diffviz.pretrained.digits import classifier, score_network
from diffviz.protocols import Array, Noise
from diffviz.samplers import DDIM, ClassifierGuidedDDPM, prior
from diffviz.scores.counted import CountedScore
from diffviz.scores.guided import ClassifierFree, ClassifierGradient, ClassifierGuided, CountedGradient
from diffviz.scores.learned import LearnedScore
from diffviz.trajectory import Step, Trajectory

DIGITS = tuple(range(10))


@dataclass(frozen=True, eq=False)
class GuidanceModels:
    """The networks of guidance.

    plain: knows no labels. labelled: can be asked for a digit. judge: the classifier of clean digits, which reads the
    samples. noised: the classifier of noised digits, whose gradient guides.
    """

    plain: LearnedScore
    labelled: LearnedScore
    judge: ClassifierNetwork
    noised: ClassifierNetwork


def shipped_models() -> GuidanceModels:
    """Those that come with the lab."""
    plain, labelled = score_network().bfloat16(), score_network(True).bfloat16()
    return GuidanceModels(plain, labelled, classifier(), classifier(noised=True))


@dataclass(frozen=True, eq=False)
class CountedModels:
    """What a kind of guidance may ask, with the calls counted.

    plain: the network without labels. labelled, unlabelled: the other, with the labels and without. gradient: of the
    classifier of noised digits.
    """

    plain: CountedScore
    labelled: CountedScore
    unlabelled: CountedScore
    gradient: CountedGradient

    @property
    def nfe(self) -> int:
        """Network calls so far."""
        return self.plain.nfe + self.labelled.nfe + self.unlabelled.nfe


def _classifier_free(config: GuidanceConfig, models: CountedModels, times: Array, noise: Noise) -> Iterator[Step]:
    model = ClassifierFree(models.labelled, models.unlabelled, config.scale, (config.low, config.high))
    return DDIM().visit(model, prior(model.schedule, noise), times, noise)


def _classifier_on_eps(config: GuidanceConfig, models: CountedModels, times: Array, noise: Noise) -> Iterator[Step]:
    model = ClassifierGuided(models.plain, models.gradient, config.scale)
    return DDIM().visit(model, prior(model.schedule, noise), times, noise)


def _classifier_on_mean(config: GuidanceConfig, models: CountedModels, times: Array, noise: Noise) -> Iterator[Step]:
    sampler, model = ClassifierGuidedDDPM(models.gradient, config.scale), models.plain
    return sampler.visit(model, prior(model.schedule, noise), times, noise)


@dataclass(frozen=True)
class GuidanceKind:
    """One way to guide: its title, paper and formula, and the run from noise to digits of the labels.

    has_interval: whether the interval of lambda is heeded.
    """

    title: str
    paper: str
    latex: str
    visit: Callable[[GuidanceConfig, CountedModels, Array, Noise], Iterator[Step]]
    has_interval: bool = False


KINDS = {
    "free": GuidanceKind(
        "Classifier-free, DDIM",
        "Ho and Salimans 2022, equation 6; with its interval, Kynkäänniemi et al. 2024",
        r"\tilde\epsilon=\hat\epsilon_\varnothing+w\,(\hat\epsilon_y-\hat\epsilon_\varnothing)",
        _classifier_free,
        has_interval=True,
    ),
    "classifier-ddim": GuidanceKind(
        "Classifier, DDIM (algorithm 2)",
        "Dhariwal and Nichol 2021, algorithm 2",
        r"\tilde\epsilon=\hat\epsilon-w\,\sigma_t\nabla_{x_t}\log p(y\mid x_t)",
        _classifier_on_eps,
    ),
    "classifier-ddpm": GuidanceKind(
        "Classifier, DDPM (algorithm 1)", ClassifierGuidedDDPM.paper, ClassifierGuidedDDPM.latex, _classifier_on_mean
    ),
}


@dataclass(frozen=True)
class GuidanceConfig(Config):
    """One kind of guidance at one scale.

    low, high: the interval of lambda in which classifier-free guidance guides; the whole schedule lies in the default.
    labels: one digit for each sample. Raises `ConfigError` for a label that is no digit.
    """

    kind: Annotated[str, Choice.among(KINDS, label="Kind", help="Of guidance.")] = "free"
    scale: Annotated[float, SCALE] = 2.0
    low: Annotated[float, Range(-5, 5, step=0.5, label="Guide from λ", help="Classifier-free only.")] = -5.0
    high: Annotated[float, Range(-4, 7, step=0.5, label="Guide to λ", help="Classifier-free only.")] = 7.0
    steps: Annotated[int, Range(5, 100, label="Steps", log=True, help="From noise to data.")] = 20
    seed: Annotated[int, Range(0, 99, label="Seed", help="Of the noise.")] = 0
    labels: tuple[int, ...] = 2 * DIGITS

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.labels or not set(self.labels) <= set(DIGITS):
            raise ConfigError(f"Labels must be digits from 0 to 9, got {quoted(self.labels)}.")


@dataclass(frozen=True, eq=False)
class GuidanceResult:
    """What one kind of guidance drew.

    path: its states are (N+1, B, 1, 28, 28). read_as_asked: share that the classifier of clean digits takes for the
    digit asked for. gradients: calls of the classifier of noised ones, forward and back, beside the path's own calls.
    """

    config: GuidanceConfig
    path: SamplePath
    read_as_asked: float
    gradients: int

    @property
    def title(self) -> str:
        """Of the kind."""
        return KINDS[self.config.kind].title


def run_guidance(config: GuidanceConfig) -> GuidanceResult:
    """Digits of the given labels by the shipped networks; every kind of a seed follows the same noise."""
    models = shipped_models()
    noise = brownian_path(models.plain.schedule, (len(config.labels), 1, 28, 28), config.seed)
    return sample_guided(config, models, noise)


def sample_guided(config: GuidanceConfig, models: GuidanceModels, noise: Noise) -> GuidanceResult:
    """The same with any networks and any noise, whose draws are (B, 1, 28, 28) for B labels; the seed is not asked."""
    schedule, labels = models.plain.schedule, torch.tensor(config.labels)
    counted = CountedModels(
        CountedScore(models.plain, config.steps),
        CountedScore(models.labelled.with_label(labels), config.steps),
        CountedScore(models.labelled, config.steps),
        CountedGradient(ClassifierGradient(models.noised, schedule, labels)),
    )
    times = UniformTime().times(schedule, config.steps)
    t, x, x0 = Trajectory.collect(KINDS[config.kind].visit(config, counted, times, noise))
    path = SamplePath.of(Trajectory(t, x, x0, counted.nfe), schedule)
    return GuidanceResult(config, path, classify_images(models.judge, x[-1]).accuracy(labels), counted.gradient.calls)
