"""The pictures of the forward process."""

import pytest

from diffviz.data import TwoMoons
from diffviz.experiments import forward
from diffviz.experiments.forward import ForwardConfig, compare_schedules, run_forward
from diffviz.scenes.forward import compare, compose
from diffviz.schedules import SCHEDULES


@pytest.fixture(autouse=True)
def coarse_densities(monkeypatch: pytest.MonkeyPatch) -> None:
    """Few points stand for the data in the densities, whose pictures are as large as ever."""
    monkeypatch.setattr(forward, "COMPONENTS", 20)


@pytest.mark.parametrize("schedule", SCHEDULES)
def test_every_schedule_makes_a_scene(schedule):
    config = ForwardConfig(schedule=SCHEDULES[schedule](), steps=7, particles=100)
    assert len(compose(run_forward(config)).payload()) > 10_000


def test_the_comparison_shows_three_ways():
    scene = compare(compare_schedules(TwoMoons(), 100, 0))
    assert [pane.title for pane in scene.panes] == ["VP", "VE", "Sub-VP"]
