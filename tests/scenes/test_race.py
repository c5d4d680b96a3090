"""The scene of the sampler race."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from diffviz.data import Ring
from diffviz.experiments.lane import Lane
from diffviz.experiments.problem import SIZE, ExactSource, Problem
from diffviz.experiments.race import RaceConfig, RaceResult, run_race
from diffviz.grids import Karras, UniformTime
from diffviz.player import Points, Scene, Trails
from diffviz.samplers import DDIM, DDPM, DPMSolverPP2M
from diffviz.scenes.race import MARKS, compose

EXACT = ExactSource()


@pytest.fixture(scope="module")
def race() -> RaceResult:
    lanes = tuple(Lane(sampler, source=EXACT) for sampler in (DDPM(), DDIM(), DPMSolverPP2M()))
    return run_race(RaceConfig(Problem(Ring(), EXACT), lanes))


def test_the_scene_has_a_pane_each_with_the_same_view_and_ends_together(race: RaceResult) -> None:
    scene = compose(race)
    assert len(scene.panes) == 3 and len({pane.extent for pane in scene.panes}) == 1
    assert scene.clock_values is not None and scene.marks == MARKS and scene.autoplay
    start, end = np.asarray(scene.clock_values)
    for pane, lane in zip(scene.panes, race.lanes, strict=True):
        assert pane.frames == 11 and pane.clock is not None
        assert pane.clock[0] == 0 and pane.clock[-1] == 1 and "10 calls" in pane.note
        moving = [layer for layer in pane.layers if isinstance(layer, Points) and layer.follow]
        assert moving[0].xy.shape == (11, SIZE, 2)
        np.testing.assert_allclose(start + np.asarray(pane.clock) * (end - start), lane.t, atol=1e-9)
    assert len(scene.payload()) < 1_000_000


def test_distances_wait_for_the_end_of_the_clock_where_the_race_asks_for_the_nearest(race: RaceResult) -> None:
    always, end = compose(race, distances="always"), compose(race, distances="end")
    assert always.question is None and always.loop and all("±" in pane.note for pane in always.panes)
    assert not any(pane.outcome for pane in always.panes)
    for pane, full in zip(end.panes, always.panes, strict=True):
        assert f"{pane.note} · {pane.outcome}" == full.note
    assert end.question is not None and end.autoplay and not end.loop


def test_who_cannot_be_told_from_the_nearest_is_a_right_answer_too(race: RaceResult) -> None:
    lanes = tuple(
        replace(lane, distances=np.array([1, 2, 1, 2]) + off) for lane, off in zip(race.lanes, (0, 1, 0), strict=True)
    )
    twins = replace(race, lanes=lanes)
    question = compose(twins, distances="end").question
    assert question is not None and question.right == (0, 2)
    assert question.answer == "DDPM and DPM-Solver++ 2M came nearest, without a visible difference."


def test_trails_are_drawn_on_demand(race: RaceResult) -> None:
    def trails(scene: Scene) -> int:
        return sum(isinstance(layer, Trails) for pane in scene.panes for layer in pane.layers)

    assert (trails(compose(race)), trails(compose(race, trails=True))) == (0, 3)


def test_nodes_appear_one_by_one(race: RaceResult) -> None:
    nodes = compose(race).panes[0].layers[-1]
    assert isinstance(nodes, Points)
    assert np.isfinite(nodes.xy).all(-1).sum(1).tolist() == list(range(1, 12))


def test_panes_are_titled_by_what_tells_them_apart(race: RaceResult) -> None:
    assert [pane.title for pane in compose(race).panes] == ["DDPM", "DDIM", "DPM-Solver++ 2M"]
    grids = (UniformTime(), Karras())
    lanes = tuple(replace(race.lanes[1], lane=replace(race.lanes[1].lane, grid=grid)) for grid in grids)
    assert [pane.title for pane in compose(replace(race, lanes=lanes)).panes] == [grid.title for grid in grids]


def test_no_common_time_is_shown_where_schedules_differ(race: RaceResult) -> None:
    other = replace(race.lanes[1], t_range=(1.0, 0.01))
    scene = compose(replace(race, lanes=(race.lanes[0], other)))
    assert scene.clock_values is None and all(pane.clock is not None for pane in scene.panes)


def test_a_note_says_which_calls_were_left_over(race: RaceResult) -> None:
    assert [pane.note.split(" · ")[0] for pane in compose(race, budget=11).panes] == ["10 of 11 calls"] * 3
    assert [pane.note.split(" · ")[0] for pane in compose(race, budget=10).panes] == ["10 calls"] * 3


def test_a_note_does_not_repeat_the_grid_of_the_title(race: RaceResult) -> None:
    assert all("Uniform log-SNR" in pane.note for pane in compose(race).panes)
    lanes = tuple(
        replace(race.lanes[1], lane=replace(race.lanes[1].lane, grid=grid())) for grid in (UniformTime, Karras)
    )
    scene = compose(replace(race, lanes=lanes), columns=2)
    assert [pane.note.count(" · ") for pane in scene.panes] == [1, 1] and scene.columns == 2


def test_one_lane_alone_is_the_answer_where_it_is_visibly_nearer(race: RaceResult) -> None:
    lanes = tuple(
        replace(lane, distances=np.full(4, off)) for lane, off in zip(race.lanes, (3.0, 2.0, 1.0), strict=True)
    )
    question = compose(replace(race, lanes=lanes), distances="end").question
    assert question is not None and question.right == (2,) and question.answer == "DPM-Solver++ 2M came nearest."
