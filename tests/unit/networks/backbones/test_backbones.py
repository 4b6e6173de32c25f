"""What every backbone promises: one class of tests, run on all that are registered."""

import numpy as np
import pytest
import torch
from torch.nn.functional import mse_loss

from genodiff.diffusion.process import add_noise
from genodiff.diffusion.samplers.ancestral import Ancestral
from genodiff.diffusion.sampling import ChunkNoise, SamplerSettings, sample
from genodiff.diffusion.schedule import linear
from genodiff.networks.backbones import build_backbone


class TestEveryBackbone:
    def test_returns_the_shape_and_type_of_x(self, name, build, batch):
        out = build(name)(*batch)
        assert out.shape == batch[0].shape
        assert out.dtype == torch.float32

    def test_starts_as_its_input(self, name, build, batch):
        # The output layer starts at zero and is added to the input.
        torch.testing.assert_close(build(name)(*batch), batch[0], rtol=0, atol=1e-5)

    def test_gradient_reaches_every_parameter(self, name, perturbed, batch):
        network = perturbed(name).train()
        (network(*batch) - torch.ones(8, 3)).square().mean().backward()
        unreached = [n for n, p in network.named_parameters() if p.grad is None or not p.grad.any()]
        assert unreached == []

    def test_same_seed_same_weights_and_output(self, name, build, perturbed, batch):
        one, two, other = (build(name, seed).state_dict() for seed in (0, 0, 1))
        assert all(torch.equal(one[key], two[key]) for key in one)
        assert not all(torch.equal(one[key], other[key]) for key in one)
        network = perturbed(name)
        assert torch.equal(network(*batch), network(*batch))

    def test_individuals_of_a_batch_do_not_see_each_other(self, name, perturbed, batch):
        network = perturbed(name)
        together = network(*batch)
        alone = torch.cat([network(*(part[i : i + 1] for part in batch)) for i in range(6)])
        torch.testing.assert_close(together, alone, rtol=1e-4, atol=1e-5)

    def test_label_changes_the_output(self, name, perturbed, batch):
        x, t, _ = batch
        network = perturbed(name)
        outs = [network(x, t, torch.full((6,), label)) for label in (0, 1, 2)]
        for one, other in ((0, 1), (1, 2), (0, 2)):
            assert (outs[one] - outs[other]).abs().amax(dim=(1, 2)).min() > 1e-3

    def test_noise_level_changes_the_output(self, name, perturbed, batch):
        x, _, label = batch
        network = perturbed(name)
        outs = [network(x, torch.full((6,), t), label) for t in (0.001, 0.5, 1.0)]
        for one, other in ((0, 1), (1, 2), (0, 2)):
            assert (outs[one] - outs[other]).abs().amax(dim=(1, 2)).min() > 1e-3

    def test_every_feature_matters(self, name, perturbed, batch):
        # No gene or component is left out on the way in: each changes what is predicted elsewhere.
        x, t, label = (part[:1] for part in batch)
        jacobian = torch.autograd.functional.jacobian(lambda x: perturbed(name)(x, t, label), x)
        jacobian = jacobian.reshape(24, 24).abs()
        elsewhere = jacobian - jacobian.diag().diag()
        assert (elsewhere.amax(0) > 1e-6).all()
        assert (elsewhere.amax(1) > 1e-6).all()

    def test_padded_features_stay_zero_in_sampling(self, name, perturbed):
        mask = torch.arange(3) < torch.tensor([3, 1, 2, 3, 1, 2, 0, 0])[:, None]
        labels, noise = torch.tensor([0, 1, 2]), ChunkNoise(0, [0], mask)
        settings = SamplerSettings(linear(6, 0.01, 0.3), "noise", Ancestral)
        individuals = sample(perturbed(name), settings, mask, labels, noise)
        assert (individuals[:, ~mask] == 0).all()
        assert (individuals[:, mask] != 0).all()

    @pytest.mark.slow
    def test_learns_eight_rows_by_heart(self, name, build):
        generator = torch.Generator().manual_seed(7)
        x, noise = torch.randn(2, 8, 8, 3, generator=generator)
        t, label = torch.arange(8) * 10 + 5, torch.arange(8) % 3
        schedule, network = linear(80, 1e-3, 0.1), build(name)
        inputs = add_noise(schedule, x, noise, t), schedule.level(t), label
        start = mse_loss(network(*inputs), noise).item()
        optimizer = torch.optim.Adam(network.parameters(), 5e-3)
        for _ in range(70):
            optimizer.zero_grad()
            loss = mse_loss(network(*inputs), noise)
            loss.backward()
            optimizer.step()
        assert loss.item() < 0.05 * start


