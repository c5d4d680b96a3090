"""What every view of the race stands on: the data, the model that is asked, and what its samples are compared with."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import streamlit as st
import torch

from diffviz.config import Choice, Range
from diffviz.data import DATASETS, Dataset, GaussianMixture, prepare
from diffviz.grids import GRIDS, Grid
from diffviz.metrics import METRICS, Floor, Metric
from diffviz.pretrained.shapes import BRIEF, LONG, is_shipped, shipped
from diffviz.protocols import Array, ScoreModel
from diffviz.scenes import race
from diffviz.schedules import SCHEDULES, Cosine, GaussianSchedule
from diffviz.scores.empirical import EmpiricalScore
from diffviz.scores.learned import LearnedScore
from diffviz.scores.mixture import MixtureScore
from diffviz.training.train import train
from diffviz.ui.shell import Page

GIVEN = 2_000  # points of a data set without a closed form that "exact" is exact for
SCORE = Choice(
    {"learned": "Learned network", "exact": "Exact"},
    label="Score",
    help="What every sampler asks: a trained network, or the score that a perfect one would give.",
)


@dataclass(frozen=True)
class Setup:
    """The choices above every view."""

    dataset: Dataset
    score: str
    schedule: GaussianSchedule
    seed: int

    @property
    def key(self) -> str:
        """What tells this setup from others in a cache."""
        return f"{self.dataset!r} {self.score} {self.schedule!r}"

    @cached_property
    def model(self) -> ScoreModel:
        """The score that every sampler asks."""
        if self.score == "exact":
            return self.exact
        found: LearnedScore = learned(self.dataset, repr(self.dataset))
        return found

    @cached_property
    def exact(self) -> ScoreModel:
        """The closed form of a mixture; else the score of GIVEN points."""
        found: ScoreModel = exact(self.dataset, self.schedule, f"{self.dataset!r} {self.schedule!r}")
        return found

    @property
    def mixture(self) -> GaussianMixture | None:
        """The data's closed form on the scale of the samples, if it has one."""
        return self.exact.mixture if isinstance(self.exact, MixtureScore) else None

    @cached_property
    def precise(self) -> ScoreModel:
        """The same model in double precision, for what would drown in rounding."""
        return self.model.doubled() if isinstance(self.model, LearnedScore) else self.model

    @property
    def real(self) -> list[Array]:
        """Sets of fresh points, (SIZE, 2) each."""
        found: list[Array] = real(self.dataset, repr(self.dataset), self.seed)
        return found

    def floor(self, metric: str) -> Floor:
        """What real data are apart among themselves, in this metric."""
        found: Floor = bottom(self.dataset, METRICS[metric](), self.real, f"{self.dataset!r} {metric} {self.seed}")
        return found

    @property
    def source(self) -> str:
        """One sentence on where the score comes from."""
        if self.score == "exact":
            closed = "The closed form of this mixture."
            return closed if self.dataset.mixture else f"Exact for {GIVEN:,} given points, which it can only give back."
        if is_shipped(self.dataset):
            return f"Shipped, trained for {LONG.steps:,} steps on the cosine schedule."
        return f"Trained here on the cosine schedule, for {BRIEF.steps:,} steps only."


def choose(page: Page) -> Setup:
    """Draw the choices that all views share."""
    form = page.shared
    dataset = form.pick("Data", DATASETS, "data", "swiss-roll")
    score = form.option("score", "learned", SCORE)
    schedule = form.pick("Schedule", SCHEDULES, "schedule", "cosine") if score == "exact" else Cosine()
    seed = form.number("seed", 0, Range(0, 99, label="Seed", help="Of the noise that all samplers share."), int)
    setup = Setup(dataset, score, schedule, seed)
    st.caption(setup.source)
    return setup


def metric(page: Page) -> str:
    """A picker of the distance; answers the slug."""
    return page.shared.choose("Distance", METRICS, "metric", "sliced-w2")


def grid(page: Page, name: str = "grid") -> Grid:
    """A picker of the step grid."""
    return page.shared.pick("Grid", GRIDS, name, "logsnr")


@st.cache_resource(max_entries=16, show_spinner="Training a network on these data: about three seconds")
def learned(_dataset: Dataset, key: str) -> LearnedScore:
    return shipped(_dataset) or train(_dataset, BRIEF, 0).model


@st.cache_resource(max_entries=16, show_spinner=False)
def exact(_dataset: Dataset, _schedule: GaussianSchedule, key: str) -> ScoreModel:
    data = prepare(_dataset, GIVEN, seed=0)
    if data.mixture is not None:
        return MixtureScore(_schedule, data.mixture)
    return EmpiricalScore(_schedule, torch.tensor(data.points, dtype=torch.float32))


@st.cache_resource(max_entries=32, show_spinner=False)
def real(_dataset: Dataset, key: str, seed: int) -> list[Array]:
    return race.fresh(_dataset, seed)


@st.cache_resource(max_entries=32, show_spinner="Measuring how far real data are from real data")
def bottom(_dataset: Dataset, _metric: Metric, _real: list[Array], key: str) -> Floor:
    return race.real_floor(_dataset, _metric, _real)
