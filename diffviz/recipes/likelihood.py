"""How probable data are under a model."""

from __future__ import annotations

from diffviz.estimate import format_estimate
from diffviz.experiments.likelihood.bounds import BoundsConfig, KLBoundConfig, measure_bounds, measure_kl_bounds
from diffviz.experiments.likelihood.density import DensityConfig, run_density
from diffviz.experiments.likelihood.log_density import LogDensityConfig, measure_log_density
from diffviz.figures import likelihood as charts
from diffviz.figures.page import figure
from diffviz.player import save
from diffviz.scenes.likelihood import density as density_scene
from diffviz.scenes.likelihood import log_density as log_density_scene


def density(config: DensityConfig) -> None:
    """One density on its way, by Fokker-Planck on a grid, by the particles of an SDE and by those of the flow."""
    result = run_density(config)
    grid = result.grid
    print(f"{grid.density.shape[-1]} cells a side; total variation from the closed form {grid.distance.max():.4f}")

    # A file that plays in any browser, offline.
    scene = density_scene.compose(result)
    save(scene, "density.html")


def log_density(config: LogDensityConfig) -> None:
    """The log-density of a score's flow, by the instantaneous change of variables, beside the true one."""
    result = measure_log_density(config)
    print(f"In nats a point: log p = {result.draws_flow.mean():.2f}, log q = {result.draws_true.mean():.2f}")
    print(f"KL(q‖p) = {format_estimate(*result.kl)}")

    # A file that plays in any browser, offline.
    scene = log_density_scene.compose(result)
    save(scene, "log-density.html")


def bounds(config: BoundsConfig, kl_config: KLBoundConfig) -> None:
    """The evidence lower bound of a chain, term by term and by variance, and the bound on the KL divergence."""
    result = measure_bounds(config)
    for variance, terms in result.terms.items():
        print(f"{variance}: −ELBO {terms.total:.3f}, {terms.total - result.entropy:.3f} above the entropy")

    # Charts with hover and zoom; figure(...).show() opens one at once.
    for chart in (charts.terms(result), charts.totals(result), charts.weights(result)):
        figure(chart).write_html(f"{chart.title}.html")
    chart = charts.kl_bound(measure_kl_bounds(kl_config))
    figure(chart).write_html(f"{chart.title}.html")
