"""The chart of quality against cost."""

from __future__ import annotations

import math

import numpy as np
import pytest

from diffviz.experiments.sweep import Series, SweepConfig, SweepResult
from diffviz.metrics import Floor
from diffviz.player import Curve
from diffviz.samplers import DDIM, DDPM, Sampler
from diffviz.scenes.quality import compose


def _result(*series: Series) -> SweepResult:
    return SweepResult(SweepConfig(), series, Floor(0.05, 0.001, pairs=16), 0, 1)


def _series(sampler: Sampler, nfe: list[float], mean: list[float]) -> Series:
    return Series(sampler, np.array(nfe), np.array(nfe), np.array(mean), np.full(len(nfe), 0.001))


def test_the_chart_has_a_line_a_sampler_with_bars_and_rules() -> None:
    result = _result(_series(DDIM(), [2, 5], [0.5, 0.1]), _series(DDPM(), [2, 5], [math.inf, 0.3]))
    scene = compose(result, 0.1)
    (curve,) = scene.panes[0].layers
    assert isinstance(curve, Curve) and curve.dots and curve.log_x and curve.log_y
    assert curve.line("DDPM")[0].tolist() == [5] and set(curve.rules.values()) == {0.05, 0.1}
    assert curve.rule_bands == {"real against real": pytest.approx(0.004)}  # of single pairs, of which there were 16
    assert len(scene.payload()) < 20_000


def test_before_anything_is_measured_there_is_a_chart() -> None:
    empty = compose(_result(_series(DDIM(), [], [])), 0.1)
    assert empty.panes[0].layers and empty.payload()
