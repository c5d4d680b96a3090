"""The home scene, made again from the shipped weights."""

import numpy as np

from diffviz.data import SwissRoll, prepare
from diffviz.metrics import sliced_w2
from diffviz.pretrained.checkpoint import load_checkpoint
from diffviz.scenes.home import FRAMES, WEIGHTS, drift, scene


def test_the_reverse_process_ends_on_the_data():
    model = load_checkpoint(WEIGHTS)[0].model
    panes = scene(model, particles=800).panes
    forward, reverse = (pane.layers[0].xy for pane in panes[:2])
    assert forward.shape == reverse.shape == (2 * FRAMES - 1, 800, 2)
    fresh = prepare(SwissRoll(), 4000, 99).points
    assert sliced_w2(reverse[0], fresh) < 0.15 < sliced_w2(reverse[FRAMES - 1], fresh)
    np.testing.assert_allclose(forward[0], forward[-1])
    assert sliced_w2(forward[FRAMES - 1], reverse[FRAMES - 1]) < 0.15


def test_drift_is_the_posterior_mean_less_the_point():
    model = load_checkpoint(WEIGHTS)[0].model
    arrows = drift(model, np.array([0.9, 0.5, 0.1]), np.zeros((4, 2)))
    assert arrows.shape == (3, 4, 2)
    np.testing.assert_allclose(arrows[0][0], arrows[0][3])
