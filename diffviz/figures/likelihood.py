"""Evidence lower bounds term by term and in all, what L_simple makes of their weights, and Song et al.'s bound."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from diffviz.experiments.likelihood.bounds import COUNTS, LEARNED, SCALES
from diffviz.figures.chart import Axis, Chart, Rule, Series

if TYPE_CHECKING:
    from diffviz.experiments.likelihood.bounds import BoundsResult, KLBoundResult


def terms(result: BoundsResult) -> Chart:
    """The KL divergence of every step, by variance."""
    series = [Series(name, result.t, found.steps, marker=None) for name, found in result.terms.items()]
    if result.learned is not None:
        drawn = [result.learned.estimate(step) for step in result.learned.steps]
        mean, error = (np.array(values) for values in zip(*drawn, strict=True))
        series.append(Series(LEARNED, result.t, mean, bars=error, marker=None))
    return Chart(
        f"The terms of a chain of {result.config.steps} steps",
        Axis("t at which the step begins", limits=(-0.02, 1.02)),
        Axis("KL of the step, nats", log=True),
        tuple(series),
        caption="Expectations for the exact score, by quadrature; for a learned variance by draws, ± a standard error. "
        "Where lines fall together, one shows in the gaps of the next.",
    )


def totals(result: BoundsResult) -> Chart:
    """How far the negative bound is above the data's entropy, over the number of steps."""
    series = [Series(name, np.array(COUNTS), values - result.entropy) for name, values in result.totals.items()]
    return Chart(
        "The negative bound above the data's entropy",
        Axis("steps", log=True),
        Axis("nats above the entropy", log=True),
        tuple(series),
        caption=f"The entropy of these data is {result.entropy:.3f} nats; no bound can be below it.",
    )


def weights(result: BoundsResult) -> Chart:
    """What an error of the noise costs, over its mean along the chain; L_simple has 1 everywhere."""
    series = [Series(name, result.t, weight, marker=None) for name, weight in result.weights.items()]
    return Chart(
        "What a squared error of ε̂ costs",
        Axis("t at which the step begins", limits=(-0.02, 1.02)),
        Axis("weight over the mean weight", log=True),
        tuple(series),
        (Rule("L_simple", 1.0),),
        caption="Of the bound with each variance, without L₀. L_simple moves weight from low noise to high.",
    )


def kl_bound(result: KLBoundResult) -> Chart:
    """Both sides over the factor that the score is off by."""
    sde, ode, bound = (np.array([getattr(side, name) for side in result.sides]) for name in ("sde", "ode", "bound"))
    return Chart(
        "KL divergence of what comes out, and its bound",
        Axis("the score is so many times the exact one"),
        Axis("nats", log=True, limits=(1e-4, 20.0)),
        (
            Series("reverse SDE", SCALES, sde, color="model"),
            Series("probability flow", SCALES, ode, color="noise"),
            Series("bound: ½∫g²E‖Δs‖²dt + KL(q_T‖π)", SCALES, bound, color="text"),
        ),
        caption=f"A Gaussian of standard deviation {result.config.deviation:g} in one dimension: all laws are Gaussian "
        "and solved as such. At 1 the score is exact: what is left comes from the start.",
    )
