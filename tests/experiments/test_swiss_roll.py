"""The figure of the home page, made again from the shipped weights."""

import numpy as np
import pytest

from diffviz.data import SwissRoll, prepare
from diffviz.experiments.swiss_roll import FRAMES, SwissRollConfig, SwissRollResult, drift, run_swiss_roll
from diffviz.metrics import sliced_w2
from diffviz.pretrained.shapes import shipped
from diffviz.scenes.home import compose


@pytest.fixture(scope="module")
def figure() -> SwissRollResult:
    return run_swiss_roll(SwissRollConfig(particles=800))


def test_the_reverse_process_ends_on_the_data(figure: SwissRollResult) -> None:
    assert figure.forward.shape == figure.reverse.shape == (FRAMES, 800, 2)
    fresh = prepare(SwissRoll(), 4000, 99).points
    assert sliced_w2(figure.reverse[0], fresh) < 0.15 < sliced_w2(figure.reverse[-1], fresh)
    assert sliced_w2(figure.forward[-1], figure.reverse[-1]) < 0.15


def test_the_scene_runs_there_and_back(figure: SwissRollResult) -> None:
    forward, reverse = (pane.layers[0].xy for pane in compose(figure).panes[:2])  # type: ignore[union-attr]
    assert forward.shape == reverse.shape == (2 * FRAMES - 1, 800, 2)
    np.testing.assert_allclose(forward[0], forward[-1])
    np.testing.assert_array_equal(reverse[:FRAMES], figure.reverse)


def test_drift_is_the_posterior_mean_less_the_point() -> None:
    model = shipped(SwissRoll())
    assert model is not None
    arrows = drift(model, np.array([0.9, 0.5, 0.1]), np.zeros((4, 2)))
    assert arrows.shape == (3, 4, 2)
    np.testing.assert_allclose(arrows[0][0], arrows[0][3], rtol=1e-5)  # one float32 batch, rounded row by row
