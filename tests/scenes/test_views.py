"""The pictures of the race's other views: anatomy, SDE beside ODE, both ways."""

from __future__ import annotations

import colorsys

import numpy as np
import pytest
import torch

from diffviz.data import Ring
from diffviz.experiments.problem import ExactSource, Problem, brownian_path
from diffviz.experiments.round_trips import LatentPathsConfig, follow_latent_paths
from diffviz.experiments.sde_ode import FAN, Ensembles, SDEODEComparison, SDEODEConfig
from diffviz.experiments.solver_calls import SolverCallsConfig, SolverCallsResult, record_calls
from diffviz.figures.palette import palette
from diffviz.grids import UniformLogSNR
from diffviz.noise import WhiteNoise
from diffviz.player import Arrows, Axes, Heat, Points, Trails
from diffviz.samplers import SAMPLERS, prior
from diffviz.scenes import anatomy, round_trips, sde_ode

RING = Problem(Ring(), ExactSource())


@pytest.mark.parametrize("slug", SAMPLERS)
def test_there_are_as_many_arrows_as_calls(slug: str) -> None:
    schedule, white = RING.exact.schedule, WhiteNoise(0, (1, 2), torch.float64)
    times, noise = UniformLogSNR().times(schedule, 5), brownian_path(schedule, (1, 2), 0, torch.float64)
    calls = record_calls(SAMPLERS[slug](), RING.exact, prior(schedule, white), times, noise)
    scene = anatomy.compose(SolverCallsResult(SolverCallsConfig(RING), (calls,), calls.nodes, RING.real[0]))
    layers = scene.panes[0].layers
    before, now = (layer for layer in layers if isinstance(layer, Arrows))
    drawn = np.isfinite(before.vectors).all(-1) | np.isfinite(now.vectors).all(-1)
    assert drawn.sum(1).tolist() == [*range(1, calls.nfe + 1), calls.nfe]
    assert np.isfinite(now.vectors).all(-1).sum(1).tolist() == [*[1] * calls.nfe, 0]
    assert isinstance(scene.panes[0].extent, tuple)
    low, high = scene.panes[0].extent[2:]
    lengths = before.scale * np.linalg.norm(before.vectors[-1], axis=1)
    own = before.scale * np.linalg.norm(calls.arrows, axis=1)
    np.testing.assert_allclose(lengths, np.where(own > 0, np.maximum(own, anatomy.SHORTEST * (high - low)), 0.0))
    nodes = layers[-1]
    assert isinstance(nodes, Points) and np.isfinite(nodes.xy[-1]).all()


def test_the_fan_runs_left_to_right_over_the_shade() -> None:
    steps = 200
    walk = np.random.default_rng(0).normal(size=(steps + 1, 300, 2)).cumsum(0) / steps**0.5
    t = np.linspace(1, 0.001, steps + 1)
    comparison = SDEODEComparison(SDEODEConfig(RING), Ensembles(t, -t, walk, walk, ()), walk[:, 3], walk[:, :FAN])
    scene = sde_ode.compose(comparison, axis=1)
    assert len(scene.panes) == 2 and len(scene.payload()) < 1_000_000
    fan = next(layer for layer in scene.panes[0].layers if isinstance(layer, Points))
    assert fan.xy.shape == (sde_ode.FRAMES + 1, FAN, 2)
    assert (np.diff(fan.xy[:, 0, 0]) > 0).all()
    np.testing.assert_allclose(fan.xy[-1, :, 1], comparison.fan[-1, :, 1])


def test_the_two_processes_have_two_hues_and_the_axes_names() -> None:
    walk = np.random.default_rng(0).normal(size=(21, 300, 2)).cumsum(0) / 5
    lam = np.linspace(-4.0, 5.0, 21)
    comparison = SDEODEComparison(SDEODEConfig(RING), Ensembles(lam, lam, walk, walk, ()), walk[:, 3], walk[:, :FAN])
    above, below = sde_ode.compose(comparison, axis=1).panes
    (fan, path), (alone,) = ([y.color for y in pane.layers if isinstance(y, Trails)] for pane in (above, below))
    assert path == alone
    for theme in ("light", "dark"):
        fan_hue, path_hue = (_hue(palette(theme)[str(role)]) for role in (fan, path))
        assert min(abs(fan_hue - path_hue), 1 - abs(fan_hue - path_hue)) > 1 / 6
    for pane in (above, below):
        (axes,) = (layer for layer in pane.layers if isinstance(layer, Axes))
        assert axes.x == (-4.0, 5.0) and axes.x_label.startswith("λ") and axes.y_label == "second coordinate"
        x0, x1, y0, y1 = axes.inside
        assert pane.extent[0] < x0 and pane.extent[2] < y0  # room for the numbers
        (shade,) = (layer for layer in pane.layers if isinstance(layer, Heat))
        assert shade.extent == (x0, x1, y0, y1)


def _hue(color: str) -> float:
    return colorsys.rgb_to_hsv(*(int(color[k : k + 2], 16) / 255 for k in (1, 3, 5)))[0]


def test_encoding_runs_against_the_clock_of_decoding() -> None:
    scene = round_trips.compose(follow_latent_paths(LatentPathsConfig(RING, calls=20)))
    assert len(scene.panes) == 3 and len(scene.payload()) < 1_000_000
    up, down = scene.panes[0], scene.panes[1]
    assert up.clock is not None and down.clock is not None
    np.testing.assert_allclose(up.clock, 1 - down.clock[::-1])
