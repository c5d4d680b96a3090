"""Muon: its steps are near orthogonal, all else is AdamW's, and it goes on from a captured state."""

from dataclasses import replace
from itertools import islice

import pytest
import torch

from diffviz.config import ConfigError
from diffviz.data import SmallDigits
from diffviz.networks import MLP, UNet
from diffviz.training.adamw import AdamW, FlatParameters
from diffviz.training.loop import TrainingConfig, training_steps
from diffviz.training.muon import Muon, orthogonalised

POINTS = SmallDigits().load("train").points[:200]
BRIEF = TrainingConfig(batch=32, steps=40, rate=1e-2, warmup=5, network=UNet(8, 1), optimiser="muon")
BETAS = (0.9, 0.99)


@pytest.mark.parametrize("shape", [(3, 16, 144), (2, 32, 32), (4, 96, 32)])
def test_the_singular_vectors_stay_and_the_values_come_near_one(shape: tuple[int, int, int]):
    matrices = torch.randn(shape, generator=torch.Generator().manual_seed(0)) * 1e-3
    left, values, right = torch.linalg.svd(matrices, full_matrices=False)
    inside = left.mT @ orthogonalised(matrices) @ right.mT
    after = inside.diagonal(dim1=1, dim2=2)
    assert (inside - torch.diag_embed(after)).abs().max() < 1e-3
    well_conditioned = values > 0.1 * values.max()
    assert after[well_conditioned].min() > 0.6 and after.max() < 1.25


def test_inner_convolutions_step_orthogonally_and_all_else_as_adamw():
    networks = [UNet(8, 1).build((1, 8, 8), 0) for _ in range(2)]
    flat, plain = (FlatParameters(network) for network in networks)
    gradient = torch.randn(flat.values.shape, generator=torch.Generator().manual_seed(0))
    before = {name: value.clone() for name, value in networks[0].named_parameters()}
    for parameters in (flat, plain):
        parameters.gradient.copy_(gradient)
    Muon(flat, networks[0], BETAS, 0.0).step(0.01)
    AdamW(plain, BETAS, 0.0).step(0.01)
    others = dict(networks[1].named_parameters())
    for name, value in networks[0].named_parameters():
        inner = value.ndim == 4 and name.split(".")[0] not in ("in_conv", "out_layer")
        assert torch.equal(value, others[name]) != inner, name
        if inner:
            step = (before[name] - value).detach().flatten(1) / (0.01 * 0.2 * max(len(value), value[0].numel()) ** 0.5)
            assert torch.linalg.svdvals(step).max() < 1.25 and torch.linalg.svdvals(step).median() > 0.6, name


def test_weight_decay_reaches_the_convolutions_too():
    network = UNet(8, 1).build((1, 8, 8), 0)
    flat = FlatParameters(network)
    before = flat.values.clone()
    Muon(flat, network, BETAS, 0.5).step(0.1)  # without a gradient
    assert torch.allclose(flat.values, 0.95 * before)


def test_a_network_without_convolutions_is_refused():
    with pytest.raises(ConfigError, match="choose the optimiser adamw"):
        next(training_steps(replace(BRIEF, network=MLP(8, 1)), torch.zeros(4, 2), 0))


def test_it_goes_on_from_a_captured_state_as_if_it_had_not_stopped():
    *_, whole = training_steps(BRIEF, POINTS, 0)
    *_, half = islice(training_steps(BRIEF, POINTS, 0), 20)
    assert half.capture is not None
    *_, end = training_steps(BRIEF, POINTS, 0, resume=half.capture())
    assert torch.equal(end.weights, whole.weights)
    assert end.smooth_loss < half.smooth_loss
