"""Networks on points in the plane that come with the lab. Each was made by the command on its card:

diffviz train swiss-roll assets/samplers/swiss-roll.safetensors --set steps=10000 --set decay=cosine

One more, `ring-variance`, answers the variance of a reverse step beside its prediction.
"""

from __future__ import annotations

from dataclasses import fields

from diffviz.config import ConfigError
from diffviz.data import DATASETS, Dataset, Ring
from diffviz.locations import ASSETS
from diffviz.pretrained.checkpoint import load_checkpoint
from diffviz.schedules import DiscreteDDPM, GaussianSchedule
from diffviz.scores.learned import LearnedScore
from diffviz.training.loop import TrainingConfig, TrainState

SHIPPED: dict[str, Dataset] = {
    slug: DATASETS[slug]()
    for slug in (
        *("swiss-roll", "moons", "circles", "spirals", "pinwheel", "checkerboard", "s-curve", "letters", "smiley"),
        *("ring", "grid", "random", "placed"),
    )
}
FOLDER = ASSETS / "samplers"
POINTS = 8_000
LONG_CONFIG = TrainingConfig(steps=10_000, decay="cosine")


def is_shipped(dataset: Dataset) -> bool:
    """Whether a network for exactly this data set, parameters included, comes with the lab."""
    return shipped_slug(dataset) is not None


def shipped_slug(dataset: Dataset) -> str | None:
    """The name of the shipped network for exactly this data set, parameters included, or None."""
    return next((slug for slug, known in SHIPPED.items() if repr(known) == repr(dataset)), None)


def shipped(dataset: Dataset) -> LearnedScore | None:
    """The shipped network for exactly this data set, parameters included, or None.

    Raises `CheckpointError` if its file is missing or damaged.
    """
    train_state = shipped_state(dataset)
    return None if train_state is None else train_state.model


def shipped_state(dataset: Dataset) -> TrainState | None:
    """The same with its settings and flat weights, as a student's teacher; may raise likewise."""
    slug = shipped_slug(dataset)
    return None if slug is None else _load(slug)


def shipped_teacher(dataset: Dataset) -> TrainState:
    """The same where there must be one; `ConfigError` for data without."""
    state = shipped_state(dataset)
    if state is None:
        raise ConfigError(f"{dataset.title} has no shipped network for these parameters to teach.")
    return state


def shipped_with_variance(dataset: Dataset, schedule: GaussianSchedule) -> LearnedScore | None:
    """The shipped network that answers a variance too, if it learned exactly these data on this schedule, or None."""
    fits = repr((dataset, schedule)) == repr((Ring(), DiscreteDDPM()))
    return _load("ring-variance").model if fits else None


def shipped_alike(dataset: Dataset) -> TrainState | None:
    """The shipped network for data that differ in real numbers alone, to start from, or None.

    Such are noise, a width, or where as many Gaussians stand. Another count or word makes another shape, of which it
    knows nothing.
    """
    slug = next((slug for slug, known in SHIPPED.items() if _shape(known) == _shape(dataset)), None)
    return None if slug is None else _load(slug)


def _shape(dataset: Dataset) -> tuple[object, ...]:
    return type(dataset), *(_without_numbers(getattr(dataset, field.name)) for field in fields(dataset))


def _without_numbers(value: object) -> object:
    """The same with every real number left blank, in nested tuples too."""
    if isinstance(value, tuple):
        return tuple(map(_without_numbers, value))
    return None if isinstance(value, float) else value


def _load(slug: str) -> TrainState:
    return load_checkpoint(FOLDER / f"{slug}.safetensors")[0]
