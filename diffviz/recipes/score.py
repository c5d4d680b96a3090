"""What a score is, what it does, and where it comes from."""

from __future__ import annotations

from diffviz.estimate import format_estimate
from diffviz.experiments.score.field import ScoreFieldConfig, run_score_field
from diffviz.experiments.score.langevin import LangevinConfig, run_langevin
from diffviz.experiments.score.memory import MemoryConfig, measure_memory
from diffviz.experiments.score.one_level import OneLevelConfig, measure_one_level
from diffviz.experiments.score.pull import PullConfig, follow_pull
from diffviz.experiments.score.reverse_step import ReverseStepConfig, measure_reverse_step
from diffviz.player import save
from diffviz.scenes.score import field as field_scene
from diffviz.scenes.score import langevin as langevin_scene
from diffviz.scenes.score import memory as memory_scene
from diffviz.scenes.score import pull as pull_scene
from diffviz.scenes.score import reverse_step as reverse_step_scene


def field(config: ScoreFieldConfig) -> None:
    """Density, energy and score of one model at every noise level, and what a noisy point may have come from."""
    result = run_score_field(config)

    # Tweedie's formula: (x + σ²s)/α, computed from the score, is the mean of what the point may have come from.
    for t, tweedie, mean in zip(result.times, result.tweedie, result.past_mean, strict=True):
        print(f"t = {t:.3f}: (x + σ²s)/α = ({tweedie[0]:.2f}, {tweedie[1]:.2f}), mean ({mean[0]:.2f}, {mean[1]:.2f})")

    # A file that plays in any browser, offline.
    scene = field_scene.compose(result)
    save(scene, "score.html")


def reverse_step(config: ReverseStepConfig) -> None:
    """The law that one reverse step should draw from, and the Gaussian that a sampler draws from instead."""
    result = measure_reverse_step(config)

    # The total variation between the two, by the length h of the step in λ.
    for h, distance in zip(result.h, result.total_variation, strict=True):
        print(f"h = {h:.2f}: off by {format_estimate(*distance)}")

    # A file that plays in any browser, offline.
    scene = reverse_step_scene.compose(result)
    save(scene, "reverse-step.html")


def langevin(config: LangevinConfig) -> None:
    """Langevin dynamics with one noise level gets the weights of far modes wrong; many noise levels repair it."""
    result = run_langevin(config)
    for run in (result.plain, result.annealed, result.corrected):
        print(f"{run.title}: {run.nfe} calls, weights off by {run.gap[0]:.3f} before, {run.gap[-1]:.3f} after")
    print(f"Honest draws: {format_estimate(*result.floor)}")

    # Files that play in any browser, offline: the three runs, and what a network of one noise level knows.
    scene = langevin_scene.compose(result)
    save(scene, "langevin.html")
    level = measure_one_level(OneLevelConfig(config.mixture, config.level))
    print(f"Its score is off by {level.where_data:.2f} at the data, {level.where_empty:.2f} in empty space")
    one_level = langevin_scene.one_level(level)
    save(one_level, "one-level.html")


def pull(config: PullConfig) -> None:
    """The data that pull at one particle, and the one answer of a score in four views."""
    result = follow_pull(config)
    held = result.held
    print(f"The particle was placed at t = {result.times[held]:.2f}; there")
    for name, value in {"score": result.score, "noise": result.eps, "data": result.x0, "velocity": result.v}.items():
        print(f"  {name} ({value[held, 0]:.2f}, {value[held, 1]:.2f})")

    # A file that plays in any browser, offline.
    scene = pull_scene.compose(result)
    save(scene, "pull.html")


def memory(config: MemoryConfig) -> None:
    """The exact score of the training points copies them, a small network makes new points: measured, with the truth.

    A copy is a sample that ends nearer to a training point than nine tenths of fresh data do.
    """
    result = measure_memory(config)
    print(f"A network of {result.parameters:,} weights, {config.points:,} points; near is below {result.near:.3f}")
    for lane in (result.empirical, result.learned, result.truth):
        print(f"{lane.title}: copies {format_estimate(*lane.copied(result.near))}")

    # A file that plays in any browser, offline.
    scene = memory_scene.compose(result)
    save(scene, "memory.html")
