"""The same on images of digits."""

from __future__ import annotations

import numpy as np

from diffviz.experiments.digits.guidance import GuidanceConfig, run_guidance
from diffviz.experiments.digits.inverse import InverseConfig, run_inverse
from diffviz.experiments.digits.latents import (
    DigitRoundTripConfig,
    StepCountsConfig,
    run_digit_round_trip,
    run_step_counts,
)
from diffviz.experiments.digits.learning import LearningConfig, Observer, latest_look
from diffviz.experiments.digits.measured import ETAS, STEPS, ddim_table, fast_table, guidance_trade_off
from diffviz.experiments.digits.sampling import DigitLaneConfig, run_digit_lane
from diffviz.experiments.exact_guidance import ExactGuidanceConfig, run_exact_guidance
from diffviz.figures import ddim_table as ddim_chart
from diffviz.figures import guidance as guidance_charts
from diffviz.figures.page import figure
from diffviz.player import save
from diffviz.pretrained.digits import first_weights
from diffviz.runs.history import LossHistory
from diffviz.runs.snapshot import Snapshot
from diffviz.scenes import exact_guidance as exact_guidance_scene
from diffviz.scenes.digits import guidance as guidance_scene
from diffviz.scenes.digits import inverse as inverse_scene
from diffviz.scenes.digits import latents as latents_scene
from diffviz.scenes.digits import learning as learning_scene
from diffviz.scenes.digits import measured as measured_scene
from diffviz.scenes.digits import sampling as sampling_scene
from diffviz.training.loop import TrainingConfig, TrainState, training_steps


def inside(config: DigitLaneConfig) -> None:
    """Digits drawn by one sampler, from inside: the state, the denoised digits, the noise and the score."""
    result = run_digit_lane(config)
    print(f"{result.path.nfe} network calls, {result.clear:.0%} ± {result.clear_error:.0%} clear digits")

    # A file that plays in any browser, offline.
    scene = sampling_scene.inside(result)
    save(scene, "digits.html")


def side_by_side(configs: list[DigitLaneConfig]) -> None:
    """Digits drawn by several samplers from the same noise."""
    results = [run_digit_lane(config) for config in configs]
    for result in results:
        clear = f"{result.clear:.0%} ± {result.clear_error:.0%} clear digits"
        print(f"{result.config.lane.title}: {result.path.nfe} network calls, {clear}")

    # A file that plays in any browser, offline.
    scene = sampling_scene.side_by_side(results)
    save(scene, "digits.html")


def learn(config: LearningConfig, settings: TrainingConfig, start: str) -> None:
    """A network learns to draw images, from scratch or from where an earlier run had come to.

    The real images are fetched once if they are not on this machine. On one core the training takes minutes.
    """
    real, weights = config.real, first_weights(start)

    # The training is a generator that yields after every step.
    losses = LossHistory()
    for progress in training_steps(settings, real, seed=0, weights=weights):
        losses.add(progress.step, progress.loss)
        if progress.step % 100 == 0:
            print(f"step {progress.step} of {progress.steps}: loss {progress.smooth_loss:.4f}")

    # The averaged weights of the last step, as a score model that any sampler takes.
    model = TrainState(settings, tuple(real.shape[1:]), seed=0).load(progress.weights)
    look = Observer(config)(model)

    # A file that plays in any browser, offline.
    result = latest_look(config, settings.schedule, Snapshot(progress, look, losses.curve(), ()))
    scene = learning_scene.live(result)
    save(scene, "digits-training.html")


def measured(eta: str, steps: int) -> None:
    """The table of the DDIM paper, measured on digits; eta, steps: which of its samplers is looked at more closely."""
    table = ddim_table()
    place = ETAS.index(eta), STEPS.index(steps)
    clear = f"{table.clear[place]:.0%} clear"
    print(f"η = {eta}, S = {steps}: {table.samples[place]:,.0f} samples, {clear}")
    for cell in fast_table().cells:
        print(f"{cell.sampler}: {cell.excess.value:.0f} above real digits in {cell.calls} calls")

    # A chart with hover and zoom, and digits of one of its cells.
    chart = ddim_chart.compose(table.excess)
    figure(chart).write_html("ddim-table.html")
    scene = measured_scene.cell(table.tiles[place], f"η = {eta}, S = {steps}", clear)
    save(scene, "ddim-digits.html")


def guidance(configs: list[GuidanceConfig], across: int) -> None:
    """Digits that were asked for, by kinds of guidance; across: digits in a row."""
    results = [run_guidance(config) for config in configs]
    for result in results:
        print(f"{result.title}: {result.path.nfe} network calls, {result.read_as_asked:.0%} read as asked")

    # A file that plays in any browser, offline.
    scene = guidance_scene.compose(results, across)
    save(scene, "guidance.html")


def exact_guidance(config: ExactGuidanceConfig) -> None:
    """Guidance towards one class of a mixture, where it is exact, beside the law that its formula promises."""
    result = run_exact_guidance(config)
    print(f"sliced W₂ {result.distance:.3f} from what is promised, floor {result.floor:.3f}")

    # A file that plays in any browser, offline.
    scene = exact_guidance_scene.compose(result)
    save(scene, "exact-guidance.html")


def trade_off() -> None:
    """What guidance gains in fidelity and loses in diversity, as it was measured on digits and is shipped."""
    table = guidance_trade_off()
    for kind, shares in zip(table.kinds, table.read_as_asked.value, strict=True):
        print(kind, np.round(shares, 3), "read as asked at w =", table.scales)

    # Charts with hover and zoom; figure(...).show() opens one at once.
    for chart in guidance_charts.compose(table):
        figure(chart).write_html(f"{chart.title}.html")


def round_trip(config: DigitRoundTripConfig) -> None:
    """Real digits encoded to noise by the probability flow and decoded again; two of them interpolated."""
    result = run_digit_round_trip(config)
    print(f"{result.nfe / 2:g} calls each way, {result.error:.2g} lost (RMS a pixel)")

    # A file that plays in any browser, offline.
    scene = latents_scene.round_trip(result)
    save(scene, "latents.html")


def step_counts(config: StepCountsConfig) -> None:
    """The same latents decoded in ever more steps: what they become does not depend on how finely they are followed."""
    result = run_step_counts(config)
    print("RMS distance from the finest, a pixel:", ", ".join(f"{distance:.2g}" for distance in result.distances))

    # A file that plays in any browser, offline.
    scene = latents_scene.step_counts(result)
    save(scene, "step-counts.html")


def inverse(config: InverseConfig) -> None:
    """Digits completed from what is known of them, by a sampler that was not trained for that."""
    result = run_inverse(config)
    print(f"{result.path.nfe} calls, {result.read_as_real:.0%} read as the digit it was")
    print(f"known part off by {result.known_error:.1g} a pixel")

    # A file that plays in any browser, offline.
    scene = inverse_scene.compose(result)
    save(scene, "inverse.html")
