"""The pictures of the forward process."""

import pytest

from diffviz.data import TwoMoons
from diffviz.experiments.forward import ForwardConfig, compare_schedules, run_forward
from diffviz.scenes.forward import compare, compose
from diffviz.schedules import SCHEDULES


@pytest.mark.parametrize("schedule", SCHEDULES)
def test_every_schedule_makes_a_scene(schedule):
    config = ForwardConfig(schedule=SCHEDULES[schedule](), steps=7, particles=100)
    assert len(compose(run_forward(config)).payload()) > 10_000


def test_the_comparison_shows_three_ways():
    scene = compare(compare_schedules(TwoMoons(), 100, 0))
    assert [pane.title for pane in scene.panes] == ["VP", "VE", "Sub-VP"]
