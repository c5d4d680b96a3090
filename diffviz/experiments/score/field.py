"""A score and what it belongs to: energy, density and Tweedie's mean, at every noise level."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated

import numpy as np
import torch

from diffviz.cancellation import raise_if_cancelled
from diffviz.config import Choice, Config, Range
from diffviz.data import GaussianMixture, MixtureDataset, Ring
from diffviz.experiments.problem import ExactSource, LearnedSource, Problem, learned_network
from diffviz.experiments.score.posterior import log_density, moments, posterior
from diffviz.properties import cached_property
from diffviz.protocols import Array, ScoreModel
from diffviz.schedules import Cosine
from diffviz.scores.empirical import EmpiricalScore

FRAMES, SIDE, NODES, CELLS, LINE = 41, 17, 33, 48, 301
REACH = 2.7  # half the side of the square that is shown, in normalised units
FIRST = 0.02  # the least time: below it, all that is left of the noise is smaller than a cell
POINT = 1e-4  # standard deviation of the Gaussian that stands for a single point

SOURCES = {"exact": ExactSource.title, "empirical": "Empirical", "learned": LearnedSource.title}
Coordinate = Range(-REACH, REACH, step=0.01, label="place", help="Of the handle.")


@dataclass(frozen=True)
class ScoreFieldConfig(Config):
    """Whose score is shown, the factor on its density, and the point (x, y) whose past is asked for."""

    mixture: MixtureDataset = field(default_factory=Ring)
    source: Annotated[
        str,
        Choice(
            SOURCES,
            label="Score",
            help="Of the mixture itself, of a few points drawn from it, or of a network.",
            kinds={"exact": ExactSource, "learned": LearnedSource},
        ),
    ] = "exact"
    points: Annotated[
        int, Range(2, 100, label="Points", log=True, help="How many points the empirical score knows.")
    ] = 20
    factor: Annotated[
        float,
        Range(0.2, 5.0, label="Factor c on the density", log=True, help="A density without its right constant."),
    ] = 2.0
    seed: Annotated[int, Range(0, 99, label="Seed", help="Draws the points.")] = 0
    x: Annotated[float, Coordinate] = 1.8
    y: Annotated[float, Coordinate] = 1.2


@dataclass(frozen=True, eq=False)
class ScoreFieldResult:
    """One score on a clock even in t, in normalised units; F frames.

    times, alpha, sigma: (F,). places: (SIDE², 2); vectors: (F, SIDE², 2), sigma · score there. leads: (F, NODES, NODES,
    2), x + sigma² score at the nodes of an even grid. density, energy: (F, CELLS, CELLS) of q_t, blurred by half a
    cell. past: (F, CELLS, CELLS), density of x_0 given x_t = (x, y), and its mean past_mean (F, 2); tweedie: (F, 2),
    the mean that follows from the score. line: (LINE,) along the first coordinate through (x, y); line_density: (F,
    LINE), line_score: (F, LINE), its first component. means: (K, 2), of the data's components. known: the points that
    an empirical score knows, else None. Densities and energies are those of factor 1.
    """

    config: ScoreFieldConfig
    times: Array
    alpha: Array
    sigma: Array
    places: Array
    vectors: Array
    leads: Array
    density: Array
    energy: Array
    past: Array
    past_mean: Array
    tweedie: Array
    line: Array
    line_density: Array
    line_score: Array
    means: Array
    known: Array | None


def run_score_field(config: ScoreFieldConfig) -> ScoreFieldResult:
    """Ask the score everywhere at every time; densities and the past are closed forms."""
    field_of = _Field(config)
    schedule = field_of.problem.schedule
    times = np.linspace(FIRST, schedule.t_max, FRAMES)
    alpha, sigma = schedule.alpha(times), schedule.sigma(times)
    point = np.array([config.x, config.y])
    line = np.linspace(-REACH, REACH, LINE)
    slice_places = np.stack([line, np.full(LINE, config.y)], -1)
    places, nodes, cells = square(SIDE, 0.95), square(NODES, 1.0), square(CELLS, 1 - 1 / CELLS)
    asked = np.concatenate([places, nodes, slice_places, point[None]])
    parts = np.cumsum([len(places), len(nodes), len(slice_places)])
    scores = np.stack([field_of.score(asked, float(t)) for t in times])
    at_places, at_nodes, on_line, at_point = np.split(scores, parts, axis=1)
    pasts = [posterior(field_of.law, float(a), float(s), point) for a, s in zip(alpha, sigma, strict=True)]
    marginals = [field_of.law.diffused(float(a), float(s)) for a, s in zip(alpha, sigma, strict=True)]
    cell = 2 * REACH / CELLS
    energy = -np.stack([log_density(q, cells, cell / 2) for q in marginals]).reshape(FRAMES, CELLS, CELLS)
    return ScoreFieldResult(
        config,
        times,
        alpha,
        sigma,
        places,
        sigma[:, None, None] * at_places,
        (nodes + sigma[:, None, None] ** 2 * at_nodes).reshape(FRAMES, NODES, NODES, 2),
        np.exp(-energy),
        energy,
        np.exp(np.stack([log_density(q, cells, cell / 2) for q in pasts])).reshape(FRAMES, CELLS, CELLS),
        np.stack([moments(q)[0] for q in pasts]),
        (point + sigma[:, None] ** 2 * at_point[:, 0]) / alpha[:, None],
        line,
        np.exp(np.stack([log_density(q, slice_places) for q in marginals])),
        on_line[..., 0],
        field_of.law.means,
        field_of.known,
    )


@dataclass(frozen=True, eq=False)
class _Field:
    """The score, and the law of the data whose density and past are shown beside it."""

    config: ScoreFieldConfig

    @cached_property
    def problem(self) -> Problem:
        return Problem(self.config.mixture, schedule=Cosine(), points=2_000)

    @cached_property
    def known(self) -> Array | None:
        """The points of an empirical score (N, 2)."""
        if self.config.source != "empirical":
            return None
        return self.problem.draw(self.config.points, self.config.seed)

    @cached_property
    def law(self) -> GaussianMixture:
        """Of the data: the mixture, or the points of an empirical score. A network has none of its own."""
        if self.known is None:
            assert self.problem.mixture is not None  # every mixture has a closed form
            return self.problem.mixture
        count = len(self.known)
        return GaussianMixture(np.ones(count), self.known, np.tile(POINT**2 * np.eye(2), (count, 1, 1)))

    @cached_property
    def model(self) -> ScoreModel:
        if self.config.source == "learned":
            return learned_network(self.config.mixture)
        if self.known is not None:
            return EmpiricalScore(self.problem.schedule, torch.from_numpy(self.known))
        return self.problem.exact

    def score(self, places: Array, t: float) -> Array:
        """At places (n, 2)."""
        raise_if_cancelled()
        kind = torch.float32 if self.config.source == "learned" else torch.float64
        answer: Array = self.model.predict(torch.from_numpy(places).to(kind), t).score.double().numpy()
        return answer


def square(side: int, share: float) -> Array:
    """An even grid (side², 2) over the middle `share` of the square that is shown, row by row from below."""
    line = share * REACH * np.linspace(-1, 1, side)
    return np.stack(np.meshgrid(line, line), -1).reshape(-1, 2)
