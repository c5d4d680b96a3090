"""The picture of learned steps: a row a number of calls, and a stroke for every call."""

from __future__ import annotations

import numpy as np

from diffviz.experiments.few_steps.learned import StepsJudge, own_errors, preview_steps
from diffviz.player import Curve, Lines, Points
from diffviz.scenes.few_steps.learned import compose


def test_every_number_of_calls_has_its_steps_and_its_strokes() -> None:
    judge = StepsJudge()
    own = own_errors(judge, (0.2, 0.4, 0.6, 0.8))
    scene = compose(judge.setting, preview_steps(judge), own, 300)
    grids, errors, *_ = scene.panes
    budgets = judge.setting.budgets
    points = [layer for layer in grids.layers if isinstance(layer, Points)]
    strokes = [layer for layer in grids.layers if isinstance(layer, Lines)]
    assert [layer.xy.shape[1] for layer in points] == [sum(calls + 1 for calls in budgets)] * 3
    assert [np.isfinite(layer.xy).all(-1).sum() for layer in strokes] == [2 * sum(budgets)] * 2
    (curve,) = errors.layers
    assert isinstance(curve, Curve) and {"L_hard", "L_soft", "yours", *judge.setting.fixed} == set(curve.lines)
    assert np.array_equal(curve.lines["yours"], own.rmse)
    assert scene.payload()
