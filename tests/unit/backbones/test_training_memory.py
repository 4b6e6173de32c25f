"""The memory that a training asks for, against networks of the paper's size and what autograd keeps."""

import pytest
import torch

from genodiff.backbones import BACKBONES, build_backbone
from genodiff.backbones.memory import kept_values, training_mb, wide_parameters

PAPER = {
    "baseline": {"width": 1024},
    "unet_mlp": {"widths": [1024, 512, 256]},
    "unet_cnn": {
        "width": 64, "multipliers": [1, 1, 1, 1, 2, 2, 3, 4], "blocks": 3, "attention_at": [32, 64],
        "head_width": 64, "dropout": 0.1,
    },
    "transformer": {"genes_per_token": 16, "width": 384, "layers": 12, "heads": 6},
}  # fmt: skip
PAPER["mlp_cnn"] = {
    "unet_mlp": PAPER["unet_mlp"], "unet_cnn": PAPER["unet_cnn"], "mixer_width": 128
}  # fmt: skip


@pytest.mark.parametrize("name", BACKBONES)
def test_wide_parameters__are_nearly_all_of_large_ones(name):
    with torch.device("meta"):
        network = build_backbone(name, 18_432, 8, 2, PAPER[name])
    count = sum(parameter.numel() for parameter in network.parameters())
    wide = wide_parameters(name, PAPER[name], 18_432 * 8)
    # The rest: a transformer's encoder, or convolutions, whose activations are far more.
    assert 0 <= count - wide < 30_000_000
    if name not in ("unet_cnn", "mlp_cnn", "transformer"):
        assert count - wide < 0.05 * count


@pytest.mark.parametrize(("multipliers", "blocks"), [([1, 1, 2], 1), ([1, 2, 2, 4], 2)])
def test_kept_values__are_not_fewer_than_autograd_keeps(multipliers, blocks):
    settings = PAPER["unet_cnn"] | {
        "width": 16, "multipliers": multipliers, "blocks": blocks, "attention_at": [4],
    }  # fmt: skip
    network, kept = build_backbone("unet_cnn", 128, 8, 2, settings), {}

    def keep(tensor):
        kept[tensor.untyped_storage().data_ptr()] = tensor.untyped_storage().nbytes()
        return tensor

    own = {parameter.untyped_storage().data_ptr() for parameter in network.parameters()}
    x, t, label = torch.randn(4, 128, 8), torch.ones(4), torch.zeros(4, dtype=int)
    with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
        loss = network(x, t, label).sum()
    values = sum(size for place, size in kept.items() if place not in own) / 4 / 4
    loss.backward()
    bound = kept_values("unet_cnn", settings, 128)
    assert values <= bound <= 2 * values


def test_training_mb__grows_with_what_it_is_of():
    small = training_mb("unet_cnn", PAPER["unet_cnn"], 2048, 8, 32)
    assert training_mb("unet_cnn", PAPER["unet_cnn"], 18_432, 8, 32) > 4 * small
    assert training_mb("mlp_cnn", PAPER["mlp_cnn"], 2048, 8, 32) > small
    assert training_mb("unet_cnn", PAPER["unet_cnn"], 2048, 8, 64) > small
