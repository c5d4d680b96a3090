"""The scene of the sampler race: shared noise, counted calls, honest distances."""

from __future__ import annotations

import numpy as np
import pytest

from diffviz.data import DATASETS, Ring, SwissRoll, prepare
from diffviz.grids import GRIDS
from diffviz.metrics import Floor
from diffviz.player import Points, Trails
from diffviz.pretrained.shapes import SHIPPED, is_shipped, shipped
from diffviz.samplers import DDIM, DDPM, SAMPLERS, DPMSolverPP2M
from diffviz.scenes.race import (
    GROUPS,
    MARKS,
    METRIC,
    SIZE,
    Lane,
    Outcome,
    compose,
    fresh,
    real_floor,
    run,
    told,
)
from diffviz.scenes.ranking import beyond, ranking
from diffviz.schedules import Cosine
from diffviz.scores.mixture import MixtureScore

RING = Ring()
MODEL = MixtureScore(Cosine(), prepare(RING, 1, 0).mixture)  # type: ignore[arg-type]
REAL = fresh(RING, 0)
LOGSNR = GRIDS["logsnr"]()


def _run(sampler: object, steps: int = 10, seed: int = 0) -> Outcome:
    return run(Lane(sampler, LOGSNR, steps), MODEL, REAL, seed)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def race() -> list[Outcome]:
    return [_run(sampler) for sampler in (DDPM(), DDIM(), DPMSolverPP2M())]


@pytest.mark.parametrize("slug", SAMPLERS)
def test_equal_cost_is_counted_equal_cost(slug: str) -> None:
    sampler = SAMPLERS[slug]()
    for budget in (12, 3):
        steps = sampler.steps_for(budget)
        found = _run(sampler, steps).nfe
        assert sampler.adaptive or found == sampler.calls(steps)
        assert sampler.adaptive or steps == 1 or budget - found < sampler.cost + 3


def test_all_start_from_the_same_noise_and_a_seed_changes_it(race: list[Outcome]) -> None:
    assert all(np.array_equal(outcome.x[0], race[0].x[0]) for outcome in race)
    assert not np.array_equal(_run(DDIM(), 2, seed=1).x[0], race[0].x[0])


def test_ddim_with_full_noise_is_ddpm_particle_by_particle(race: list[Outcome]) -> None:
    np.testing.assert_allclose(_run(DDIM(eta=1.0)).x, race[0].x, atol=1e-4)


def test_the_second_order_solver_is_nearer_to_the_exact_flow_at_equal_cost() -> None:
    flow = _run(DPMSolverPP2M(), 200).x[-1]
    ddim, solver = (np.linalg.norm(_run(s, 20).x[-1] - flow, axis=-1).mean() for s in (DDIM(), DPMSolverPP2M()))
    assert solver < 0.5 * ddim


def test_a_clear_difference_is_seen_and_a_wavering_one_is_not() -> None:
    near = np.array([0.10, 0.14, 0.11, 0.12])
    assert beyond(near + np.array([0.02, 0.03, 0.02, 0.03]), near)
    assert not beyond(near + np.array([0.02, -0.03, 0.03, 0.0]), near)


def test_many_steps_reach_the_floor() -> None:
    bottom = real_floor(RING, METRIC, REAL)
    outcome = _run(DDPM(), 100)
    assert abs(outcome.distance - bottom.mean) < 4 * (outcome.error + bottom.error) + 0.01


def test_a_set_is_not_further_from_the_data_than_itself(race: list[Outcome]) -> None:
    assert not beyond(race[0].distances, race[0].distances)


def test_a_run_that_left_the_plane_is_told_and_ranked_last(race: list[Outcome]) -> None:
    gone = Outcome(race[0].lane, race[0].t, race[0].x, 10, np.full(GROUPS, np.inf), race[0].final)
    assert beyond(gone.distances, race[0].distances) and not beyond(race[0].distances, gone.distances)
    rows = ranking([gone, *race[1:]], Floor(0.06, 0.001)).splitlines()
    assert "left the plane" in rows[-2] and "diverged" in rows[-2]


def test_the_table_is_ordered_and_ends_with_real_data(race: list[Outcome]) -> None:
    rows = ranking(race, Floor(0.0612, 0.0011)).splitlines()[2:]
    assert [row.split(" | ")[0].strip("| ") for row in rows] == ["DPM-Solver++ 2M", "DDIM", "DDPM", "*real data*"]
    assert "nearest" in rows[0] and "0.061 ± 0.001" in rows[-1]


def test_equal_runs_show_no_visible_difference(race: list[Outcome]) -> None:
    assert "no visible difference" in ranking([race[1], race[1], _run(DDIM())], Floor(0.06, 0.001))


def test_digits_follow_the_error() -> None:
    assert told(0.12345, 0.0021) == "0.123 ± 0.002" and told(2.71, 0.076) == "2.710 ± 0.076"
    assert told(27.12, 1.4) == "27.1 ± 1.4" and told(float("inf"), 0.0) == "diverged"


def test_the_scene_has_a_pane_each_with_the_same_view_and_ends_together(race: list[Outcome]) -> None:
    scene = compose(race, REAL[0], MODEL.schedule)
    assert len(scene.panes) == 3 and len({pane.extent for pane in scene.panes}) == 1
    assert scene.clock_values is not None and scene.marks == MARKS and scene.autoplay
    for pane, outcome in zip(scene.panes, race, strict=True):
        assert pane.frames == 11 and pane.clock is not None
        assert pane.clock[0] == 0 and pane.clock[-1] == 1 and "10 calls" in pane.note
        moving = [layer for layer in pane.layers if isinstance(layer, Points) and layer.follow]
        assert moving[0].xy.shape == (11, SIZE, 2) and any(isinstance(layer, Trails) for layer in pane.layers)
        t = MODEL.schedule.t_max + np.asarray(pane.clock) * (MODEL.schedule.t_min - MODEL.schedule.t_max)
        np.testing.assert_allclose(t, outcome.t, atol=1e-9)
    assert len(scene.payload()) < 1_000_000


def test_nodes_appear_one_by_one(race: list[Outcome]) -> None:
    nodes = compose(race, REAL[0], MODEL.schedule).panes[0].layers[-1]
    assert isinstance(nodes, Points)
    assert np.isfinite(nodes.xy).all(-1).sum(1).tolist() == list(range(1, 12))


def test_titles_tell_parameters_apart() -> None:
    titles = {Lane(s, LOGSNR, 5).title for s in (DDIM(), DDIM(eta=0.5), DDPM(), DDPM(variance="large"))}
    assert titles == {"DDIM", "DDIM, η = 0.5", "DDPM", "DDPM, β (forward)"}


@pytest.mark.parametrize("slug", SHIPPED)
def test_shipped_weights_know_their_data(slug: str) -> None:
    dataset = SHIPPED[slug]
    model = shipped(dataset)
    assert model is not None
    bottom = real_floor(dataset, METRIC, fresh(dataset, 0))
    outcome = run(Lane(DPMSolverPP2M(), LOGSNR, 30), model, fresh(dataset, 0), 0)
    assert outcome.distance < 1.5 * bottom.mean


def test_other_parameters_are_other_data() -> None:
    assert is_shipped(SwissRoll()) and not is_shipped(SwissRoll(noise=0.5))
    assert not any(is_shipped(cls()) for slug, cls in DATASETS.items() if slug not in SHIPPED)
    assert shipped(SwissRoll(noise=0.5)) is None
