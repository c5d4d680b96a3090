"""The race: shared noise, counted calls, honest distances."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pytest
import torch

from diffviz.config import ConfigError
from diffviz.data import DATASETS, Dataset, HandPlaced, Pinwheel, RandomMixture, Ring, SwissRoll
from diffviz.experiments.lane import Lane
from diffviz.experiments.problem import (
    ADAPTING_CONFIG,
    BRIEF_CONFIG,
    GROUPS,
    SIZE,
    BrieflyLearnedSource,
    ExactSource,
    LearnedSource,
    Problem,
    ScoreSource,
)
from diffviz.experiments.race import LaneResult, RaceConfig, RaceResult, run_lane, run_race, significantly_worse
from diffviz.experiments.score.one_level import UNEVEN
from diffviz.metrics import SlicedWasserstein
from diffviz.pretrained.shapes import SHIPPED, is_shipped, shipped, shipped_alike
from diffviz.protocols import ScoreModel
from diffviz.samplers import DDIM, DDPM, SAMPLERS, DPMSolverPP2M, Sampler
from diffviz.schedules import Flow
from diffviz.training.train import QUICK_CONFIG, train

EXACT = ExactSource()
RING = Problem(Ring(), EXACT)
METRIC = SlicedWasserstein()


def _run(sampler: Sampler, steps: int = 10, problem: Problem = RING) -> LaneResult:
    return run_lane(problem, Lane(sampler, steps=steps, source=EXACT), METRIC)


@pytest.fixture(scope="module")
def race() -> RaceResult:
    lanes = tuple(Lane(sampler, source=EXACT) for sampler in (DDPM(), DDIM(), DPMSolverPP2M()))
    return run_race(RaceConfig(RING, lanes, METRIC))


@pytest.mark.parametrize("slug", SAMPLERS)
def test_equal_cost_is_counted_equal_cost(slug: str) -> None:
    sampler = SAMPLERS[slug]()
    for budget in (12, 3):
        steps = sampler.steps_for(budget)
        nfe = _run(sampler, steps).nfe
        assert sampler.adaptive or nfe == sampler.calls(steps)
        assert sampler.adaptive or steps == 1 or budget - nfe < sampler.cost + 3


def test_all_start_from_the_same_noise_and_a_seed_changes_it(race: RaceResult) -> None:
    assert all(np.array_equal(lane.x[0], race.lanes[0].x[0]) for lane in race.lanes)
    assert not np.array_equal(_run(DDIM(), 2, replace(RING, seed=1)).x[0], race.lanes[0].x[0])


def test_a_lane_alone_is_what_it_is_in_company(race: RaceResult) -> None:
    alone = _run(DDIM())
    np.testing.assert_array_equal(alone.x, race.lanes[1].x)
    np.testing.assert_array_equal(alone.distances, race.lanes[1].distances)


def test_ddim_with_full_noise_is_ddpm_particle_by_particle(race: RaceResult) -> None:
    np.testing.assert_allclose(_run(DDIM(eta=1.0)).x, race.lanes[0].x, atol=1e-4)


def test_the_second_order_solver_is_nearer_to_the_exact_flow_at_equal_cost() -> None:
    flow = _run(DPMSolverPP2M(), 200).x[-1]
    ddim, solver = (np.linalg.norm(_run(s, 20).x[-1] - flow, axis=-1).mean() for s in (DDIM(), DPMSolverPP2M()))
    assert solver < 0.5 * ddim


def test_a_clear_difference_is_seen_and_a_wavering_one_is_not() -> None:
    near = np.array([0.10, 0.14, 0.11, 0.12])
    assert significantly_worse(near + np.array([0.02, 0.03, 0.02, 0.03]), near)
    assert not significantly_worse(near + np.array([0.02, -0.03, 0.03, 0.0]), near)


def test_a_set_is_not_further_from_the_data_than_itself(race: RaceResult) -> None:
    assert not significantly_worse(race.lanes[0].distances, race.lanes[0].distances)


def test_a_run_that_left_the_plane_is_worse_than_any_that_did_not_and_ranked_last(race: RaceResult) -> None:
    gone = replace(race.lanes[0], distances=np.full(GROUPS, np.inf))
    stayed = race.lanes[1:]
    assert all(significantly_worse(gone.distances, lane.distances) for lane in stayed)
    assert not any(significantly_worse(lane.distances, gone.distances) for lane in stayed)
    assert replace(race, lanes=(gone, *stayed)).ranked[-1] is gone


def test_lanes_are_ranked_by_distance_over_the_floor(race: RaceResult) -> None:
    assert [lane.lane.title for lane in race.ranked] == ["DPM-Solver++ 2M", "DDIM", "DDPM"]
    assert 0 < race.floor.mean < race.ranked[-1].distance


def test_many_steps_reach_the_floor(race: RaceResult) -> None:
    lane = _run(DDPM(), 100)
    assert abs(lane.distance - race.floor.mean) < 4 * (lane.error + race.floor.error) + 0.01


def test_modes_are_counted_where_the_data_have_a_closed_form(race: RaceResult) -> None:
    assert len(race.coverage) == GROUPS and all(group.covered == 8 for group in race.coverage)
    assert all(len(lane.coverage) == GROUPS for lane in race.lanes)
    assert _run(DDIM(), 2, Problem(SwissRoll(), EXACT)).coverage == ()


@dataclass(frozen=True)
class ExactOnFlow(ScoreSource):
    """The exact score on another schedule than the problem's."""

    def build(self, problem: Problem) -> ScoreModel:
        return problem.exact_on(Flow())

    def describe(self, problem: Problem) -> str:
        return ""


