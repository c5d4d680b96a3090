"""The experiments by name, and how their results show themselves in a notebook: as the offline player or as a chart.

Importing this module gives every result a `_repr_html_`. The front door hands out the experiments from here, so that a
result always knows how to show itself; the command line exports them by these names.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from diffviz.config import Config
from diffviz.experiments.digits.guidance import GuidanceConfig, GuidanceResult, run_guidance
from diffviz.experiments.digits.inverse import InverseConfig, InverseResult, run_inverse
from diffviz.experiments.digits.latents import DigitRoundTripConfig, DigitRoundTripResult, run_digit_round_trip
from diffviz.experiments.digits.sampling import DigitLaneConfig, DigitLaneResult, run_digit_lane
from diffviz.experiments.exact_guidance import ExactGuidanceConfig, ExactGuidanceResult, run_exact_guidance
from diffviz.experiments.few_steps.distil import DistilConfig, TargetsResult, measure_targets
from diffviz.experiments.forward import ForwardConfig, ForwardResult, run_forward
from diffviz.experiments.gradient_steps import (
    LOOKED_AT,
    MOST,
    GradientStepsConfig,
    GradientStepsResult,
    follow_gradient_steps,
)
from diffviz.experiments.lane import Lane
from diffviz.experiments.likelihood.bounds import (
    BoundsConfig,
    BoundsResult,
    KLBoundConfig,
    KLBoundResult,
    measure_bounds,
    measure_kl_bounds,
)
from diffviz.experiments.likelihood.density import DensityConfig, DensityResult, run_density
from diffviz.experiments.likelihood.log_density import LogDensityConfig, LogDensityResult, measure_log_density
from diffviz.experiments.order import OrderConfig, OrderResult, measure_order
from diffviz.experiments.problem import Problem
from diffviz.experiments.race import RaceConfig, RaceResult, run_race
from diffviz.experiments.round_trips import LatentPaths, LatentPathsConfig, follow_latent_paths
from diffviz.experiments.sampling import SampleConfig, draw_samples
from diffviz.experiments.score.field import ScoreFieldConfig, ScoreFieldResult, run_score_field
from diffviz.experiments.score.langevin import LangevinConfig, LangevinResult, run_langevin
from diffviz.experiments.score.memory import MemoryConfig, MemoryResult, measure_memory
from diffviz.experiments.score.one_level import OneLevelConfig, OneLevelResult, measure_one_level
from diffviz.experiments.score.pull import PullConfig, PullResult, follow_pull
from diffviz.experiments.score.reverse_step import ReverseStepConfig, ReverseStepResult, measure_reverse_step
from diffviz.experiments.sde_ode import SDEODEComparison, SDEODEConfig, compare_sde_ode
from diffviz.experiments.solver_calls import SolverCallsConfig, SolverCallsResult, measure_solver_calls
from diffviz.experiments.sweep import SweepConfig, SweepResult, run_sweep
from diffviz.experiments.swiss_roll import SwissRollConfig, SwissRollResult, run_swiss_roll
from diffviz.figures import distillation as distillation_charts
from diffviz.figures import likelihood as likelihood_charts
from diffviz.figures import order as order_chart
from diffviz.figures import quality as quality_chart
from diffviz.figures import ranking as ranking_chart
from diffviz.figures.chart import Chart
from diffviz.player import Scene
from diffviz.scenes import anatomy, exact_guidance, forward, gradient_steps, home, race, round_trips, sde_ode
from diffviz.scenes.digits import guidance, inverse, latents, sampling
from diffviz.scenes.likelihood import density, log_density
from diffviz.scenes.score import field as score_field
from diffviz.scenes.score import langevin, memory, pull, reverse_step

__all__ = [
    "EXPERIMENTS",
    "BoundsConfig",
    "DensityConfig",
    "DigitLaneConfig",
    "DigitRoundTripConfig",
    "DistilConfig",
    "ExactGuidanceConfig",
    "Experiment",
    "ForwardConfig",
    "GradientStepsConfig",
    "GuidanceConfig",
    "InverseConfig",
    "KLBoundConfig",
    "Lane",
    "LangevinConfig",
    "LatentPathsConfig",
    "LogDensityConfig",
    "MemoryConfig",
    "OneLevelConfig",
    "OrderConfig",
    "Problem",
    "PullConfig",
    "RaceConfig",
    "ReverseStepConfig",
    "SDEODEConfig",
    "SampleConfig",
    "ScoreFieldConfig",
    "SolverCallsConfig",
    "SweepConfig",
    "SwissRollConfig",
    "compare_sde_ode",
    "draw_samples",
    "follow_gradient_steps",
    "follow_latent_paths",
    "follow_pull",
    "measure_bounds",
    "measure_kl_bounds",
    "measure_log_density",
    "measure_memory",
    "measure_one_level",
    "measure_order",
    "measure_reverse_step",
    "measure_solver_calls",
    "measure_targets",
    "run_density",
    "run_digit_lane",
    "run_digit_round_trip",
    "run_exact_guidance",
    "run_forward",
    "run_guidance",
    "run_inverse",
    "run_langevin",
    "run_race",
    "run_score_field",
    "run_sweep",
    "run_swiss_roll",
]


@dataclass(frozen=True)
class Experiment:
    """One experiment: a configuration, the function from it to a result, and what can be drawn of the result."""

    config: type[Config]
    run: Callable[[Any], Any]
    result: type
    scene: Callable[[Any], Scene] | None = None
    chart: Callable[[Any], Chart] | None = None


EXPERIMENTS: dict[str, Experiment] = {
    "home": Experiment(SwissRollConfig, run_swiss_roll, SwissRollResult, home.compose),
    "forward": Experiment(ForwardConfig, run_forward, ForwardResult, forward.compose),
    "score": Experiment(ScoreFieldConfig, run_score_field, ScoreFieldResult, score_field.compose),
    "reverse-step": Experiment(ReverseStepConfig, measure_reverse_step, ReverseStepResult, reverse_step.compose),
    "langevin": Experiment(LangevinConfig, run_langevin, LangevinResult, langevin.compose),
    "one-level": Experiment(OneLevelConfig, measure_one_level, OneLevelResult, langevin.one_level),
    "pull": Experiment(PullConfig, follow_pull, PullResult, pull.compose),
    "memory": Experiment(MemoryConfig, measure_memory, MemoryResult, memory.compose),
    "gradient-steps": Experiment(
        GradientStepsConfig,
        follow_gradient_steps,
        GradientStepsResult,
        lambda result: gradient_steps.compose(result, LOOKED_AT, MOST),
    ),
    "density": Experiment(DensityConfig, run_density, DensityResult, density.compose),
    "log-density": Experiment(LogDensityConfig, measure_log_density, LogDensityResult, log_density.compose),
    "bounds": Experiment(BoundsConfig, measure_bounds, BoundsResult, chart=likelihood_charts.totals),
    "kl-bound": Experiment(KLBoundConfig, measure_kl_bounds, KLBoundResult, chart=likelihood_charts.kl_bound),
    "race": Experiment(RaceConfig, run_race, RaceResult, race.compose, ranking_chart.compose),
    "sweep": Experiment(
        SweepConfig, run_sweep, SweepResult, chart=lambda result: quality_chart.compose(result, 2 * result.floor.mean)
    ),
    "order": Experiment(OrderConfig, measure_order, OrderResult, chart=order_chart.compose),
    "anatomy": Experiment(SolverCallsConfig, measure_solver_calls, SolverCallsResult, anatomy.compose),
    "sde-ode": Experiment(
        SDEODEConfig, compare_sde_ode, SDEODEComparison, lambda result: sde_ode.compose(result, axis=0)
    ),
    "latent-paths": Experiment(LatentPathsConfig, follow_latent_paths, LatentPaths, round_trips.compose),
    "digits": Experiment(DigitLaneConfig, run_digit_lane, DigitLaneResult, sampling.inside),
    "digit-guidance": Experiment(
        GuidanceConfig, run_guidance, GuidanceResult, lambda result: guidance.compose([result], across=10)
    ),
    "digit-latents": Experiment(DigitRoundTripConfig, run_digit_round_trip, DigitRoundTripResult, latents.round_trip),
    "digit-inverse": Experiment(InverseConfig, run_inverse, InverseResult, inverse.compose),
    "distil-targets": Experiment(DistilConfig, measure_targets, TargetsResult, chart=distillation_charts.asked),
    "exact-guidance": Experiment(ExactGuidanceConfig, run_exact_guidance, ExactGuidanceResult, exact_guidance.compose),
}


def html(experiment: Experiment, result: object) -> str:
    """What a notebook shows of a result: its scene if it has one, else its chart as an inline picture."""
    if experiment.scene is not None:
        return experiment.scene(result)._repr_html_()
    from diffviz.figures import paper  # brings matplotlib, which nothing else here needs

    assert experiment.chart is not None  # every experiment can be drawn
    return paper.render(experiment.chart(result), "svg", "page").decode()


def _show(experiment: Experiment) -> Callable[[object], str]:
    return lambda result: html(experiment, result)


for _experiment in EXPERIMENTS.values():
    setattr(_experiment.result, "_repr_html_", _show(_experiment))  # noqa: B010 (a class that does not declare it)
