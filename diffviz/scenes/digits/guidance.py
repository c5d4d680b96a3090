"""Digits on demand: unguided, told the digit, and guided in three ways, from the same noise."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from torch import Tensor

from diffviz.metrics import classify_images
from diffviz.networks import ClassifierNetwork
from diffviz.player import Scene
from diffviz.protocols import Array, Noise, ScoreModel
from diffviz.samplers import DDIM, ClassifierGuidedDDPM, prior
from diffviz.scenes.digits.tiles import path_pane
from diffviz.scores.counted import CountedScore
from diffviz.scores.guided import ClassifierFree, ClassifierGradient, ClassifierGuided, CountedGradient
from diffviz.scores.learned import LearnedScore
from diffviz.trajectory import Step, Trajectory

EACH = 2  # of every digit
Bounds = tuple[float, float]
ALL: Bounds = (-math.inf, math.inf)


@dataclass(frozen=True, eq=False)
class GuidanceModels:
    """The networks. plain: knows no labels. labelled: can be told one. judge, noised: read clean and noised digits."""

    plain: LearnedScore
    labelled: LearnedScore
    judge: ClassifierNetwork
    noised: ClassifierNetwork


@dataclass(frozen=True, eq=False)
class Asked:
    """What guidance asks, with its network calls counted."""

    plain: CountedScore
    labelled: CountedScore
    unlabelled: CountedScore
    gradient: CountedGradient


@dataclass(frozen=True, eq=False)
class Guided:
    """One kind at one scale. asked: share that the judge takes for the digit that was asked for. gradients: calls of
    the classifier, forward and back, beside the network calls that the run counts."""

    title: str
    run: Trajectory
    asked: float
    gradients: int


Walk = Iterator[Step]


def _free(scale: float, interval: Bounds, asked: Asked, times: Array, noise: Noise) -> Walk:
    model = ClassifierFree(asked.labelled, asked.unlabelled, scale, interval)
    return DDIM().visit(model, prior(model.schedule, noise), times, noise)


def _by_eps(scale: float, interval: Bounds, asked: Asked, times: Array, noise: Noise) -> Walk:
    model = ClassifierGuided(asked.plain, asked.gradient, scale)
    return DDIM().visit(model, prior(model.schedule, noise), times, noise)


def _by_mean(scale: float, interval: Bounds, asked: Asked, times: Array, noise: Noise) -> Walk:
    sampler, model = ClassifierGuidedDDPM(asked.gradient, scale), asked.plain
    return sampler.visit(model, prior(model.schedule, noise), times, noise)


KINDS: dict[str, tuple[str, Callable[[float, Bounds, Asked, Array, Noise], Walk]]] = {
    "free": ("Classifier-free, DDIM", _free),
    "classifier-ddim": ("Classifier, DDIM (algorithm 2)", _by_eps),
    "classifier-ddpm": ("Classifier, DDPM (algorithm 1)", _by_mean),
}


def guide(
    kind: str, scale: float, interval: Bounds, cast: GuidanceModels, labels: Tensor, times: Array, noise: Noise
) -> Guided:
    """Digits of the given labels (B,) by one kind of guidance; `interval` of lambda is for the classifier-free one."""
    schedule = cast.plain.schedule
    asked = Asked(
        CountedScore(cast.plain),
        CountedScore(cast.labelled.told(labels)),
        CountedScore(cast.labelled),
        CountedGradient(ClassifierGradient(cast.noised, schedule, labels)),
    )
    title, walk = KINDS[kind]
    t, x, x0 = Trajectory.collect(walk(scale, interval, asked, times, noise))
    nfe = asked.plain.nfe + asked.labelled.nfe + asked.unlabelled.nfe
    right = classify_images(cast.judge, x[-1]).right(labels)
    return Guided(title, Trajectory(t, x, x0, nfe), right, asked.gradient.calls)


def compose(found: Sequence[Guided], model: ScoreModel, across: int) -> Scene:
    """A pane for each kind, one clock; digits of one label stand in a column."""
    panes = []
    for each in found:
        more = f" and {each.gradients} gradients" if each.gradients else ""
        note = f"{each.run.nfe} network calls{more} · {each.asked:.0%} read as asked"
        panes.append(path_pane(each.run, model.schedule, each.title, note, across))
    return Scene(panes, columns=1 if across > 6 else len(panes), seconds=5, description="Digits of asked labels")
