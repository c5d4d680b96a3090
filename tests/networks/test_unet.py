"""The networks on images: shapes, determinism, first answers, and what they are told."""

from __future__ import annotations

import subprocess
import sys

import pytest
import torch

from diffviz.config import ConfigError
from diffviz.networks import Classifier, UNet

KINDS = [
    UNet(8, 1),
    UNet(16, 2),
    UNet(56, 1),
    UNet(8, 1, patch=1),
    UNet(8, 1, convolution="depthwise"),
    UNet(8, 1, classes=10),
    UNet(8, 1, deeper=2),
]
kinds = pytest.mark.parametrize("config", KINDS, ids=repr)


def stirred(config, shape=(1, 28, 28)):
    """A network none of whose layers is zero any more."""
    network, generator = config.build(shape, 0), torch.Generator().manual_seed(1)
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.add_(torch.randn(parameter.shape, generator=generator), alpha=0.05)
    return network


def images(count: int = 3, side: int = 28) -> torch.Tensor:
    return torch.randn(count, 1, side, side, generator=torch.Generator().manual_seed(2))


@pytest.mark.parametrize("config", [*KINDS, Classifier(8)], ids=repr)
def test_the_seed_alone_decides_the_weights_and_the_global_state_is_left_alone(config):
    before = torch.random.get_rng_state()
    built = [config.build((1, 8, 8), seed) for seed in (3, 3, 4)]
    first, again, other = (torch.cat([p.detach().flatten() for p in network.parameters()]) for network in built)
    assert torch.equal(first, again) and not torch.equal(first, other)
    assert torch.isfinite(first).all()
    assert torch.equal(before, torch.random.get_rng_state())


@kinds
def test_a_fresh_network_answers_zero(config):
    assert torch.equal(config.build((1, 28, 28), 0)(images(), 0.5), torch.zeros(3, 1, 28, 28))


@kinds
@pytest.mark.parametrize("side", [8, 28])
def test_images_keep_their_shape_and_do_not_see_each_other(config, side):
    network, x, t = stirred(config, (1, side, side)), images(3, side), torch.tensor([0.1, 0.5, 0.9])
    together = network(x, t)
    assert together.shape == x.shape
    for i in range(3):
        torch.testing.assert_close(network(x[i : i + 1], float(t[i])), together[i : i + 1], rtol=1e-4, atol=1e-4)


@kinds
def test_time_matters_at_every_scale(config):
    network, x = stirred(config), images()
    for t in (0.01, 0.5, 0.9):
        assert not torch.allclose(network(x, t), network(x, t + 0.01), atol=1e-6)


def test_labels_matter_and_none_is_a_label_of_its_own():
    network, x = stirred(UNet(8, 1, classes=10)), images()
    none, two, hidden = (network(x, 0.5, None if k is None else torch.tensor([k])) for k in (None, 2, 10))
    assert torch.equal(none, hidden) and not torch.allclose(none, two)
    mixed = network(x, 0.5, torch.tensor([2, 10, 2]))
    torch.testing.assert_close(mixed, torch.stack([two[0], none[1], two[2]]), rtol=1e-4, atol=1e-5)


def test_attention_reaches_across_the_whole_image():
    network, x = stirred(UNet(8, 1)), images(1).requires_grad_()
    network(x, 0.5)[0, 0, 0, 0].backward()
    assert (x.grad[0, 0].abs() > 0).all()


@pytest.mark.parametrize("shape", [(28, 28), (1, 30, 30), (1, 28, 27)])
def test_images_that_do_not_fit_are_refused_in_one_sentence(shape):
    for config in (UNet(), Classifier()):
        with pytest.raises(ConfigError, match="sides of 4"):
            config.build(shape, 0)


def test_a_classifier_answers_logits_and_features():
    network = stirred(Classifier(8, features=12))
    assert network(images()).shape == (3, 10) and network.features(images(), 0.3).shape == (3, 12)
    torch.testing.assert_close(network.out_layer(network.features(images(), 0.3)), network(images(), 0.3))
    assert not torch.allclose(network(images(), 0.1), network(images(), 0.6))


def test_a_network_on_images_learns_without_torchs_compiler():
    """Which is hundreds of modules, sympy among them, that take seconds to load."""
    code = """
import sys, torch
from diffviz.networks import Classifier, UNet
for config in (UNet(8), UNet(8, classes=3), Classifier(8)):
    config.build((1, 8, 8), 0).forward(torch.zeros(2, 1, 8, 8), torch.zeros(2)).sum().backward()
print([name for name in ("sympy", "torch._dynamo", "torch._inductor") if name in sys.modules])
"""
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"
