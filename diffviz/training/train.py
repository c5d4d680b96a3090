"""A whole training in one call."""

from __future__ import annotations

from diffviz.cancellation import raise_if_cancelled
from diffviz.data import Dataset, prepare
from diffviz.training.loop import Progress, TrainingConfig, TrainState, training_steps

POINTS = 8_000
QUICK_CONFIG = TrainingConfig(steps=800, decay="cosine")  # three seconds of one core


def train(
    dataset: Dataset, config: TrainingConfig = QUICK_CONFIG, seed: int = 0, start: TrainState | None = None
) -> TrainState:
    """Train on 8,000 normalised points of `dataset` to the end: by default briefly, in three seconds of one core.

    start: trained before on something alike, whose weights are the first ones; else the seed draws them. The seed draws
    the points and the batches too. What is returned holds the averaged weights; its `model` is the score model. Raises
    `ConfigError` like `training_steps`, of which it is the last step, and if the weights to start from do not fit.
    """
    train_state = TrainState(config, (2,), seed)
    weights = None if start is None else train_state.inherit(start)
    last: Progress | None = None
    for progress in training_steps(config, prepare(dataset, POINTS, seed).points, seed, weights=weights):
        raise_if_cancelled(progress.step / progress.steps)
        last = progress
    if last is not None:
        train_state.load(last.weights)
    return train_state
