"""Every catalogue is complete, says where its entries come from, and what it lists works everywhere."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from functools import cache
from typing import get_args

import numpy as np
import pytest
import torch
from torch import Tensor

from diffviz import data, grids, metrics, samplers, schedules
from diffviz.config import Choice, ConfigError, Domain, Entry, Flag, Value
from diffviz.data import DATASETS, Dataset, DrawnPoints, UploadedPoints
from diffviz.experiments.families import FAMILIES, FAMILY_OF
from diffviz.figures.chart import GROUPS, Marker
from diffviz.grids import GRIDS, Grid
from diffviz.metrics import METRICS, Metric
from diffviz.noise import BrownianPath, WhiteNoise
from diffviz.objectives import OBJECTIVES, TARGETS, TIME_SAMPLERS, WEIGHTINGS, Objective, TimeSampler, Weighting
from diffviz.pretrained.students import STUDENTS
from diffviz.protocols import Array
from diffviz.samplers import (
    CONDITIONAL_SAMPLERS,
    PROBABILITY_FLOW_SAMPLERS,
    SAMPLERS,
    ClassifierGuidedDDPM,
    ConditionedSampler,
    Sampler,
    prior,
    sample,
)
from diffviz.samplers.inverse import Mask
from diffviz.schedules import SCHEDULES, GaussianSchedule
from diffviz.scores.empirical import EmpiricalScore
from diffviz.trajectory import Trajectory

CATALOGUES: dict[str, Mapping[str, type[Entry]]] = {
    "samplers": SAMPLERS,
    "schedules": SCHEDULES,
    "data": DATASETS,
    "grids": GRIDS,
    "metrics": METRICS,
    "objectives": OBJECTIVES,
    "weightings": WEIGHTINGS,
    "time samplers": TIME_SAMPLERS,
    "students": STUDENTS,
}
ENTRIES = [pytest.param(e, id=f"{name}-{slug}") for name, c in CATALOGUES.items() for slug, e in c.items()]
# What a conditional sampler needs beside its defaults, for states of some shape: a pull, or every other column known.
CONDITIONED: dict[str, Callable[[tuple[int, ...]], Sampler]] = {
    "classifier-guided-ddpm": lambda shape: ClassifierGuidedDDPM(lambda x, t: -x),
    "conditioned": lambda shape: ConditionedSampler(Mask(torch.arange(shape[-1]) % 2), torch.ones(shape)),
}
EVERY_SAMPLER = {**SAMPLERS, **CONDITIONAL_SAMPLERS}
BROUGHT = {DrawnPoints, UploadedPoints}  # made from points that a person gives, so no catalogue can build them


def _concrete(base: type, folder: object) -> Iterator[type]:
    """Concrete subclasses of `base` defined in the modules of a package."""
    for info in pkgutil.iter_modules(folder.__path__, f"{folder.__name__}."):  # type: ignore[attr-defined]
        for _, cls in inspect.getmembers(importlib.import_module(info.name), inspect.isclass):
            if issubclass(cls, base) and cls.__module__ == info.name and not inspect.isabstract(cls):
                yield cls


@pytest.mark.parametrize("entry", ENTRIES)
def test_an_entry_has_a_title_a_source_a_formula_and_a_docstring_and_builds_from_defaults(entry: type[Entry]) -> None:
    assert entry.title and entry.paper and entry.latex and (entry.__doc__ or "").strip()
    assert entry() == entry() and repr(entry()) == repr(entry())


@pytest.mark.parametrize("slug", CONDITIONAL_SAMPLERS)
def test_a_conditional_sampler_has_a_title_a_source_and_a_docstring(slug: str) -> None:
    kind = CONDITIONAL_SAMPLERS[slug]
    assert kind.title and kind.paper and kind.latex and (kind.__doc__ or "").strip()
    assert type(CONDITIONED[slug]((2,))) is kind
    assert kind.title not in {other.title for other in SAMPLERS.values()}


@pytest.mark.parametrize("slug", TARGETS)
def test_a_target_has_a_title_a_source_and_a_formula(slug: str) -> None:
    target = TARGETS[slug]
    assert target.title and target.paper and target.latex


@pytest.mark.parametrize("name", CATALOGUES)
def test_titles_are_told_apart_and_slugs_fit_a_link(name: str) -> None:
    catalogue = CATALOGUES[name]
    assert len({entry.title for entry in catalogue.values()}) == len(catalogue)
    assert all(slug.replace("-", "").isalnum() and slug == slug.lower() for slug in catalogue)


@pytest.mark.parametrize(
    ("base", "folder", "catalogue"),
    [
        (Sampler, samplers, EVERY_SAMPLER),
        (GaussianSchedule, schedules, SCHEDULES),
        (Dataset, data, DATASETS),
        (Grid, grids, GRIDS),
        (Metric, metrics, METRICS),
        (Objective, importlib.import_module("diffviz.objectives"), OBJECTIVES),
        (Weighting, importlib.import_module("diffviz.objectives"), WEIGHTINGS),
        (TimeSampler, importlib.import_module("diffviz.objectives"), TIME_SAMPLERS),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_every_concrete_class_of_a_folder_is_listed(
    base: type, folder: object, catalogue: Mapping[str, type[Entry]]
) -> None:
    concrete = {cls for cls in _concrete(base, folder) if getattr(cls, "title", "")}
    families = set(_concrete(base, folder)) - concrete - {data.PointSet}
    assert concrete - BROUGHT == set(catalogue.values())
    # A class without a title is a family that listed ones are built on, never a kind of its own.
    assert all(any(issubclass(entry, cls) for entry in catalogue.values()) for cls in families)


def _outermost(domain: Domain) -> tuple[Value, ...]:
    """Every option, or both ends of a range."""
    match domain:
        case Flag():
            return False, True
        case Choice(options=options):
            return tuple(options)
        case _:
            return domain.low, domain.high


@pytest.mark.parametrize("slug", PROBABILITY_FLOW_SAMPLERS)
def test_only_noise_parameters_take_a_sampler_off_the_probability_flow(slug: str) -> None:
    kind, noisy = PROBABILITY_FLOW_SAMPLERS[slug], set()
    for parameter in kind.parameters():
        for value in _outermost(parameter.domain):
            with suppress(ConfigError):  # some ends do not go with the other defaults
                noisy |= {parameter.name} if kind(**{parameter.name: value}).stochastic else set()
    declared = set(kind.noise_parameters)
    assert noisy <= declared <= {parameter.name for parameter in kind.parameters()}
    assert bool(noisy) == bool(declared)


@pytest.mark.parametrize("slug", DATASETS)
def test_data_reproduce_for_a_seed_and_differ_between_seeds(slug: str) -> None:
    dataset = DATASETS[slug]()
    points = dataset.draw(64, 5)
    assert points.shape == (64, 2) and np.isfinite(points).all()
    assert np.array_equal(points, DATASETS[slug]().draw(64, 5))
    assert not np.array_equal(points, dataset.draw(64, 6))


def _made(slug: str, shape: tuple[int, ...]) -> Sampler:
    return SAMPLERS[slug]() if slug in SAMPLERS else CONDITIONED[slug](shape)


@cache
def _run(sampler: str, schedule: str, grid: str, shape: tuple[int, ...], seed: int, count: int) -> Trajectory:
    """A short run on the exact score of five points of the given shape."""
    plan = SCHEDULES[schedule]()
    points = torch.randn(5, *shape, generator=torch.Generator().manual_seed(7))
    noise = BrownianPath(seed, (count, *shape), float(plan.lam(plan.t_max)), float(plan.lam(plan.t_min)))
    times = GRIDS[grid]().times(plan, 6)
    return sample(_made(sampler, shape), EmpiricalScore(plan, points), prior(plan, noise), times, noise)


@pytest.mark.parametrize("shape", [(2,), (1, 28, 28)], ids=["plane", "images"])
@pytest.mark.parametrize("schedule", SCHEDULES)
@pytest.mark.parametrize("sampler", EVERY_SAMPLER)
def test_every_sampler_runs_on_every_schedule(sampler: str, schedule: str, shape: tuple[int, ...]) -> None:
    run = _run(sampler, schedule, "logsnr", shape, 0, 3)
    assert torch.isfinite(run.x).all() and torch.isfinite(run.x0).all()
    assert run.x.shape == (len(run.t), 3, *shape) and run.x0.shape == (len(run.t) - 1, 3, *shape)
    if EVERY_SAMPLER[sampler].gridded:
        assert np.array_equal(run.t, GRIDS["logsnr"]().times(SCHEDULES[schedule](), 6))


@pytest.mark.parametrize("sampler", EVERY_SAMPLER)
def test_a_seed_reproduces_and_a_particle_does_not_notice_the_others(sampler: str) -> None:
    few = _run(sampler, "cosine", "logsnr", (2,), 3, 4)
    again = _run.__wrapped__(sampler, "cosine", "logsnr", (2,), 3, 4)
    assert torch.equal(few.x, again.x)
    many = _run(sampler, "cosine", "logsnr", (2,), 3, 9)
    if EVERY_SAMPLER[sampler].adaptive:  # the steps are chosen for all together, within the tolerance
        torch.testing.assert_close(many.final[:4], few.final, rtol=0.01, atol=0.01)
    else:
        torch.testing.assert_close(many.x[:, :4], few.x, rtol=1e-4, atol=1e-4)
    assert not torch.equal(few.x, _run(sampler, "cosine", "logsnr", (2,), 4, 4).x)


@pytest.mark.parametrize("sampler", EVERY_SAMPLER)
def test_what_a_budget_is_planned_to_cost_is_what_is_counted(sampler: str) -> None:
    solver = _made(sampler, (2,))
    run = _run(sampler, "cosine", "logsnr", (2,), 0, 3)
    if solver.adaptive:  # plans nothing: the tolerance decides
        assert run.nfe >= len(run.t) - 1
        return
    assert run.nfe == solver.calls(6)
    for budget in (2, 5, 10, 99):
        steps = solver.steps_for(budget)
        assert (steps == 1 or solver.calls(steps) <= budget) and budget < solver.calls(steps + 1)


def _precise(sampler: Sampler, grid: Array, start: Tensor | None = None) -> Trajectory:
    """A run in double precision on the exact score of five points, from `start` or from the prior."""
    schedule = SCHEDULES["cosine"]()
    points = torch.randn(5, 2, generator=torch.Generator().manual_seed(7), dtype=torch.float64)
    noise = WhiteNoise(3, (4, 2), torch.float64)
    start = prior(schedule, noise) if start is None else start
    return sample(sampler, EmpiricalScore(schedule, points), start, grid, noise)


@pytest.mark.parametrize("slug", EVERY_SAMPLER)
def test_a_sampler_without_memory_goes_on_the_same_from_any_node_and_another_does_not(slug: str) -> None:
    sampler, times = _made(slug, (2,)), GRIDS["logsnr"]().times(SCHEDULES["cosine"](), 8)
    if not sampler.gridded:  # it does not stand at the grid's nodes, so no run can be cut there
        assert not sampler.memoryless
        return
    whole = _precise(sampler, times)
    resumed = _precise(sampler, times[4:], whole.x[4])
    assert torch.allclose(resumed.final, whole.final, rtol=1e-10, atol=1e-10) == sampler.memoryless


@pytest.mark.parametrize("slug", EVERY_SAMPLER)
def test_of_a_grid_only_the_ends_count_for_an_adaptive_sampler_and_all_times_for_another(slug: str) -> None:
    coarse, fine = (
        _precise(_made(slug, (2,)), GRIDS["logsnr"]().times(SCHEDULES["cosine"](), steps)).final for steps in (3, 6)
    )
    assert torch.equal(coarse, fine) == EVERY_SAMPLER[slug].adaptive


@pytest.mark.parametrize("schedule", SCHEDULES)
@pytest.mark.parametrize("grid", GRIDS)
def test_every_grid_falls_from_end_to_end_of_every_schedule(grid: str, schedule: str) -> None:
    plan = SCHEDULES[schedule]()
    for steps in (1, 2, 17):
        times = GRIDS[grid]().times(plan, steps)
        assert times.shape == (steps + 1,) and times.dtype == np.float64
        assert times[-1] == plan.t_min and (np.diff(times) < 0).all()
        assert times[0] == plan.t_max if GRIDS[grid].whole else plan.t_min < times[0] < plan.t_max


@pytest.mark.parametrize("slug", METRICS)
def test_a_metric_is_zero_for_the_same_set_and_the_same_both_ways(slug: str) -> None:
    metric, roll = METRICS[slug](), DATASETS["swiss-roll"]()
    a, b = roll.draw(200, 0), roll.draw(150, 1) + 0.5
    assert metric(a, a) == pytest.approx(0, abs=1e-9)
    assert metric(a, b) == pytest.approx(metric(b, a)) and metric(a, b) > 0


def test_every_sampler_stands_in_the_family_that_its_steps_make_it() -> None:
    """By what is declared of it: whether it chooses its own steps, draws noise, remembers, or calls inside a step."""

    def family(kind: type[Sampler]) -> str:
        if not kind.adaptive and (kind.order is None or not kind.gridded):
            return "Langevin"
        if kind.adaptive or kind().stochastic:
            return "Adaptive" if kind.adaptive else "Stochastic"
        if not kind.memoryless:
            return "Multistep"
        return "Singlestep" if kind.cost > 1 else "One call a step"

    assert {slug: family(kind) for slug, kind in SAMPLERS.items()} == {slug: FAMILY_OF[slug] for slug in SAMPLERS}
    assert list(SAMPLERS) == [slug for members in FAMILIES.values() for slug in members if slug in SAMPLERS]
    assert len(FAMILIES) <= GROUPS and all(len(members) <= len(get_args(Marker)) for members in FAMILIES.values())
