"""Log-likelihood: the flow's log-density beside the true one, paths with their determinants, and bits of digits."""

from __future__ import annotations

import streamlit as st

from diffviz.config import Choice
from diffviz.estimate import format_estimate
from diffviz.experiments.likelihood.digit_bits import DigitBits, digit_bits
from diffviz.experiments.likelihood.log_density import LogDensityConfig, LogDensityResult, measure_log_density
from diffviz.experiments.problem import SCORE_SOURCES, Problem
from diffviz.figures.numerals import MINUS
from diffviz.recipes import likelihood as recipes
from diffviz.scenes.likelihood.log_density import compose
from diffviz.schedules import SCHEDULES, Cosine
from diffviz.source_code import script
from diffviz.ui import player
from diffviz.ui.cache import cached
from diffviz.ui.likelihood.setup import MIXTURES
from diffviz.ui.shell import Page, View

SCORE = Choice.among(SCORE_SOURCES, "Score", "Whose flow it is.")


def draw(page: Page) -> None:
    """Choose a mixture, a score and how finely the flow is solved; below, the digits."""
    form = page.form
    with page.controls:
        dataset = form.pick("Data", MIXTURES, "data", "ring")
        source = SCORE_SOURCES[form.option("score", "learned", SCORE)]()
        schedule = form.pick("Schedule", SCHEDULES, "schedule", "cosine") if source.any_schedule else Cosine()
        tolerance = form.field(LogDensityConfig, "tolerance")
        seed = form.field(Problem, "seed")
        problem = Problem(dataset, source, schedule, seed)
        st.caption(source.describe(problem))
    with page.figure:
        config = LogDensityConfig(problem, tolerance)
        result = _log_density(config)
        player.show(compose(result), "likelihood.log-density", code=script(recipes.log_density, config))
        st.markdown(decomposition(result))
        st.markdown("#### Bits per dimension of digits")
        st.markdown(bits_table(digit_bits()))
        st.caption(_how(digit_bits()))


def decomposition(result: LogDensityResult) -> str:
    """The mean over data points of both log-densities, and of the flow's two parts."""
    gained = float(result.log_det[-1].mean())
    flow, true = float(result.draws_flow.mean()), float(result.draws_true.mean())
    parts = (
        f"Mean over {len(result.draws_flow)} fresh data points, in nats: log p = {flow - gained:.2f} at the end of the "
        f"path {gained:+.2f} of determinants = **{flow:.2f}**; log q = **{true:.2f}**. Their difference, "
        f"KL(q‖p) = **{format_estimate(*result.kl)}**."
    )
    return parts.replace("-", MINUS)


def bits_table(table: DigitBits) -> str:
    """As Markdown: the flow from several earliest times, and the bounds."""
    rows = ["| how | bits per dimension | network calls |", "|---|---:|---:|"]
    rows += [
        f"| flow from t_min = {row.t_min:g}, where σ = {row.sigma:.4f} | {format_estimate(*row.bits)} | {row.nfe:,} |"
        for row in table.flow
    ]
    rows += [
        f"| bound, {row.steps:,} steps, variance {row.variance} | {format_estimate(*row.bits)} | {row.nfe:,} |"
        for row in table.bound
    ]
    return "\n".join(rows)


def _how(table: DigitBits) -> str:
    largest = max(row.probe_error for row in table.flow)
    return (
        f"The first {table.digits} test digits of MNIST under the shipped network, ± the standard error over digits. "
        f"Flow: uniform dequantisation, RK45 at a tolerance of {table.tolerance:g}, {table.probes} Rademacher probes, "
        f"whose own error is {largest:.4f} at most. Bound: L₀ over 8-bit pixels. Made by `{table.command}`."
    )


@cached("Following the flow with its divergence", usual=1.5)
def _log_density(config: LogDensityConfig) -> LogDensityResult:
    return measure_log_density(config)


VIEW = View(
    "log-density", "Log-likelihood", "likelihood-log-density", draw, presented=("log-density.data", "log-density.score")
)