def test_a_lane_asks_its_own_source_on_the_clock_of_its_own_schedule() -> None:
    cosine, flow = (
        run_lane(RING, Lane(DPMSolverPP2M(), steps=30, source=source), METRIC) for source in (EXACT, ExactOnFlow())
    )
    assert flow.t_range == (Flow().t_max, Flow().t_min) != cosine.t_range
    for lane in (cosine, flow):
        assert lane.clock[0] == 0 and lane.clock[-1] == 1
        np.testing.assert_allclose(lane.t_range[0] + lane.clock * np.subtract(*lane.t_range[::-1]), lane.t, atol=1e-9)
    np.testing.assert_allclose(flow.sigma, Flow().sigma(flow.t))
    assert not significantly_worse(flow.distances, cosine.distances + 0.02)


def test_a_brief_training_reproduces_and_is_one_even_where_a_network_ships() -> None:
    problem = Problem(source=BrieflyLearnedSource())
    assert problem.source.trains(problem) and is_shipped(problem.dataset)
    x, again = torch.zeros(1, 2), train(problem.dataset, BRIEF_CONFIG).model
    assert torch.equal(problem.model.predict(x, 0.5).eps, again.predict(x, 0.5).eps)
    assert not torch.allclose(problem.model.predict(x, 0.5).eps, Problem().model.predict(x, 0.5).eps, atol=1e-3)


def test_shapes_are_as_told(race: RaceResult) -> None:
    for lane in race.lanes:
        assert lane.t.shape == lane.sigma.shape == lane.lam.shape == lane.clock.shape == (11,)
        assert lane.x.shape == (11, SIZE, 2) and lane.final.shape == (GROUPS * SIZE, 2)
        np.testing.assert_array_equal(lane.x[-1], lane.final[:SIZE])


def test_a_race_without_lanes_is_refused() -> None:
    with pytest.raises(ConfigError, match="at least one lane"):
        RaceConfig(RING, ())


def test_titles_tell_parameters_apart() -> None:
    titles = {Lane(s).title for s in (DDIM(), DDIM(eta=0.5), DDPM(), DDPM(variance="large"))}
    assert titles == {"DDIM", "DDIM, η = 0.5", "DDPM", "DDPM, β (forward)"}


@pytest.mark.parametrize("slug", SHIPPED)
def test_shipped_weights_know_their_data(slug: str) -> None:
    problem = Problem(SHIPPED[slug])
    assert shipped(problem.dataset) is not None
    lane = run_lane(problem, Lane(DPMSolverPP2M(), steps=30), METRIC)
    assert lane.distance < 1.5 * problem.floor(METRIC).mean


def test_other_parameters_are_other_data() -> None:
    assert is_shipped(SwissRoll()) and not is_shipped(SwissRoll(noise=0.5))
    assert not any(is_shipped(cls()) for slug, cls in DATASETS.items() if slug not in SHIPPED)
    assert shipped(SwissRoll(noise=0.5)) is None


@pytest.mark.parametrize("dataset", [SwissRoll(noise=0.6), Pinwheel(width=0.2), RandomMixture(spread=0.5), UNEVEN])
def test_a_third_of_the_steps_does_from_the_network_of_the_same_shape(dataset: Dataset) -> None:
    """As near to the data as training from scratch."""
    adapted, scratch = Problem(dataset), train(dataset).model
    assert adapted.source.trains(adapted) and ADAPTING_CONFIG.steps * 3 <= QUICK_CONFIG.steps
    assert f"for {ADAPTING_CONFIG.steps} steps only" in adapted.source.describe(adapted)

    @dataclass(frozen=True)
    class FromScratch(LearnedSource):
        def build(self, problem: Problem) -> ScoreModel:
            return scratch

    lane = Lane(DDIM(), steps=50)
    ours = run_lane(adapted, lane, METRIC)
    theirs = run_lane(adapted, replace(lane, source=FromScratch()), METRIC)
    assert not significantly_worse(ours.distances, theirs.distances)


def test_another_shape_is_learned_from_scratch() -> None:
    problem = Problem(Pinwheel(blades=6))
    assert f"for {QUICK_CONFIG.steps} steps only" in problem.source.describe(problem)
    assert shipped_alike(HandPlaced(placed=UNEVEN.placed[:3])) is None and shipped_alike(UNEVEN) is not None
    assert shipped_alike(problem.dataset) is None and shipped_alike(Pinwheel(width=0.2)) is not None