def test_build_backbone__raises_on_an_unknown_name():
    with pytest.raises(ValueError, match=r"unknown backbone 'unet'; known: .*baseline"):
        build_backbone("unet", 8, 3, 2, {})


def test_baseline__is_the_network_of_the_docstring(perturbed, batch):
    x, t, label = batch
    network = perturbed("baseline")
    p = {key: value.double().numpy() for key, value in network.state_dict().items()}

    def silu(a):
        return a / (1 + np.exp(-a))

    def linear_layer(name, a):
        return a @ p[f"{name}.weight"].T + p[f"{name}.bias"]

    time = network.time(t).detach().double().numpy()
    flat = x.double().numpy().reshape(6, 24)
    h = silu(linear_layer("first", flat)) * p["label.weight"][label] + time
    expected = flat + linear_layer("last", silu(linear_layer("hidden", h)))
    np.testing.assert_allclose(network(*batch).detach().reshape(6, 24), expected, rtol=1e-4, atol=1e-4)


def test_mlp_cnn__mixes_its_two_networks_by_lambda(perturbed, batch):
    network = perturbed("mlp_cnn")
    share = network.mixing(batch[1])
    assert share.shape == (6,)
    assert ((share > 0) & (share < 1)).all()
    assert len(share.unique()) == 6
    dense, convolved = network.mlp(*batch), network.cnn(*batch)
    expected = dense + share[:, None, None] * (convolved - dense)
    torch.testing.assert_close(network(*batch), expected, rtol=1e-5, atol=1e-5)


def test_mlp_cnn__lambda_is_the_sigmoid_of_its_network(perturbed):
    network = perturbed("mlp_cnn")
    p = {key: value.double().numpy() for key, value in network.mixer.state_dict().items()}
    t = np.array([[0.1], [0.9]])
    h = t @ p["0.weight"].T + p["0.bias"]
    h = h / (1 + np.exp(-h)) @ p["2.weight"].T + p["2.bias"]
    ours = network.mixing(torch.tensor([0.1, 0.9])).detach()
    np.testing.assert_allclose(ours, 1 / (1 + np.exp(-h[:, 0])), rtol=1e-5)


@pytest.mark.parametrize("name", ["unet_cnn", "mlp_cnn"])
def test_unet_cnn__raises_on_genes_that_cannot_be_halved(build, name):
    with pytest.raises(ValueError, match="7 genes cannot be halved 1 times"):
        build(name, genes=7)


def test_unet_cnn__drops_out_in_training_only():
    torch.manual_seed(0)
    settings = {"width": 16, "multipliers": [1], "blocks": 1, "attention_at": [], "head_width": 8}
    network = build_backbone("unet_cnn", 4, 3, 2, settings | {"dropout": 0.5})
    with torch.no_grad():
        for parameter in network.parameters():
            parameter += 0.2 * torch.randn_like(parameter)
    inputs = torch.ones(1, 4, 3), torch.ones(1), torch.zeros(1, dtype=torch.int64)
    assert not torch.equal(network(*inputs), network(*inputs))
    network.eval()
    assert torch.equal(network(*inputs), network(*inputs))


def test_unet_cnn__takes_any_width_and_head_width_of_the_schema():
    # 80 channels and heads of 24: neither divides the other, and the configuration allows both.
    settings = {"width": 80, "multipliers": [1], "blocks": 1, "attention_at": [1], "head_width": 24}
    network = build_backbone("unet_cnn", 4, 3, 2, settings | {"dropout": 0.0})
    x = torch.ones(1, 4, 3)
    assert network(x, torch.ones(1), torch.zeros(1, dtype=torch.int64)).shape == x.shape
