"""Samplers of one model, from the same noise."""

from __future__ import annotations

import numpy as np

from diffviz.estimate import format_estimate
from diffviz.experiments.order import OrderConfig, measure_order
from diffviz.experiments.own_particle import Start, follow_own
from diffviz.experiments.race import RaceConfig, run_race
from diffviz.experiments.round_trips import (
    LatentPathsConfig,
    RoundTripsConfig,
    follow_latent_paths,
    measure_round_trips,
)
from diffviz.experiments.sde_ode import SDEODEConfig, compare_sde_ode
from diffviz.experiments.solver_calls import SolverCallsConfig, measure_solver_calls
from diffviz.experiments.step_errors import StepErrorsConfig, measure_step_errors
from diffviz.experiments.sweep import SweepConfig, run_sweep
from diffviz.figures import order as order_chart
from diffviz.figures import quality as quality_chart
from diffviz.figures import ranking as ranking_chart
from diffviz.figures.page import figure
from diffviz.player import save
from diffviz.scenes import anatomy as anatomy_scene
from diffviz.scenes import race as race_scene
from diffviz.scenes import round_trips as round_trips_scene
from diffviz.scenes import sde_ode as sde_ode_scene
from diffviz.scenes.own_particle import with_own


def race(config: RaceConfig, budget: int, distances: race_scene.Distances, trails: bool) -> None:
    """Samplers race from the same noise, and are ranked by how far they end from data; budget: calls for each."""
    result = run_race(config)

    # The nearest first; ± is the standard error over groups of samples.
    for lane in result.ranked:
        distance = format_estimate(lane.distance, lane.error)
        print(f"{lane.lane.title}: {distance} in {lane.lane.steps} steps, {lane.nfe} calls")
    print(f"real data: {format_estimate(result.floor.mean, result.floor.error)}")

    # A file that plays in any browser, offline, and a chart with hover and zoom.
    scene = race_scene.compose(result, budget=budget, distances=distances, trails=trails)
    save(scene, "race.html")
    chart = ranking_chart.compose(result)
    figure(chart).write_html("ranking.html")


def own_particle(config: RaceConfig, start: Start, budget: int, trails: bool) -> None:
    """The same race, and where each of its samplers takes one particle more; budget: calls for each."""
    result = run_race(config)
    lanes = [lane.lane.fitted(config.problem) for lane in result.lanes]
    paths = [follow_own(config.problem, lane, start) for lane in lanes]
    for lane, path in zip(lanes, paths, strict=True):
        x, y = path[-1]
        print(f"{lane.title}: from ({start.x:g}, {start.y:g}) to ({x:.2f}, {y:.2f})")

    # A file that plays in any browser, offline.
    scene = race_scene.compose(result, budget=budget, trails=trails)
    save(with_own(scene, (start.x, start.y), paths, [lane.nfe for lane in result.lanes]), "own-particle.html")


def quality(config: SweepConfig, multiple: float) -> None:
    """Distance to data against network calls; wanted is a multiple of what real data are apart among themselves."""
    result = run_sweep(config)
    wanted = multiple * result.floor.mean
    for series in result.series:
        cheapest = series.cheapest_within(wanted)
        needs = "does not get there" if cheapest is None else f"needs {cheapest.nfe} calls"
        print(f"{series.sampler.title}: {needs} for a distance of at most {wanted:.3g}")

    # A chart with hover and zoom; figure(chart).show() opens it at once.
    chart = quality_chart.compose(result, wanted)
    figure(chart).write_html("quality.html")


def order(config: OrderConfig) -> None:
    """The order of convergence of solvers, measured against the exact flow of one model."""
    result = measure_order(config)
    for one in result.series:
        print(f"{one.sampler.title}: order {format_estimate(one.slope, one.slope_error)}")

    # A chart with hover and zoom; figure(chart).show() opens it at once.
    chart = order_chart.compose(result)
    figure(chart).write_html("order.html")


def anatomy(config: SolverCallsConfig) -> None:
    """Every network call of a few steps, and where the error of a step comes from."""
    result = measure_solver_calls(config)
    for one in result.calls:
        print(f"{one.sampler.title}: {one.nfe} calls")

    # Root mean square error of a step that begins on the exact flow: all of it, its linear and its network's part.
    steps = measure_step_errors(StepErrorsConfig(config.problem, config.samplers, config.grid, config.steps))
    for sampler, errors in steps.errors:
        total, linear, network = (np.sqrt(np.mean(part**2)) for part in errors)
        print(f"{sampler.title}: whole step {total:.2g}, linear part {linear:.2g}, network's part {network:.2g}")

    # A file that plays in any browser, offline.
    scene = anatomy_scene.compose(result)
    save(scene, "anatomy.html")


def sde_ode(config: SDEODEConfig, axis: int) -> None:
    """The reverse SDE and the probability flow: other paths, the same marginals; axis: the coordinate that is drawn."""
    result = compare_sde_ode(config)

    # Sliced W₂ to draws of q_t, beside that of such draws from one another.
    for m in result.ensembles.marginals:
        print(f"t = {m.t:.3f}: flow {m.ode:.3f}, SDE {m.sde:.3f}, {format_estimate(m.floor.mean, m.floor.error)}")

    # A file that plays in any browser, offline.
    scene = sde_ode_scene.compose(result, axis)
    save(scene, "sde-ode.html")


def steps(config: RaceConfig) -> None:
    """One sampler on a grid of one's own and on the standard ones, from the same noise."""
    result = run_race(config)

    # The nearest first; ± is the standard error over groups of samples.
    for lane in result.ranked:
        print(f"{lane.lane.where}: {format_estimate(lane.distance, lane.error)} in {lane.nfe} calls")

    # A file that plays in any browser, offline.
    scene = race_scene.compose(result, columns=len(config.lanes))
    save(scene, "steps.html")


def both_ways(config: LatentPathsConfig) -> None:
    """Data encoded to noise by the probability flow, decoded again, and paths between two latents."""
    paths = follow_latent_paths(config)

    # What is lost on the way, by the number of network calls.
    for error in measure_round_trips(RoundTripsConfig(config.problem, config.sampler, config.grid)).errors:
        print(f"{error.nfe / 2:g} calls each way: round-trip error {error.rms:.2g} (RMS)")

    # A file that plays in any browser, offline.
    scene = round_trips_scene.compose(paths)
    save(scene, "both-ways.html")
