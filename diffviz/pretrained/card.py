"""Training settings as plain JSON and back: nested configurations carry their slug in a catalogue."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any, TypeVar

from diffviz.config import Config, ConfigError, quoted
from diffviz.networks import NETWORKS, Classifier
from diffviz.objectives import OBJECTIVES, TIME_SAMPLERS, WEIGHTINGS
from diffviz.schedules import SCHEDULES
from diffviz.training.classifier import ClassifierTrainingConfig
from diffviz.training.loop import TrainingConfig

C = TypeVar("C", bound=Config)

_CATALOGUES: Mapping[str, Mapping[str, type[Config]]] = {
    "network": {**NETWORKS, "classifier": Classifier},
    "objective": OBJECTIVES,
    "weighting": WEIGHTINGS,
    "times": TIME_SAMPLERS,
    "schedule": SCHEDULES,
}

LARGEST, LONGEST_TEXT = 2**63, 60  # of any setting


def to_json(config: Config) -> dict[str, Any]:
    """The fields of a configuration; a nested one carries its slug as `kind`. `ConfigError` if it is not listed."""
    values: dict[str, Any] = {}
    for field in fields(config):
        value = getattr(config, field.name)
        values[field.name] = (
            {"kind": _slug(field.name, value), **to_json(value)} if isinstance(value, Config) else value
        )
    return values


def from_json(values: Mapping[str, Any]) -> TrainingConfig | ClassifierTrainingConfig:
    """The settings described, those of a classifier if that is the network.

    Raises `ConfigError` for an unknown field or kind, or a value out of range.
    """
    network = values.get("network")
    classifies = isinstance(network, Mapping) and network.get("kind") == "classifier"
    return built(ClassifierTrainingConfig, values) if classifies else built(TrainingConfig, values)


def built(kind: type[C], values: Mapping[str, Any]) -> C:
    """The configuration of a kind that JSON describes; raises `ConfigError` like `from_json`."""
    known = {field.name for field in fields(kind)}
    unknown = sorted(set(values) - known)
    if unknown:
        raise ConfigError(f"{kind.__name__} has no field {quoted(unknown[0])}.")
    return kind(**{name: (_nested if name in _CATALOGUES else _plain)(name, value) for name, value in values.items()})


def _nested(name: str, value: Any) -> Any:
    kind = value.get("kind") if isinstance(value, Mapping) else value
    if not isinstance(value, Mapping) or not isinstance(kind, str) or kind not in _CATALOGUES[name]:
        told = quoted(kind) if isinstance(kind, str) else "what it holds"
        raise ConfigError(f"{told} is no known {name}.")
    return built(_CATALOGUES[name][kind], {k: v for k, v in value.items() if k != "kind"})


def _plain(name: str, value: Any) -> Any:
    """The value of a field without fields of its own; its configuration checks which are in range."""
    word = isinstance(value, str) and len(value) <= LONGEST_TEXT
    if word or isinstance(value, float) or (isinstance(value, int) and abs(value) <= LARGEST):
        return value
    raise ConfigError(f"{name} is no number and no word.")


def _slug(name: str, value: Config) -> str:
    for slug, kind in _CATALOGUES.get(name, {}).items():
        if type(value) is kind:
            return slug
    raise ConfigError(f"{type(value).__name__} is in no catalogue, so it cannot be saved as a {name}.")
