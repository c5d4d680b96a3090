"""Guidance in the plane, where what its name promises can be drawn honestly and compared with."""

from __future__ import annotations

import numpy as np
import pytest

from diffviz.data.mixtures import Ring
from diffviz.experiments.exact_guidance import (
    ExactGuidanceConfig,
    ExactGuidanceResult,
    draw_tilted,
    labelled_mixture,
    run_exact_guidance,
)
from diffviz.metrics import sliced_w2
from diffviz.schedules import Cosine


@pytest.fixture(scope="module")
def kept() -> ExactGuidanceResult:
    return run_exact_guidance(ExactGuidanceConfig(scale=1.0))


@pytest.fixture(scope="module")
def broken() -> ExactGuidanceResult:
    return run_exact_guidance(ExactGuidanceConfig(scale=5.0))


def test_honest_draws_are_the_class_at_one_and_everything_at_nothing() -> None:
    mixture = labelled_mixture(Ring().mixture.affine(Ring().normalisation), Cosine())
    for scale, truth in ((1.0, mixture.only(1)), (0.0, mixture.mixture)):
        drawn = draw_tilted(mixture, 1, scale, 1_500, 3)
        floor = sliced_w2(truth.draw(1_500, 7), truth.draw(1_500, 8))
        assert len(drawn) == 1_500 and sliced_w2(drawn, truth.draw(1_500, 9)) < 2.5 * floor


def test_guidance_keeps_its_promise_at_one_and_breaks_it_above(
    kept: ExactGuidanceResult, broken: ExactGuidanceResult
) -> None:
    assert kept.distance < 3 * kept.floor and broken.distance > 2.5 * broken.floor


def test_both_start_from_the_same_noise_and_stand_on_one_clock(
    kept: ExactGuidanceResult, broken: ExactGuidanceResult
) -> None:
    np.testing.assert_array_equal(kept.guided[0], broken.guided[0])
    assert len(kept.guided) == len(kept.gradients) == len(kept.t) == 101
    assert kept.clock[0] == 0 and kept.clock[-1] == 1 and (np.diff(kept.clock) > 0).all()


def test_a_mixture_of_fewer_components_is_guided_to_its_last_class() -> None:
    assert run_exact_guidance(ExactGuidanceConfig(Ring(count=2), label=2)).label == 1
