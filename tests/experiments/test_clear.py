"""Clear digits, counted while a network learns."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from benchmarks.early_digits import measure
from diffviz.data import MNIST, SmallDigits
from diffviz.experiments.digits.clear import (
    COUNTED,
    FIRST,
    ClearCount,
    ClearCurve,
    clear_share,
    counted,
    shipped_counts,
)
from diffviz.experiments.digits.learning import LearningConfig, Observer
from diffviz.metrics import classify_images
from diffviz.pretrained.digits import cached_checkpoint, classifier, early_checkpoints, score_network
from diffviz.training.loop import Progress


@pytest.mark.usefixtures("real_digits")
def test_noise_is_not_clear_though_the_classifier_is_sure_of_much_of_it():
    noise = torch.randn((300, 1, 28, 28), generator=torch.Generator().manual_seed(0))
    assert classify_images(classifier(), noise).confident_share > 0.3
    assert clear_share(noise) < 0.02


@pytest.mark.usefixtures("real_digits")
def test_most_real_digits_are_clear():
    assert clear_share(MNIST().load("test").points[:500]) > 0.9


@pytest.mark.usefixtures("real_digits")
def test_counts_lie_further_apart_the_longer_a_run_and_begin_anew_with_it():
    model, counts = score_network(), ()
    for step in (1, FIRST, FIRST + 1, 2 * FIRST, 2 * FIRST + 1):
        counts = counted(counts, model, step, last=False)
    assert [count.step for count in counts] == [FIRST, 2 * FIRST]
    assert [count.step for count in counted(counts, model, 2 * FIRST + 2, last=True)] == [
        FIRST,
        2 * FIRST,
        2 * FIRST + 2,
    ]
    assert [count.step for count in counted(counts, model, FIRST, last=False)] == [FIRST]
    assert counts[0].share == counts[1].share > 0.6  # one network, the same noise


@pytest.mark.usefixtures("real_digits")
def test_an_observer_counts_of_a_run_and_only_of_images_that_the_classifier_knows():
    progress = Progress(FIRST, 99, 0.5, 0.6, np.zeros(16), np.zeros(16), 2.0, torch.zeros(1))
    assert [count.step for count in Observer(LearningConfig(MNIST()))(score_network(), progress).clear] == [FIRST]
    assert Observer(LearningConfig(MNIST()))(score_network()).clear == ()
    assert not LearningConfig(SmallDigits()).counts_clear


@pytest.mark.usefixtures("real_digits")
def test_what_ships_of_the_short_run_is_what_its_checkpoints_give():
    counts = shipped_counts()
    paths = early_checkpoints()
    assert [count.step for count in counts] == [cached_checkpoint(path)[1].step for path in paths]
    assert measure(paths[-1]) == counts[-1]


def test_a_curve_has_the_error_of_so_many_digits():
    assert ClearCurve.of(()) is None
    curve = ClearCurve.of((ClearCount(20, 0.0), ClearCount(40, 0.5)))
    assert curve is not None and curve.steps.tolist() == [20, 40] and curve.shares.tolist() == [0, 0.5]
    assert curve.errors.tolist() == pytest.approx([0.5 / COUNTED, 0.05])
