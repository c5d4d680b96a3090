"""The network: shapes, determinism, and features that are what they say."""

import torch

from diffviz.networks import MLP
from diffviz.networks.embeddings import fourier_basis


def trained_once(shape, seed=0):
    """A network whose last layer is no longer zero."""
    network = MLP(width=16, depth=2, x_features=4).build(shape, seed)
    with torch.no_grad():
        network.weights[-1].normal_(generator=torch.Generator().manual_seed(1))
    return network


def test_same_seed_same_weights_other_seed_other_weights():
    first, again, other = (torch.nn.utils.parameters_to_vector(MLP().build((2,), s).parameters()) for s in (3, 3, 4))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)


def test_building_leaves_the_global_random_state_alone():
    before = torch.random.get_rng_state()
    MLP().build((2,), 0)
    assert torch.equal(before, torch.random.get_rng_state())


def test_a_fresh_network_answers_zero():
    assert torch.equal(MLP().build((2,), 0)(torch.ones(3, 2), 0.5), torch.zeros(3, 2))


def test_a_time_for_all_equals_that_time_for_each():
    network, x = trained_once((2,)), torch.randn(5, 2, generator=torch.Generator().manual_seed(0))
    torch.testing.assert_close(network(x, 0.3), network(x, torch.full((5,), 0.3)))


def test_points_do_not_see_each_other_and_keep_their_shape():
    network, x = trained_once((1, 3, 3)), torch.randn(5, 1, 3, 3, generator=torch.Generator().manual_seed(0))
    t = torch.linspace(0.1, 0.9, 5)
    whole = network(x, t)
    assert whole.shape == x.shape
    torch.testing.assert_close(whole[2:3], network(x[2:3], t[2:3]))


def test_fourier_features_are_sines_then_cosines_of_x_then_of_t():
    frequencies, phases = fourier_basis(2, 3, 2, 1.5, torch.Generator().manual_seed(0))
    x, t = torch.tensor([[0.3, -0.7]]), torch.tensor([[0.4]])
    found = torch.sin(torch.cat([x, t], 1) @ frequencies + phases)[0]
    wave = (x @ frequencies[:2, :3])[0]
    beat = torch.pi / 2 * 0.4 * torch.tensor([1.0, 2.0])
    torch.testing.assert_close(found, torch.cat([wave.sin(), wave.cos(), beat.sin(), beat.cos()]))
