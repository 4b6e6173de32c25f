"""Shared network parts against NumPy."""

import numpy as np
import pytest
import torch
from torch import nn

from genodiff.networks.layers import (
    PerPositionLinear,
    TimeEmbedding,
    class_gate,
    encoder,
    gene_tokens,
    group_norm,
    time_features,
    zero_init,
)


@pytest.mark.parametrize(
    ("width", "smallest", "groups"),
    [(1024, 8, 32), (256, 8, 32), (64, 2, 32), (128, 8, 16), (16, 8, 2), (16, 2, 8), (48, 2, 8)],
)
def test_group_norm__groups(width, smallest, groups):
    layer = group_norm(width, smallest)
    assert (layer.num_groups, layer.num_channels) == (groups, width)


@pytest.mark.parametrize("smallest", [2, 8])
def test_group_norm__no_group_is_smaller_than_asked_at_any_width_of_the_schema(smallest):
    for width in range(16, 2049, 16):
        groups = group_norm(width, smallest).num_groups
        assert groups <= 32
        assert width / groups >= smallest


def test_time_features__are_the_sinusoids_of_ho_et_al():
    t = np.array([0.001, 0.25, 1.0])
    frequency = 10_000.0 ** (-np.arange(8) / 8)
    angle = 1000 * t[:, None] * frequency
    expected = np.concatenate([np.cos(angle), np.sin(angle)], axis=1)
    ours = time_features(torch.tensor(t, dtype=torch.float32), 16)
    np.testing.assert_allclose(ours, expected, atol=2e-4)  # float32 angles up to 1000


def test_time_embedding__tells_neighbouring_steps_apart():
    torch.manual_seed(0)
    embedded = TimeEmbedding(24)((torch.arange(1000) + 1) / 1000)
    assert embedded.shape == (1000, 24)
    assert torch.cdist(embedded[:-1, None], embedded[1:, None]).min() > 1e-4


def test_class_gate__starts_at_one_for_every_class_and_the_unlabelled():
    gate = class_gate(3, 5)
    assert torch.equal(gate(torch.arange(4)), torch.ones(4, 5))


def test_zero_init__sets_weight_and_bias_and_gives_the_layer_back():
    layer = nn.Linear(3, 2)
    assert zero_init(layer) is layer
    assert not layer.weight.any()
    assert not layer.bias.any()


def test_per_position_linear__each_position_has_its_own_weight():
    torch.manual_seed(0)
    layer, x = PerPositionLinear(5, 3, 4), torch.randn(2, 5, 3)
    weight, bias = layer.weight.detach().numpy(), layer.bias.detach().numpy()
    expected = np.einsum("bpi,pio->bpo", x.numpy(), weight) + bias[:, 0]
    np.testing.assert_allclose(layer(x).detach(), expected, rtol=1e-5, atol=1e-6)
    same = layer(torch.ones(1, 5, 3))[0]
    assert len(torch.unique(same, dim=0)) == 5
    assert layer.weight.abs().max() <= 3**-0.5


def test_gene_tokens__neighbouring_genes_side_by_side():
    x = torch.arange(2 * 6 * 2).reshape(2, 6, 2)
    tokens = gene_tokens(x, 3)
    assert tokens.shape == (2, 2, 6)
    assert tokens[1].tolist() == [[12, 13, 14, 15, 16, 17], [18, 19, 20, 21, 22, 23]]


def test_gene_tokens__raises_when_genes_do_not_divide():
    with pytest.raises(ValueError, match="6 genes do not divide into tokens of 4"):
        gene_tokens(torch.zeros(1, 6, 2), 4)


def test_encoder__is_pre_norm_and_without_dropout():
    torch.manual_seed(0)
    network, x = encoder(2, 8, 2).train(), torch.randn(2, 5, 8)
    assert torch.equal(network(x), network(x))
    assert [layer.linear1.out_features for layer in network.layers] == [32, 32]
    # Pre-norm: with its branches silenced, a layer lets its input through unchanged.
    for layer in network.layers:
        zero_init(layer.self_attn.out_proj)
        zero_init(layer.linear2)
    torch.testing.assert_close(network(x), nn.functional.layer_norm(x, (8,)))
