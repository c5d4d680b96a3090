"""The picture of a gradient step: the answer moves, the target stands still."""

from __future__ import annotations

import numpy as np
import pytest

from diffviz.experiments.gradient_steps import LOOKED_AT, MOST, GradientStepsConfig, follow_gradient_steps
from diffviz.player import Arrows, Lines
from diffviz.scenes.gradient_steps import SCALE, compose


@pytest.mark.parametrize("made", [0, 2])
def test_the_answers_move_from_before_to_after_and_the_targets_stand_still(made: int) -> None:
    result = follow_gradient_steps(GradientStepsConfig(step=made))
    step, scene = result.shown, compose(result, LOOKED_AT, MOST)
    errors, *_ = (layer for layer in scene.panes[1].layers if isinstance(layer, Lines))
    asked, answered = (layer for layer in scene.panes[1].layers if isinstance(layer, Arrows))
    assert asked.frames == 1 and answered.frames == (4 if made else 1)
    np.testing.assert_array_equal(answered.vectors[0], step.before)
    np.testing.assert_array_equal(answered.vectors[-1], step.after if made else step.before)
    gaps = errors.xy[-1].reshape(-1, 3, 2)
    error = (gaps[:, 0] - gaps[:, 1]) / SCALE
    assert np.mean(error**2) == pytest.approx(step.loss(step.after if made else step.before))
    assert (scene.clock_values is None) is (made == 0)
