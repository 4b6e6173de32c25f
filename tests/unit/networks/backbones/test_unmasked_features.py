"""Dense backbones that leave padded features out compute what the full ones compute on unmasked
features."""

from inspect import signature

import pytest
import torch

from genodiff.diffusion.process import masked_difference, mean_square
from genodiff.networks.backbones import BACKBONES
from genodiff.networks.layers import UnmaskedFeatures

DENSE = [name for name, entry in BACKBONES.items() if "mask" in signature(entry.load()).parameters]


@pytest.fixture
def mask():
    """Between one and three live components of each gene, none of the last."""
    counts = torch.tensor([3, 1, 2, 2, 3, 1, 2, 0])
    return torch.arange(3) < counts[:, None]


@pytest.fixture
def both(perturbed, build, mask):
    """Function: a full network with noise on every weight, and one of unmasked features with its
    weights."""

    def make(name):
        full, small = perturbed(name), build(name, mask=mask).eval()
        live, features, weights = mask.flatten(), mask.numel(), {}
        expected = small.state_dict()
        for key, value in full.state_dict().items():
            for axis in range(value.dim()):
                if value.shape[axis] == features and expected[key].shape[axis] == live.sum():
                    value = value.index_select(axis, live.nonzero()[:, 0])
            weights[key] = value
        small.load_state_dict(weights)
        return full, small

    return make


@pytest.mark.parametrize("name", DENSE)
class TestEveryDenseBackbone:
    def test_computes_the_same_on_unmasked_features_and_leaves_the_others(self, name, both, batch, mask):
        full, small = both(name)
        x, t, label = batch
        x = x * mask
        theirs, ours = full(x, t, label), small(x, t, label)
        torch.testing.assert_close(ours[:, mask], theirs[:, mask], rtol=1e-5, atol=1e-5)
        if name != "mlp_cnn":  # whose CNN has padded features
            assert (ours[:, ~mask] == 0).all()

    def test_has_the_same_gradients_of_the_masked_loss(self, name, both, batch, mask):
        x, t, label = batch
        x, found = x * mask, []
        for network in both(name):
            wrong = masked_difference(network(x, t, label), torch.ones_like(x), mask)
            mean_square(wrong, mask).backward()
            found.append({key: p.grad for key, p in network.named_parameters()})
        for key, ours in found[1].items():
            theirs = found[0][key]
            for axis in range(theirs.dim()):
                if theirs.shape[axis] != ours.shape[axis]:
                    theirs = theirs.index_select(axis, mask.flatten().nonzero()[:, 0])
            torch.testing.assert_close(ours, theirs, rtol=1e-4, atol=1e-6, msg=key)

    def test_where_they_are_is_no_part_of_the_weights(self, name, build, mask):
        assert build(name, mask=mask).state_dict().keys() == build(name).state_dict().keys()

    def test_in_bfloat16_returns_float32_individuals(self, name, both, batch):
        small = both(name)[1]
        with torch.autocast("cpu", torch.bfloat16):
            out = small(*batch)
        assert out.dtype == torch.float32
        torch.testing.assert_close(out, small(*batch), rtol=0.1, atol=0.1)


def test_with_every_feature_live_nothing_changes(build, batch):
    everywhere = torch.ones(batch[0].shape[1:], dtype=torch.bool)
    for name in DENSE:
        one, other = build(name, mask=everywhere).eval(), build(name).eval()
        assert all(torch.equal(v, other.state_dict()[k]) for k, v in one.state_dict().items())
        assert torch.equal(one(*batch), other(*batch))


@pytest.mark.parametrize("name", [name for name in BACKBONES if name not in DENSE])
def test_other_backbones_are_as_without_a_mask(name, build, mask, batch):
    assert torch.equal(build(name, mask=mask).eval()(*batch), build(name).eval()(*batch))


def test_features__backward_is_the_derivative(mask):
    features = UnmaskedFeatures(8, 3, mask)
    generator = torch.Generator().manual_seed(0)
    x = torch.randn(2, 8, 3, dtype=torch.float64, generator=generator)
    values = torch.randn(2, features.count, dtype=torch.float64, generator=generator, requires_grad=True)
    assert features.count == int(mask.sum())
    assert torch.autograd.gradcheck(lambda v: features.add(x, v), values)
    assert torch.equal(features(features.add(torch.zeros_like(x), values)), values)
