"""What is measured of digit networks: every digit of a batch has its label, and class shares are held to the data's."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from benchmarks.digit_candidates import EveryLabel
from benchmarks.digit_quality import class_gap
from diffviz.data import MNIST
from diffviz.metrics import ClassifierOutput
from diffviz.networks import UNet
from diffviz.schedules import Cosine
from diffviz.scores.learned import LearnedScore


def test_a_network_with_labels_draws_every_label_in_turn():
    network = UNet(8, 1, classes=3).build((1, 8, 8), 0)
    generator = torch.Generator().manual_seed(1)
    with torch.no_grad():  # a fresh network answers 0 whatever the label
        for weight in network.parameters():
            weight.normal_(std=0.1, generator=generator)
    model, x = LearnedScore(Cosine(), network, "v"), torch.ones(4, 1, 8, 8)
    drawn = EveryLabel(model, 3).predict(x, 0.5).x0
    for k in range(4):
        torch.testing.assert_close(drawn[k], model.with_label(k % 3).predict(x, 0.5).x0[0])
    assert not torch.allclose(drawn[0], drawn[1])


@pytest.mark.usefixtures("real_digits")
def test_the_gap_of_class_shares_is_the_largest_one():
    labels = MNIST().load("train").labels.numpy()
    same, only_sevens = (ClassifierOutput(np.empty(0), label, np.empty(0)) for label in (labels, np.full(100, 7)))
    assert class_gap(same) == 0
    assert class_gap(only_sevens) == pytest.approx(1 - (labels == 7).mean())
