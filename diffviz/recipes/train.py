"""Score networks that learn."""

from __future__ import annotations

from diffviz.data import Dataset
from diffviz.experiments.evaluator import Evaluator, learning_problem
from diffviz.experiments.gradient_steps import LOOKED_AT, MOST, GradientStepsConfig, follow_gradient_steps
from diffviz.experiments.learning import Observer
from diffviz.experiments.objectives import CONTESTANTS, SideBySideObserver, comparison
from diffviz.networks import MLP
from diffviz.player import save
from diffviz.runs.history import LossHistory
from diffviz.runs.snapshot import Snapshot
from diffviz.scenes import gradient_steps as steps_scene
from diffviz.scenes import learning as learning_scene
from diffviz.scenes import objectives as objectives_scene
from diffviz.schedules import GaussianSchedule
from diffviz.training.loop import TrainingConfig, TrainState, training_steps
from diffviz.training.side_by_side import SideBySideState, side_by_side_steps


def learn(dataset: Dataset, config: TrainingConfig, seed: int, share: float) -> None:
    """A small network learns the score of points in the plane; what it draws is measured against fresh data.

    At time t, a share of the way from data to noise, its score field is drawn beside the exact one.
    """
    problem = learning_problem(dataset, config.schedule, seed)
    evaluator = Evaluator(problem)

    # The training is a generator that yields after every step.
    losses = LossHistory()
    for progress in training_steps(config, problem.data.points, seed):
        losses.add(progress.step, progress.loss)
        if progress.step % 1000 == 0:
            print(f"step {progress.step} of {progress.steps}: loss {progress.smooth_loss:.4f}")

    # The averaged weights of the last step, as a score model that any sampler takes.
    model = TrainState(config, (2,), seed).load(progress.weights)
    look = Observer(evaluator, share)(model, progress)
    low, high = evaluator.floor.band
    print(f"sliced W₂ {look.distances[-1, 1]:.3f} (real data among themselves: {low:.3f} to {high:.3f})")

    # A file that plays in any browser, offline.
    fields = evaluator.fields(look.learned[None], [look.t])
    snapshot = Snapshot(progress, look, losses.curve(), ())
    scene = learning_scene.live(evaluator.setting, snapshot, look, fields)
    save(scene, "training.html")


def objectives(
    compared: tuple[str, ...],
    dataset: Dataset,
    schedule: GaussianSchedule,
    steps: int,
    rate: float,
    network: MLP,
    seed: int,
) -> None:
    """Networks learn by different objectives, on the same points and from the same first weights."""
    config = comparison(compared, schedule, steps, rate, network)
    problem = learning_problem(dataset, schedule, seed)

    # All take a step in turn; the exact score is there for an objective that regresses it.
    for progress in side_by_side_steps(config, problem.data.points, seed, problem.exact):
        if progress.step % 500 == 0:
            print(f"step {progress.step} of {progress.steps}")

    # The averaged weights of the last step, as score models that any sampler takes.
    evaluator = Evaluator(problem)
    models = SideBySideState(config, (2,), seed).load(progress.weights)
    look = SideBySideObserver(evaluator)(models, progress)
    titles = [CONTESTANTS[slug].title for slug in compared]
    for title, distance in zip(titles, look.distances[-1], strict=True):
        print(f"{title}: sliced W₂ {distance:.3f} (real data among themselves: {evaluator.floor.mean:.3f})")

    # A file that plays in any browser, offline.
    scene = objectives_scene.live(evaluator.setting, titles, look, steps)
    save(scene, "objectives.html")


def gradient_steps(config: GradientStepsConfig) -> None:
    """A training, followed gradient step by gradient step: what each asked for, and what the network answered."""
    result = follow_gradient_steps(config)

    # The error that the loss squares is the distance from the tip of an answer's arrow to that of its target.
    step = result.shown
    print(f"loss of the batch {step.loss(step.before):.3f} before the step, {step.loss(step.after):.3f} after it")
    print(f"the exact answer, the mean of all targets, would cost {step.loss(step.mean):.3f}")

    # A file that plays in any browser, offline.
    save(steps_scene.compose(result, LOOKED_AT, MOST), "steps.html")
