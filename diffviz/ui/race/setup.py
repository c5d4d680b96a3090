"""The choices that the views of the race share: a problem, a grid, a distance."""

from __future__ import annotations

import streamlit as st

from diffviz.config import Choice, Entry
from diffviz.data import Dataset
from diffviz.experiments.families import FAMILY_OF
from diffviz.experiments.lane import Entrant, shipped_methods
from diffviz.experiments.own_network import OwnNetwork
from diffviz.experiments.problem import SCORE_SOURCES, LearnedSource, Problem, ScoreSource
from diffviz.grids import GRIDS, Grid
from diffviz.metrics import METRICS, Metric
from diffviz.pretrained.students import STUDENTS
from diffviz.protocols import ScoreModel
from diffviz.samplers import SAMPLERS
from diffviz.schedules import SCHEDULES
from diffviz.ui import own_network, own_points
from diffviz.ui.cache import cached
from diffviz.ui.form import Form
from diffviz.ui.shell import Page

OWN = "own"
SCORE = Choice.among(
    {**SCORE_SOURCES, OWN: OwnNetwork},
    label="Score",
    help="What every sampler asks: a trained network, one trained too briefly, what a perfect one would say, or yours.",
)


# Points that the exact score of a shape is exact for: usually, and where it is asked thousands of times.
MANY, FEW = Problem().points, 500


def choose_problem(page: Page, points: int = MANY) -> Problem:
    """Draw the choices above every view; the problem comes with its score at hand. points: how many are given."""
    form = page.shared
    dataset = own_points.choose(form, "race", "swiss-roll").dataset or own_points.STAND_IN()
    slug = form.option("score", "learned", SCORE)
    own = own_network.choose(form, "race") if slug == OWN else None
    source: ScoreSource = own or SCORE_SOURCES.get(slug, LearnedSource)()
    schedule = form.pick("Schedule", SCHEDULES, "schedule", "cosine") if source.any_schedule else source.schedule
    seed = form.field(Problem, "seed")
    problem = remembered(Problem(dataset, source, schedule, seed, points))
    st.caption(source.describe(problem))
    if source.trains(problem):
        trained(source, problem.dataset)
    return problem


def entrants(problem: Problem) -> dict[str, type[Entry]]:
    """By slug, every sampler, and the methods whose student comes with the lab for the problem's data."""
    return {**SAMPLERS, **{slug: STUDENTS[slug] for slug in shipped_methods(problem.dataset)}}


def choose_entrant(form: Form, label: str, name: str, default: str, problem: Problem) -> Entrant:
    """A picker of a sampler with its parameters, or of a student, which has none any more."""
    taught = shipped_methods(problem.dataset)
    slug = form.choose(label, entrants(problem), name, default, FAMILY_OF)
    return taught[slug] if slug in taught else form.unfolded(SAMPLERS[slug], f"{name}.{slug}")


def choose_metric(page: Page) -> Metric:
    """A picker of the distance."""
    return METRICS[page.shared.choose("Distance", METRICS, "metric", "sliced-w2")]()


def choose_grid(form: Form, name: str = "grid") -> Grid:
    """A picker of the step grid, shared or of one pane."""
    return form.pick("Grid", GRIDS, name, "logsnr")


@cached("Drawing the data", usual=0.1)
def remembered(problem: Problem) -> Problem:
    """The same object at every run of the page, so that what it has drawn and built is not drawn and built again."""
    return problem


@cached("Training a network on these data", usual=3)
def trained(source: ScoreSource, dataset: Dataset) -> ScoreModel:
    """The network of a data set, which the source itself remembers: called so that the page says what takes so long."""
    return source.build(Problem(dataset, source))
