"""Configurations from words on a command line: entries of catalogues, and settings named by their path."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from typing import Any, TypeVar

from diffviz.config import Config, ConfigError, Entry, Range, quoted
from diffviz.data import DATASETS
from diffviz.experiments.lane import AnyLane, Entrant, ShippedMethod, lane_of
from diffviz.experiments.problem import SCORE_SOURCES, Problem
from diffviz.grids import GRIDS
from diffviz.metrics import METRICS
from diffviz.pretrained.card import to_json
from diffviz.pretrained.shapes import shipped_slug
from diffviz.pretrained.students import STUDENTS
from diffviz.samplers import SAMPLERS
from diffviz.schedules import SCHEDULES

E = TypeVar("E", bound=Entry)
C = TypeVar("C", bound=Config)

NFE = Range(1, 10_000)

# Where the word for a field of a configuration is looked up.
CATALOGUES: Mapping[str, Mapping[str, type[Entry]]] = {
    "dataset": DATASETS,
    "source": SCORE_SOURCES,
    "schedule": SCHEDULES,
    "sampler": SAMPLERS,
    "samplers": SAMPLERS,
    "grid": GRIDS,
    "metric": METRICS,
}


def entry(text: str, catalogue: Mapping[str, type[E]], name: str) -> E:
    """An entry of a catalogue, as `slug` or as `slug:parameter=value,parameter=value`; `ConfigError` for any other."""
    slug, _, parameters = text.partition(":")
    if slug not in catalogue:
        raise ConfigError(f"{name} must be one of {', '.join(catalogue)}, got {quoted(slug)}.")
    return catalogue[slug].parse(dict(name_and_value(pair) for pair in parameters.split(",") if pair))


def chosen_problem(data: str, score: str, seed: str) -> Problem:
    """The problem that three words choose."""
    dataset, source = entry(data, DATASETS, "data"), entry(score, SCORE_SOURCES, "score")
    return with_settings(Problem(dataset, source), [f"seed={seed}"])


def chosen_lanes(samplers: Sequence[str], nfe: str, grid: str, problem: Problem) -> tuple[AnyLane, ...]:
    """A lane for each sampler on the problem's score, in the most steps that `nfe` network calls pay for."""
    chosen = chosen_entrants(samplers, problem)
    calls, spacing = NFE.parse("nfe", nfe, int), entry(grid, GRIDS, "grid")
    return tuple(lane_of(sampler, spacing, sampler.steps_for(calls), problem.source) for sampler in chosen)


def chosen_entrants(samplers: Sequence[str], problem: Problem) -> tuple[Entrant, ...]:
    """Samplers with their parameters, and students that come with the lab for the problem's data, by their methods."""
    data = shipped_slug(problem.dataset)
    return tuple(
        ShippedMethod(text, data or "") if text in STUDENTS else entry(text, SAMPLERS, "sampler") for text in samplers
    )


def with_settings(config: C, texts: Sequence[str]) -> C:
    """The configuration with each NAME=VALUE put in place; NAME is a path such as `problem.seed`."""
    for text in texts:
        name, value = name_and_value(text)
        config = _with(config, name.split("."), value, name)
    return config


def changed_card(settings: Config, texts: Sequence[str]) -> dict[str, Any]:
    """Settings as on a card, with each NAME=VALUE put in place; names are those of the card, such as network.width."""
    card: dict[str, Any] = to_json(settings)
    for text in texts:
        name, value = name_and_value(text)
        *path, last = name.split(".")
        place: Any = card
        for step in path:
            place = place.get(step) if isinstance(place, dict) else None
        if not isinstance(place, dict):
            raise ConfigError(f"A setting is NAME=VALUE with a name as on the card, got {quoted(text)}.")
        if isinstance(place.get(last), dict):
            place[last] = {"kind": value}  # another kind of network, schedule, ...: its own settings start afresh
        else:
            place[last] = _plain(value)
    return card


def _plain(text: str) -> bool | float | str:
    if text in ("true", "false"):
        return text == "true"
    try:
        return float(text)
    except ValueError:
        return text


def name_and_value(text: str) -> tuple[str, str]:
    """The two sides of NAME=VALUE; `ConfigError` if it is not of that form."""
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise ConfigError(f"A setting is NAME=VALUE, got {quoted(text)}.")
    return name, value


def _with(config: C, path: Sequence[str], value: str, name: str) -> C:
    field, *rest = path
    known = {f.name for f in fields(config)}
    if field not in known:
        raise ConfigError(f"{type(config).__name__} has no {quoted(field)} to set; it has {', '.join(sorted(known))}.")
    current: Any = getattr(config, field)
    if rest:
        if not isinstance(current, Config):
            raise ConfigError(f"{field} of {quoted(name)} has no settings of its own.")
        return replace(config, **{field: _with(current, rest, value, name)})
    return replace(config, **{field: _read(config, field, current, value)})


def _read(config: Config, field: str, current: object, value: str) -> object:
    if any(parameter.name == field for parameter in config.parameters()):
        return config.parameter(field).parse(value)
    if field in CATALOGUES and isinstance(current, tuple):
        return tuple(entry(word, CATALOGUES[field], field) for word in value.split("+"))
    if field in CATALOGUES:
        return entry(value, CATALOGUES[field], field)
    raise ConfigError(f"{field} cannot be set from a command line.")
