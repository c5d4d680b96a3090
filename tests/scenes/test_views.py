"""The other views of the race: order, anatomy, SDE beside ODE, both ways."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from diffviz.data import Ring, SwissRoll, prepare
from diffviz.grids import UniformLogSNR
from diffviz.noise import WhiteNoise
from diffviz.player import Arrows, Points
from diffviz.pretrained.shapes import shipped
from diffviz.samplers import DDIM, DDPM, SAMPLERS, DPMSolverPP2M, ProbabilityFlowEuler, prior, sample
from diffviz.scenes import anatomy, order, twin, ways
from diffviz.scenes.race import fresh, path
from diffviz.schedules import Cosine
from diffviz.scores.mixture import MixtureScore

RING = Ring()
MODEL = MixtureScore(Cosine(), prepare(RING, 1, 0).mixture)  # type: ignore[arg-type]
REAL = fresh(RING, 0)
START = prior(MODEL.schedule, WhiteNoise(0, (1, 2), torch.float64))
TIMES = UniformLogSNR().times(MODEL.schedule, 5)


def _dissect(slug: str) -> anatomy.Dissection:
    noise = path(MODEL.schedule, (1, 2), 0, torch.float64)
    return anatomy.dissect(SAMPLERS[slug](), MODEL, START, TIMES, noise)


@pytest.mark.parametrize("slug", SAMPLERS)
def test_there_are_as_many_arrows_as_calls(slug: str) -> None:
    """What the anatomy draws comes from the recording alone, and its number is the counted NFE, for every sampler."""
    found = _dissect(slug)
    noise = path(MODEL.schedule, (1, 2), 0, torch.float64)
    run = sample(SAMPLERS[slug](), MODEL, START, TIMES, noise)
    assert found.calls == run.nfe == len(found.at) == len(found.arrows) == len(found.known)
    scene = anatomy.compose([found], MODEL, START, REAL[0])
    before, now = (layer for layer in scene.panes[0].layers if isinstance(layer, Arrows))
    drawn = np.isfinite(before.vectors).all(-1) | np.isfinite(now.vectors).all(-1)
    assert drawn.sum(1).tolist() == [*range(1, run.nfe + 1), run.nfe]
    assert np.isfinite(now.vectors).all(-1).sum(1).tolist() == [*[1] * run.nfe, 0]
    nodes = scene.panes[0].layers[-1]
    assert isinstance(nodes, Points) and np.isfinite(nodes.xy[-1]).all()
    np.testing.assert_allclose(found.nodes, run.x[:, 0].numpy(), atol=1e-12)


@pytest.mark.parametrize("slug", [s for s, c in SAMPLERS.items() if not c.adaptive])
def test_calls_are_made_in_the_step_they_are_drawn_in(slug: str) -> None:
    found = _dissect(slug)
    assert (np.diff(found.known) >= 0).all() and found.known[0] == 1 and found.known[-1] == 5
    if SAMPLERS[slug].gridded:
        for t, k in zip(found.asked, found.known, strict=True):
            assert found.t[k] - 1e-9 <= t <= found.t[max(0, k - 2)] + 1e-9


def test_an_arrow_is_the_slope_of_the_flow_over_the_step() -> None:
    """The steps of Euler over lambda end where its arrows do."""
    found = _dissect("dpm-1")
    lam = MODEL.schedule.lam(np.array(found.t))
    near = 1e-4
    for k in range(5):
        t = float(MODEL.schedule.time_of(lam[k] + near))
        grid = np.array([found.t[k], t])
        x = torch.from_numpy(found.nodes[k : k + 1])
        moved = (
            sample(ProbabilityFlowEuler(), MODEL, x, grid, WhiteNoise(0, (1, 2), torch.float64)).final[0].numpy()
            - found.nodes[k]
        )
        np.testing.assert_allclose(moved / near * (lam[k + 1] - lam[k]), found.arrows[k], rtol=2e-3, atol=1e-3)


def test_the_table_of_parts_holds_the_samplers_without_memory() -> None:
    samplers = [ProbabilityFlowEuler(), DDIM(), DPMSolverPP2M(), DDPM()]
    start = prior(MODEL.schedule, WhiteNoise(0, (32, 2), torch.float64))
    rows = anatomy.parts(samplers, MODEL, start, TIMES).splitlines()
    assert [row.split(" | ")[0].strip("| ") for row in rows[2:]] == ["Probability-flow Euler", "DDIM"]
    assert "0 (exact)" in rows[3] and "0 (exact)" not in rows[2]
    assert anatomy.parts([DDPM()], MODEL, start, TIMES) == ""


def test_orders_are_measured_on_a_network_too() -> None:
    model = shipped(SwissRoll())
    assert model is not None
    found, doubt = order.converge([DDIM(), DPMSolverPP2M()], UniformLogSNR(), model.doubled(), 0)
    assert [round(c.slope) for c in found] == [1, 2] and all(c.spread < 0.2 for c in found)
    assert doubt < 1e-6
    curve = order.chart(found).panes[0].layers[0]
    assert list(curve.lines) == [order.label(c) for c in found]  # type: ignore[union-attr]
    assert "order 1.0" in order.label(found[0]) and "order" not in order.label(_unclear(found[0]))


def _unclear(c: order.Convergence) -> order.Convergence:
    return order.Convergence(c.sampler, c.nfe, c.error, *order._fit(c.nfe, c.error, doubt=1.0))


@pytest.fixture(scope="module")
def pair() -> twin.SDEODEComparison:
    points = RING.normalisation.apply(RING.draw(twin.PARTICLES, 77))
    return twin.run(MODEL, points, tau=1.0, particle=3, seed=0)


def test_the_fan_starts_where_the_path_does_and_spreads(pair: twin.SDEODEComparison) -> None:
    np.testing.assert_allclose(pair.fan[0], np.tile(pair.path[0], (twin.FAN, 1)))
    assert pair.fan[-1].std(0).max() > 0.5
    np.testing.assert_array_equal(pair.path, pair.ode[:, 3])


def test_both_ensembles_have_the_marginals_within_the_floor(pair: twin.SDEODEComparison) -> None:
    fresh_sets = [RING.normalisation.apply(RING.draw(twin.PARTICLES, 500 + k)) for k in range(12)]
    found = twin.match(pair, MODEL.schedule, fresh_sets)
    assert [m.t for m in found] == sorted((m.t for m in found), reverse=True)
    for m in found:
        limit = m.floor.mean + 5 * m.floor.error * np.sqrt(6)
        assert m.ode < limit and m.sde < limit
    assert twin.table(found).count("\n") == 5


def test_the_twin_picture_runs_left_to_right_over_the_shade(pair: twin.SDEODEComparison) -> None:
    scene = twin.compose(pair, MODEL.schedule, axis=1)
    assert len(scene.panes) == 2 and len(scene.payload()) < 1_000_000
    fan = next(layer for layer in scene.panes[0].layers if isinstance(layer, Points))
    assert fan.xy.shape == (twin.FRAMES + 1, twin.FAN, 2)
    assert (np.diff(fan.xy[:, 0, 0]) > 0).all()
    np.testing.assert_allclose(fan.xy[-1, :, 1], pair.fan[-1, :, 1])


def test_both_ways_end_where_they_began() -> None:
    found = ways.run(DPMSolverPP2M(), UniformLogSNR(), 60, MODEL, REAL[0][:200], (0, 1))
    assert found.nfe == 120 and found.lost < 0.05
    np.testing.assert_allclose(found.up[0], REAL[0][:200], atol=1e-6)
    np.testing.assert_allclose(found.straight[-1, 0], found.down[-1, 0], atol=1e-4)
    np.testing.assert_allclose(found.round[-1, -1], found.down[-1, 1], atol=1e-4)
    few = ways.losses(DPMSolverPP2M(), UniformLogSNR(), MODEL, REAL[0][:200])
    assert [nfe for nfe, _ in few] == [2 * n for n in ways.BUDGETS] and few[-1][1] < few[0][1] / 10
    scene = ways.compose(found, MODEL, REAL[0], (0, 1))
    assert len(scene.panes) == 3 and len(scene.payload()) < 1_000_000
    up, down = scene.panes[0], scene.panes[1]
    assert up.clock is not None and down.clock is not None
    np.testing.assert_allclose(up.clock, 1 - down.clock[::-1])
