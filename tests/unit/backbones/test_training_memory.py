"""The memory that a training asks for, against networks of the paper's size and what autograd keeps."""

import pytest
import torch
from genodiff.workflow.network_memory import kept_values, training_mb, wide_parameters
from kept_values import kept_by

from genodiff.networks.backbones import BACKBONES, build_backbone

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


@pytest.mark.parametrize(
    ("name", "own"),
    [
        ("unet_cnn", {"width": 16, "multipliers": [1, 1, 2], "blocks": 1, "attention_at": [4]}),
        ("unet_cnn", {"width": 16, "multipliers": [1, 2, 2, 4], "blocks": 2, "attention_at": [4]}),
        ("transformer", {"genes_per_token": 16, "width": 64, "layers": 2, "heads": 2}),
        ("transformer", {"genes_per_token": 4, "width": 32, "layers": 4, "heads": 2}),
    ],
)
def test_kept_values__are_not_fewer_than_autograd_keeps(name, own):
    settings = PAPER[name] | own
    network = build_backbone(name, 512, 8, 2, settings)
    x, t, label = torch.randn(4, 512, 8), torch.ones(4), torch.zeros(4, dtype=int)
    assert kept_by(network, x, t, label) <= (bound := kept_values(name, settings, 512))
    assert bound <= 2 * kept_by(network, x, t, label)


def test_training_mb__grows_with_what_it_is_of():
    small = training_mb("unet_cnn", PAPER["unet_cnn"], 2048, 8, 32)
    assert training_mb("unet_cnn", PAPER["unet_cnn"], 18_432, 8, 32) > 4 * small
    assert training_mb("mlp_cnn", PAPER["mlp_cnn"], 2048, 8, 32) > small
    assert training_mb("unet_cnn", PAPER["unet_cnn"], 2048, 8, 64) > small
